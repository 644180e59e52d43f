"""States of incidents and statuses of units, each with one visible table of transitions.

docs/reference/states.md is drawn from these tables; a test compares it.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from anlan.kernel.values import Refused, RuleSays, gettext_noop


class IncidentState(enum.StrEnum):
    """Where an incident stands."""

    RECEIVED = "received"
    TRIAGED = "triaged"
    DISPATCHED = "dispatched"
    WORKING = "working"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    MERGED = "merged"


class UnitStatus(enum.StrEnum):
    """What a unit is doing."""

    OFF_DUTY = "off_duty"
    AVAILABLE = "available"
    DISPATCHED = "dispatched"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    TRANSPORTING = "transporting"
    AT_HOSPITAL = "at_hospital"
    RETURNING = "returning"
    OUT_OF_SERVICE = "out_of_service"


I, S = IncidentState, UnitStatus

#: action → (states it may start from, the state it leads to)
INCIDENT_TRANSITIONS: Mapping[str, tuple[frozenset[IncidentState], IncidentState]] = {
    "triage": (frozenset({I.RECEIVED, I.TRIAGED}), I.TRIAGED),
    "dispatch": (frozenset({I.RECEIVED, I.TRIAGED, I.DISPATCHED}), I.DISPATCHED),
    "reinforce": (frozenset({I.WORKING}), I.WORKING),
    "arrive": (frozenset({I.RECEIVED, I.TRIAGED, I.DISPATCHED, I.WORKING}), I.WORKING),
    "requeue": (frozenset({I.DISPATCHED}), I.TRIAGED),
    "close": (frozenset({I.RECEIVED, I.TRIAGED, I.DISPATCHED, I.WORKING}), I.CLOSED),
    "cancel": (frozenset({I.RECEIVED, I.TRIAGED, I.DISPATCHED}), I.CANCELLED),
    "reopen": (frozenset({I.CLOSED, I.CANCELLED}), I.TRIAGED),
}

OPEN_STATES = frozenset({I.RECEIVED, I.TRIAGED, I.DISPATCHED, I.WORKING})
QUEUED_STATES = frozenset({I.RECEIVED, I.TRIAGED})

#: The usual order of statuses. Any other order is taken too, with a warning: never a block.
USUAL_NEXT: Mapping[UnitStatus, frozenset[UnitStatus]] = {
    S.OFF_DUTY: frozenset({S.AVAILABLE, S.OUT_OF_SERVICE}),
    S.AVAILABLE: frozenset({S.DISPATCHED, S.OUT_OF_SERVICE, S.OFF_DUTY, S.RETURNING}),
    S.DISPATCHED: frozenset({S.EN_ROUTE, S.AVAILABLE}),
    S.EN_ROUTE: frozenset({S.ON_SCENE, S.AVAILABLE, S.RETURNING, S.DISPATCHED}),
    S.ON_SCENE: frozenset({S.TRANSPORTING, S.RETURNING, S.AVAILABLE}),
    S.TRANSPORTING: frozenset({S.AT_HOSPITAL}),
    S.AT_HOSPITAL: frozenset({S.RETURNING, S.AVAILABLE}),
    S.RETURNING: frozenset({S.AVAILABLE, S.DISPATCHED, S.OUT_OF_SERVICE}),
    S.OUT_OF_SERVICE: frozenset({S.AVAILABLE, S.OFF_DUTY}),
}

#: Statuses in which a unit may be sent as it is.
FREE_STATUSES = frozenset({S.AVAILABLE, S.RETURNING})
#: Statuses that belong to an incident.
COMMITTED_STATUSES = frozenset(
    {S.DISPATCHED, S.EN_ROUTE, S.ON_SCENE, S.TRANSPORTING, S.AT_HOSPITAL}
)
#: Statuses with someone aboard: the incident may be closed, the unit is not free by that.
CARRYING_STATUSES = frozenset({S.TRANSPORTING, S.AT_HOSPITAL})
#: Statuses from which a unit may be diverted to a graver incident.
DIVERTIBLE_STATUSES = frozenset({S.DISPATCHED, S.EN_ROUTE})
#: Statuses that a unit can take on its own word, without an incident.
OWN_STATUSES = frozenset({S.AVAILABLE, S.RETURNING, S.OUT_OF_SERVICE, S.OFF_DUTY})

#: Which column of an assignment a status writes, once, at its first time.
TIME_COLUMN: Mapping[UnitStatus, str] = {
    S.DISPATCHED: "dispatched_at",
    S.EN_ROUTE: "en_route_at",
    S.ON_SCENE: "on_scene_at",
    S.TRANSPORTING: "transporting_at",
    S.AT_HOSPITAL: "at_hospital_at",
}

_WHY_NOT: Mapping[str, str] = {
    "triage": gettext_noop(
        "Only an incident that waits in the queue can be triaged; this one is {state}."
    ),
    "dispatch": gettext_noop("Units can be sent to an open incident only; this one is {state}."),
    "reinforce": gettext_noop("Units can be sent to an open incident only; this one is {state}."),
    "arrive": gettext_noop("A unit can arrive at an open incident only; this one is {state}."),
    "requeue": gettext_noop(
        "Only an incident with units on the way goes back to the queue; this is {state}."
    ),
    "close": gettext_noop("Only an open incident can be closed; this one is {state}."),
    "cancel": gettext_noop(
        "An incident can be cancelled until a crew is there; this one is {state}: close it."
    ),
    "merge": gettext_noop("Only an open incident can be merged; this one is {state}."),
    "split": gettext_noop("Only a merged incident can be split off again; this one is {state}."),
    "reopen": gettext_noop(
        "Only a closed or cancelled incident can be reopened; this one is {state}."
    ),
}


def next_state(state: IncidentState, action: str) -> IncidentState:
    """Give where an action leads, or refuse with a sentence; sending to a working one keeps it."""
    if action == "dispatch" and state is I.WORKING:
        action = "reinforce"
    allowed, target = INCIDENT_TRANSITIONS[action]
    if state not in allowed:
        raise RuleSays(_WHY_NOT[action], code="wrong_state", state=state.value)
    return target


def may_go(state: IncidentState, action: str) -> bool:
    """Say whether an action is allowed in a state."""
    try:
        next_state(state, action)
    except Refused:
        return False
    return True


def odd_order(before: UnitStatus, after: UnitStatus) -> bool:
    """Say whether a status is out of the usual order; a warning, never a block."""
    return after is not before and after not in USUAL_NEXT[before]


@dataclass(frozen=True, slots=True)
class SendCheck:
    """What is known of a unit when it is to be sent; `incident_*` is what it is on now, if any."""

    unit: str
    status: UnitStatus
    on_duty: bool
    incident_number: int | None = None
    incident_priority: int | None = None


def check_send(unit: SendCheck, *, to_priority: int, overruled: bool = False) -> bool:
    """Refuse a unit that can't go, naming what holds it; give True when it is a diversion.

    `overruled` is a duty officer's word: a unit that is off duty goes, and one on its way is
    diverted to whatever incident. A unit out of service or at a scene is sent by nobody's word.
    """
    if unit.status is S.OUT_OF_SERVICE:
        raise RuleSays(
            gettext_noop("{unit} is out of service."), code="unit_out_of_service", unit=unit.unit
        )
    if (not unit.on_duty or unit.status is S.OFF_DUTY) and not overruled:
        raise RuleSays(
            gettext_noop("{unit} is off duty; open its shift first."),
            code="unit_off_duty",
            unit=unit.unit,
        )
    if unit.incident_number is None:
        return False
    if unit.status not in DIVERTIBLE_STATUSES:
        raise RuleSays(
            gettext_noop("{unit} is already on incident {number} ({status})."),
            code="unit_busy",
            unit=unit.unit,
            number=unit.incident_number,
            status=unit.status.value,
        )
    graver = unit.incident_priority is not None and to_priority < unit.incident_priority
    if not graver and not overruled:
        raise RuleSays(
            gettext_noop(
                "{unit} is already on incident {number}; "
                "it can be diverted only to a graver incident."
            ),
            code="unit_busy",
            unit=unit.unit,
            number=unit.incident_number,
        )
    return True


def may_send(unit: SendCheck, *, to_priority: int) -> bool:
    """Say whether a unit may be sent."""
    try:
        check_send(unit, to_priority=to_priority)
    except Refused:
        return False
    return True


def check_status(status: UnitStatus, *, unit: str, incident_number: int | None) -> None:
    """Refuse a status that needs an incident where the unit has none."""
    if status in COMMITTED_STATUSES and incident_number is None:
        raise RuleSays(
            gettext_noop("{unit} is on no incident, so it can't be {status}; dispatch it first."),
            code="no_incident",
            unit=unit,
            status=status.value,
        )


def may_status(status: UnitStatus, *, unit: str, incident_number: int | None) -> bool:
    """Say whether a unit may take a status."""
    try:
        check_status(status, unit=unit, incident_number=incident_number)
    except Refused:
        return False
    return True


def state_diagram() -> str:
    """Draw both tables as mermaid: the first sections of docs/reference/states.md."""
    lines = [
        "## Incident",
        "",
        "`triage` is also how type, priority and alarm level are set while units are out; the",
        "state stays then. `merged` is a word kept for duplicates: no action leads to it yet.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        "    [*] --> received",
    ]
    for action, (sources, target) in INCIDENT_TRANSITIONS.items():
        lines += [
            f"    {source.value} --> {target.value}: {action}"
            for source in IncidentState
            if source in sources
        ]
    lines += [
        "```",
        "",
        "## Unit, the usual order",
        "",
        "Any other order is taken too, with a warning.",
        "",
        "```mermaid",
        "stateDiagram-v2",
    ]
    for before, after in USUAL_NEXT.items():
        lines += [f"    {before.value} --> {one.value}" for one in UnitStatus if one in after]
    return "\n".join([*lines, "```", ""])
