"""Disclosures, counted by authority and outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, time

from anlan.areas.oversight.rules import CODE
from anlan.kernel.cases.models import Case
from anlan.kernel.cases.rules.figures import Key
from anlan.kernel.places import queries as places


def count_disclosures(town_key: str, begins: date, ends: date) -> Mapping[Key, int]:
    """Count the disclosures that ended between two days of the town's calendar."""
    zone = places.town(town_key).tz
    ended = Case.objects.filter(
        town__key=town_key,
        type=CODE,
        ended_at__gte=datetime.combine(begins, time(), tzinfo=zone),
        ended_at__lt=datetime.combine(ends, time(), tzinfo=zone),
    )
    found: Counter[Key] = Counter()
    for answers, result in ended.values_list("answers", "result"):
        found[(str(answers.get("authority", "other")), result)] += 1
    return found
