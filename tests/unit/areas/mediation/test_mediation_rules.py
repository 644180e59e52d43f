"""Rules of mediation without a database: the table of actions, signs, tiers, the seal of a text."""

from __future__ import annotations

import pytest

from anlan.areas.mediation.rules import MEDIATION
from anlan.areas.mediation.rules.agreement import hash_of
from anlan.areas.mediation.rules.fields import CATEGORIES, PARTNERS, SAFE, SIGNS
from anlan.areas.mediation.rules.guards import shows_sign
from anlan.areas.mediation.rules.intake import check_tier, tier_of
from anlan.areas.mediation.rules.states import MAY_WITHDRAW
from anlan.kernel.cases.rules.facts import Asked
from anlan.kernel.cases.rules.types import Space, Tier
from anlan.kernel.values import Refused

CALM = {**dict.fromkeys(SIGNS, False), **dict.fromkeys(SAFE, True)}


@pytest.mark.parametrize("code", [*SIGNS, *SAFE])
def test_any_one_answer_is_a_sign(code):
    assert not shows_sign(Asked(values=CALM))
    assert shows_sign(Asked(values=CALM | {code: not CALM[code]}))


def test_from_a_partys_no_only_an_end_is_reached():
    targets = {one.target for one in MEDIATION.actions if "stopped" in one.sources}
    assert targets == {None, "closed"}
    assert [MEDIATION.action(no).target for no in ("refuse", "withdraw")] == ["stopped"] * 2


def test_a_party_may_say_no_from_every_state_in_which_something_may_still_happen():
    no = MEDIATION.action("withdraw")
    alive = {one.code for one in MEDIATION.states if not one.ends} - {"asked", "stopped"}
    assert no.sources == alive == MAY_WITHDRAW
    assert no.by_party
    assert MEDIATION.action("drop_request").sources == {"asked"}


def test_a_party_is_asked_no_reason_for_its_no():
    for code in ("withdraw", "refuse", "refuse_mediator", "drop_request"):
        action = MEDIATION.action(code)
        assert (action.reasons, action.requires, action.takes) == ((), (), ()), code


def test_nothing_of_the_private_talk_stands_in_clear():
    for code in (*SIGNS, *SAFE):
        field = MEDIATION.field(code)
        assert field.secret
        assert field.space is Space.NOTES


def test_what_a_party_reads_is_one_and_the_same_until_the_talks_begin():
    codes = ("confirmed", "chosen", "assigned", "accepted", "inviting")
    assert len({MEDIATION.state(code).public for code in codes}) == 1


def test_the_lists_are_those_of_the_design():
    assert len(CATEGORIES) == 12
    assert len(PARTNERS) == 8


@pytest.mark.parametrize("difficulty", ["simple", "ordinary", "hard"])
def test_a_higher_tier_takes_what_a_lower_one_does(difficulty):
    order = list(Tier)
    for tier in order:
        if order.index(tier) >= order.index(tier_of(difficulty)):
            assert check_tier(difficulty, tier) is None
        else:
            with pytest.raises(Refused):
                check_tier(difficulty, tier)


def test_a_seal_is_bound_to_case_version_and_every_word():
    parts = {"terms_part": "the wall", "how_part": "by May"}
    seal = hash_of("mediation:1", version=1, parts=parts)
    # Worked with sha256sum over {"case":"mediation:1","parts":{"how_part":"by May",…},"version":1}
    assert seal == "7c45357affa958577f5d70e008cae9b29f1a59c4ef906e4ac6d9152bdd40da91"
    others = {
        hash_of("mediation:2", version=1, parts=parts),
        hash_of("mediation:1", version=2, parts=parts),
        hash_of("mediation:1", version=1, parts=parts | {"how_part": "by June"}),
        hash_of("mediation:1", version=1, parts={"terms_part": "the wallby May"}),
    }
    assert seal not in others
    assert len(others) == 4
