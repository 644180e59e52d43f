"""Saying that a task is done, where nothing that is done in the case itself says so."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from anlan.kernel.cases.models import Task
from anlan.kernel.cases.queries.offers import in_hand
from anlan.kernel.cases.queries.openings import is_in_it
from anlan.kernel.cases.rules import tasks as rules
from anlan.kernel.cases.services.acting import acting
from anlan.kernel.cases.services.doing import HAND_OVER
from anlan.kernel.ledger.services import Write
from anlan.kernel.places import queries as places
from anlan.kernel.values import Actor, Forbidden, Refused, Role


def finish_task(
    task_id: int,
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> None:
    """Say that a task of the kernel's own is done, such as that a party was told another way.

    For whom it is, or who is in the case. A type's own tasks end by its actions.
    """
    found = Task.objects.filter(pk=task_id).first()
    if found is None:
        raise no_such_task()
    with acting(
        found.case_id,
        "task_done",
        town_key=town_key,
        actor=actor,
        at=at,
        recorded_at=recorded_at,
        client_key=client_key,
        told={"task": task_id},
    ) as doing:
        if doing.write.replayed:
            return
        one = Task.objects.select_for_update().get(pk=task_id)
        if one.done_at is not None:
            raise Refused(_("This is done already."), code="done_already")
        if not rules.ends_by_hand(one.kind):
            raise Refused(_("This is done by what is done in the case."), code="by_action")
        theirs = rules.is_for(actor, staff_ref=one.staff_ref, for_role=one.for_role)
        if not (theirs or is_in_it(one.case_id, actor)):
            raise Forbidden(_("Somebody else has this to do."), code="not_yours")
        one.done_at, one.done_by, one.outcome = at, actor.staff_ref, "done"
        one.save(update_fields=["done_at", "done_by", "outcome"])
        doing.tell(party=one.party, task=one.pk)


def ask_to_hand_over(staff_ref: str, write: Write) -> None:
    """Ask a supervisor, as part of a write, to give an account's open cases to other handlers."""
    for one in in_hand(staff_ref):
        at = places.town(one.town.key).clock.at(write.recorded_at)
        Task.objects.create(case=one, kind=HAND_OVER, for_role=Role.SUPERVISOR.value, made_at=at)
        write.record(subject=one.ref, about=[staff_ref], action=f"{one.type}.to_hand_over")


def no_such_task() -> Refused:
    """Give the refusal of a task that isn't there for this actor."""
    return Refused(_("There is nothing of this to do."), code="no_such_task")
