"""OSRM beside Anlan, in the peers' environment: `python osrm_peer.py ROADS.osm.pbf CASES FOLDER`.

CASES is the .npz file of `routing_peers`; what was measured goes to stdout as JSON. The graph is
prepared in FOLDER (contraction hierarchies, car profile) unless it is there already.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

REPEATS = {"100": 20, "1000": 8, "10000": 3}


def main() -> None:
    """Prepare where needed, then measure every case."""
    import osrm

    roads, cases, folder = Path(sys.argv[1]), np.load(sys.argv[2]), Path(sys.argv[3])
    base = folder / roads.name.removesuffix(".osm.pbf")
    built_s = prepare(osrm, roads, base)
    engine = osrm.OSRM(
        algorithm="CH",
        storage_config=f"{base}.osrm",
        use_shared_memory=False,
        max_locations_distance_table=-1,
    )

    def ask(sources: np.ndarray, targets: np.ndarray) -> tuple[float, float, Any]:
        places = [(float(x), float(y)) for x, y in np.concatenate([sources, targets])]
        numbers = range(len(places))
        params = osrm.TableParameters(
            coordinates=places,
            sources=list(numbers[: len(sources)]),
            destinations=list(numbers[len(sources) :]),
            annotations=["duration"],
            generate_hints=False,
        )
        began, began_work = time.perf_counter(), time.process_time()
        answer = engine.Table(params)
        return time.perf_counter() - began, time.process_time() - began_work, answer

    found: dict[str, object] = {"built_s": built_s, "version": version()}
    for name, repeats in REPEATS.items():
        units, incidents = cases[f"units_{name}"], cases["incidents"]
        ask(units, incidents[:1])
        runs = [ask(units, incidents[i : i + 1]) for i in range(1, repeats + 1)]
        found[name] = summary(runs)
        if name == "1000":
            found["seconds"] = [[d for (d,) in seconds(run[2])] for run in runs]
    took = ask(cases["rows"], cases["cols"])
    found["matrix"] = summary([took])
    print(json.dumps(found))


def prepare(osrm: Any, roads: Path, base: Path) -> float | None:
    """Extract and contract; gives the seconds, or None where that was done before."""
    if Path(f"{base}.osrm.hsgr").exists():
        return None
    home = Path(str(osrm.__file__)).parent
    base.parent.mkdir(parents=True, exist_ok=True)
    link = base.parent / roads.name
    link.unlink(missing_ok=True)
    link.symlink_to(roads.resolve())
    began = time.perf_counter()
    profile = home / "share" / "profiles" / "car.lua"
    extract = [home / "bin" / "osrm-extract", "-p", profile, link]
    subprocess.run(extract, check=True, capture_output=True)
    contract = [home / "bin" / "osrm-contract", f"{base}.osrm"]
    subprocess.run(contract, check=True, capture_output=True)
    return time.perf_counter() - began


def seconds(answer: Any) -> list[list[float | None]]:
    """Read the table out of OSRM's answer, as plain numbers (None: no way)."""
    rows = answer["durations"]
    return [[None if d is None else float(d) for d in row] for row in rows]


def summary(runs: list) -> dict[str, float]:
    """Give p50 and p99 by the clock and the median of the CPU time, in ms."""
    clock, cpu = (np.array([run[k] for run in runs]) * 1e3 for k in (0, 1))
    return {
        "p50_ms": float(np.percentile(clock, 50)),
        "p99_ms": float(np.percentile(clock, 99)),
        "cpu_p50_ms": float(np.percentile(cpu, 50)),
    }


def version() -> str:
    """Say which OSRM this is."""
    from importlib.metadata import version as of

    return f"OSRM {of('osrm-bindings')}"


if __name__ == "__main__":
    main()
