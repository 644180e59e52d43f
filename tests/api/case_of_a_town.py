"""A case of the small type in the little town: seen by its readers, handled by its mediator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.api.conftest import KEY, stamp

from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import CaseStaff, Task
from anlan.kernel.cases.rules.facts import Asked
from anlan.kernel.staff.models import Staff
from anlan.kernel.values import Actor, Role

OFFICE = "v-1"


def open_case(member: Callable[..., Any]) -> tuple[int, int]:
    """Open a case in which an ending waits for its second person; gives its and that one's id."""
    mediator, clerk = member("mediator"), member("clerk")
    when = {name: value for name, value in stamp().items() if name != "actor"} | {"town_key": KEY}
    admin = stamp()["actor"]
    made = {"ident": OFFICE, "name": "Village 1", "tier": "village", "client_key": "office"}
    cases.create_office(actor=admin, **made, **when)
    cases.add_member(OFFICE, username=clerk.username, actor=admin, **when)
    case_id = cases.open_case("smallcase", office=OFFICE, actor=_actor(clerk, Role.CLERK), **when)
    handler = CaseStaff.objects.filter(case_id=case_id.case_id)
    handler.update(staff_ref=_actor(mediator, Role.MEDIATOR).staff_ref)
    first = _actor(mediator, Role.MEDIATOR)
    waiting = cases.apply(case_id.case_id, "drop", actor=first, asked=Asked(), **when)
    assert waiting.proposal is not None
    return case_id.case_id, waiting.proposal


def to_tell(case_id: int) -> int:
    """Ask the case's handler to tell a party something another way; gives the task's id."""
    handler = CaseStaff.objects.get(case_id=case_id, part="handler")
    made = {"kind": "tell_party", "party": 1, "staff_ref": handler.staff_ref}
    return Task.objects.create(case_id=case_id, made_at=stamp()["at"], **made).pk


def _actor(member: Any, role: Role) -> Actor:
    account = Staff.objects.get(username=member.username)
    return Actor(f"staff:{account.pk}", frozenset({role}))
