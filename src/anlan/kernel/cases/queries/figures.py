"""Published counts: what was let out, and the audit over all of it together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from anlan.engine.suppression import LEAST_SHOWN, Sum, bounds_of
from anlan.kernel.cases.models import Release
from anlan.kernel.cases.registry import figures
from anlan.kernel.cases.rules.figures import (
    FigureSubject,
    Key,
    Period,
    members_of,
    period_of,
)

SHOWN_OF_A_LINE = 8  # where at most one count in so many is shown, a table would be a wall


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """A published table: None stands where a count is withheld.

    `counted` is the grid as it was counted, never to be shown; empty where it was not kept yet.
    """

    id: int
    subject: str
    period: Period
    released_at: datetime
    counts: dict[Key, int | None]
    counted: dict[Key, int]

    @property
    def hidden(self) -> int:
        """Give how many counts are withheld."""
        return sum(count is None for count in self.counts.values())

    @property
    def mostly_hidden(self) -> bool:
        """Say whether so much is withheld that a line says more than a table."""
        return (len(self.counts) - self.hidden) * SHOWN_OF_A_LINE <= len(self.counts)


@dataclass(frozen=True, slots=True)
class AuditRow:
    """What a reader of everything published can conclude of one withheld count."""

    subject: str
    period: Period
    key: Key
    low: int
    high: int | None
    safe: bool


def releases(town_key: str, *, subject: str, year: int | None = None) -> list[ReleaseRow]:
    """Give a subject's published tables, oldest period first, quarters before their year."""
    found = Release.objects.filter(town__key=town_key, subject=subject)
    if year is not None:
        found = found.filter(period_from__year=year)
    rows = [_row(each) for each in found]
    return sorted(rows, key=lambda row: row.period.order)


def audit(town_key: str) -> list[AuditRow]:
    """Look at every withheld count of a town: what can be concluded from all its releases?"""
    found: list[AuditRow] = []
    for subject in figures():
        rows = releases(town_key, subject=subject.code)
        for year in sorted({row.period.year for row in rows}):
            found += _audit_year(subject, [row for row in rows if row.period.year == year])
    return found


def sums_before(subject: FigureSubject, rows: list[ReleaseRow]) -> list[Sum]:
    """Give what was published before as sums over a year's atoms."""
    return [each for row in rows for each in sums_of(subject, row.period, row.counts)]


def sums_of(subject: FigureSubject, period: Period, counts: Mapping[Key, int | None]) -> list[Sum]:
    """Give a period's counts as sums over a year's atoms, in the order of the published keys."""
    members = members_of(subject, period)
    keys = subject.published()
    return [Sum(atoms, counts[key]) for atoms, key in zip(members, keys, strict=True)]


def _audit_year(subject: FigureSubject, rows: list[ReleaseRow]) -> list[AuditRow]:
    published = sums_before(subject, rows)
    places = [(row.period, key) for row in rows for key in subject.published()]
    hidden = [i for i, each in enumerate(published) if each.count is None]
    bounds = bounds_of(published, [published[i].atoms for i in hidden], atoms=subject.year_size())
    return [
        AuditRow(
            subject.code,
            places[i][0],
            places[i][1],
            each.low,
            each.high,
            each.proven and each.width() >= LEAST_SHOWN - 1,
        )
        for i, each in zip(hidden, bounds, strict=True)
    ]


def _row(one: Release) -> ReleaseRow:
    return ReleaseRow(
        id=one.pk,
        subject=one.subject,
        period=period_of(one.period_from, one.period_to),
        released_at=one.released_at,
        counts={tuple(cell["key"].split(".")): cell["count"] for cell in one.cells},
        counted={tuple(cell["key"].split(".")): cell["count"] for cell in one.counted},
    )
