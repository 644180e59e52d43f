"""Why an agreement can't be written, confirmed, signed or ended now, in a sentence. Pure."""

from __future__ import annotations

from datetime import date

from anlan.areas.mediation.rules.fields import AGREEMENT_PARTS
from anlan.areas.mediation.rules.guards import check_all_ask, check_told_routes, is_party
from anlan.areas.mediation.rules.known import court_may_be_asked, known
from anlan.kernel.cases.rules.acting import day_of, parties_in
from anlan.kernel.cases.rules.facts import Asked, CaseFacts, PartyFacts, Value
from anlan.kernel.places.catalogue import Label
from anlan.kernel.values import Actor, RuleSays, gettext_noop

SHORTEST_PART = 2
REOPENS = frozenset({"settled", "agreed_only", "not_performed", "failed"})
#: by its link a party is offered the same after every end without an agreement (decision 10)
REOPENS_BY_LINK = REOPENS - {"failed"}


def check_content(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise unless each part that the law asks for says something (People's Mediation Law 29)."""
    for code in AGREEMENT_PARTS:
        if code in asked.texts and len(asked.texts[code].strip()) < SHORTEST_PART:
            raise RuleSays(
                gettext_noop("Say something under “{field}”."), code="part_empty", field=code
            )


def check_change(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise unless all parties ask to change the agreement, and the new text is whole."""
    check_all_ask(facts, asked, actor)
    check_content(facts, asked, actor)


def check_all_heard(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise unless each party heard an oral agreement's terms and said yes to them."""
    if asked.values.get("all_heard") is not True:
        raise RuleSays(
            gettext_noop("Each party has to hear the terms and agree to them first."),
            code="not_all_heard",
        )


def check_version(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise when the agreement was written anew since it was read."""
    if asked.values.get("version") != known(facts).drafted:
        raise RuleSays(
            gettext_noop("The agreement has changed meanwhile; read it again."), code="changed_text"
        )


def drafted_version(facts: CaseFacts) -> dict[str, Value]:
    """Give the version that waits: its form shows it; a text changed meanwhile is refused."""
    return {"version": known(facts).drafted} if known(facts).drafted else {}


def check_confirmation(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise unless the party read this very text, or it was read back to it."""
    check_version(facts, asked, actor)
    if asked.values.get("has_read") is not True:
        raise RuleSays(gettext_noop("Read the agreement first."), code="not_read")
    if not is_party(actor) and asked.party not in known(facts).heard:
        raise RuleSays(
            gettext_noop("Read the agreement back to this party first."), code="not_read_back"
        )
    if is_party(actor) and actor.staff_ref not in known(facts).opened_by:
        raise RuleSays(
            gettext_noop("Open your words and read the agreement first."), code="not_opened"
        )


def not_confirmed(facts: CaseFacts, one: PartyFacts) -> None:
    """Raise when a party has confirmed the text that waits."""
    if one.number in known(facts).confirmed:
        raise RuleSays(
            gettext_noop("Party {party} has confirmed this text already."),
            code="confirmed_already",
            party=one.number,
        )


def all_confirmed(facts: CaseFacts, actor: Actor) -> None:
    """Raise unless every party confirmed the text that is to be signed."""
    for one in parties_in(facts):
        if one.number not in known(facts).confirmed:
            raise RuleSays(
                gettext_noop("Party {party} has not confirmed this text yet."),
                code="not_confirmed",
                party=one.number,
            )


def in_force(facts: CaseFacts, actor: Actor) -> None:
    """Raise unless an agreement holds."""
    if not known(facts).in_force:
        raise RuleSays(gettext_noop("No agreement holds in this case."), code="no_agreement")


def none_in_force(facts: CaseFacts, actor: Actor) -> None:
    """Raise where an agreement holds: the talks about changing it failed, and nothing else did."""
    if known(facts).in_force:
        raise RuleSays(
            gettext_noop(
                "An agreement is in force: leave it as it is, then end the case by how it was "
                "carried out."
            ),
            code="in_force",
        )


def check_court_days(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise unless the court is asked together, in writing and within 30 days (Law 33)."""
    check_all_ask(facts, asked, actor)
    until, day = known(facts).court_until, day_of(asked.values, "applied_on")
    since = known(facts).agreed_on
    if day is not None and since is not None and day < since:
        raise RuleSays(
            gettext_noop("The agreement holds since {day}; no court was asked before."),
            code="before_agreement",
            day=date.isoformat(since),
        )
    if day is not None and until is not None and day > until:
        raise RuleSays(
            gettext_noop("The 30 days to ask the court together ended on {day}."),
            code="too_late",
            day=date.isoformat(until),
        )
    if day is not None and day > facts.today:
        raise RuleSays(
            gettext_noop("Note the joint application once it was made."), code="in_the_future"
        )


def written(facts: CaseFacts, actor: Actor) -> None:
    """Raise where the agreement that holds is an oral one: no court confirms it."""
    if not known(facts).written:
        raise RuleSays(
            gettext_noop("The court confirms a written agreement; write it down first."),
            code="oral_only",
        )


def court_not_asked(facts: CaseFacts, actor: Actor) -> None:
    """Raise where the court was asked to confirm this agreement: it is asked once."""
    if "applied_on" in facts.answers or "court_answer" in facts.answers:
        raise RuleSays(
            gettext_noop("The joint application for this agreement is noted already."),
            code="asked_already",
        )


def court_asked(facts: CaseFacts, actor: Actor) -> None:
    """Raise where nobody asked the court: there is nothing that it could answer."""
    if "applied_on" not in facts.answers:
        raise RuleSays(
            gettext_noop("Note the joint application to the court first."), code="court_not_asked"
        )
    if "court_answer" in facts.answers:
        raise RuleSays(gettext_noop("The court's answer is noted already."), code="answered")


def check_follow_up_day(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise unless a follow-up is planned for a day to come, which is after the agreement too."""
    day = day_of(asked.values, "due_on")
    if day is not None and day < facts.today:
        raise RuleSays(
            gettext_noop("Plan the follow-up for today or a later day."), code="in_the_past"
        )


def fits_what_was_seen(facts: CaseFacts, result: str) -> None:
    """Raise where a result contradicts what the last follow-up saw."""
    performed = facts.answers.get("performed")
    if result == "settled" and performed in ("partly", "no"):
        raise RuleSays(
            gettext_noop(
                "The last follow-up saw that it isn't carried out in full: note another one, or "
                "end it as not carried out."
            ),
            code="wrong_result",
        )
    if result == "not_performed" and performed == "yes":
        raise RuleSays(
            gettext_noop("The last follow-up saw that it was carried out."), code="wrong_result"
        )


def check_finish(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise where it ends the days on which the court may still be asked, and nobody says so."""
    if asked.result == "not_performed":
        _check_court_days_over(facts, asked)


def check_end_after_no(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise unless the other routes were told; the days to ask the court outlast a party's no."""
    check_told_routes(facts, asked, actor)
    if not known(facts).sign:  # after one nothing joint is asked
        _check_court_days_over(facts, asked)


def _check_court_days_over(facts: CaseFacts, asked: Asked) -> None:
    until = known(facts).court_until
    runs = court_may_be_asked(facts.answers) and until is not None and facts.today <= until
    if runs and asked.values.get("no_court") is not True:
        raise RuleSays(
            gettext_noop(
                "Until {day} the parties can still ask the court to confirm it: say that they "
                "don't want to, or wait."
            ),
            code="court_days",
            day=str(until),
        )


def fits_the_no(facts: CaseFacts, result: str) -> None:
    """Raise unless the result says what happened: an agreement that holds is not undone by a no."""
    holds = known(facts).in_force > 0
    if (result == "agreed_only") != holds:
        raise RuleSays(
            gettext_noop("The agreement holds: end the case so.")
            if holds
            else gettext_noop("No agreement holds in this case."),
            code="wrong_result",
        )
    _check_which_no(facts, result)


def _check_which_no(facts: CaseFacts, result: str) -> None:
    """Raise where the parties said no in another way: to withdraw is not to refuse."""
    withdrew = facts.done_since_opened.get("withdraw", 0)
    refused = facts.done_since_opened.get("refuse", 0)
    if result == "refused" and withdrew and not refused:
        raise RuleSays(
            gettext_noop("A party withdrew and none said no: end the case so."),
            code="wrong_result",
        )
    if result == "withdrawn" and refused and not withdrew:
        raise RuleSays(
            gettext_noop("A party said no and none withdrew: end the case so."),
            code="wrong_result",
        )


def what_a_no_does(facts: CaseFacts) -> Label:
    """Say what follows when a party says no: it reads this before it does."""
    if known(facts).in_force:
        return Label(
            en="This can't be taken back: nobody follows up any more. "
            "The agreement that is in force stays in force. While the days for it last, "
            "you can all ask a court to confirm it.",
            zh="此操作不可撤回：不再安排回访。已生效的协议继续有效，期限内仍可共同申请司法确认。",
        )
    return Label(
        en="This can't be taken back: the mediation is then ended. Your other routes stay open: "
        "a new request, arbitration or an authority where the law has them, and the court.",
        zh="此操作不可撤回：调解将随之终止。您仍可重新申请调解，或依法通过仲裁、行政、司法等途径维护自己的权利。",
    )


def what_dropping_does(facts: CaseFacts) -> Label:
    """Say what follows when who asked takes its request back: it reads this before it does."""
    return Label(
        en="This can't be taken back: the request ends, and all of it is erased after 7 days. "
        "You may ask for a mediation again.",
        zh="此操作不可撤回：申请随之终止，全部内容将在7日后删除。您可以重新申请调解。",
    )


def may_reopen(facts: CaseFacts, actor: Actor) -> None:
    """Raise unless a case of this result opens again when it was not fixed."""
    if facts.result not in (REOPENS_BY_LINK if is_party(actor) else REOPENS):
        raise RuleSays(
            gettext_noop("This case is not taken up again; ask for a new mediation."),
            code="not_reopened",
        )
