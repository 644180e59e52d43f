"""How often and by how much a clock may be extended. Pure."""

from __future__ import annotations

from anlan.kernel.cases.rules.facts import CaseFacts
from anlan.kernel.cases.rules.types import Action, CaseType, Clock, Span
from anlan.kernel.values import RuleSays, gettext_noop

PREFIX = "extend_"


def extended_by(one: CaseType, action: Action) -> Clock | None:
    """Give the clock that an action extends by its name, `extend_<clock>`; None for any other."""
    if not action.code.startswith(PREFIX):
        return None
    return one.clock(action.code.removeprefix(PREFIX))


def goal_of(clock: Clock, *, extensions: int) -> Span:
    """Give a clock's goal with its extensions; both are counted in one unit (checked at load)."""
    if clock.extend_by is None:
        return clock.goal
    return Span(clock.goal.amount + clock.extend_by.amount * extensions, clock.goal.unit)


def not_running() -> RuleSays:
    """Give the refusal to extend a clock that stands still."""
    return RuleSays(
        gettext_noop("This deadline is not running, so there is nothing to extend."),
        code="clock_not_running",
    )


def check_extension(clock: Clock, *, running: bool, extensions: int) -> None:
    """Raise the sentence that says why a clock can't be extended (once more)."""
    if not running:
        raise not_running()
    if extensions >= clock.most_extensions:
        raise RuleSays(
            gettext_noop("This deadline was extended {count} of {most} times; no more is allowed."),
            code="no_more_extensions",
            count=extensions,
            most=clock.most_extensions,
        )


def check_extending(one: CaseType, action: Action, facts: CaseFacts) -> None:
    """Raise the same for an action, before anything was filled in: a greyed button shows it."""
    clock = extended_by(one, action)
    if clock is None:
        return
    now = facts.clocks.get(clock.code)
    check_extension(
        clock,
        running=now is not None and now.running,
        extensions=0 if now is None else now.extensions,
    )
