"""Two small charts of what a subject published: totals by period, and the newest table's rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from anlan.kernel.cases.queries.figures import ReleaseRow
from anlan.kernel.cases.rules.figures import ALL, FigureSubject
from anlan.web.figures.tables import said

PERIODS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: its label, its count (None where it is withheld) and its width in a hundred."""

    label: str
    count: int | None
    width: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars on one scale that begins at nought."""

    title: str
    bars: tuple[Bar, ...]


def charts(subject: FigureSubject, rows: Sequence[ReleaseRow]) -> list[Chart]:
    """Draw what is shown; a chart of which nothing is shown is left out.

    `rows` are the subject's tables, oldest first. Years are left out of the totals, since they
    stand on another scale than the quarters of which they are the sum.
    """
    whole = (ALL,) * len(subject.dimensions)
    steps = [row for row in rows if row.period.quarter or row.period.month] or list(rows)
    totals = [(str(row.period), row.counts[whole]) for row in steps[-PERIODS_SHOWN:]]
    found = [_chart(_("All, by period"), totals)]
    first = subject.dimensions[0]
    rest = whole[1:]
    for row in reversed(rows):
        sides = [(said(one.label), row.counts[(one.code, *rest)]) for one in first.members]
        if any(count is not None for _label, count in sides):
            found.append(_chart(f"{row.period} · {said(first.label)}", sides))
            break
    return [each for each in found if any(bar.count is not None for bar in each.bars)]


def _chart(title: str, counts: Sequence[tuple[str, int | None]]) -> Chart:
    most = max((count for _label, count in counts if count is not None), default=0)
    return Chart(
        title,
        tuple(
            Bar(label, count, round(100 * count / most) if count and most else 0)
            for label, count in counts
        ),
    )
