"""What may be filled in, and whether a type holds together: faults are said in a sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.services.small_case import SEALED, SMALL, label

from anlan.kernel.cases.rules.acting import AnswerFault, check_opening, check_value
from anlan.kernel.cases.rules.checking import faults_of
from anlan.kernel.cases.rules.facts import Asked, CaseFacts
from anlan.kernel.cases.rules.types import Choice, Field, FieldKind, TaskKind
from anlan.kernel.staff.queries import staff_id
from anlan.kernel.values import Role, whole_number

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOTHING = CaseFacts(
    id=1, type="smallcase", state="asked", at=AT, zone=UTC, opened_at=AT, state_since=AT,
    ended_at=None, result="", answers={}, parties=(), staff=frozenset(), actions_done={},
    last_done_by={}, open_tasks={}, documents={},
)  # fmt: skip


def taken(kind: FieldKind, value: str) -> bool:
    try:
        check_value(Field("asked", kind, label("asked")), value, NOTHING)
    except AnswerFault:
        return False
    return True


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-01-01", True),
        ("1900-01-01", True),
        ("2200-12-31", True),
        ("1899-12-31", False),
        ("9999-12-31", False),
        ("20260101", False),
        ("2026-W01-1", False),
        ("2026-02-30", False),
        ("２０２６-01-01", False),
    ],
)
def test_a_day_is_written_in_one_way_and_of_a_year_that_can_be_meant(day, said):
    assert taken(FieldKind.DAY, day) is said
    assert taken(FieldKind.MOMENT, f"{day}T12:00+00:00") is said


@pytest.mark.parametrize("digits", ["²", "٣", "１２", "", "-1", "1.5", "9" * 30])
def test_digits_of_another_kind_are_no_number(digits):
    assert whole_number(digits) is None
    assert staff_id(f"staff:{digits}") == 0
    assert not taken(FieldKind.STAFF, f"staff:{digits}")
    assert whole_number("0012") == 12


@pytest.mark.parametrize("kind", [FieldKind.OFFICE, FieldKind.MOMENT, FieldKind.STAFF])
@pytest.mark.parametrize("words", ["东城街道", "évora", "e\u0301vora", "north\n"])
def test_an_answer_in_clear_is_a_code_of_ascii_letters(kind, words):
    assert taken(FieldKind.OFFICE, "north")
    assert not taken(kind, words)


@pytest.mark.parametrize(("code", "said"), [("v-1", True), ("村委会", False), ("v 1", False)])
def test_a_code_is_of_ascii_letters(code, said):
    assert taken(FieldKind.OFFICE, code) is said


def test_an_opening_is_asked_as_any_action_is():
    kind = replace(SMALL, opens_with=("words", "colour"))
    check_opening(kind, NOTHING, Asked(values={"colour": "red"}, texts={"words": "x"}))
    for asked, code in (
        (Asked(values={"size": 3}), "unknown_field"),
        (Asked(texts={"own_words": "x"}), "unknown_field"),
        (Asked(values={"colour": "green"}), "bad_answer"),
        (Asked(texts={"colour": "red"}), "bad_answer"),
        (Asked(texts={"words": "x" * 5000}), "text_too_long"),
    ):
        with pytest.raises(AnswerFault) as fault:
            check_opening(kind, NOTHING, asked)
        assert fault.value.code == code


def _with_action(**changed: object):
    first, *others = SMALL.actions
    return replace(SMALL, actions=(replace(first, **changed), *others))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (_with_action(roles=(Role.CREW,)), "role crew, which sees no such case"),
        (_with_action(second=(Role.PLANNER,)), "role planner, which sees no such case"),
        (_with_action(by_party=True, by_party_roles=("third",)), "unknown party third"),
        (
            replace(SMALL, clocks=(replace(SMALL.clocks[0], paused_in=frozenset({"gone"})),)),
            "paused in the unknown state gone",
        ),
        (
            replace(SMALL, party_roles=(*SMALL.party_roles, Choice("a" * 21, label("long")))),
            "longer than 20 letters",
        ),
        (
            replace(SMALL, task_kinds=(TaskKind("look", label("look"), clock="gone"),)),
            "due with the unknown clock gone",
        ),
        (
            replace(SMALL, task_kinds=(TaskKind("look", label("look"), not_by=("gone",)),)),
            "names the unknown action gone",
        ),
    ],
)
def test_what_a_type_names_wrongly_is_said_at_its_loading(wrong, said):
    fields = frozenset(SEALED)
    assert not list(faults_of(SMALL, sealed_fields=fields))
    assert any(said in sentence for sentence in faults_of(wrong, sealed_fields=fields))
