"""Who may do what in dispatch: roles for each service, and a crew's own unit."""

from __future__ import annotations

from collections.abc import Mapping

from anlan.kernel.values import Actor, Refused, Role, RuleForbids, gettext_noop

DESK = frozenset({Role.DISPATCHER, Role.DUTY_OFFICER})

SEE_INCIDENTS = DESK | {Role.CREW, Role.SUPERVISOR, Role.ADMINISTRATOR}

#: service → roles that may call it
MAY: Mapping[str, frozenset[Role]] = {
    "create_incident": DESK,
    "triage_incident": DESK,
    "dispatch_units": DESK,
    "close_incident": DESK,
    "cancel_incident": DESK,
    "reopen_incident": DESK,
    "add_note": DESK | {Role.CREW},
    "set_unit_status": DESK | {Role.CREW},
    "move_up_unit": DESK,
    "end_move_up": DESK,
    "report_positions": DESK | {Role.CREW},
    "forget_positions": frozenset({Role.ADMINISTRATOR}),
    "import_run_cards": frozenset({Role.ADMINISTRATOR, Role.DUTY_OFFICER}),
    "decide_run_cards": frozenset({Role.ADMINISTRATOR, Role.DUTY_OFFICER, Role.SUPERVISOR}),
    "seal_incident": frozenset({Role.ADMINISTRATOR}),
}

_WORDS: Mapping[Role, str] = {
    Role.DISPATCHER: "dispatcher",
    Role.DUTY_OFFICER: "duty officer",
    Role.CREW: "crew",
    Role.SUPERVISOR: "supervisor",
    Role.PLANNER: "planner",
    Role.CLERK: "clerk",
    Role.MEDIATOR: "mediator",
    Role.INSPECTOR: "inspector",
    Role.ADMINISTRATOR: "administrator",
}


def check_may(actor: Actor, service: str) -> None:
    """Refuse an actor who holds none of the roles that a service asks for."""
    roles = MAY[service]
    if not actor.has(*roles):
        needed = " / ".join(_WORDS[role] for role in Role if role in roles)
        raise RuleForbids(
            gettext_noop("This needs the role {roles}."), code="role_missing", roles=needed
        )


def may(actor: Actor, service: str) -> bool:
    """Say whether an actor may call a service."""
    try:
        check_may(actor, service)
    except Refused:
        return False
    return True


def may_see_incidents(actor: Actor) -> bool:
    """Say whether an actor may see incidents: the desk, crews, those who supervise and set up."""
    return actor.has(*SEE_INCIDENTS)


def check_own_unit(actor: Actor, unit: str) -> None:
    """Refuse a crew member who speaks for another unit than the one signed in to."""
    if actor.has(*DESK):
        return
    if actor.unit_ref is None or actor.unit_ref.removeprefix("unit:") != unit:
        raise RuleForbids(
            gettext_noop("A crew sets the status of its own unit only; you are not on {unit}."),
            code="not_own_unit",
            unit=unit,
        )


def may_own_unit(actor: Actor, unit: str) -> bool:
    """Say whether an actor may speak for a unit."""
    try:
        check_own_unit(actor, unit)
    except Refused:
        return False
    return True
