"""What every write of dispatch shares: who, when, the lock on the incident, translated refusals."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import ParamSpec, TypeVar

from django.db.models import F
from django.utils.translation import gettext as _

from anlan.areas.dispatch.models import Assignment, Incident, UnitState
from anlan.areas.dispatch.rules import (
    IncidentState,
    RuleForbids,
    RuleSays,
    UnitStatus,
    next_state,
    statuses,
)
from anlan.kernel.ledger.services import Stamp, Write, write
from anlan.kernel.places.models import Unit
from anlan.kernel.values import Forbidden, Refused

P = ParamSpec("P")
R = TypeVar("R")


@contextmanager
def writing(
    stamp: Stamp, action: str, asked: Mapping[str, object] | None = None
) -> Iterator[Write]:
    """Open the one transaction of a use case; `asked` is all that was asked for, words too.

    Not `write_once`, which gives what was given first: who sends the same again is given the
    board's rows as they stand by now, and goes by these.
    """
    with write(
        town=stamp.town_key,
        actor=stamp.actor,
        action=action,
        at=stamp.at,
        recorded_at=stamp.recorded_at,
        client_key=stamp.client_key,
        asked=asked,
    ) as entry:
        yield entry


def in_words(service: Callable[P, R]) -> Callable[P, R]:
    """Give a service whose refusals by rule are in the reader's language."""

    @functools.wraps(service)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return service(*args, **kwargs)
        except RuleSays as said:
            kind = Forbidden if isinstance(said, RuleForbids) else Refused
            raise kind(sentence_of(said), code=said.code) from said

    return told


def sentence_of(said: RuleSays) -> str:
    """Put a rule's refusal into the reader's language, its states and statuses too."""
    facts = dict(said.facts)
    if "state" in facts:
        facts["state"] = state_word(str(facts["state"]))
    if "status" in facts:
        facts["status"] = status_word(str(facts["status"]))
    return _(said.template).format(**facts)


def state_word(state: str) -> str:
    """Say an incident's state in the reader's language."""
    return {
        "received": _("received"),
        "triaged": _("triaged"),
        "dispatched": _("dispatched"),
        "working": _("being worked on"),
        "closed": _("closed"),
        "cancelled": _("cancelled"),
        "merged": _("merged"),
    }[state]


def status_word(status: str) -> str:
    """Say a unit's status in the reader's language."""
    from django.utils.translation import get_language

    return statuses()[status].label.in_language(get_language() or "en").lower()


def lock_incident(incident_id: int, *, town_key: str) -> Incident:
    """Take an incident for writing; nobody else changes it until this write ends."""
    found = Incident.objects.select_for_update().filter(pk=incident_id, town__key=town_key).first()
    if found is None:
        raise Refused(_("There is no such incident in this town."), code="no_such_incident")
    return found


def lock_unit(ident: str, *, town_key: str) -> Unit:
    """Take a unit for writing."""
    found = Unit.objects.select_for_update().filter(ident=ident, town__key=town_key).first()
    if found is None:
        raise Refused(_("There is no unit {unit} in this town.").format(unit=ident), code="no_unit")
    return found


def change_incident(one: Incident, **values: object) -> None:
    """Change an incident by compare-and-set on its version; a lost race is a clear refusal."""
    changed = Incident.objects.filter(pk=one.pk, version=one.version).update(
        version=F("version") + 1, **values
    )
    if changed != 1:
        raise Refused(
            _("Somebody else has just changed this incident; look again."), code="changed"
        )
    one.version += 1
    for name, value in values.items():
        setattr(one, name, value)


def state_for_update(unit: Unit, *, at: datetime) -> UnitState:
    """Give a unit's state row, made as available where the unit has none yet."""
    state, _made = UnitState.objects.select_for_update().get_or_create(
        unit=unit, defaults={"status": UnitStatus.AVAILABLE.value, "since": at}
    )
    return state


def change_state(state: UnitState, **values: object) -> None:
    """Change a unit's state by compare-and-set; a lost race is a clear refusal."""
    changed = UnitState.objects.filter(
        unit_id=state.unit_id, status=state.status, version=state.version
    ).update(version=F("version") + 1, **values)
    if changed != 1:
        raise Refused(_("Somebody else has just changed this unit; look again."), code="changed")
    state.version += 1
    for name, value in values.items():
        setattr(state, name, value)


def open_assignment(unit: Unit) -> Assignment | None:
    """Give what a unit is sent to now."""
    return (
        Assignment.objects.select_related("incident")
        .filter(unit=unit, cleared_at__isnull=True)
        .first()
    )


def clear(assignment: Assignment, *, at: datetime, outcome: str) -> None:
    """End an assignment, once."""
    Assignment.objects.filter(pk=assignment.pk, cleared_at__isnull=True).update(
        cleared_at=at, outcome=outcome
    )


def requeue_if_left(entry: Write, incident: Incident, *, at: datetime) -> bool:
    """Put an incident back into the queue, visibly, when its last unit left before arriving."""
    if incident.state != IncidentState.DISPATCHED:
        return False
    if Assignment.objects.filter(incident=incident, cleared_at__isnull=True).exists():
        return False
    target = next_state(IncidentState(incident.state), "requeue")
    change_incident(incident, state=target.value, requeued_at=at)
    entry.record(
        subject=f"incident:{incident.pk}",
        fields=["state", "requeued_at"],
        action="incident.requeued",
    )
    return True
