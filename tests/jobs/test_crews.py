"""Promises about how a demo's crews move."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.jobs.crews import Crews, Scene, Way

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
HOME, SCENE, NEAR, FAR = (0.0, 0.0), (0.02, 0.0), (0.03, 0.0), (0.2, 0.0)


@dataclass(frozen=True)
class Unit:
    """A unit's row as the board has it."""

    ident: str = "M1"
    capabilities: tuple[str, ...] = ("als", "transport")
    status: str = "dispatched"
    since: datetime | None = NOON
    incident: int | None = 7
    lon: float | None = 0.0
    lat: float | None = 0.0
    covering: str | None = None


def straight(a: tuple[float, float], b: tuple[float, float]) -> Way:
    """Drive straight on at 20 m/s."""
    way = Way.along([a[0], b[0]], [a[1], b[1]], time_s=0.0)
    return replace(way, time_s=way.along_m[-1] / 20)


@pytest.fixture
def crews() -> Crews:
    """Give crews whose every spell takes 100 seconds and who always transport."""
    return Crews(
        spell=lambda name, share: 100.0,
        drive=straight,
        hospitals=(FAR, NEAR),
        homes={"M1": HOME},
        transport_share=1.0,
    )


MEDICAL = Scene(id=7, medical=True, point=SCENE, carrier="M1")


def test_crew_goes_through_a_whole_call_and_home_again(crews: Crews) -> None:
    unit, seen, now = Unit(), [], NOON
    for _ in range(6):
        leg = crews.leg(unit, MEDICAL, begins_at=now)
        assert leg is not None
        seen.append(leg.then)
        where = leg.point_at(leg.ends_at) or (unit.lon, unit.lat)
        now = leg.ends_at
        unit = replace(unit, status=leg.then, since=now, lon=where[0], lat=where[1])
    assert seen == [
        "en_route",
        "on_scene",
        "transporting",
        "at_hospital",
        "returning",
        "available",
    ]
    assert (unit.lon, unit.lat) == pytest.approx(HOME)
    assert crews.leg(unit, None, begins_at=now) is None


def test_crew_takes_the_nearest_hospital_by_road(crews: Crews) -> None:
    unit = Unit(status="transporting", lon=SCENE[0], lat=SCENE[1])
    leg = crews.leg(unit, MEDICAL, begins_at=NOON)
    assert leg is not None
    assert leg.point_at(leg.ends_at) == pytest.approx(NEAR)


def test_unit_that_carries_nobody_returns_from_the_scene(crews: Crews) -> None:
    engine = Unit(ident="E1", status="on_scene", capabilities=("engine",))
    leg = crews.leg(engine, MEDICAL, begins_at=NOON)
    assert leg is not None
    assert leg.then == "returning"


def test_leg_ends_when_a_user_decides_otherwise(crews: Crews) -> None:
    unit = Unit(status="en_route")
    leg = crews.leg(unit, MEDICAL, begins_at=NOON)
    assert leg is not None
    assert leg.fits(unit)
    assert not leg.fits(replace(unit, status="on_scene"))
    assert not leg.fits(replace(unit, incident=8))
    assert not leg.fits(replace(unit, since=NOON + timedelta(seconds=1)))


def test_crew_freed_away_from_its_post_turns_for_home(crews: Crews) -> None:
    freed = Unit(status="available", incident=None, lon=FAR[0], lat=FAR[1])
    leg = crews.leg(freed, None, begins_at=NOON)
    assert leg is not None
    assert leg.then == "returning"
    at_home = replace(freed, lon=HOME[0], lat=HOME[1])
    assert crews.leg(at_home, None, begins_at=NOON) is None


def test_unit_without_a_way_still_arrives(crews: Crews) -> None:
    lost = replace(crews, drive=lambda a, b: None)
    leg = lost.leg(Unit(status="en_route"), MEDICAL, begins_at=NOON)
    assert leg is not None
    assert leg.then == "on_scene"
    assert leg.ends_at > NOON
    assert leg.point_at(NOON) is None


def test_same_seed_gives_the_same_day_and_another_seed_another() -> None:
    def spells(seed: int) -> list[datetime]:
        crews = Crews(
            spell=lambda name, share: share * 1000,
            drive=straight,
            hospitals=(),
            homes={},
            transport_share=0.5,
            seed=seed,
        )
        legs = [crews.leg(Unit(incident=one), None, begins_at=NOON) for one in range(20)]
        return [leg.ends_at for leg in legs if leg is not None]

    assert spells(1) == spells(1)
    assert spells(1) != spells(2)


coordinates = st.floats(-1, 1, allow_nan=False, width=32)


@given(st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=8), st.floats(-1, 2))
def test_point_on_a_way_never_leaves_its_box(
    points: list[tuple[float, float]], share: float
) -> None:
    lon, lat = [p[0] for p in points], [p[1] for p in points]
    x, y = Way.along(lon, lat, time_s=10).at(share)
    assert min(lon) - 1e-9 <= x <= max(lon) + 1e-9
    assert min(lat) - 1e-9 <= y <= max(lat) + 1e-9


def test_way_begins_and_ends_at_its_ends() -> None:
    way = Way.along([0.0, 0.0, 0.3], [0.0, 0.1, 0.1], time_s=10)
    assert way.at(0.0) == (0.0, 0.0)
    assert way.at(1.0) == pytest.approx((0.3, 0.1))
    quarter = way.at(0.25)
    assert quarter == pytest.approx((0.0, 0.1), abs=1e-3)
