"""Valhalla beside Anlan, in the peers' environment: `python valhalla_peer.py ROADS CASES FOLDER`.

As `osrm_peer`; Valhalla is asked less, since its matrices take seconds to minutes.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from osrm_peer import summary

REPEATS = {"100": 2, "1000": 1}
MINUTES = (5, 10, 30)


def main() -> None:
    """Prepare where needed, then measure every case."""
    import valhalla

    roads, cases, folder = Path(sys.argv[1]), np.load(sys.argv[2]), Path(sys.argv[3])
    (folder / "tiles").mkdir(parents=True, exist_ok=True)
    config = valhalla.get_config(tile_extract="", tile_dir=str(folder / "tiles"), verbose=False)
    for limits in (config["service_limits"]["auto"], config["service_limits"]["isochrone"]):
        limits.update(max_matrix_distance=1e9, max_matrix_location_pairs=1e9, max_locations=1e6)
    (folder / "valhalla.json").write_text(json.dumps(config))
    found: dict[str, object] = {"built_s": prepare(valhalla, roads, folder), "version": version()}
    actor = valhalla.Actor(config)

    def timed(ask: Any, body: dict) -> tuple[float, float]:
        text = json.dumps(body)
        began, began_work = time.perf_counter(), time.process_time()
        ask(text)
        return time.perf_counter() - began, time.process_time() - began_work

    incidents = cases["incidents"]
    for name, repeats in REPEATS.items():
        units = places(cases[f"units_{name}"])
        bodies = [
            {"sources": units, "targets": places(incidents[i : i + 1]), "costing": "auto"}
            for i in range(repeats)
        ]
        found[name] = summary([timed(actor.matrix, body) for body in bodies])
    for minutes in MINUTES:
        bodies = [
            {
                "locations": places(incidents[i : i + 1]),
                "costing": "auto",
                "contours": [{"time": minutes}],
                "polygons": True,
            }
            for i in range(8)
        ]
        found[f"isochrone_{minutes}"] = summary([timed(actor.isochrone, b) for b in bodies])
    print(json.dumps(found))


def places(points: np.ndarray) -> list[dict[str, float]]:
    """Write points as Valhalla reads them."""
    return [{"lon": float(lon), "lat": float(lat)} for lon, lat in points]


def prepare(valhalla: Any, roads: Path, folder: Path) -> float | None:
    """Build the tiles; gives the seconds, or None where that was done before."""
    if (folder / "done").exists():
        return None
    began = time.perf_counter()
    tool = Path(str(valhalla.__file__)).parent / "bin" / "valhalla_build_tiles"
    words = [tool, "-c", folder / "valhalla.json", roads]
    subprocess.run(words, check=True, capture_output=True)
    (folder / "done").write_text("")
    return time.perf_counter() - began


def version() -> str:
    """Say which Valhalla this is."""
    from importlib.metadata import version as of

    return f"Valhalla {of('pyvalhalla')}"


if __name__ == "__main__":
    main()
