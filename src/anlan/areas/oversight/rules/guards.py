"""What may be done with a disclosure, and when: each refusal is one sentence."""

from __future__ import annotations

from anlan.areas.oversight.rules.words import (
    CASE_REF,
    CODE,
    HAND_OVER,
    LONGEST_SILENCE_DAYS,
    OPENED,
)
from anlan.kernel.cases.rules.acting import AnswerFault, day_of
from anlan.kernel.cases.rules.facts import Asked, CaseFacts
from anlan.kernel.values import Actor, RuleForbids, RuleSays, gettext_noop


def check_case_ref(reference: str) -> str:
    """Give a reference such as “mediation:12” back, or say what one looks like."""
    found = reference.strip()
    if not CASE_REF.match(found) or found.startswith(f"{CODE}:"):
        raise AnswerFault(
            gettext_noop("Name the one case that is asked for, such as mediation:12."),
            code="bad_case_ref",
        )
    return found


def check_correction(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Refuse a correction that corrects nothing, or names no case such as there is."""
    answered = {code for code, said in asked.values.items() if said != facts.answers.get(code)}
    if not answered and not any(text.strip() for text in asked.texts.values()):
        raise AnswerFault(
            gettext_noop("Nothing is corrected by this: fill in what was taken in wrongly."),
            code="nothing_corrected",
        )
    about = asked.texts.get("about", "")
    if about.strip():
        check_case_ref(about)


def check_silence(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Refuse silence without a day within a year."""
    until = day_of(asked.values, "silent_until")
    if until is None or not 0 < (until - facts.today).days <= LONGEST_SILENCE_DAYS:
        raise AnswerFault(
            gettext_noop("Give the day on which the law lets the party be told, within a year."),
            code="bad_silence",
        )


def check_may_tell(facts: CaseFacts, actor: Actor) -> None:
    """Refuse while the law forbids telling the party."""
    until = day_of(facts.answers, "silent_until")
    if until is not None and facts.today < until:
        raise RuleSays(
            gettext_noop("The party may be told from {day} on."),
            code="may_not_tell_yet",
            day=until.isoformat(),
        )


def check_handler(facts: CaseFacts, actor: Actor) -> None:
    """Refuse whoever doesn't handle this disclosure."""
    if facts.handler != actor.staff_ref:
        raise RuleForbids(
            gettext_noop("Only who took this request in hands anything over."), code="not_handler"
        )


def check_another(facts: CaseFacts, actor: Actor) -> None:
    """Refuse who handles the request already."""
    if facts.handler == actor.staff_ref:
        raise RuleSays(gettext_noop("You handle this request already."), code="handler_already")


def check_hand_over(facts: CaseFacts, actor: Actor) -> None:
    """Refuse to note as handed over what was never opened."""
    check_handler(facts, actor)
    if not facts.actions_done.get(OPENED):
        raise RuleSays(
            gettext_noop("The case that was asked for was not opened: nothing can be handed over."),
            code="nothing_opened",
        )


def check_unopened(facts: CaseFacts, actor: Actor) -> None:
    """Refuse to say “nothing was handed over” once the case was opened for the authority."""
    if facts.actions_done.get(OPENED):
        raise RuleSays(
            gettext_noop(
                "The case was opened for this authority already: note what was handed over; where "
                "it was nothing, say so there."
            ),
            code="opened_already",
        )


def has_lapsed(facts: CaseFacts) -> bool:
    """Say whether a grant was not used in time: what was examined so long ago opens nothing."""
    clock = facts.clocks.get(HAND_OVER)
    return clock is not None and clock.due_at is not None and facts.at >= clock.due_at


def check_grant_holds(facts: CaseFacts) -> None:
    """Refuse to open a case by a grant that lapsed."""
    if has_lapsed(facts):
        raise RuleSays(
            gettext_noop(
                "This grant has lapsed: it was not used in time. Let the request be examined again."
            ),
            code="grant_lapsed",
        )


def check_lapsed(facts: CaseFacts, actor: Actor) -> None:
    """Refuse to examine anew what can still be used, or what was opened and is to be noted."""
    check_unopened(facts, actor)
    if not has_lapsed(facts):
        raise RuleSays(gettext_noop("The grant still holds."), code="grant_holds")


def is_opened(facts: CaseFacts) -> bool:
    """Say whether the case was opened for the authority."""
    return bool(facts.actions_done.get(OPENED))


def check_not_shown(facts: CaseFacts, actor: Actor) -> None:
    """Refuse silence once the party can read of an opening: that one stays as it was entered."""
    if facts.actions_done.get(OPENED):
        raise RuleSays(
            gettext_noop(
                "The case was opened for this authority already, and its party reads of that as it "
                "was entered: what the law forbids to tell is noted before the case is opened."
            ),
            code="opened_already",
        )
