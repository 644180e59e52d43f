"""What somebody has to do: tasks, what waits for its word, cases that it takes further."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import (
    CharField,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from anlan.kernel.cases.models import Case, CaseEvent, CaseStaff, Proposal, Task
from anlan.kernel.cases.queries.access import visible_cases, visible_parts
from anlan.kernel.cases.queries.cases import row_of, rows_with_clocks
from anlan.kernel.cases.queries.rows import CaseRow
from anlan.kernel.cases.registry import case_types
from anlan.kernel.cases.rules.facts import Part
from anlan.kernel.values import Actor

MOST_TASKS = 100
MOST_CASES = 30
SHOWN_DECLINED = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One thing to do in a case, and for whom: an account, a role, or whoever sees the case."""

    id: int
    kind: str
    case_id: int
    type: str
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
    waiting: int = 0  # what others proposed and this one may agree to


@dataclass(frozen=True, slots=True)
class AwaitedRow:
    """An action that waits for its second person, who may be the one that asks."""

    id: int
    action: str
    case_id: int
    type: str
    proposed_by: str
    proposed_at: datetime


@dataclass(frozen=True, slots=True)
class DeclinedRow:
    """What an actor proposed and a second person declined, and why."""

    action: str
    case_id: int
    type: str
    declined_by: str
    reason: str
    at: datetime


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
    waiting = _awaited(town_key, actor).count()
    return ToDo(found["open"], found["late"], waiting)


def awaited(*, town_key: str, actor: Actor, most: int = MOST_TASKS) -> list[AwaitedRow]:
    """Give what waits in cases that an actor may see for its word as a second person."""
    found = _awaited(town_key, actor).select_related("case").order_by("pk")[:most]
    return [
        AwaitedRow(
            id=one.pk,
            action=one.action,
            case_id=one.case_id,
            type=one.case.type,
            proposed_by=one.proposed_by,
            proposed_at=one.proposed_at,
        )
        for one in found
    ]


def declined_lately(
    *, town_key: str, actor: Actor, at: datetime, most: int = MOST_TASKS
) -> list[DeclinedRow]:
    """Give what an actor proposed and a second person declined within a week, the newest first.

    Of open cases that it may see; what it proposed anew since is left out.
    """
    since = CaseEvent.objects.filter(
        action="declined", at__gt=at - SHOWN_DECLINED, case__ended_at__isnull=True
    ).filter(case__in=visible_cases(actor, town_key=town_key))
    found = {event.values.get("proposal"): event for event in since.select_related("case")}
    own = Proposal.objects.filter(pk__in=list(found), proposed_by=actor.staff_ref)
    anew = Proposal.objects.filter(
        case=OuterRef("case"), action=OuterRef("action"), pk__gt=OuterRef("pk")
    )
    return [
        DeclinedRow(
            action=one.action,
            case_id=one.case_id,
            type=found[one.pk].case.type,
            declined_by=found[one.pk].actor_ref,
            reason=found[one.pk].reason,
            at=found[one.pk].at,
        )
        for one in own.exclude(Exists(anew)).order_by("-decided_at")[:most]
    ]


def next_cases(*, town_key: str, actor: Actor, most: int = MOST_CASES) -> list[CaseRow]:
    """Give open cases that an actor handles, or that nobody does and its role takes further.

    The nearest due moment comes first, cases without one last.
    """
    # In parts, each read from its own index: an "or" of them looks at every case of the town.
    found: dict[int, CaseRow] = {}
    for part in _to_take_further(town_key, actor):
        rows = rows_with_clocks(part.filter(ended_at__isnull=True))
        ordered = rows.order_by(F("due").asc(nulls_last=True), "pk")[:most]
        found |= {one.pk: row_of(one) for one in ordered}
    return sorted(found.values(), key=_due_first)[:most]


def _to_take_further(town_key: str, actor: Actor) -> Iterator[QuerySet[Case]]:
    handled = CaseStaff.objects.filter(part=Part.HANDLER.value, until__isnull=True)
    own = handled.filter(staff_ref=actor.staff_ref).values("case_id")
    yield visible_cases(actor, town_key=town_key).filter(pk__in=own)
    for kind in case_types():
        ways = [one for one in kind.actions if one.target is not None and actor.has(*one.roles)]
        states = {state for one in ways for state in one.sources}
        for part in visible_parts(actor, town_key=town_key, type=kind.code) if states else ():
            nobodys = ~Exists(handled.filter(case_id=OuterRef("pk")))
            yield part.filter(nobodys, state__in=states)


def _due_first(one: CaseRow) -> tuple[bool, float, int]:
    return one.due_at is None, one.due_at.timestamp() if one.due_at else 0.0, one.id


def _awaited(town_key: str, actor: Actor) -> QuerySet[Proposal]:
    theirs = Q(pk__in=[])
    for kind in case_types():
        codes = [one.code for one in kind.actions if one.second and actor.has(*one.second)]
        if codes:
            theirs |= Q(case__type=kind.code, action__in=codes)
    seen = visible_cases(actor, town_key=town_key)
    waiting = Proposal.objects.filter(theirs, decided_at__isnull=True, case__in=seen)
    return waiting.exclude(proposed_by=actor.staff_ref)


def _theirs(town_key: str, actor: Actor) -> QuerySet[Task]:
    """Give the open tasks that `rules.tasks.is_for` calls an actor's, as a query.

    What its type wants done by another than who did something before, such as a recheck, is not.
    """
    roles = ["", *(role.value for role in actor.roles)]
    whose = Q(staff_ref=actor.staff_ref) | Q(staff_ref="", for_role__in=roles)
    seen = visible_cases(actor, town_key=town_key)
    found = Task.objects.filter(whose, done_at__isnull=True, case__in=seen)
    for code, kind, action in _by_another():
        # The type is asked within: a join would let PostgreSQL read every case of the town.
        events = CaseEvent.objects.filter(case=OuterRef("case_id"), case__type=code, action=action)
        last = Subquery(events.order_by("-seq").values("actor_ref")[:1])
        did = Exact(Coalesce(last, Value(""), output_field=CharField()), actor.staff_ref)
        found = found.exclude(Q(kind=kind) & Q(did))
    return found


def _by_another() -> Iterator[tuple[str, str, str]]:
    """Give each type's kinds of tasks that are not for whoever did an action last."""
    for one in case_types():
        for each in one.task_kinds:
            for action in each.not_by:
                yield one.code, each.code, action


def _rows(found: QuerySet[Task], *, most: int | None = None) -> list[TaskRow]:
    ordered = found.select_related("case").order_by(F("due_at").asc(nulls_last=True), "pk")
    return [
        TaskRow(
            id=one.pk,
            kind=one.kind,
            case_id=one.case_id,
            type=one.case.type,
            party=one.party,
            staff_ref=one.staff_ref,
            for_role=one.for_role,
            due_at=one.due_at,
            made_at=one.made_at,
        )
        for one in ordered[:most]
    ]
