"""Roads are read, stored beside the old ones, and swapped in whole.

The snapshot's folder is complete before the one transaction that makes it active, so a kill at
any moment leaves either the old roads or the new. Folders that no row names are swept at the next
import.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from anlan.kernel.ledger.services import Stamp, Write, write_once
from anlan.kernel.places.models import Closure, RoadSnapshot
from anlan.kernel.places.queries.roads import GRAPH_FILE, town_folder
from anlan.kernel.places.queries.rows import TownRow
from anlan.kernel.places.queries.towns import ATTRIBUTIONS
from anlan.kernel.places.queries.towns import town as town_row
from anlan.kernel.places.services.basemap import draw_basemap
from anlan.kernel.places.services.tables import check_datum
from anlan.kernel.values import Actor, BadInput, Role, check_role

if TYPE_CHECKING:
    from anlan.engine.roads import RoadGraph, RoadNetwork

Progress = Callable[[str, float], None]
OSM_ENDINGS = (".pbf", ".osm", ".osm.gz", ".osm.bz2")
ABANDONED_S = 3600.0  # a younger one may be another import under way
SQLITE_ENDINGS = (".sqlite", ".sqlite3", ".db", ".gpkg")


def import_roads(
    town_key: str,
    files: Sequence[Path],
    *,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
    datum: str | None = None,
    attribution: str | None = None,
    progress: Progress | None = None,
) -> dict[str, object]:
    """Import roads from one OSM extract, one AequilibraE database, or a CSV pair (nodes, edges).

    Gives the counts that `anlan roads import --json` prints. Streets that are closed now are
    closed on the new roads too, by their point.
    """
    check_role(actor, Role.ADMINISTRATOR)
    town = town_row(town_key)
    source = _source(files)
    if attribution is not None and attribution not in ATTRIBUTIONS:
        raise BadInput(
            _("“{given}” is no known attribution; give one of: {known}.").format(
                given=attribution[:20], known=", ".join(ATTRIBUTIONS)
            )
        )
    if source == "csv":
        check_datum(town, datum)
    graph = _read(source, files, country=town.country or None, progress=progress)
    folder = f"roads-{uuid.uuid4().hex[:12]}"
    home = town_folder(town_key)
    network = _store(home, folder, graph, progress)
    default = {"osm": "osm", "aequilibrae": "aequilibrae", "csv": "file"}[source]
    try:
        summary = _swap(
            town,
            folder,
            network,
            source=source,
            attribution=attribution or default,
            asked={"files": list(files), "datum": datum, "attribution": attribution},
            stamp=Stamp(town_key, actor, at, recorded_at, client_key),
        )
    except BaseException:
        shutil.rmtree(home / folder, ignore_errors=True)
        raise
    _sweep(town)
    extract = files[0] if source == "osm" else None
    left_out = draw_basemap(town_key, extract=extract, graph=network.graph, progress=progress)
    return {**summary, "basemap": not left_out, "basemap_note": left_out}


def _source(files: Sequence[Path]) -> str:
    for one in files:
        if not one.is_file():
            raise BadInput(_("There is no file {file}.").format(file=one))
    names = [one.name.casefold() for one in files]
    if len(files) == 2 and all(name.endswith(".csv") for name in names):
        return "csv"
    if len(files) == 1 and names[0].endswith(OSM_ENDINGS):
        return "osm"
    if len(files) == 1 and names[0].endswith(SQLITE_ENDINGS):
        return "aequilibrae"
    raise BadInput(_("Give one .osm.pbf file, or two CSV files: the nodes, then the edges."))


def _read(
    source: str, files: Sequence[Path], *, country: str | None, progress: Progress | None
) -> RoadGraph:
    from anlan.engine import roads

    try:
        if source == "csv":
            return roads.read_csv(files[0], files[1], progress=progress)
        if source == "osm":
            return roads.read_osm(files[0], country=country, progress=progress)
        return roads.read_aequilibrae(files[0], progress=progress)
    except roads.UnreadableRoads as error:
        raise BadInput(str(error)) from error


def _store(home: Path, folder: str, graph: RoadGraph, progress: Progress | None) -> RoadNetwork:
    from anlan.engine.roads import RoadNetwork

    partial = home / f".{folder}.partial"
    partial.mkdir(parents=True)
    try:
        graph.save(partial / GRAPH_FILE)
        network = RoadNetwork.build(graph, cache_dir=partial, progress=progress)
        partial.rename(home / folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return network


def _swap(
    town: TownRow,
    folder: str,
    network: RoadNetwork,
    *,
    source: str,
    attribution: str,
    asked: Mapping[str, object],
    stamp: Stamp,
) -> dict[str, object]:
    graph, counts = network.graph, network.graph.summary()

    def swap(entry: Write) -> None:
        RoadSnapshot.objects.filter(town_id=town.id, active=True).update(active=False)
        snapshot = RoadSnapshot.objects.create(
            town_id=town.id,
            folder=folder,
            nodes=counts.nodes,
            edges=counts.edges,
            arcs=counts.arcs,
            km=counts.km,
            cut_off_nodes=counts.cut_off_nodes,
            restrictions=counts.restrictions,
            west=float(graph.node_lon.min()),
            south=float(graph.node_lat.min()),
            east=float(graph.node_lon.max()),
            north=float(graph.node_lat.max()),
            source=source,
            attribution=attribution,
            active=True,
            imported_at=stamp.recorded_at,
        )
        _carry_closures(town, snapshot, network, at=stamp.at)
        entry.record(subject=f"town:{town.key}", fields=["roads"])

    write_once(swap, action="roads.imported", asked=asked, stamp=stamp)
    return {
        "nodes": counts.nodes,
        "edges": counts.edges,
        "arcs": counts.arcs,
        "km": counts.km,
        "cut_off_nodes": counts.cut_off_nodes,
        "restrictions": counts.restrictions,
    }


def _carry_closures(
    town: TownRow, snapshot: RoadSnapshot, network: RoadNetwork, *, at: datetime
) -> None:
    """Put open closures onto the new segments at their points."""
    for one in Closure.objects.filter(town_id=town.id, lifted_at__isnull=True):
        if one.ends_at is not None and one.ends_at <= at:
            continue
        segment = network.snap(one.lon, one.lat).segment
        Closure.objects.filter(pk=one.pk).update(snapshot=snapshot, segment=segment)


def _sweep(town: TownRow) -> None:
    """Remove stored roads that no query can ask for any more: all but the last two."""
    home = town_folder(town.key)
    keep = set(
        RoadSnapshot.objects.filter(town_id=town.id)
        .order_by("-active", "-pk")
        .values_list("folder", flat=True)[:2]
    )
    newest = max((home / name).stat().st_mtime for name in keep)
    for one in home.iterdir():
        partial = one.name.startswith((".roads-", ".basemap-"))
        abandoned = partial and newest - one.stat().st_mtime > ABANDONED_S
        if (one.name.startswith("roads-") and one.name not in keep) or abandoned:
            shutil.rmtree(one, ignore_errors=True)
