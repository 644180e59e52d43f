"""Case types drawn: what stands in the type stands in the drawing, and nothing else."""

from __future__ import annotations

import re

import pytest
from tests.services.case_scenes import WALK
from tests.services.small_case import SMALL

from anlan.kernel.cases.rules.drawing import in_words, lanes, section, state_diagram
from anlan.kernel.cases.rules.types import Span, Unit

EDGE = re.compile(r"^ +(\S+) --> (\S+?)(?:: (\S+))?$", re.M)


def transitions(one):
    return {
        (source, action.target, action.code)
        for action in one.actions
        if action.target is not None
        for source in action.sources
    }


@pytest.mark.parametrize("one", [SMALL, WALK], ids=lambda one: one.code)
def test_a_state_diagram_holds_every_transition_and_no_other(one):
    edges = set(EDGE.findall(state_diagram(one)))
    ends = {(code, "[*]", "") for code in one.ends}
    assert edges == transitions(one) | ends | {("[*]", one.initial, "")}


@pytest.mark.parametrize("one", [SMALL, WALK], ids=lambda one: one.code)
def test_lanes_lead_from_state_to_action_to_state_past_the_second_person(one):
    text = lanes(one)
    leads = {}
    for source, target, _ in EDGE.findall(text):
        leads.setdefault(source, set()).add(target)
    found = set()
    for action in one.actions:
        node = f"do_{action.code}"
        if action.second:
            assert leads[node] == {f"ok_{action.code}"}
            node = f"ok_{action.code}"
        sources = {state for state, targets in leads.items() if f"do_{action.code}" in targets}
        assert sources == action.sources
        found |= {
            (source, target, action.code) for source in sources for target in leads.get(node, ())
        }
    assert found == transitions(one)


def test_each_action_stands_in_one_lane():
    text = lanes(WALK)
    assert re.findall(r'subgraph (\S+)\["(.+)"\]', text) == [
        ("mediator", "mediator"),
        ("clerk", "clerk"),
        ("the_programme", "the programme"),
    ]
    assert [text.count(f"do_{action.code}[") for action in WALK.actions] == [1] * len(WALK.actions)
    assert text.count("subgraph") == text.count("\n    end")


def test_tables_say_who_with_whom_for_how_long():
    text = section(WALK)
    assert (
        "| `kept` kept / kept（中） | settled | done | mediator | supervisor | – | – | good, bad |"
        in text
    )
    assert "| `lapse` lapse / lapse（中） | asked | dropped | the programme |" in text
    assert "5 working days | 1 working day before | by 3 working days, at most 2 times |" in text
    assert "| `bad` | bad / bad（中） | 30 days from the end | 1 day |" in text
    assert "which party" in text
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    widths = {line.count(" | ") for line in rows}
    assert widths <= {2, 3, 6, 7}


def test_a_span_is_said_in_words():
    assert in_words(Span(1, Unit.MONTHS)) == "1 month"
    assert in_words(Span(48, Unit.HOURS)) == "48 hours"
