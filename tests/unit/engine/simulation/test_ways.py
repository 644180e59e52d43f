"""Where a unit on the road is, and how far it has still to go from there."""

from __future__ import annotations

import numpy as np

from anlan.engine.simulation import columns as k
from anlan.engine.simulation.kernels import nearest
from anlan.engine.simulation.ways.kernels import free_flow, mixture_at, unit_ms

PLACES = 6


def on_the_road(rng: np.random.Generator) -> np.ndarray:
    """A unit that left a mixture of one to four places for a fifth, or for one of them."""
    unit = np.zeros((1, k.UNIT_COLUMNS), np.int64)
    n = int(rng.integers(1, 5))
    cuts = np.sort(rng.choice(np.arange(1, 9), n - 1, replace=False)) * (k.PARTS // 9)
    parts = np.sort(np.diff([0, *cuts, k.PARTS]))[::-1]
    unit[0, k.ORIGINS] = n
    unit[0, k.ORIGIN : k.ORIGIN + n] = rng.permutation(PLACES)[:n]
    unit[0, k.PART : k.PART + n] = parts
    unit[0, k.HEADS_FOR] = rng.integers(0, PLACES)
    unit[0, k.LEAVES], unit[0, k.ARRIVES] = 1000, 1000 + int(rng.integers(1, 100))
    return unit


def test_the_way_of_a_unit_on_the_road_is_that_of_its_mixture_of_places() -> None:
    rng, work = np.random.default_rng(5), np.zeros((8, 16), np.int64)
    without_road = 0
    for _ in range(5000):
        ms_to = rng.integers(0, 10_000_000, (PLACES, PLACES)).astype(np.int32)
        ms_to[rng.random(ms_to.shape) < 0.05] = k.NO_WAY
        unit = on_the_road(rng)
        at = int(rng.integers(990, unit[0, k.ARRIVES] + 2))
        n = 1
        work[k.PLACES_IN, 0], work[k.PARTS_IN, 0] = unit[0, k.HEADS_FOR], k.PARTS
        if at < unit[0, k.ARRIVES]:
            n = mixture_at(unit, 0, at, work)
        assert work[k.PARTS_IN, :n].sum() == k.PARTS
        expected = free_flow(ms_to, 0, n, work)
        without_road += expected == k.NO_WAY
        assert unit_ms(ms_to, unit, 0, at, 0, work) == expected
    assert without_road > 100


def test_a_place_left_out_of_a_mixture_hides_no_unit() -> None:
    """Unit 1 heads for place 4, too small a part of where it is to count among the four kept."""
    unit, work = np.zeros((2, k.UNIT_COLUMNS), np.int64), np.zeros((8, 16), np.int64)
    unit[:, k.BITS], unit[1, k.ORIGINS], unit[1, k.HOST] = 1, 4, k.NONE
    unit[1, k.ORIGIN : k.ORIGIN + 4], unit[1, k.PART : k.PART + 4] = range(4), k.PARTS // 4
    unit[1, [k.HEADS_FOR, k.POST, k.LEAVES, k.ARRIVES]] = 4, 4, 0, 10
    unit[0, k.ROAM_AT], unit[0, k.ROAMER] = -1, 1
    ms_to = np.zeros((PLACES, PLACES), np.int32)
    ms_to[5, 4] = 10_000_000
    away = np.full((2, 2), k.FAR_KEY, np.int64)
    away[0, 0] = 0
    home = np.zeros((PLACES, 2), np.int64)
    home[5] = (500_000 << k.KEY_SHIFT) + np.arange(2)
    scalar, option = np.zeros(k.SCALARS, np.int64), np.zeros(k.FIXED + 1, np.int64)
    scalar[k.ROAM_N] = 1
    found = nearest(
        ms_to, home, np.ones((1, 168)), option, unit, away, scalar, 1, 5, 0, 1, work
    )  # fmt: skip
    assert found == (1, 0)


def test_halfway_between_two_places_the_way_is_the_mean_of_theirs() -> None:
    unit, work = np.zeros((1, k.UNIT_COLUMNS), np.int64), np.zeros((8, 16), np.int64)
    unit[0, [k.ORIGINS, k.ORIGIN, k.PART]] = 1, 1, k.PARTS
    unit[0, [k.HEADS_FOR, k.LEAVES, k.ARRIVES]] = 2, 0, 100
    ms_to = np.array([[0, 4000, 1000], [0, 0, 0], [0, 0, 0]], np.int32)
    assert unit_ms(ms_to, unit, 0, 50, 0, work) == 2500
    assert unit_ms(ms_to, unit, 0, 100, 0, work) == 1000
