"""Who may open sealed fields, for what, how often. Pure."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from anlan.kernel.values import Actor, Forbidden, Refused, Role, check_role


class Purpose(enum.StrEnum):
    """Why sealed fields are opened: a closed list, shown to the person whom they are about."""

    LIVE_INCIDENT = "live_incident"  # handling an open incident; one opening covers the shift
    CALL_BACK = "call_back"  # ringing an abandoned or cut-off caller back
    REVIEW = "review"  # checking how a call was handled
    CORRECTION = "correction"  # putting right what was written down wrongly
    HANDLING = "handling"  # working on an open case; one opening covers half a day
    DISCLOSURE = "disclosure"  # a granted disclosure to an authority, and nothing else
    DECIDING = "deciding"  # a second person reads what is proposed before it agrees
    OWN_REQUEST = "own_request"  # the person asks what is held about them


_EVERY_DESK = (Role.DISPATCHER, Role.DUTY_OFFICER, Role.SUPERVISOR)

ALLOWED: Mapping[Purpose, tuple[Role, ...]] = {
    Purpose.LIVE_INCIDENT: (*_EVERY_DESK, Role.CREW),
    Purpose.CALL_BACK: _EVERY_DESK,
    Purpose.REVIEW: (Role.SUPERVISOR,),
    Purpose.CORRECTION: (Role.DUTY_OFFICER, Role.SUPERVISOR),
    Purpose.HANDLING: (Role.CLERK, Role.MEDIATOR, Role.INSPECTOR, Role.SUPERVISOR),
    Purpose.DISCLOSURE: (Role.SUPERVISOR,),
    Purpose.DECIDING: (Role.INSPECTOR, Role.SUPERVISOR, Role.ADMINISTRATOR),
    Purpose.OWN_REQUEST: (Role.DUTY_OFFICER, Role.SUPERVISOR),
}

# For what two custodians open one sealed case.
EXPORT_PURPOSES = (Purpose.OWN_REQUEST, Purpose.REVIEW, Purpose.CORRECTION)


@dataclass(frozen=True, slots=True)
class AskedBy:
    """For which authority a case is opened and on which basis: codes of its area's closed lists.

    The party reads them with the opening, at once or from the day on which it may be told.
    """

    authority: str
    basis: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What an area says about its case: whose town it is, and whether it is being handled now.

    `urgent` is what may not wait an hour while it is handled: an incident.
    """

    town: str
    live: bool
    urgent: bool = False


def is_machine(actor: Actor) -> bool:
    """Say whether the actor is a job, the command line or a token rather than a person."""
    return not actor.staff_ref.startswith("staff:")


def check_open(
    actor: Actor,
    *,
    purpose: Purpose,
    town: str,
    standing: Standing | None,
    granted: bool = False,
    decides: bool = False,
) -> Standing:
    """Give the case's standing, or raise a sentence unless this actor may open it for this."""
    if is_machine(actor):
        raise Forbidden(
            "Sealed fields are opened by people only, never by a program.",
            code="machine_may_not_open",
        )
    check_role(actor, *ALLOWED[purpose])
    if purpose is Purpose.DISCLOSURE and not granted:
        raise Forbidden(
            "A case is opened for an authority by a granted disclosure only.", code="not_granted"
        )
    if purpose is Purpose.DECIDING and not decides:
        raise Forbidden(
            "Words are opened to decide only while something waits for its second person.",
            code="nothing_to_decide",
        )
    if standing is None or standing.town != town:
        raise Refused("There is no such case in this town.", code="no_such_case")
    if purpose is Purpose.LIVE_INCIDENT:
        _check_live(actor, standing)
    return standing


def _check_live(actor: Actor, standing: Standing) -> None:
    if actor.shift_ref is None:
        raise Forbidden("Open your shift first; then the call's words open.", code="no_open_shift")
    if not standing.live:
        raise Refused(
            "This incident is closed; its words open for a review or a correction only.",
            code="not_live",
        )


STANDS_FOR = timedelta(hours=12)  # one opening, of what is handled and of a party's own

CUSTODIANS = "custodians"  # as a file for two of them, whoever wrote it
PARTY = "party"  # as which a party's own link opens
JOINT = "joint"
NOTES = "notes"  # the handlers' own space: no export holds it, and sealing ends it


def parts_of(case_ref: str, spaces: Iterable[str]) -> tuple[str, ...]:
    """Name a case's spaces as an opening notes them: “joint”, “notes”, “p1”."""
    return tuple(each.removeprefix(case_ref).lstrip(":") or JOINT for each in spaces)


def budget_blocks(purpose: Purpose, *, standing: Standing) -> bool:
    """Say whether going past the budget blocks: nothing in an open incident, no handling."""
    if purpose is Purpose.HANDLING:
        return not standing.live
    return purpose is not Purpose.LIVE_INCIDENT and not (standing.live and standing.urgent)


def role_shown(actor: Actor, purpose: Purpose) -> str:
    """Give in which of its roles somebody opens: what the person concerned reads, never a name."""
    if actor.staff_ref.startswith("link:"):
        return PARTY
    return next((role.value for role in ALLOWED[purpose] if role in actor.roles), "")
