"""Who may mediate a case, help in it, leave it, or give it on, in a sentence. Pure."""

from __future__ import annotations

from anlan.areas.mediation.rules.guards import check_candidate, handles, leads
from anlan.areas.mediation.rules.intake import check_tier
from anlan.areas.mediation.rules.known import known
from anlan.areas.mediation.rules.states import AGREED, WORKING
from anlan.kernel.cases.rules.facts import Asked, CaseFacts, Part
from anlan.kernel.cases.rules.types import Tier
from anlan.kernel.values import Actor, Role, RuleForbids, RuleSays, gettext_noop


def tier_fits(facts: CaseFacts, actor: Actor) -> None:
    """Raise where the case became too hard for its office since that was chosen."""
    if known(facts).tier:
        check_tier(str(facts.answers.get("difficulty", "simple")), Tier(known(facts).tier))


def gives_on(facts: CaseFacts, actor: Actor) -> None:
    """Raise where a mediator has taken the case up and another would give it to an office."""
    if facts.state in WORKING and not actor.has(Role.SUPERVISOR):
        leads(facts, actor)


def check_another(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise where who is named has the case already, stepped aside or was refused."""
    check_candidate(facts, asked, actor)
    begins = facts.state == "chosen"  # anew, too: who had it in an earlier round may have it again
    if not begins and asked.values.get("mediator") == facts.handler:
        raise RuleSays(
            gettext_noop("This mediator has the case already; choose another."), code="has_it"
        )


def check_declared(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise unless who is to help or to go on with it has declared to stand apart."""
    check_another(facts, asked, actor)
    if asked.values.get("they_declared") is not True:
        raise RuleForbids(
            gettext_noop("A party, a relative or somebody with an interest can't mediate this."),
            code="has_interest",
        )


def may_leave(facts: CaseFacts, actor: Actor) -> None:
    """Raise unless the actor helps, or leads a case in which only the follow-up is left."""
    handles(facts, actor)
    if facts.handler == actor.staff_ref and facts.state not in AGREED:
        raise RuleSays(
            gettext_noop("Who leads a case steps aside: the office names another."),
            code="steps_aside",
        )


def has_helper(facts: CaseFacts, actor: Actor) -> None:
    """Raise where no second mediator helps."""
    if all(part is not Part.HELPER for _ref, part in facts.staff):
        raise RuleSays(gettext_noop("No second mediator helps in this case."), code="no_helper")
