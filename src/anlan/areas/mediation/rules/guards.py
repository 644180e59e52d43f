"""Why something can't be done in a mediation now, in a sentence that a person can act on. Pure.

A party's own refusals say nothing about the other side: of a sign of coercion they don't speak.
"""

from __future__ import annotations

from anlan.areas.mediation.rules.fields import SAFE, SIGNS, TOLD_STAFF
from anlan.areas.mediation.rules.known import known
from anlan.kernel.cases.rules.acting import AnswerFault, all_consent, is_in_it, parties_in
from anlan.kernel.cases.rules.facts import Asked, CaseFacts, Consent, Part, PartyFacts
from anlan.kernel.cases.rules.types import Guard
from anlan.kernel.values import Actor, Role, RuleForbids, RuleSays, gettext_noop

#: results of requests that no mediator ever had
CAME_TO_NOTHING = frozenset({"request_dropped", "not_confirmed"})


def all_of(*guards: Guard) -> Guard:
    """Give a guard that asks some others in turn."""

    def ask(facts: CaseFacts, actor: Actor) -> None:
        for guard in guards:
            guard(facts, actor)

    return ask


def is_party(actor: Actor) -> bool:
    """Say whether a party acts itself, by its link."""
    return actor.staff_ref.startswith("link:")


def handles(facts: CaseFacts, actor: Actor) -> None:
    """Raise unless the actor handles the case or helps; a party acts for itself."""
    if not is_party(actor) and not is_in_it(facts, actor):
        raise RuleForbids(
            gettext_noop("Only the mediator of this case does this."), code="not_mediator"
        )


def at_desk(facts: CaseFacts, actor: Actor) -> None:
    """Raise for a mediator who has no part in the case: the desk or its mediator does this."""
    if not actor.has(Role.CLERK, Role.SUPERVISOR):
        handles(facts, actor)


def leads(facts: CaseFacts, actor: Actor) -> None:
    """Raise unless the actor is the mediator to whom the case was given."""
    if facts.handler != actor.staff_ref:
        raise RuleForbids(
            gettext_noop("Only the mediator of this case does this."), code="not_mediator"
        )


def not_rated(facts: CaseFacts, actor: Actor) -> None:
    """Raise for who mediated: whoever is rated enters no rating."""
    if actor.staff_ref in known(facts).mediated:
        raise RuleForbids(
            gettext_noop("Who mediated enters no rating: the party gives it by its link."),
            code="is_rated",
        )


def was_mediated(facts: CaseFacts, actor: Actor) -> None:
    """Raise where a request came to nothing: there is nothing to be satisfied with."""
    if facts.result in CAME_TO_NOTHING:
        raise RuleSays(gettext_noop("This request was not taken up."), code="not_mediated")


def shown_to_office(facts: CaseFacts, actor: Actor) -> None:
    """Raise where the case is shown to its mediators only already."""
    if known(facts).restricted:
        raise RuleSays(gettext_noop("This case is shown to its mediators only."), code="restricted")


def hidden_from_office(facts: CaseFacts, actor: Actor) -> None:
    """Raise where the case is shown to its office anyway."""
    if not known(facts).restricted:
        raise RuleSays(gettext_noop("This case is shown to its office."), code="not_restricted")


def has_mediator(facts: CaseFacts, actor: Actor) -> None:
    """Raise unless somebody handles the case."""
    if facts.handler is None:
        raise RuleSays(gettext_noop("No mediator has this case now."), code="no_mediator")


def no_sign(facts: CaseFacts, actor: Actor) -> None:
    """Raise when a private talk showed coercion: then nothing joint is offered."""
    if not known(facts).sign:
        return
    if is_party(actor):
        raise RuleSays(
            gettext_noop("This is not possible now; please ask your mediator."), code="ask_mediator"
        )
    if facts.state == "agreed":
        raise RuleSays(
            gettext_noop(
                "After the private talks nothing joint is offered here: offer help to the party "
                "alone, and refer it."
            ),
            code="not_suitable",
        )
    raise RuleSays(
        gettext_noop(
            "After the private talks nothing joint is offered here: end the case as not suitable, "
            "and offer help to the party alone."
        ),
        code="not_suitable",
    )


def other_side_known(facts: CaseFacts, actor: Actor) -> None:
    """Raise unless both sides are in the case."""
    if not {"asker", "other"} <= {one.role for one in parties_in(facts)}:
        raise RuleSays(gettext_noop("Add the other party first."), code="no_other_party")


def minors_accompanied(facts: CaseFacts, actor: Actor) -> None:
    """Raise unless each minor has a guardian in the case, who is no party to the dispute itself."""
    for one in parties_in(facts):
        guardian = facts.party(one.guardian)
        if one.minor and (guardian is None or guardian.left or guardian.role != "guardian"):
            raise RuleSays(
                gettext_noop("Party {party} is under age; add a guardian first."),
                code="no_guardian",
                party=one.number,
            )


def asker_heard_alone(facts: CaseFacts, actor: Actor) -> None:
    """Raise unless whoever asked was spoken to alone: before the other side hears of anything."""
    _check_asker_heard(facts)


def _check_asker_heard(facts: CaseFacts) -> None:
    for one in parties_in(facts):
        if one.role == "asker" and one.number not in known(facts).talked:
            raise RuleSays(
                gettext_noop("Speak to party {party} alone first."),
                code="not_talked",
                party=one.number,
            )


def after_who_asked(facts: CaseFacts, one: PartyFacts) -> None:
    """Raise while who asked was not spoken to alone: nobody else is met before that screen."""
    if not asked_itself(facts, one):
        _check_asker_heard(facts)


def all_heard_alone(facts: CaseFacts, actor: Actor) -> None:
    """Raise unless each party was spoken to alone."""
    for one in parties_in(facts):
        if one.number not in known(facts).talked:
            if is_party(actor):
                no_more = gettext_noop("This is not possible now; please ask your mediator.")
                raise RuleSays(no_more, code="ask_mediator")
            raise RuleSays(
                gettext_noop("Speak to party {party} alone first."),
                code="not_talked",
                party=one.number,
            )


def all_agree_to_it(facts: CaseFacts, actor: Actor) -> None:
    """Raise unless every party takes part of its own will."""
    if not all_consent(facts):
        raise RuleSays(
            gettext_noop("Nothing joint begins before every party has agreed to take part."),
            code="no_consent",
        )


joint = all_of(no_sign, all_agree_to_it, all_heard_alone, minors_accompanied)


def is_asker(facts: CaseFacts, one: PartyFacts) -> None:
    """Raise unless the one who confirms a request is the one who made it, or its guardian."""
    if not asked_itself(facts, one):
        raise RuleSays(
            gettext_noop("Only the party who asked confirms the request."), code="not_the_asker"
        )


def may_be_taken_out(facts: CaseFacts, one: PartyFacts) -> None:
    """Raise where a party can't be taken out: who asked, and the guardian of one who stays."""
    if one.role == "asker":
        raise RuleSays(
            gettext_noop("Who asked for the mediation stays in it, or withdraws."), code="asker"
        )
    for ward in parties_in(facts):
        if ward.guardian == one.number:
            raise RuleSays(
                gettext_noop("This is the guardian of party {party}: take that party out first."),
                code="guardian_needed",
                party=ward.number,
            )


def check_new_party(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise unless a minor is added with its guardian, who is no party to the dispute itself."""
    guardian, minor = asked.values.get("guardian"), asked.values.get("minor") is True
    if minor and guardian is None:
        raise AnswerFault(
            gettext_noop("A minor needs a guardian: add the guardian first, then choose it here."),
            code="no_guardian",
            field="guardian",
        )
    if guardian is not None and not minor:
        raise AnswerFault(
            gettext_noop("A guardian stands for a minor: say that this party is under age."),
            code="no_minor",
            field="minor",
        )
    found = facts.party(guardian) if isinstance(guardian, int) else None
    if found is not None and found.role != "guardian":
        raise RuleSays(
            gettext_noop("A guardian in a case is no party to it; choose another."),
            code="guardian_is_party",
        )


def check_no_interest(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise unless the mediator declares to stand apart from the parties."""
    if asked.values.get("no_interest") is not True:
        raise RuleForbids(
            gettext_noop("A party, a relative or somebody with an interest can't mediate this."),
            code="has_interest",
        )


def check_candidate(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise when the chosen mediator stepped aside or was refused by a party."""
    refused = {ref for ref, part in facts.staff if part in (Part.RECUSED, Part.REFUSED)}
    if asked.values.get("mediator") in refused:
        raise RuleForbids(
            gettext_noop("This mediator stepped aside or was refused; choose another."),
            code="recused",
        )


def not_shut_out(facts: CaseFacts, actor: Actor) -> None:
    """Raise when the actor stepped aside or was refused by a party."""
    out = {ref for ref, part in facts.staff if part in (Part.RECUSED, Part.REFUSED)}
    if actor.staff_ref in out:
        raise RuleForbids(
            gettext_noop("This mediator stepped aside or was refused; choose another."),
            code="recused",
        )


def check_talk(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise unless the talk was private: its answers are worth nothing otherwise."""
    if asked.values.get("was_alone") is not True:
        raise RuleSays(
            gettext_noop("This talk is with one party alone; try again where nobody listens."),
            code="not_alone",
        )


def shows_sign(asked: Asked) -> bool:
    """Say whether the answers of a private talk show coercion or violence."""
    yes = any(asked.values.get(code) is True for code in SIGNS)
    return yes or any(asked.values.get(code) is False for code in SAFE)


def asked_itself(facts: CaseFacts, one: PartyFacts) -> bool:
    """Say whether a party is the one who asked for the mediation, or its guardian."""
    askers = [each for each in facts.parties if each.role == "asker"]
    return one in askers or one.number in {each.guardian for each in askers}


def asked_already(facts: CaseFacts, one: PartyFacts) -> None:
    """Raise when the other side knows of nothing yet: it is asked after the talk with who asked."""
    if not asked_itself(facts, one) and one.number not in known(facts).asked:
        raise _not_asked_yet()


def first_heard(facts: CaseFacts, one: PartyFacts) -> str:
    """Give by which action a party first heard of the case: who asked knew from the start."""
    return "" if asked_itself(facts, one) else known(facts).asked.get(one.number, "ask_party")


def _not_asked_yet() -> RuleSays:
    return RuleSays(
        gettext_noop(
            "This party was not asked yet: speak to the party who asked alone, "
            "then ask the other side."
        ),
        code="not_asked_yet",
    )


def check_asked_anew(facts: CaseFacts, one: PartyFacts) -> None:
    """Raise when a case was taken up again and the other side was not asked again since."""
    if not asked_itself(facts, one) and one.number not in known(facts).asked_anew:
        raise _not_asked_yet()


def to_be_asked(facts: CaseFacts, one: PartyFacts) -> None:
    """Raise unless a party came after the others were asked, and was not asked itself."""
    if one.minor:
        raise RuleSays(
            gettext_noop("Party {party} is under age: ask its guardian."),
            code="under_age",
            party=one.number,
        )
    if asked_itself(facts, one) or one.number in known(facts).asked_anew:
        raise RuleSays(
            gettext_noop("Party {party} was asked already."), code="asked", party=one.number
        )


def may_agree(facts: CaseFacts, one: PartyFacts) -> None:
    """Raise when a party can't agree yet, as nobody asked it, or any more: it did, or said no."""
    asked_already(facts, one)
    check_asked_anew(facts, one)
    if one.left or one.consent in (Consent.REFUSED, Consent.WITHDRAWN):
        raise RuleSays(gettext_noop("This party has said no."), code="said_no")
    if one.consent is Consent.GIVEN:
        raise RuleSays(
            gettext_noop("Party {party} has agreed already."),
            code="agreed_already",
            party=one.number,
        )


def may_refuse(facts: CaseFacts, one: PartyFacts) -> None:
    """Raise when a party was not asked yet, or has agreed: then it withdraws."""
    asked_already(facts, one)
    if one.consent is Consent.GIVEN:
        raise RuleSays(
            gettext_noop("Party {party} has agreed already: it can withdraw."),
            code="agreed_already",
            party=one.number,
        )


def may_withdraw(facts: CaseFacts, one: PartyFacts) -> None:
    """Raise unless the party had agreed: whoever was asked says no, and nobody else knows of it."""
    asked_already(facts, one)
    if one.consent is not Consent.GIVEN:
        raise RuleSays(
            gettext_noop("Party {party} has not agreed to take part."),
            code="not_agreed",
            party=one.number,
        )


def check_help_offered(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise unless help was offered before a case ends as not suitable."""
    if asked.values.get("help_offered") is not True:
        raise RuleSays(
            gettext_noop("Offer help to the party alone first: police, women's federation, aid."),
            code="no_help_offered",
        )


def check_all_ask(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise unless all parties ask for it together."""
    if asked.values.get("all_ask") is not True:
        raise RuleSays(gettext_noop("All parties have to ask for this."), code="not_all_ask")


def check_own_rating(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise where staff would enter what a party said itself: nobody answers in its place."""
    one = facts.party(asked.party)
    said = one is not None and "satisfaction" in one.answers and TOLD_STAFF not in one.answers
    if said and not is_party(actor):
        raise RuleSays(
            gettext_noop("This party said it itself, by its link: its own answer stands."),
            code="said_itself",
        )


def check_party_agrees(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise unless the party agrees to a referral."""
    if asked.values.get("party_agrees") is not True:
        raise RuleSays(
            gettext_noop("Nothing is passed on without the party's word."), code="party_not_asked"
        )


def check_told_routes(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise unless the parties were told what else they can do (People's Mediation Law 26)."""
    if asked.values.get("told_routes") is not True:
        raise RuleSays(
            gettext_noop("Tell the parties first which other routes they have."),
            code="routes_not_told",
        )
