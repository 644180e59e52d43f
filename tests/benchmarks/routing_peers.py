"""OSRM and Valhalla on the same extract and the same points, as child processes.

Their environment is `harness.peers_python`, their prepared graphs stay under .cache. Where they
are absent there are no figures, and a note says so; no ratio of another day is kept.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from scipy.stats import spearmanr
from tests.benchmarks.harness import PEERS, Figure, Times, peers_python, time_each

from anlan.engine.roads import RoadNetwork, SnapBatch, reach

SCRIPTS = Path(__file__).parent / "peers"
PREPARED = PEERS.with_name("peers-roads")
LIMIT_S = 900
COUNTS = (100, 1_000, 10_000)


@dataclass(frozen=True, slots=True)
class Cases:
    """What is asked of everybody: incidents, so many units, and a matrix's rows and columns."""

    incidents: SnapBatch
    units: dict[int, SnapBatch]
    rows: SnapBatch
    cols: SnapBatch

    def write(self, network: RoadNetwork, path: Path) -> Path:
        """Write every point as (longitude, latitude)."""
        np.savez(
            path,
            incidents=places(network, self.incidents),
            rows=places(network, self.rows),
            cols=places(network, self.cols),
            **{f"units_{n}": places(network, batch) for n, batch in self.units.items()},
        )
        return path


def places(network: RoadNetwork, points: SnapBatch) -> np.ndarray:
    """Give (longitude, latitude) of points on streets, shape (points, 2)."""
    graph = network.graph
    scale = np.cos(np.radians(np.median(graph.node_lat)))
    owner = np.repeat(np.arange(len(graph.seg_from)), np.diff(graph.geo_ptr))
    shape = np.column_stack([graph.geo_lon * scale, graph.geo_lat])
    lines = shapely.linestrings(shape, indices=owner)[points.segment]
    at = shapely.line_interpolate_point(lines, points.fraction, normalized=True)
    return shapely.get_coordinates(at) / [scale, 1.0]


@dataclass(slots=True)
class Beside:
    """What the peers said."""

    figures: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def beside(network: RoadNetwork, cases: Cases, roads: Path, folder: Path) -> Beside:
    """This will ask OSRM and Valhalla what we are asked, and set them side by side."""
    python = peers_python()
    if python is None:
        note = (
            "OSRM and Valhalla need Python 3.12 or newer, and none starts on this machine, so "
            "they were not asked and no ratio against them is given."
        )
        return Beside(notes=[note])
    file = cases.write(network, folder / "cases.npz")
    told = Beside()
    ours = {n: _ours(network, cases, units) for n, units in cases.units.items()}
    osrm = _ask(python, "osrm", roads, file)
    if osrm is None:
        told.notes.append("OSRM did not run here, so no ratio against it is given.")
    else:
        told.figures += _beside_osrm(network, cases, ours, osrm)
        told.notes.append(_osrm_note(network, cases, osrm))
    valhalla = _ask(python, "valhalla", roads, file)
    if valhalla is None:
        told.notes.append("Valhalla did not run here, so no ratio against it is given.")
    else:
        told.figures += _beside_valhalla(network, cases, ours, valhalla)
        told.notes.append(
            f"{valhalla['version']}, automobile costing{_built(valhalla)}; its isochrones include "
            "drawing a polygon, ours give nodes and seconds."
        )
    return told


def _ask(python: Path, name: str, roads: Path, cases: Path) -> dict[str, Any] | None:
    words = [python, SCRIPTS / f"{name}_peer.py", roads, cases, PREPARED / name]
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, timeout=LIMIT_S, check=True, cwd=SCRIPTS
        )
        answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    except (subprocess.SubprocessError, ValueError, IndexError) as error:
        detail = getattr(error, "stderr", None) or error
        print(f"{name} as a peer failed: {detail}", file=sys.stderr, flush=True)
        return None
    return answer


def _ours(network: RoadNetwork, cases: Cases, units: SnapBatch) -> Times:
    return time_each(lambda incident: network.times_to(incident, units), list(cases.incidents))


def _times(told: dict[str, float]) -> Times:
    return Times(told["p50_ms"], told["p99_ms"], told["cpu_p50_ms"])


def _beside_osrm(
    network: RoadNetwork, cases: Cases, ours: dict[int, Times], osrm: dict[str, Any]
) -> list[Figure]:
    figures = []
    for count in COUNTS:
        theirs = _times(osrm[str(count)])
        ratio = theirs.cpu_p50_ms / ours[count].cpu_p50_ms
        aimed = count == 10_000
        figures.append(
            Figure(
                f"{count:,} units to one incident, beside OSRM",
                str(ours[count]),
                "≥ 500 × OSRM" if aimed else "",
                ratio >= 500 if aimed else None,
                f"OSRM table, CH {theirs}",
                ratio,
            )
        )
    mine = time_each(lambda _: network.matrix(cases.rows, cases.cols), range(7), warm_up=1)
    theirs = _times(osrm["matrix"])
    ratio = theirs.cpu_p50_ms / mine.cpu_p50_ms
    size = f"{len(cases.rows)} × {len(cases.cols):,}"
    figures.append(
        Figure(
            f"matrix {size}, beside OSRM",
            str(mine),
            "≥ 100 × OSRM",
            ratio >= 100,
            f"OSRM table, CH {theirs.p50_ms:,.0f} ms (once)",
            ratio,
        )
    )
    return figures


def _osrm_note(network: RoadNetwork, cases: Cases, osrm: dict[str, Any]) -> str:
    """Say which OSRM it was and whether it drives the same town."""
    units = cases.units[1_000]
    alike = []
    for i, theirs in enumerate(osrm["seconds"], start=1):
        ours = network.times_to(cases.incidents[i], units)
        known = np.array([t is not None for t in theirs]) & np.isfinite(ours)
        alike.append(spearmanr(ours[known], np.array(theirs)[known].astype(float)).statistic)
    return (
        f"{osrm['version']}, car profile, contraction hierarchies{_built(osrm)}; the same points, "
        "given as coordinates prepared beforehand. Its speeds and turn costs are its own: the "
        f"rank correlation of its times with ours is {np.median(alike):.2f} (median of "
        f"{len(alike)} incidents). It snaps each point itself, within its time."
    )


def _built(told: dict[str, Any]) -> str:
    return "" if told["built_s"] is None else f", prepared in {told['built_s']:.0f} s in this run"


def _beside_valhalla(
    network: RoadNetwork, cases: Cases, ours: dict[int, Times], valhalla: dict[str, Any]
) -> list[Figure]:
    figures = []
    for count in (100, 1_000):
        theirs = _times(valhalla[str(count)])
        figures.append(
            Figure(
                f"{count:,} units to one incident, beside Valhalla",
                str(ours[count]),
                peer=f"Valhalla matrix {theirs.p50_ms:,.0f} ms",
                ratio=theirs.cpu_p50_ms / ours[count].cpu_p50_ms,
            )
        )
    for minutes in (5, 10, 30):
        theirs = _times(valhalla[f"isochrone_{minutes}"])
        mine = time_each(
            lambda one, bound=60.0 * minutes: reach(network.snapshot, [one], within_s=bound),
            list(cases.incidents),
        )
        figures.append(
            Figure(
                f"isochrone of {minutes} min, beside Valhalla",
                str(mine),
                peer=f"Valhalla {theirs}",
                ratio=theirs.cpu_p50_ms / mine.cpu_p50_ms,
            )
        )
    return figures
