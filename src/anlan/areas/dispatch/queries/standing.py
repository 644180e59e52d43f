"""Whose incident it is and whether it is being handled: what the sealing's one door asks."""

from __future__ import annotations

from anlan.areas.dispatch.models import Incident
from anlan.areas.dispatch.rules import OPEN_STATES
from anlan.kernel.sealing.rules import Standing


def standing_of(case_ref: str) -> Standing | None:
    """Give an incident's town and liveness by its reference ("incident:12"), None if unknown."""
    number = case_ref.partition(":")[2]
    if not number.isdigit():
        return None
    found = Incident.objects.filter(pk=int(number)).values_list("town__key", "state").first()
    if found is None:
        return None
    return Standing(town=found[0], live=found[1] in OPEN_STATES, urgent=True)
