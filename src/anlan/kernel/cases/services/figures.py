"""Publishing counts: once for each period, with small counts withheld beyond working out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from anlan.engine.suppression import UnusableCounts, withhold
from anlan.kernel.cases.models import Release
from anlan.kernel.cases.queries.figures import ReleaseRow, releases, sums_before, sums_of
from anlan.kernel.cases.registry import counter_of, figure_subject
from anlan.kernel.cases.rules.figures import (
    FigureSubject,
    Key,
    Period,
    read_period,
    with_totals,
)
from anlan.kernel.ledger.services import write
from anlan.kernel.places import queries as places
from anlan.kernel.values import Actor, Refused, Role, check_role


def release_counts(
    subject: str,
    period: str,
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> int:
    """Publish a subject's counts of a period and give the release's id.

    A period is published once, after it is over: a second table of the same period, with other
    counts withheld, could be laid beside the first.
    """
    check_role(actor, Role.SUPERVISOR, Role.ADMINISTRATOR)
    what = figure_subject(subject)
    when = read_period(period, step=what.step)
    town = places.town(town_key)
    if at.astimezone(town.tz).date() < when.ends:
        raise Refused(_("This period isn't over yet."), code="period_not_over")
    with write(
        town=town_key,
        actor=actor,
        action="figures.released",
        at=at,
        recorded_at=recorded_at,
        client_key=client_key,
        asked={"subject": subject, "period": str(when)},
    ) as entry:
        if entry.replayed:
            return int(entry.result["release"])
        before = releases(town_key, subject=subject, year=when.year)
        if any(row.period == when for row in before):
            raise Refused(_("This period was published already."), code="published_already")
        counted = _counted(what, when, before, town_key=town_key)
        counts = with_totals(what, counted)
        table = sums_of(what, when, counts)
        try:
            found = withhold(table, atoms=what.year_size(), before=sums_before(what, before))
        except UnusableCounts as fault:
            raise Refused(
                _("Earlier tables leave no way to publish this period safely."),
                code="no_safe_way",
            ) from fault
        one = Release.objects.create(
            town_id=town.id,
            subject=subject,
            period_from=when.begins,
            period_to=when.ends,
            released_at=at,
            cells=[
                {"key": ".".join(key), "count": counts[key] if shown else None}
                for key, shown in zip(what.published(), found.shown, strict=True)
            ],
            counted=[{"key": ".".join(key), "count": counted.get(key, 0)} for key in what.atoms()],
        )
        entry.record(subject=f"release:{one.pk}", fields=["cells"])
        entry.result = {"release": one.pk}
    return int(one.pk)


def _counted(
    what: FigureSubject, when: Period, before: Sequence[ReleaseRow], *, town_key: str
) -> Mapping[Key, int]:
    """Count a period's cells; a quarter of it that was published counts as it did then.

    Cases change, come late and are erased: counted anew, a year less its quarters would tell of the
    few to which that happened, or no year could be published.
    """
    count = counter_of(what.code)
    if when.quarter or when.month:
        return count(town_key, when.begins, when.ends)
    published = {row.period: row.counted for row in before if row.counted}
    found: Counter[Key] = Counter()
    for quarter in when.quarters:
        part = Period(when.year, quarter)
        found.update(published.get(part) or count(town_key, part.begins, part.ends))
    return found
