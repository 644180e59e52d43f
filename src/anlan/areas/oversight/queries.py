"""Disclosures, counted by authority and outcome; by whom one was granted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from anlan.areas.oversight.rules import BY, CODE, GRANT, HAND_OVER, HANDED_OVER, SECOND
from anlan.kernel.cases.models import Case, CaseEvent
from anlan.kernel.cases.rules.figures import Key
from anlan.kernel.ledger import queries as ledger
from anlan.kernel.places import queries as places


@dataclass(frozen=True, slots=True)
class GrantRow:
    """When a disclosure was granted, and in which roles the two did: what a paper says, no name."""

    at: datetime
    proposed_as: str
    agreed_as: str


def grant_of(disclosure_id: int, *, town_key: str) -> GrantRow | None:
    """Give the grant of a disclosure that holds, None where it was never granted."""
    granted = CaseEvent.objects.filter(case_id=disclosure_id, action=GRANT).order_by("seq").last()
    if granted is None:
        return None
    entries = ledger.entries_of(
        town_key,
        actions=[f"{CODE}.{GRANT}"],
        since=granted.at,
        subject=f"{CODE}:{disclosure_id}",
    )
    held = set(entries[0].actor_role.split("+")) if entries else set()
    agreed = next((role.value for role in SECOND if role.value in held), "")
    return GrantRow(granted.at, BY[0].value, agreed)


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
