"""Measure when calls come, of which types, and how long crews take: writes call_pattern.toml.

    .venv/bin/python tools/measure_call_pattern.py [FOLDER]

FOLDER holds the San Francisco calls (default ../shared/data/san-francisco). Only figures leave it:
no call, no unit and no place. The demo draws its made-up calls from these figures.
"""

from __future__ import annotations

import csv
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import numpy as np
import tomlkit

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = ROOT / "src" / "anlan" / "catalogue"
PEOPLE = 873_965  # San Francisco, United States Census of 1 April 2020 (public domain)
SHARES = [round(share, 2) for share in np.linspace(0.0, 1.0, 21)]
HEAD = """Figures of the calls that a demo draws: measured, not invented.
Written by tools/measure_call_pattern.py from two weeks of San Francisco Fire Department calls
(DataSF nuek-vuh3, PDDL 1.0, public domain), 7 to 20 April 2020. Only figures stand here.
Those weeks were under a stay-at-home order, and the Fire Department's log has no police calls."""

Row = dict[str, str]


def read_rows(folder: Path) -> list[Row]:
    """Read the log; one row is one unit's response to one call."""
    with (folder / "calls_2020-04.csv").open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def type_of(row: Row, types: dict[str, str]) -> str:
    """Give our type of a call; a medical call that may be life-threatening is one of its own."""
    code = types.get(row["call_type"], "other")
    graver = row["call_type_group"] == "Potentially Life-Threatening"
    return "medical_critical" if code == "medical" and graver else code


def seconds_between(rows: Iterable[Row], first: str, then: str) -> list[float]:
    """Give the seconds from one time to another in the rows that have both in this order."""
    spans = [
        (datetime.fromisoformat(row[then]) - datetime.fromisoformat(row[first])).total_seconds()
        for row in rows
        if row[first] and row[then]
    ]
    return [span for span in spans if span >= 0]


def on_scene_spells(rows: Iterable[Row]) -> list[float]:
    """Give the seconds on scene: until the transport began, else until the unit was free."""
    rows = list(rows)
    left = seconds_between(rows, "on_scene", "transport")
    stayed = seconds_between((row for row in rows if not row["transport"]), "on_scene", "available")
    return left + stayed


def spell(values: list[float]) -> dict[str, object]:
    """Give a spell's quantiles at SHARES, its ends drawn in to the 1st and 99th percent."""
    if len(values) < 30:
        raise SystemExit(f"Only {len(values)} spells: too few to give quantiles of.")
    shares = np.clip(SHARES, 0.01, 0.99)
    return {"n": len(values), "s": [round(float(one)) for one in np.quantile(values, shares)]}


def rate(calls: list[Row]) -> dict[str, object]:
    """Give calls a day for each thousand people, and how hours and weekdays weigh (mean 1)."""
    times = [datetime.fromisoformat(row["received"]) for row in calls]
    days = {one.date() for one in times}
    of_hour = Counter(one.hour for one in times)
    of_weekday = Counter(one.weekday() for one in times)
    days_of = Counter(day.weekday() for day in days)
    per_weekday = [of_weekday[day] / days_of[day] for day in range(7)]
    mean = len(calls) / len(days)
    return {
        "calls": len(calls),
        "days": len(days),
        "per_1000_people_a_day": round(mean / PEOPLE * 1000, 4),
        "hour_weights": [round(of_hour[hour] * 24 / len(calls), 3) for hour in range(24)],
        "weekday_weights": [round(count / mean, 3) for count in per_weekday],
    }


def spells(rows: list[Row], types: dict[str, str]) -> dict[str, object]:
    """Give the quantiles of turnout, on scene and at hospital, medical calls and others apart."""
    medical = [row for row in rows if type_of(row, types).startswith("medical")]
    other = [row for row in rows if not type_of(row, types).startswith("medical")]
    return {
        "turnout_medical": spell(seconds_between(medical, "dispatch", "response")),
        "turnout_other": spell(seconds_between(other, "dispatch", "response")),
        "on_scene_medical": spell(on_scene_spells(medical)),
        "on_scene_other": spell(on_scene_spells(other)),
        "at_hospital": spell(seconds_between(rows, "hospital", "available")),
    }


def transport_share(rows: list[Row], types: dict[str, str]) -> float:
    """Give the share of medical calls with an ambulance on scene that end with a transport."""
    ambulances = {"MEDIC", "PRIVATE"}
    medical = [
        row
        for row in rows
        if row["unit_type"] in ambulances
        and row["on_scene"]
        and type_of(row, types).startswith("medical")
    ]
    reached = {row["call_number"] for row in medical}
    taken = {row["call_number"] for row in medical if row["transport"]}
    return round(len(taken) / len(reached), 3)


def measure(rows: list[Row], types: dict[str, str]) -> dict[str, object]:
    """Give everything that the file holds."""
    calls = list({row["call_number"]: row for row in reversed(rows)}.values())
    mix = Counter(type_of(row, types) for row in calls)
    return {
        "source": "DataSF nuek-vuh3, San Francisco Fire Department calls, 7 to 20 April 2020",
        "licence": "PDDL-1.0",
        "rate": rate(calls),
        "types": {code: round(count / len(calls), 5) for code, count in mix.most_common()},
        "transport_share": transport_share(rows, types),
        "quantile_shares": SHARES,
        "spells": spells(rows, types),
    }


def write(figures: dict[str, object], out: Path) -> None:
    """Write the figures as TOML, with where they come from on top."""
    document = tomlkit.document()
    for line in HEAD.splitlines():
        document.add(tomlkit.comment(line))
    plain = {key: value for key, value in figures.items() if not isinstance(value, dict)}
    tables = {key: value for key, value in figures.items() if isinstance(value, dict)}
    for key, value in {**plain, **tables}.items():
        document.add(key, tomlkit.item(value))
    out.write_text(tomlkit.dumps(document), encoding="utf-8")


def main() -> None:
    """Measure the log in the folder and write the catalogue's file."""
    folder = ROOT.parent / "shared" / "data" / "san-francisco"
    if len(sys.argv) > 1:
        folder = Path(sys.argv[1])
    mapping = tomllib.loads((CATALOGUE / "mappings" / "sf-fire.toml").read_text(encoding="utf-8"))
    figures = measure(read_rows(folder), mapping["types"])
    write(figures, CATALOGUE / "call_pattern.toml")
    print(f"Wrote {(CATALOGUE / 'call_pattern.toml').relative_to(ROOT)}.")


if __name__ == "__main__":
    main()
