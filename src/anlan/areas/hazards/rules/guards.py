"""What stands against an action in a hazard case, said in a sentence. Pure."""

from __future__ import annotations

from datetime import timedelta

from anlan.kernel.cases.rules.acting import AnswerFault, day_of, is_in_it
from anlan.kernel.cases.rules.facts import Asked, CaseFacts, PartyFacts, Value
from anlan.kernel.values import Actor, RuleForbids, RuleSays, gettext_noop

LONGEST_REMEDY = timedelta(days=366)
USE_STOPPED = "use_stopped"
POSTED = "posted"  # an order that is handed to nobody
MAJOR = "major"
MOST_REPORTERS = 50


def danger_stands(facts: CaseFacts) -> bool:
    """Say whether somebody could be hurt at any moment, and nobody has stopped the use."""
    answers = facts.answers
    return answers.get("imminent") is True and answers.get("control") != USE_STOPPED


def check_free(facts: CaseFacts, actor: Actor) -> None:
    """Raise where somebody handles the case already."""
    if facts.handler is not None:
        raise RuleSays(
            gettext_noop("Somebody handles this case; a supervisor can give it to another."),
            code="handled_already",
        )


def check_not_in_it(facts: CaseFacts, actor: Actor) -> None:
    """Raise where the actor works on the case already."""
    if is_in_it(facts, actor):
        raise RuleSays(gettext_noop("You work on this case already."), code="in_it_already")


def check_handled(facts: CaseFacts, actor: Actor) -> None:
    """Raise where nobody handles the case."""
    if facts.handler is None:
        raise RuleSays(
            gettext_noop("Nobody handles this case yet; take it first."), code="nobody_handles"
        )


def check_order(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise unless an order names a kind of hazard and a day that can be kept."""
    if "kind" not in facts.answers:
        raise RuleSays(gettext_noop("Say first what kind of hazard it is."), code="kind_missing")
    check_remedy_day(facts, asked, actor)
    check_grade(facts, asked, actor)
    check_served(facts, asked, actor)


def judged_grade(facts: CaseFacts) -> dict[str, Value]:
    """Give the grade of the opinion that two people gave, which the order's form shows."""
    if not any(facts.actions_done.get(code) for code in ("give_opinion", "find_major")):
        return {}
    return {"grade": facts.answers["grade"]} if "grade" in facts.answers else {}


def check_grade(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise where an order is graver, or less grave, than two people found: one alone may not."""
    judged, grade = judged_grade(facts).get("grade"), asked.values.get("grade")
    if judged is not None and grade != judged:
        raise RuleSays(
            gettext_noop("Two people have judged how grave it is; the order says the same."),
            code="judged_otherwise",
        )
    if judged is None and grade == MAJOR:
        raise RuleSays(
            gettext_noop(
                "Whether it is major isn't for one person to say: have it judged first; a second "
                "person agrees to the opinion."
            ),
            code="not_judged",
        )


def check_not_major(facts: CaseFacts, actor: Actor) -> None:
    """Raise where two people have found it major already."""
    if judged_grade(facts).get("grade") == MAJOR:
        raise RuleSays(gettext_noop("Two people have found it major already."), code="is_major")


def check_served(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise where an order is handed to somebody while nobody answers for the place."""
    owners = [one for one in facts.parties if one.role == "owner" and not one.left]
    if not owners and asked.values.get("served") != POSTED:
        raise RuleSays(
            gettext_noop(
                "Nobody is named who answers for the place: name them first, or say that the "
                "order was posted there."
            ),
            code="nobody_served",
        )


def check_remedy_day(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise unless the day until which it is to be fixed lies ahead, within a year."""
    day = day_of(asked.values, "remedy_by")
    if day is None or not facts.today <= day <= facts.today + LONGEST_REMEDY:
        raise AnswerFault(
            gettext_noop("Give a day from today on, within a year, until which it is fixed."),
            code="bad_remedy_day",
        )


def check_later_day(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise unless more time is given: a day after the order's."""
    check_remedy_day(facts, asked, actor)
    day, before = day_of(asked.values, "remedy_by"), day_of(facts.answers, "remedy_by")
    if day is not None and before is not None and day <= before:
        raise AnswerFault(
            gettext_noop("More time is a day after the order's, which is {day}."),
            code="no_later_day",
            day=before.isoformat(),
        )


def check_control(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise where an interim measure would loosen a use that was stopped."""
    if facts.answers.get("control") == USE_STOPPED:
        raise RuleSays(
            gettext_noop(
                "Use was stopped here; only the written permission of two people ends it."
            ),
            code="use_stopped",
        )
    if asked.values.get("control") == USE_STOPPED:
        raise RuleSays(
            gettext_noop("Stop the use by its own action: imminent danger waits for nothing."),
            code="stop_use_apart",
        )


#: whoever did one of these last may not recheck: the sentence why, and its code
NOT_BY_WHO_DID = {
    "say_fixed": (
        gettext_noop("Whoever says that it is fixed may not verify it; another person rechecks."),
        "fixer_may_not_verify",
    ),
    "serve_order": (
        gettext_noop("Whoever served the order may not verify it; another person rechecks."),
        "orderer_may_not_verify",
    ),
}


def check_another(facts: CaseFacts, actor: Actor) -> None:
    """Raise where the one who would recheck ordered it, or entered that it was fixed."""
    for action, (sentence, code) in NOT_BY_WHO_DID.items():
        if facts.last_done_by.get(action) == actor.staff_ref:
            raise RuleForbids(sentence, code=code)


def order_stands(facts: CaseFacts) -> bool:
    """Say whether an order was served, and not withdrawn, since the case was opened or reopened."""
    done = facts.done_since_opened
    return done.get("serve_order", 0) > done.get("withdraw_order", 0)


def check_ordered_by_another(facts: CaseFacts, actor: Actor) -> None:
    """Raise where no order stands whose day could be set anew, or for whoever may not recheck."""
    check_another(facts, actor)
    if not order_stands(facts):
        raise RuleSays(
            gettext_noop("No order stands here: what isn't fixed stays stopped."), code="no_order"
        )


def check_no_order(facts: CaseFacts, actor: Actor) -> None:
    """Raise where an order stands that is to be kept, or for whoever may not recheck."""
    check_another(facts, actor)
    if order_stands(facts):
        raise RuleSays(
            gettext_noop("An order stands: say until when it is to be fixed now."),
            code="order_stands",
        )


def check_photo(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise where there is neither a photo of now, by staff, nor a reason why there is none."""
    if not facts.extra.get("after_photos") and not asked.values.get("no_photo"):
        raise RuleSays(
            gettext_noop("Add a photo of how it looks now, or choose why there is none."),
            code="photo_missing",
        )


def check_in_force(facts: CaseFacts, actor: Actor) -> None:
    """Raise where there is no interim measure that a permission could end."""
    if "control" not in facts.answers:
        raise RuleSays(
            gettext_noop("No interim measure is in force; nothing needs a permission."),
            code="nothing_in_force",
        )


def check_lifted(facts: CaseFacts, actor: Actor) -> None:
    """Raise while an interim measure is in force: the case can't end before it is lifted."""
    if "control" in facts.answers:
        raise RuleSays(
            gettext_noop("An interim measure is in force; give the written permission to resume."),
            code="control_in_force",
        )


def check_known_well(facts: CaseFacts, actor: Actor) -> None:
    """Raise where so many have reported a hazard that one more tells nothing."""
    if sum(party.role == "reporter" for party in facts.parties) >= MOST_REPORTERS:
        raise RuleSays(
            gettext_noop("So many people have reported this that it is well known."),
            code="known_well",
        )


def check_reporter(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise unless the public page adds a reporter and nobody else."""
    if asked.values.get("party_role") != "reporter":
        raise RuleForbids(
            gettext_noop("The public page adds who reports, and nobody else."), code="not_reporter"
        )
    check_only_graver(facts, asked, actor)


def check_only_graver(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise where one more report would take back that somebody could be hurt."""
    if asked.values.get("imminent") is False:
        raise RuleForbids(
            gettext_noop("One more report makes a hazard no less dangerous."), code="only_graver"
        )


def check_owner(facts: CaseFacts, one: PartyFacts) -> None:
    """Raise unless the party who says that it is fixed answers for the place."""
    if one.role != "owner":
        raise RuleForbids(
            gettext_noop("Only who answers for the place says that it is fixed."),
            code="not_the_owner",
        )
