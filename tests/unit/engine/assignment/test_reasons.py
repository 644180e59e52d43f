"""Each answer says why, in codes: why this unit, why not a nearer one, what is next best."""

from __future__ import annotations

import math

import pytest

from anlan.engine.assignment import (
    AssignmentProblem,
    AssignmentResult,
    Candidate,
    CoverArea,
    Need,
    Reason,
    solve,
)


def unit(key: str, travel_s: float, *capabilities: str, **more: object) -> Candidate:
    return Candidate(key, capabilities[0], frozenset(capabilities), travel_s, **more)  # type: ignore[arg-type]


def sent(
    *needs: Need, units: list[Candidate], areas: tuple[CoverArea, ...] = ()
) -> AssignmentResult:
    return solve(AssignmentProblem(needs=needs, candidates=units, areas=areas))


def the_one(result: AssignmentResult, code: str) -> Reason:
    found = [one for one in result.reasons if one.code == code]
    assert len(found) == 1, [one.code for one in result.reasons]
    return found[0]


def codes(result: AssignmentResult) -> set[str]:
    return {one.code for one in result.reasons}


def test_nearer_last_engine_is_named_with_its_district_and_seconds() -> None:
    areas = (CoverArea("d2", "District 2", "engine", keep=1, have=1),)
    units = [unit("E3", 210, "engine", area=0), unit("E7", 250, "engine")]
    reason = the_one(sent(Need("engine", 1), units=units, areas=areas), "passed_over_last_cover")
    assert reason.params == {
        "unit": "E7", "capability": "engine", "travel_s": 250.0, "nearer": "E3",
        "nearer_by_s": 40.0, "area": "District 2", "area_key": "d2",
        "cover_capability": "engine", "left": 0, "keep": 1,
    }  # fmt: skip


def test_nearest_of_all_says_nearest() -> None:
    result = sent(Need("engine", 1), units=[unit("E1", 50, "engine"), unit("E2", 60, "engine")])
    assert the_one(result, "nearest").params["unit"] == "E1"


def test_nearer_unit_of_another_kind_is_named() -> None:
    units = [unit("M1", 20, "medic"), unit("E1", 50, "engine"), unit("E2", 60, "engine")]
    result = sent(Need("engine", 1), units=units)
    assert the_one(result, "nearest_with_capability").params["unit"] == "E1"
    wrong = the_one(result, "nearer_wrong_capability")
    assert (wrong.params["nearer"], wrong.params["nearer_by_s"]) == ("M1", 30.0)


@pytest.mark.parametrize("why", ["off_shift", "out_of_service", "busy"])
def test_nearer_unit_that_cannot_go_is_named_with_its_cause(why: str) -> None:
    units = [
        unit("E1", 50, "engine", blocked=why),
        unit("E2", 60, "engine"),
        unit("E3", 70, "engine"),
    ]
    reason = the_one(sent(Need("engine", 1), units=units), "nearer_blocked")
    assert (reason.params["nearer"], reason.params["why"]) == ("E1", why)
    assert reason.params["nearer_by_s"] == pytest.approx(10)


def test_unit_without_a_road_is_named_unreachable() -> None:
    units = [unit("E1", math.inf, "engine"), unit("E2", 60, "engine")]
    result = sent(Need("engine", 1), units=units)
    assert the_one(result, "unreachable").params["unit"] == "E1"
    assert the_one(result, "only_one").params["unit"] == "E2"


def test_unit_kept_for_another_line_says_joint_better() -> None:
    units = [unit("Q", 100, "engine", "truck"), unit("E", 200, "engine"), unit("T", 500, "truck")]
    reason = the_one(sent(Need("engine", 1), Need("truck", 1), units=units), "joint_better")
    assert (reason.params["unit"], reason.params["nearer"]) == ("E", "Q")
    assert reason.params["sent_for"] == "truck"


def test_diverting_unit_is_passed_over_and_said_so() -> None:
    units = [unit("E1", 50, "engine", state="diverting"), unit("E2", 60, "engine")]
    reason = the_one(sent(Need("engine", 1), units=units), "passed_over_diverting")
    assert reason.params["nearer"] == "E1"
    alone = sent(Need("engine", 1), units=units[:1])
    assert the_one(alone, "diverted").params["unit"] == "E1"


def test_open_need_names_who_is_next_best() -> None:
    units = [
        unit("E1", 300, "engine", blocked="busy", free_in_s=100.0),
        unit("E2", 50, "engine", blocked="busy", free_in_s=900.0),
        unit("E9", 400, "engine", blocked="off_shift"),
        unit("E8", 700, "engine", blocked="off_shift"),
        unit("T1", 90, "truck"),
    ]
    result = sent(Need("engine", 1), units=units)
    assert result.status == "none"
    assert the_one(result, "too_few_units").params == {
        "capability": "engine",
        "missing": 1,
        "free": 0,
    }
    best = {one.params["why"]: one.params for one in result.reasons if one.code == "next_best"}
    assert best["busy"]["unit"] == "E1"
    assert best["busy"]["free_in_s"] == 100.0
    assert best["off_shift"] == {
        "unit": "E9", "travel_s": 400.0, "capability": "engine", "why": "off_shift",
    }  # fmt: skip
    assert "partly" not in codes(result)  # a truck does no part of an engine's work


def test_only_a_free_unit_that_can_do_part_of_it_is_named_where_a_need_stays_open() -> None:
    units = [
        unit("P7", 10, "police"),
        unit("A1", 20, "bls", state="diverting"),
        unit("A2", 25, "bls", blocked="busy"),
        unit("E1", 30, "engine", "first_response"),
        unit("A3", 40, "bls"),
        unit("A4", 90, "bls", "transport"),
    ]
    als = Need("als", 1, partly=("bls", "first_response"))
    found = the_one(sent(als, Need("transport", 1), units=units), "partly")
    assert found.params == {
        "capability": "als", "unit": "E1", "kind": "engine", "does": "first_response",
        "travel_s": 30.0,
    }  # fmt: skip
    assert the_one(sent(als, Need("engine", 1), units=units), "partly").params["unit"] == "A3"
    assert "partly" not in codes(sent(Need("truck", 1), als, units=units[:3]))
    assert "partly" not in codes(sent(Need("als", 1), units=units))


def test_capability_that_the_town_lacks_says_so() -> None:
    result = sent(Need("boat", 1), units=[unit("E1", 50, "engine")])
    assert the_one(result, "no_such_unit").params == {"capability": "boat", "missing": 1}


def test_all_engines_going_says_no_other() -> None:
    units = [unit("E1", 50, "engine"), unit("E2", 60, "engine")]
    result = sent(Need("engine", 2), units=units)
    assert [one.params["unit"] for one in result.reasons if one.code == "no_other"] == ["E1", "E2"]
    assert "nearest" not in codes(result)


def test_broken_cover_is_said() -> None:
    areas = (CoverArea("d2", "District 2", "engine", keep=2, have=2),)
    result = sent(Need("engine", 1), units=[unit("E3", 10, "engine", area=0)], areas=areas)
    reason = the_one(result, "breaks_cover")
    assert (reason.params["area"], reason.params["left"], reason.params["keep"]) == (
        "District 2",
        1,
        2,
    )


def test_alternative_says_how_much_later_it_is() -> None:
    result = sent(Need("engine", 1), units=[unit("E1", 50, "engine"), unit("E2", 65, "engine")])
    assert the_one(result, "alternative").params == {
        "rank": 1, "first_later_by_s": 15.0, "full_later_by_s": 15.0, "cost_more_s": 15.0,
    }  # fmt: skip
