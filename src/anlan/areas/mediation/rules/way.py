"""The way of a mediation: which action leads on from where, and the headings of all. Pure."""

from __future__ import annotations

from dataclasses import replace

from anlan.areas.mediation.rules.guards import to_be_asked
from anlan.areas.mediation.rules.intake import fits_tier
from anlan.areas.mediation.rules.joining import ASSIGNING, INTAKE, OF_WILL
from anlan.areas.mediation.rules.known import known
from anlan.areas.mediation.rules.settling import AFTER, AGREEING, ENDING, TALKS
from anlan.areas.mediation.rules.states import AGREED, WORKING
from anlan.kernel.cases.rules.acting import all_consent, is_in_it, parties_in
from anlan.kernel.cases.rules.facts import CaseFacts, PartyFacts
from anlan.kernel.cases.rules.types import Action, Group, Step, Tier
from anlan.kernel.places.catalogue import Label
from anlan.kernel.values import Actor, Refused


def _group(code: str, en: str, zh: str, actions: tuple[Action, ...]) -> Group:
    return Group(code, Label(en=en, zh=zh), tuple(one.code for one in actions))


GROUPS = (
    _group("request", "Request and parties", "申请与当事人", INTAKE),
    _group("will", "Private talks, notes, each party's will", "单独谈话、笔记与意愿", OF_WILL),
    _group("talks", "Talks and sessions", "会谈", TALKS),
    _group("agreement", "Agreement", "协议", AGREEING),
    _group("after", "After the agreement", "协议之后", AFTER),
    _group("mediators", "Who mediates, who sees it", "调解员与可见范围", ASSIGNING),
    _group("ending", "Ending it", "结案", ENDING),
)


def _one_side_lacks(facts: CaseFacts) -> bool:
    return not {"asker", "other"} <= {one.role for one in parties_in(facts)}


def _somebody_unheard(facts: CaseFacts) -> bool:
    return any(one.number not in known(facts).talked for one in parties_in(facts))


def _somebody_unasked(facts: CaseFacts) -> bool:
    return any(_is_to_be_asked(facts, one) for one in parties_in(facts))


def _is_to_be_asked(facts: CaseFacts, one: PartyFacts) -> bool:
    try:
        to_be_asked(facts, one)
    except Refused:
        return False
    return True


def _nothing_booked(facts: CaseFacts) -> bool:
    return not any(one.state == "booked" for one in known(facts).sessions)


def _asker_unheard(facts: CaseFacts) -> bool:
    askers = [one for one in parties_in(facts) if one.role == "asker"]
    return any(one.number not in known(facts).talked for one in askers)


def _all_heard_and_willing(facts: CaseFacts) -> bool:
    return all_consent(facts) and not _somebody_unheard(facts)


def _somebody_not_read_to(facts: CaseFacts) -> bool:
    return any(one.number not in known(facts).heard for one in parties_in(facts))


def _court_not_asked(facts: CaseFacts) -> bool:
    return known(facts).written and "applied_on" not in facts.answers


def _court_silent(facts: CaseFacts) -> bool:
    return "applied_on" in facts.answers and "court_answer" not in facts.answers


def _no_follow_up(facts: CaseFacts) -> bool:
    return not facts.open_tasks.get("follow_up") and "performed" not in facts.answers


def _not_carried_out(facts: CaseFacts) -> bool:
    return facts.answers.get("performed") != "yes"


def _looked_after(facts: CaseFacts) -> bool:
    return "performed" in facts.answers


def _too_hard_here(facts: CaseFacts) -> bool:
    tier = known(facts).tier
    return bool(tier) and not fits_tier(str(facts.answers.get("difficulty")), Tier(tier))


def _sign_seen(facts: CaseFacts, actor: Actor) -> bool:
    """Say whether a private talk showed a sign, and it is one who handles the case that asks."""
    return known(facts).sign and is_in_it(facts, actor)


def _no_sign_seen(facts: CaseFacts, actor: Actor) -> bool:
    return not _sign_seen(facts, actor)


def _unless_sign(step: Step) -> Step:
    """Let a step lead on only while no private talk showed a sign: after one there is one way.

    For who doesn't handle the case all stays as it was: a step that went would tell of the sign.
    """
    after_one = step.states & WORKING or step.action == "ask_court"
    return replace(step, seen=_no_sign_seen) if after_one else step


def _in(*states: str) -> frozenset[str]:
    return frozenset(states)


_USUAL = (
    Step("confirm", _in("asked")),
    Step("give_to_office", _in("confirmed")),
    Step("give_to_office", _in("chosen", "assigned", "accepted", "inviting"), _too_hard_here),
    Step("take", _in("chosen")),
    Step("assign", _in("chosen")),
    Step("accept", _in("assigned")),
    Step("add_party", _in("accepted", "inviting"), _one_side_lacks),
    Step("talk", _in("accepted"), _asker_unheard),
    Step("invite", _in("accepted")),
    Step("ask_party", _in("inviting", "mediating"), _somebody_unasked),
    Step("consent", _in("inviting")),
    Step("talk", _in("inviting"), _somebody_unheard),
    Step("start", _in("inviting"), _all_heard_and_willing),
    Step("book_session", _in("mediating"), _nothing_booked),
    Step("hold_session", _in("mediating")),
    Step("draft_agreement", _in("mediating")),
    Step("agree_orally", _in("mediating")),
    Step("read_back", _in("drafted"), _somebody_not_read_to),
    Step("confirm_agreement", _in("drafted")),
    Step("sign", _in("drafted")),
    Step("ask_court", _in("agreed", "stopped"), _court_not_asked),
    Step("note_court", _in("agreed", "stopped"), _court_silent),
    Step("plan_follow_up", _in("agreed"), _no_follow_up),
    Step("follow_up", _in("agreed"), _not_carried_out),
    Step("finish", _in("agreed"), _looked_after),
    Step("end_after_no", _in("stopped")),
)
STEPS = (
    Step("find_unsuitable", WORKING, seen=_sign_seen),
    Step("refer_out", AGREED, seen=_sign_seen),
    *map(_unless_sign, _USUAL),
)
