"""Towns as rows."""

from __future__ import annotations

from django.utils.translation import gettext as _

from anlan.kernel.places.models import RoadSnapshot, Town
from anlan.kernel.places.queries.rows import TownRow
from anlan.kernel.values import BadInput, TownClock

#: attribution code → what the map and reports must say
ATTRIBUTIONS = {
    "osm": ("© OpenStreetMap contributors (ODbL)",),
    "aequilibrae": ("© OpenStreetMap contributors (ODbL)", "AequilibraE example data"),
    "datasf": ("© OpenStreetMap contributors (ODbL)", "DataSF (PDDL)", "US Census TIGER"),
    "file": (),
}


def town(key: str) -> TownRow:
    """Give a town; BadInput names the command that makes one."""
    found = Town.objects.filter(key=key).first()
    if found is None:
        raise BadInput(
            _(
                "There is no town {key}. Make it with: anlan town create {key} --name … --zone …"
            ).format(key=key)
        )
    return row_of(found, RoadSnapshot.objects.filter(town=found, active=True).first())


def towns() -> tuple[TownRow, ...]:
    """Give all towns of the installation, by name."""
    active = {s.town_id: s for s in RoadSnapshot.objects.filter(active=True)}
    return tuple(row_of(one, active.get(one.pk)) for one in Town.objects.order_by("name", "key"))


def row_of(found: Town, snapshot: RoadSnapshot | None) -> TownRow:
    """Turn a town and its active roads into a row."""
    bounds = None
    if snapshot is not None:
        bounds = (snapshot.west, snapshot.south, snapshot.east, snapshot.north)
    return TownRow(
        id=found.pk,
        key=found.key,
        name=found.name,
        zone=found.zone,
        country=found.country,
        part=found.part,
        made_up=found.made_up,
        made_up_note=found.made_up_note,
        clock=TownClock(found.clock_real_anchor, found.clock_town_anchor, found.clock_speed),
        factor=found.factor,
        factor_error=dict(found.factor_error),
        level_profiles=tuple(found.level_profiles),
        bounds=bounds,
        attribution=ATTRIBUTIONS.get(snapshot.attribution, ()) if snapshot else (),
    )
