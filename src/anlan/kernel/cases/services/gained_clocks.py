"""Clocks that a type of case was given later than its cases were opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from django.db.models import Exists, OuterRef

from anlan.kernel.cases.models import Case, CaseClock
from anlan.kernel.cases.registry import case_types
from anlan.kernel.cases.rules.types import CaseType, Clock
from anlan.kernel.cases.services.acting import acting
from anlan.kernel.cases.services.clocks import begin_clock, date_tasks
from anlan.kernel.values import Actor, Role, check_role


class _BegunMeanwhile(Exception):
    """Somebody acted in the case meanwhile, which began its clocks."""


def begin_gained_clocks(*, town_key: str, actor: Actor, at: datetime, recorded_at: datetime) -> int:
    """Begin in a town's open cases the clocks that their type has gained by an upgrade.

    Each counts from when its case came to the state that it stands in, so what has waited longest
    is due first. Gives in how many cases; where every clock is there, nothing is written.
    """
    check_role(actor, Role.ADMINISTRATOR)
    lacking = {one.pk for kind in case_types() for one, _clock in _lacking(kind, town_key)}
    done = 0
    for case_id in sorted(lacking):
        with (
            suppress(_BegunMeanwhile),
            acting(
                case_id,
                "clock_begun",
                town_key=town_key,
                actor=actor,
                at=at,
                recorded_at=recorded_at,
            ) as doing,
        ):
            found = list(_lacking(doing.type, town_key, case_id=case_id))
            if not found:
                raise _BegunMeanwhile
            for _one, clock in found:
                begin_clock(doing.case, clock, at=doing.case.state_since)
            date_tasks(doing.case, doing.type)
            done += 1
    return done


def _lacking(
    kind: CaseType, town_key: str, *, case_id: int | None = None
) -> Iterator[tuple[Case, Clock]]:
    """Give each open case of a type with a clock that should run in it and was never begun."""
    open_ones = Case.objects.filter(town__key=town_key, type=kind.code, ended_at__isnull=True)
    if case_id is not None:
        open_ones = open_ones.filter(pk=case_id)
    for clock in kind.clocks:
        begun = CaseClock.objects.filter(case=OuterRef("pk"), code=clock.code)
        stands = open_ones.filter(state__in=clock.runs_in, erased_at__isnull=True)
        for one in stands.exclude(Exists(begun.filter(stopped_at__isnull=True))).iterator():
            if clock.applies is None or clock.applies(one.answers):
                yield one, clock
