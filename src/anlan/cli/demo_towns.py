"""The towns that the demo can show: chosen by a word, made once, with a clock that goes on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from anlan.cli.output import Output
from anlan.kernel.values import BadInput

COQUIMBO = Path(".cache/demo-town/project_database.sqlite")
SAN_FRANCISCO = Path("../shared/data/san-francisco")
OPENING_HOUR = 10  # a new town's clock begins here, local time: calls are frequent then


@dataclass(frozen=True, slots=True)
class DemoTown:
    """A town that the demo can show: where its roads come from, and what about it is made up."""

    key: str
    name: str
    zone: str
    country: str
    note: str
    roads: tuple[Path, ...]
    zones: Path | None = None
    log: Path | None = None
    posts: Path | None = None
    attribution: str | None = None
    begins_at: datetime | None = None


def choose_town(word: str, *, zone: str) -> DemoTown:
    """Give the town that a word names, or say in one sentence what is missing."""
    if word == "coquimbo":
        if not COQUIMBO.is_file():
            raise BadInput(f"{COQUIMBO} is absent; `make demo` fetches it.")
        return DemoTown(
            key="coquimbo",
            name="La Serena–Coquimbo",
            zone="America/Santiago",
            country="CL",
            note="sited_posts_drawn_calls",
            roads=(COQUIMBO,),
            zones=COQUIMBO,
        )
    if word == "san-francisco":
        return _san_francisco()
    path = Path(word)
    if not path.is_file():
        raise BadInput(
            f"There is no town “{word}”: say coquimbo, san-francisco, or give a FILE.osm.pbf."
        )
    stem = path.name.split(".")[0]
    return DemoTown(
        key=(re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-") or "town")[:40],
        name=stem.replace("_", " ").replace("-", " ").title(),
        zone=zone,
        country="",
        note="guessed_people_drawn_calls",
        roads=(path,),
    )


def _san_francisco() -> DemoTown:
    wanted = [
        SAN_FRANCISCO / name
        for name in ("roads_nodes.csv", "roads_edges.csv", "calls_2020-04.csv", "facilities.csv")
    ]
    absent = [path for path in wanted if not path.is_file()]
    if absent:
        raise BadInput(
            f"{absent[0]} is absent, so San Francisco can't be shown: its roads, posts and calls "
            "are no part of the project. TOWN=coquimbo needs no files."
        )
    return DemoTown(
        key="san-francisco",
        name="San Francisco",
        zone="America/Los_Angeles",
        country="US",
        note="replayed_log",
        roads=(wanted[0], wanted[1]),
        log=wanted[2],
        posts=wanted[3],
        attribution="datasf",
        begins_at=datetime(2020, 4, 7, 17, 0, tzinfo=UTC),
    )


def check_only_made_up(folder: Path) -> None:
    """Refuse an installation that holds a real town: the demo's data never mix with its data."""
    from anlan.kernel.places import queries

    real = [town.name for town in queries.towns() if not town.made_up]
    if real:
        raise BadInput(
            f"{folder} holds {real[0]}, which is a real town; give the demo a folder of its own."
        )


def make_town(town: DemoTown, *, speed: float, out: Output) -> datetime:
    """Make what is not there yet, keep what is; gives the time at which the town's clock stands."""
    from anlan.cli.installation import stamp
    from anlan.kernel.places import queries, services

    if town.key not in {one.key for one in queries.towns()}:
        services.create_town(
            key=town.key,
            name=town.name,
            zone=town.zone,
            country=town.country or None,
            made_up=True,
            made_up_note=town.note,
            clock_speed=speed,
            town_anchor=town.begins_at or _opening(town.zone),
            **stamp(),
        )
    stood = where_it_stood(town.key)
    now = {**stamp(), "at": stood}
    if not queries.has_roads(town.key):
        services.import_roads(
            town.key,
            list(town.roads),
            attribution=town.attribution,
            progress=out.progress,
            **now,
        )
    if not queries.posts(town.key):
        if town.posts is not None:
            services.import_posts(town.key, town.posts, **now)
        else:
            services.site_posts(town.key, zones=town.zones, progress=out.progress, **now)
    if town.log is not None and not queries.units(town.key):
        _import_log(town.key, town.log, now=now, out=out)
    return stood


def _import_log(key: str, path: Path, *, now: dict[str, Any], out: Output) -> None:
    from anlan.kernel.places.services import calls

    calls.import_calls(key, path, mapping="sf-fire", progress=out.progress, **now)
    calls.calibrate(key, **now)


def _opening(zone: str) -> datetime:
    """Give the last time it was ten in the morning there."""
    from zoneinfo import ZoneInfo

    now = datetime.now(ZoneInfo(zone))
    ten = now.replace(hour=OPENING_HOUR, minute=0, second=0, microsecond=0)
    return (ten if ten <= now else ten - timedelta(days=1)).astimezone(UTC)


def where_it_stood(key: str) -> datetime:
    """Give where the town's clock stood when the demo ended, even by a kill.

    The row says where it stood at the last start or stop; after a kill, what the driver or a person
    wrote since is later. Commands don't count: the row's clock runs while no demo does.
    """
    from anlan.cli.installation import cli_actor
    from anlan.kernel.ledger import queries as ledger
    from anlan.kernel.places import queries

    clock = queries.town(key).clock
    latest = ledger.latest_at(key, since=clock.real_anchor, but=cli_actor().staff_ref)
    return max(clock.town_anchor, latest or clock.town_anchor)


def start_clock(key: str, *, stood: datetime, speed: float) -> None:
    """Let the town's clock go on from where it stood; set-up takes no time of the town's."""
    from anlan.cli.installation import cli_actor
    from anlan.kernel.places import services

    services.set_clock(
        key,
        town_anchor=stood,
        speed=speed,
        actor=cli_actor(),
        at=stood,
        recorded_at=datetime.now(UTC),
    )


def stand_clock(key: str) -> None:
    """Note where the town's clock stands as the demo ends."""
    from anlan.cli.installation import cli_actor
    from anlan.kernel.places import queries, services

    clock, now = queries.town(key).clock, datetime.now(UTC)
    services.set_clock(
        key,
        town_anchor=clock.at(now),
        speed=clock.speed,
        actor=cli_actor(),
        at=clock.at(now),
        recorded_at=now,
    )
