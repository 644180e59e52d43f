"""Coverage of a small town: answers worked out on paper, what must always hold, and the files."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from shapely.geometry import shape
from tests.services.demo_town import KEY, STEP, TOWN, make_grid_town, stamp

from anlan.areas.coverage import queries
from anlan.areas.coverage.queries import files
from anlan.kernel.places import queries as places
from anlan.kernel.places import services
from anlan.kernel.places.models import LoggedCall, Post, Town, Unit
from anlan.kernel.values import BadInput

pytestmark = pytest.mark.django_db

BLOCK_S = 444.8 / (40 / 3.6)  # 40.03 s from one junction to the next
FACTOR = 1.5


@pytest.fixture
def town(settings, tmp_path) -> str:
    """A grid of ten by ten junctions with a fire post in one corner and one in the opposite one."""
    settings.ANLAN_DATA = tmp_path / "data"
    (tmp_path / "files").mkdir()
    make_grid_town(tmp_path / "files", made_up=False)
    services.set_factor(KEY, factor=FACTOR, error={}, **stamp())
    post("1", 0, 0)
    post("2", 9, 9)
    return KEY


def post(ident: str, i: int, j: int, *, kind: str = "fire") -> Post:
    """Put a post on the junction in column i, row j."""
    return Post.objects.create(
        town=Town.objects.get(key=KEY),
        ident=ident,
        kind=kind,
        name=f"{kind} {ident}",
        lon=i * STEP,
        lat=j * STEP,
    )


def call(number: int, i: float, j: float, *, hour: int = 12, kind: str = "medical") -> None:
    """Log a call at a block's middle."""
    LoggedCall.objects.create(
        town=Town.objects.get(key=KEY),
        number=str(number),
        mapping="test",
        type=kind,
        received_at=datetime(2026, 2, 1, hour, tzinfo=UTC) + timedelta(minutes=number),
        points="block",
        lon=i * STEP,
        lat=j * STEP,
    )


def ask(**asked: Any) -> queries.Coverage:
    return queries.coverage(KEY, at=TOWN, **asked)


def test_the_shares_of_calls_are_those_of_paper(town):
    call(1, 1.5, 0)  # 1.5 blocks from post 1: 90 s at 1.5 times free flow
    call(2, 3.5, 0)  # 3.5 blocks: 210 s
    call(3, 4.5, 5)  # 9.5 or 8.5 blocks: 510 s from post 2
    found = ask(minutes=(2, 4, 8, 9))
    assert [one.calls for one in found.bands] == [1, 2, 2, 3]
    assert [one.calls_share for one in found.bands] == [0.3333, 0.6667, 0.6667, 1.0]
    first, second = found.posts
    assert (first.ref, first.calls, first.only_calls, first.first_calls) == ("fire 1", 1, 1, 2)
    assert (second.ref, second.calls, second.only_calls, second.first_calls) == ("fire 2", 0, 0, 1)


def test_what_only_one_post_reaches_is_lost_when_it_closes(town):
    for number, spot in enumerate([(0.5, 0), (2.5, 0), (4.5, 4), (8.5, 9)]):
        call(number, *spot)
    before = ask(minutes=(9,))
    assert before.bands[0].calls == 4
    lost = {one.ref: one.only_calls for one in before.posts}
    area = {one.ref: one.only_area_km2 for one in before.posts}
    Post.objects.filter(ident="1").delete()
    after = ask(minutes=(9,))
    assert after.bands[0].calls == 4 - lost["fire 1"]
    gone = before.bands[0].area_km2 - after.bands[0].area_km2
    assert gone == pytest.approx(area["fire 1"], abs=0.02)
    assert lost["fire 1"] >= 2


def test_what_two_posts_reach_in_time_is_lost_by_neither(town):
    call(1, 4.5, 4)  # 8.5 blocks from post 1, 9.5 from post 2: 510 and 570 s
    near, far = ask(minutes=(9,)), ask(minutes=(10,))
    assert [one.only_calls for one in near.posts] == [1, 0]
    assert [one.only_calls for one in far.posts] == [0, 0]
    assert [one.calls for one in far.posts] == [1, 1]


def test_more_posts_never_hurt_cover_and_more_minutes_never_reach_less(town):
    for number in range(20):
        call(number, (number * 7) % 9 + 0.5, (number * 3) % 10)
    before = ask(minutes=(3, 6, 9))
    post("3", 4, 5)
    after = ask(minutes=(3, 6, 9))
    for old, new in zip(before.bands, after.bands, strict=True):
        assert new.calls >= old.calls
        assert new.area_km2 >= old.area_km2
        assert new.people >= old.people
    for found in (before, after):
        reached = [(one.calls, one.people, one.area_km2) for one in found.bands]
        assert reached == sorted(reached)
    assert (after.cell_s <= before.cell_s + 1e-6).all()
    assert (after.cell_s < before.cell_s).any()


def test_gaps_hold_all_that_is_lost_and_the_worst_stands_first(town):
    for number in range(30):
        call(number, (number * 7) % 9 + 0.5, (number * 3) % 10)
    found = ask(minutes=(4, 8))
    within = found.bands[0]
    assert sum(one.calls for one in found.gaps) == 30 - within.calls
    assert sum(one.people for one in found.gaps) == pytest.approx(
        found.demand.people - within.people, rel=0.01
    )
    assert sum(one.area_km2 for one in found.gaps) == pytest.approx(
        found.demand.area_km2 - within.area_km2, abs=0.1
    )
    order = [(-one.calls, -one.people) for one in found.gaps]
    assert order == sorted(order)
    worst = found.gaps[0]
    assert worst.nearest in {"fire 1", "fire 2"}
    assert worst.street.startswith(("Row", "Column"))
    assert worst.minutes > 4


def test_an_hours_question_counts_that_hours_calls_only(town):
    call(1, 1.5, 0, hour=3)
    call(2, 5.5, 4, hour=15)
    night, day = ask(minutes=(4,), hour=3), ask(minutes=(4,), hour=15)
    assert (night.demand.calls, night.bands[0].calls) == (1, 1)
    assert (day.demand.calls, day.bands[0].calls) == (1, 0)
    assert day.hours[3].calls_shares == (1.0,)
    assert day.hours[15].calls_shares == (0.0,)
    assert day.hours[4].calls_shares == (None,)


def test_a_hospital_is_reached_from_the_place_and_not_the_other_way(town, tmp_path):
    """Patients are brought there: one-way streets count in the direction of the ambulance."""
    from anlan.areas.coverage.queries.reach import _places

    post("1", 5, 5, kind="hospital")
    network = places.network(KEY, at=TOWN)
    snaps = network.snap_many([5 * STEP], [5 * STEP])
    land = ask(kind="hospital").demand
    assert land.calls == 0
    asked: list[tuple[int, int]] = []

    class Spy:
        factor = 1.0

        def matrix(self, origins: Any, targets: Any) -> Any:
            asked.append((len(origins), len(targets)))
            return np.zeros((len(origins), len(targets)))

    class Roads:
        def snap_many(self, lon: Any, lat: Any) -> Any:
            return network.snap_many(lon, lat)

        def with_closures(self, closures: Any) -> Any:
            return Spy()

    points = _some_points()
    toward = _places(Roads(), snaps, points, toward=True)  # type: ignore[arg-type]
    away = _places(Roads(), snaps, points, toward=False)  # type: ignore[arg-type]
    assert asked == [(2, 1), (1, 2)]
    assert toward.free_s.shape == away.free_s.shape == (1, 2)


def _some_points() -> Any:
    from anlan.areas.coverage.queries.demand import _points

    return _points(np.array([0.0, STEP]), np.array([0.0, 0.0]), np.ones(2))


def test_police_posts_are_judged_only_on_calls_that_people_made(town):
    post("1", 0, 0, kind="police")
    call(1, 1.5, 0, kind="crime_in_progress")
    call(2, 1.5, 0, kind="intrusion_alarm")
    call(3, 1.5, 0, kind="assist_agency")
    found = ask(kind="police")
    assert (found.demand.calls, found.demand.calls_left_out) == (1, 2)


def test_a_post_without_the_asked_unit_on_duty_does_not_count(town):
    one = Post.objects.get(ident="1")
    Unit.objects.create(
        town=one.town, ident="E1", kind="engine", post=one, on_time="08:00", off_time="20:00"
    )
    call(1, 1.5, 0, hour=12)
    call(2, 1.5, 0, hour=2)
    found = ask(minutes=(4,), unit_kinds=("engine",))
    assert found.bands[0].calls == 1
    assert found.hours[12].calls_shares == (1.0,)
    assert found.hours[2].calls_shares == (0.0,)
    assert [one.first_calls for one in found.posts] == [1, 0]
    assert [one.calls for one in found.posts] == [1, 0]
    assert [one.staffed for one in ask(minutes=(4,), hour=9, unit_kinds=("engine",)).posts] == [
        True,
        False,
    ]
    with pytest.raises(BadInput, match="no kind of unit"):
        ask(unit_kinds=("tank",))


def test_a_call_a_post_and_a_factor_are_seen_at_once(town):
    call(1, 1.5, 0)
    assert ask(minutes=(2,)).bands[0].calls == 1
    services.set_factor(KEY, factor=3.0, error={}, **stamp())
    assert ask(minutes=(2,)).bands[0].calls == 0
    post("3", 2, 0)
    assert ask(minutes=(2,)).bands[0].calls == 1


def test_what_cannot_be_asked_is_refused_in_a_sentence(town):
    with pytest.raises(BadInput, match="no post of the kind police"):
        ask(kind="police")
    with pytest.raises(BadInput, match="no kind of post"):
        ask(kind="lighthouse")
    with pytest.raises(BadInput, match="must rise"):
        ask(minutes=(10, 5))
    with pytest.raises(BadInput, match="too few times"):
        ask(counted_from="call")
    with pytest.raises(BadInput, match="no town"):
        queries.coverage("atlantis", at=TOWN)


# --- the files -----------------------------------------------------------------------------------


@pytest.fixture
def found(town) -> queries.Coverage:
    call(1, 1.5, 0)
    call(2, 6.5, 3)
    return ask(minutes=(2, 4))


def test_the_geojson_is_whole_says_what_it_is_and_its_bands_do_not_overlap(found, tmp_path):
    path = tmp_path / "cover.geojson"
    queries.write_layers(found, path)
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["type"] == "FeatureCollection"
    about = document["anlan"]
    assert (about["town"], about["minutes"], about["hour"]) == (KEY, [2, 4], None)
    assert about["made_up"] is False
    assert about["speed"]["factor"] == FACTOR
    layers = {name: [] for name in ("band", "gap", "post")}
    for feature in document["features"]:
        layers[feature["properties"]["layer"]].append(feature)
    bands = [shape(one["geometry"]) for one in layers["band"]]
    assert [one["properties"]["to_minutes"] for one in layers["band"]] == [2, 4, None]
    assert all(one.is_valid for one in bands)
    for a, b in ((0, 1), (0, 2), (1, 2)):
        assert bands[a].intersection(bands[b]).area == pytest.approx(0.0, abs=1e-12)
    cells = [shape(queries.layers.cell_shape(cell)) for cell in found.cells]
    assert shapely.union_all(cells).area == pytest.approx(sum(one.area for one in bands), rel=1e-4)
    outer = layers["band"][0]["geometry"]["coordinates"][0][0]
    assert shapely.LinearRing(outer).is_ccw  # RFC 7946, 3.1.6
    assert len(layers["post"]) == 2
    assert {one["properties"]["cell"] for one in layers["gap"]} == {one.cell for one in found.gaps}


def test_the_geopackage_opens_with_its_three_layers(found, tmp_path):
    import pyogrio

    path = tmp_path / "cover.gpkg"
    queries.write_layers(found, path)
    queries.write_layers(found, path)  # again: replaced, not added to
    assert [row[0] for row in pyogrio.list_layers(path)] == ["bands", "gaps", "posts"]
    info = pyogrio.read_info(path, layer="gaps")
    assert (info["features"], info["crs"]) == (len(found.gaps), "EPSG:4326")
    assert pyogrio.read_info(path, layer="posts")["features"] == 2
    assert json.loads(info["layer_metadata"]["anlan"])["town"] == KEY
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []


def test_the_picture_is_one_and_speaks_both_languages(found, tmp_path):
    from django.utils.translation import override

    pictures = []
    for language in ("en", "zh-hans"):
        with override(language):
            path = tmp_path / f"{language}.png"
            queries.write_layers(found, path)
            pictures.append(path.read_bytes())
    assert all(one.startswith(b"\x89PNG") and len(one) > 10_000 for one in pictures)
    assert pictures[0] != pictures[1]


def test_a_file_that_fails_half_way_leaves_the_old_one_whole(found, tmp_path, monkeypatch):
    path = tmp_path / "cover.geojson"
    path.write_text("old", encoding="utf-8")

    def broken(_found: Any) -> Any:
        raise OSError("the disk is full")

    monkeypatch.setattr(files, "geojson", broken)
    with pytest.raises(BadInput, match=r"cover.geojson can't be written: the disk is full\."):
        queries.write_layers(found, path)
    assert path.read_text(encoding="utf-8") == "old"
    assert [one.name for one in Path(tmp_path).iterdir() if one.suffix != ""] == ["cover.geojson"]
