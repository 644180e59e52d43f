"""What is to be done in cases, by whom and until when: due first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q, QuerySet

from anlan.kernel.cases.models import Task
from anlan.kernel.cases.queries.access import visible_cases
from anlan.kernel.values import Actor

MOST_TASKS = 100


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One thing to do in a case, and for whom: an account, a role, or whoever sees the case."""

    id: int
    kind: str
    case_id: int
    type: str
    number: int
    party: int | None
    staff_ref: str
    for_role: str
    due_at: datetime | None
    made_at: datetime

    def late(self, at: datetime) -> bool:
        """Say whether it should be done by now: computed, never stored."""
        return self.due_at is not None and at >= self.due_at


@dataclass(frozen=True, slots=True)
class ToDo:
    """How much somebody has to do in a town, and how much of it is late."""

    open: int
    late: int


def tasks_of(case_id: int) -> list[TaskRow]:
    """Give what is to be done in a case."""
    return _rows(Task.objects.filter(case_id=case_id, done_at__isnull=True))


def case_of_task(task_id: int) -> int | None:
    """Give the id of the case in which something was to be done, done or not."""
    return Task.objects.filter(pk=task_id).values_list("case_id", flat=True).first()


def open_tasks(*, town_key: str, actor: Actor, most: int = MOST_TASKS) -> list[TaskRow]:
    """Give what an actor, or its role, has to do in the cases that it may see; the first of it."""
    return _rows(_theirs(town_key, actor), most=most)


def to_do(*, town_key: str, actor: Actor, at: datetime) -> ToDo:
    """Count the same."""
    found = _theirs(town_key, actor).aggregate(
        open=Count("pk"), late=Count("pk", filter=Q(due_at__lte=at))
    )
    return ToDo(found["open"], found["late"])


def _theirs(town_key: str, actor: Actor) -> QuerySet[Task]:
    """Give the open tasks that `rules.tasks.is_for` calls an actor's, as a query."""
    roles = ["", *(role.value for role in actor.roles)]
    whose = Q(staff_ref=actor.staff_ref) | Q(staff_ref="", for_role__in=roles)
    seen = visible_cases(actor, town_key=town_key)
    return Task.objects.filter(whose, done_at__isnull=True, case__in=seen)


def _rows(found: QuerySet[Task], *, most: int | None = None) -> list[TaskRow]:
    ordered = found.select_related("case").order_by(F("due_at").asc(nulls_last=True), "pk")
    return [
        TaskRow(
            id=one.pk,
            kind=one.kind,
            case_id=one.case_id,
            type=one.case.type,
            number=one.case.number,
            party=one.party,
            staff_ref=one.staff_ref,
            for_role=one.for_role,
            due_at=one.due_at,
            made_at=one.made_at,
        )
        for one in ordered[:most]
    ]
