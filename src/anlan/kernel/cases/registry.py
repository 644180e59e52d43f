"""Which case types there are: an area registers its own once, from its AppConfig.ready."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from anlan.kernel.cases.rules.checking import check_case_type
from anlan.kernel.cases.rules.extending import extended_by
from anlan.kernel.cases.rules.figures import FigureSubject, Key
from anlan.kernel.cases.rules.offers import ReferenceKind
from anlan.kernel.cases.rules.types import CaseType
from anlan.kernel.sealing.personal_fields import SEALED_FIELDS
from anlan.kernel.values import BadInput

if TYPE_CHECKING:
    from anlan.kernel.cases.services.doing import Doing

Hook = Callable[["Doing"], None]
ExtraFacts = Callable[[int], Mapping[str, object]]


@dataclass(frozen=True)
class Registered:
    """A type with what its area does beside the kernel, in the same transaction."""

    type: CaseType
    hooks: Mapping[str, Hook]
    extra_facts: ExtraFacts | None
    references: Mapping[str, ReferenceKind]


_types: dict[str, Registered] = {}

Counter = Callable[[str, date, date], Mapping[Key, int]]
_figures: dict[str, tuple[FigureSubject, Counter]] = {}


def register_case_type(
    one: CaseType,
    *,
    hooks: Mapping[str, Hook] | None = None,
    extra_facts: ExtraFacts | None = None,
    references: Mapping[str, ReferenceKind] | None = None,
) -> None:
    """Check a type and take it in; raises BadInput with the sentence that says what is wrong.

    `hooks` are by action ("opened" for the opening): each runs inside the action's transaction,
    once the state is set and before the event is written, which holds what the hook tells.
    `extra_facts(case_id)` adds codes and counts of the area's own tables to what guards see.
    `references` are by the kinds that the type's fields refer to: what can be named there.
    """
    from anlan.kernel.cases.queries.standing import standing_of  # models: only once apps are ready
    from anlan.kernel.sealing import services as sealing

    check_case_type(one, sealed_fields=frozenset(SEALED_FIELDS.get(one.code, {})))
    for action in hooks or {}:
        if action != "opened" and one.action(action) is None:
            raise BadInput(f"Case type {one.code}: there is no action {action} to hook into.")
    offered = references or {}
    wanted = {each.refers_to for each in one.fields if each.refers_to}
    for kind in sorted(wanted ^ offered.keys()):
        what = "nothing to choose from" if kind in wanted else "no field that refers to it"
        raise BadInput(f"Case type {one.code}: for references to {kind} there is {what}.")
    sealing.register_case_kind(one.code, standing_of=standing_of)
    every = {**_extending_hooks(one), **(hooks or {})}
    _types[one.code] = Registered(one, every, extra_facts, offered)


def _extending_hooks(one: CaseType) -> dict[str, Hook]:
    """Give what each action `extend_<clock>` does where its area says nothing else."""
    clocks = {action.code: extended_by(one, action) for action in one.actions}
    return {
        code: partial(_extend, clock=clock.code)
        for code, clock in clocks.items()
        if clock is not None
    }


def _extend(doing: Doing, *, clock: str) -> None:
    doing.extend(clock)


def registered(code: str) -> Registered:
    """Give a registered type; raises BadInput for an unknown one."""
    if code not in _types:
        raise BadInput(f"“{code[:40]}” is no case type; known are: {', '.join(_types) or 'none'}.")
    return _types[code]


def case_type(code: str) -> CaseType:
    """Give a case type by its code."""
    return registered(code).type


def case_types() -> tuple[CaseType, ...]:
    """Give every registered type, in the order in which they were registered."""
    return tuple(each.type for each in _types.values())


def register_figures(subject: FigureSubject, *, count: Counter) -> None:
    """Let an area publish counts: `count(town_key, begins, ends)` gives them by cell of the grid.

    `begins` is the first day, `ends` the first day after, both in the town's zone.
    """
    _figures[subject.code] = (subject, count)


def figures() -> tuple[FigureSubject, ...]:
    """Give every subject of which counts are published."""
    return tuple(subject for subject, _count in _figures.values())


def figure_subject(code: str) -> FigureSubject:
    """Give a subject by its code; raises BadInput for an unknown one."""
    if code not in _figures:
        known = ", ".join(_figures) or "none"
        raise BadInput(f"“{code[:40]}” is no subject of figures; known are: {known}.")
    return _figures[code][0]


def counter_of(code: str) -> Counter:
    """Give what counts a subject."""
    return _figures[code][1]
