"""The way of a hazard: which action leads on from where, and the headings of all. Pure."""

from __future__ import annotations

from anlan.areas.hazards.rules.guards import danger_stands, order_stands
from anlan.kernel.cases.rules.facts import CaseFacts
from anlan.kernel.cases.rules.types import Group, Step
from anlan.kernel.places.catalogue import Label

GROUPS = (
    Group(
        "danger",
        Label(en="Danger", zh="危险处置"),
        ("stop_use", "lift_stop", "set_control", "permit_resume", "look"),
    ),
    Group(
        "order",
        Label(en="Order and recheck", zh="整改与复查"),
        (
            "serve_order",
            "extend_remedy",
            "withdraw_order",
            "say_fixed",
            "recheck_passed",
            "recheck_failed",
            "still_stopped",
            "call_major",
            "give_opinion",
            "find_major",
        ),
    ),
    Group(
        "people",
        Label(en="Owner and reporters", zh="责任单位、责任人与反映人"),
        ("add_party", "tell_party", "say_more", "correct_contact"),
    ),
    Group(
        "inspectors",
        Label(en="Who inspects, notes", zh="检查员与备注"),
        ("take", "assign", "join", "note", "correct"),
    ),
    Group(
        "ending",
        Label(en="Ending and reopening", zh="办结与重新开启"),
        ("close", "dismiss", "not_fixed"),
    ),
)


def _nobody_handles(facts: CaseFacts) -> bool:
    return facts.handler is None


def _no_order(facts: CaseFacts) -> bool:
    return not order_stands(facts)


def _control_in_force(facts: CaseFacts) -> bool:
    return "control" in facts.answers


def _nobody_looked(facts: CaseFacts) -> bool:
    return any(facts.open_tasks.get(kind) for kind in ("look_now", "look_at"))


def _in(*states: str) -> frozenset[str]:
    return frozenset(states)


STEPS = (
    Step("take", _in("found", "weighed", "stopped", "ordered", "fixed")),
    Step("assign", _in("found", "weighed", "stopped", "ordered", "fixed"), _nobody_handles),
    Step("look", _in("found", "weighed", "ordered", "fixed"), _nobody_looked),
    Step("stop_use", _in("found", "weighed", "ordered", "fixed"), danger_stands),
    Step("set_control", _in("found", "weighed", "ordered", "fixed"), danger_stands),
    Step("serve_order", _in("found", "stopped")),
    Step("give_opinion", _in("weighed")),
    Step("say_fixed", _in("ordered", "stopped")),
    Step("recheck_passed", _in("fixed")),
    Step("recheck_failed", _in("fixed"), order_stands),
    Step("still_stopped", _in("fixed"), _no_order),
    Step("permit_resume", _in("verified"), _control_in_force),
    Step("close", _in("verified")),
)
