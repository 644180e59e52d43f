"""Disclosures, counted by authority and outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, time

from anlan.areas.oversight.rules import CODE, HAND_OVER, HANDED_OVER
from anlan.kernel.cases.models import Case, CaseEvent
from anlan.kernel.cases.rules.figures import Key
from anlan.kernel.places import queries as places


def count_disclosures(town_key: str, begins: date, ends: date) -> Mapping[Key, int]:
    """Count disclosures between two days of the town's calendar.

    What was handed over counts on the day on which it was, though a law keep the party from being
    told for a year; what was refused or withdrawn, on the day on which it ended.
    """
    zone = places.town(town_key).tz
    span = (datetime.combine(begins, time(), zone), datetime.combine(ends, time(), zone))
    cases = Case.objects.filter(town__key=town_key, type=CODE)
    handed = CaseEvent.objects.filter(action=HAND_OVER, at__gte=span[0], at__lt=span[1])
    over = cases.filter(ended_at__gte=span[0], ended_at__lt=span[1]).exclude(result=HANDED_OVER)
    found: Counter[Key] = Counter()
    for answers in cases.filter(pk__in=handed.values("case")).values_list("answers", flat=True):
        found[(str(answers.get("authority", "other")), HANDED_OVER)] += 1
    for answers, result in over.values_list("answers", "result"):
        found[(str(answers.get("authority", "other")), result)] += 1
    return found
