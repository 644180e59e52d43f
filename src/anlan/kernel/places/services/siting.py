"""Posts and units for a town that has none of its own: sited by the p-median, marked as made up."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from django.utils.translation import gettext as _

from anlan.kernel.ledger.services import Stamp, Write, write_once
from anlan.kernel.places import queries
from anlan.kernel.places.catalogue import unit_catalogue
from anlan.kernel.places.models import Post, Town, Unit
from anlan.kernel.places.queries.made_up_calls import DEMAND_FILE
from anlan.kernel.values import Actor, Refused, Role, check_role
from anlan.kernel.whole_file import written_whole

if TYPE_CHECKING:
    from anlan.engine.siting.demand import Demand


Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class PostPlan:
    """How many posts of a kind, at least one; post i gets the unit kinds `fleets[i % len]`."""

    kind: str
    people_per_post: float
    fleets: tuple[tuple[str, ...], ...]

    def count(self, people: float) -> int:
        """Give how many posts so many people get."""
        return max(1, round(people / self.people_per_post))


#: Round figures for a demo, not advice: about what a Chilean or Chinese town of this size keeps.
PLAN = (
    PostPlan(
        "fire",
        45_000,
        (
            ("engine", "truck", "chief"),
            ("engine", "rescue"),
            ("engine", "hazmat"),
            ("engine", "boat"),
            ("engine",),
        ),
    ),
    PostPlan(
        "ambulance", 56_000, (("ambulance_als", "ambulance_als"), ("ambulance_als", "medic_car"))
    ),
    PostPlan("police", 90_000, (("police_car", "police_car"),)),
    PostPlan("hospital", 220_000, ((),)),
)


@dataclass(frozen=True, slots=True)
class SitingReport:
    """What was made: people they are sited by, posts and units, mean travel of each kind."""

    people: int
    posts: int
    units: int
    mean_travel_s: dict[str, float]


def site_posts(
    town_key: str,
    *,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    zones: Path | None = None,
    plan: Sequence[PostPlan] = PLAN,
    seed: int = 0,
    client_key: str | None = None,
    progress: Progress | None = None,
) -> SitingReport:
    """Make posts where they shorten the way to people most, with units; all marked as made up.

    People come from `zones` (an AequilibraE project) or are guessed from streets with homes. The
    town's demand is kept beside its roads, since made-up calls are drawn from it. A town that is
    not made up, or has posts, is refused.
    """
    check_role(actor, Role.ADMINISTRATOR)
    town = queries.town(town_key)
    _check_made_up(made_up=town.made_up)
    if client_key is None:  # a repeated write is recognised below
        _check_no_posts(town_key)
    tell = progress or (lambda label, share: None)
    tell(_("Siting posts"), 0.0)
    demand = _demand(town_key, zones, at=at)
    sites, means = _solve(town_key, demand, plan, seed=seed, at=at)

    def make(entry: Write) -> list[int]:
        _check_no_posts(town_key)
        posts, units = _save(town.id, sites, plan)
        entry.record(subject=f"town:{town_key}", fields=["posts", "units", "made_up"])
        return [posts, units]

    posts, units = write_once(
        make,
        action="posts.sited",
        asked={"zones": zones, "plan": plan, "seed": seed},
        stamp=Stamp(town_key, actor, at, recorded_at, client_key),
    )
    _keep_demand(town_key, demand)
    tell(_("Siting posts"), 1.0)
    return SitingReport(
        people=round(demand.total),
        posts=posts,
        units=units,
        mean_travel_s=means,
    )


def _check_made_up(*, made_up: bool) -> None:
    if not made_up:
        raise Refused(
            _("Posts are made up only for a town that is itself marked as made up."),
            code="town_is_real",
        )


def _check_no_posts(town_key: str) -> None:
    if Post.objects.filter(town__key=town_key).exists():
        raise Refused(_("This town has posts already."), code="posts_exist")


def _demand(town_key: str, zones: Path | None, *, at: datetime) -> Demand:
    from anlan.engine.siting import demand

    graph = queries.network(town_key, at=at).graph
    if zones is None:
        return demand.people_by_streets(graph)
    return demand.people_by_zone(graph, demand.read_zones(zones))


@dataclass(frozen=True, slots=True)
class _Site:
    kind: str
    number: int
    lon: float
    lat: float
    street: str
    unit_kinds: tuple[str, ...]


def _solve(
    town_key: str, demand: Demand, plan: Sequence[PostPlan], *, seed: int, at: datetime
) -> tuple[list[_Site], dict[str, float]]:
    """Site each kind by itself; gives sites, and the people's mean travel to each kind."""
    from anlan.engine.siting import PMedian, SitingProblem, solve
    from anlan.engine.siting.demand import gather

    people = gather(demand)
    network = queries.network(town_key, at=at)
    snaps = network.snap_many(people.lon, people.lat)
    cost = network.matrix(snaps, snaps).T  # [demand, site]: from the site to the people
    cost = np.where(np.isfinite(cost), cost, 24 * 3600.0)
    problem = SitingProblem(cost, weights=people.people)
    sites: list[_Site] = []
    means: dict[str, float] = {}
    for one in plan:
        p = min(one.count(demand.total), len(people))
        solved = solve(problem, PMedian(p), seed=seed, prove=False)
        means[one.kind] = round(float(solved.value) / float(people.people.sum()), 1)
        for number, place in enumerate(solved.sites, start=1):
            lon, lat = float(snaps.lon[place]), float(snaps.lat[place])
            street, _metres = queries.street_name_at(town_key, lon=lon, lat=lat, at=at)
            fleet = one.fleets[(number - 1) % len(one.fleets)]
            sites.append(_Site(one.kind, number, lon, lat, street, fleet))
    return sites, means


def _save(town_id: int, sites: Sequence[_Site], plan: Sequence[PostPlan]) -> tuple[int, int]:
    town = Town.objects.get(pk=town_id)
    kinds = unit_catalogue().kinds
    letters = {kind: itertools.count(1) for one in plan for fleet in one.fleets for kind in fleet}
    units: list[Unit] = []
    for site in sites:
        post = Post.objects.create(
            town=town,
            ident=str(site.number),
            kind=site.kind,
            name=site.street or f"{site.kind} {site.number}",
            lon=site.lon,
            lat=site.lat,
            made_up=True,
        )
        units += [
            Unit(
                town=town,
                ident=f"{kinds[kind].letters}{next(letters[kind])}",
                kind=kind,
                capabilities=list(kinds[kind].capabilities),
                post=post,
                made_up=True,
            )
            for kind in site.unit_kinds
        ]
    Unit.objects.bulk_create(units)
    return len(sites), len(units)


def _keep_demand(town_key: str, demand: Demand) -> None:
    """Write the demand beside the roads, whole or not at all."""
    path = queries.town_folder(town_key) / DEMAND_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as part, part.open("wb") as out:
        np.savez(out, lon=demand.lon, lat=demand.lat, people=demand.people)
