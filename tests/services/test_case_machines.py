"""Every case type walked at random: no state that can be reached breaks what the kernel promises.

A walk is a list of seeds, one for each step: who does what, with which answers, how much later.
Hypothesis draws the list; when a promise is broken, every step that isn't needed for it is taken
away. The types are those that are registered, and two of the tests' own; an area sets its scene in
case_scenes.py, the promises stand in case_promises.py.

By default the same walks are taken each time; `--hypothesis-profile nightly` takes hundreds of
others, and says which seeds broke a promise.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.services import case_promises as promises
from tests.services import custody
from tests.services.case_scenes import TEST_TYPES, Scene, scene_of, types_of_tests
from tests.services.case_walk import Walk, dump
from tests.services.small_case import JOB
from tests.services.test_every_write import undone

from anlan.kernel.cases import registry
from anlan.kernel.cases import services as cases

pytestmark = pytest.mark.django_db

WALKS, WALKS_BY_NIGHT = 15, 300  # for each type
STEPS = st.lists(st.integers(0, 1_000_000), min_size=10, max_size=40)
WALKS_ELSEWHERE = 2  # on PostgreSQL by day: SQLite's run takes them all
ROUNDS, ROUNDS_BY_NIGHT = 3, 40  # of walks from each start towards what none did yet
STEPS_STEERED, PATIENCE = 60, 12
SHORTER = 40  # the longest walk of which steps are taken away
# What walks come to seldom; what none did is printed (-rP), by night too. Nothing else is missed.
SELDOM: dict[str, set[str]] = {
    "mediation": {
        "ask_party",
        *("agree_orally", "back_to_talks", "cancel_session", "drop_request", "end_after_no"),
        *("expire", "extend_court_mediation", "extend_mediation", "fail", "find_unsuitable"),
        "hold_session",
        *("move_session", "note_attendance", "note_court", "refer_out", "refuse", "withdraw"),
    }
}
TYPES = (*TEST_TYPES, *(one.code for one in registry.case_types()))


@pytest.fixture(autouse=True)
def list_of_erasures(settings, tmp_path) -> None:
    """Keep what the walks erase apart from what an installation notes."""
    settings.ANLAN_ERASURES_FILE = tmp_path / "erasures.jsonl"


@pytest.mark.parametrize("code", TYPES)
def test_no_state_that_a_case_can_reach_breaks_a_promise(code, request):
    by_night = request.config.getoption("--hypothesis-profile") == "nightly"
    walks, rounds = (WALKS_BY_NIGHT, ROUNDS_BY_NIGHT) if by_night else (WALKS, ROUNDS)
    if request.config.getoption("--postgres") and not by_night:
        walks, rounds = WALKS_ELSEWHERE, 0
    with types_of_tests():
        scene = scene_of(code)
        custody.set_custodians()

        done: set[str] = set()

        @settings(
            max_examples=walks,
            deadline=None,
            derandomize=not by_night,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(STEPS)
        def walk(seeds: list[int]) -> None:
            try:
                done.update(whole_walk(scene, seeds))
            except BaseException as broken:
                short = shorter(scene, seeds, broken)
                raise AssertionError(f"{code} breaks a promise by the seeds {short}") from broken

        walk()
        left = {one.code for one in scene.type.actions} - done
        if rounds:
            steered(scene, left, walks=max(30, rounds * (1 + len(scene.deeper))))
    print(f"{code}: no walk did {sorted(left)}")
    missed = left - SELDOM.get(code, set()) if rounds else set()
    assert not missed, f"{code}: no walk ever did {sorted(missed)}"


def steered(scene: Scene, left: set[str], *, walks: int) -> None:
    """Walk on until nothing is left that no walk did, or for so many walks.

    Every other round of starts goes for what ends a case, one of it in each walk: it ends once.
    """
    starts = 1 + len(scene.deeper)
    for walk in range(walks):
        if left:
            with undone():
                one = Walk(scene, start=walk)
                with connection.execute_wrapper(one.rows):
                    steer_one(one, left, walk, to_end=walk // starts % 2 == 1)
                left -= one.done


def steer_one(one: Walk, left: set[str], walk: int, *, to_end: bool) -> None:
    """Walk once towards what is left, while something new is done now and then."""
    actions, patience = {each.code: each for each in one.scene.type.actions}, PATIENCE
    for seed in range(walk * STEPS_STEERED, (walk + 1) * STEPS_STEERED):
        still = sorted(left - one.done)
        alive = {code for code in still if one.leads_on(actions[code])}
        ending = [code for code in still if code not in alive]
        aim = {ending[walk % len(ending)]} if ending and (to_end or not alive) else alive
        if not aim or not patience or (one.ended() and one.steps_towards(aim)[one.case.state]):
            return
        one.steer(seed, aim)
        patience = patience - 1 if len(still) == len(left - one.done) else PATIENCE


def shorter(scene: Scene, seeds: list[int], broken: BaseException) -> list[int]:
    """Take away every step without which the same promise is broken, the last ones first.

    Not by Hypothesis: it would try thousands of walks, and each takes a second.
    """
    for n in reversed(range(len(seeds))) if len(seeds) <= SHORTER else ():
        fewer = seeds[:n] + seeds[n + 1 :]
        try:
            whole_walk(scene, fewer)
        except type(broken) as again:
            if str(again)[:60] == str(broken)[:60]:
                seeds = fewer
        except Exception:  # noqa: BLE001, S110 - another promise: this step is needed for ours
            pass
    return seeds


def whole_walk(scene: Scene, seeds: list[int]) -> set[str]:
    """Open a case, take every step, look for a way out, seal and erase it; and take it all back.

    Gives the actions that were done.
    """
    with undone():
        one = Walk(scene, start=seeds[0] if seeds else 0)
        with connection.execute_wrapper(one.rows):
            promises.check(one, {}, dump())
            for seed in seeds:
                one.step(seed)
            promises.check_seen(one, one.case, everybody=True)
            one.check_way_out()
            one.open_by_link()
            one.seal_away()
            one.open_by_link()
            promises.check_guarded(one)
            assert dump() == one.rows.held, "something was written that no step saw"
            assert one.case.erase_on is not None
            one.at += timedelta(days=(one.case.erase_on - one.at.date()).days + 2)
            cases.erase_case(one.case_id, reason="kept_long_enough", **one.stamp(JOB))
            promises.check_tombstone(one, dump())
        return one.done
