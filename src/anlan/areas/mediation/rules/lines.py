"""One line of the table of actions. Pure."""

from __future__ import annotations

from anlan.kernel.cases.rules.types import Action
from anlan.kernel.places.catalogue import Label
from anlan.kernel.values import Role

MEDIATOR = (Role.MEDIATOR,)
DESK = (Role.CLERK, Role.MEDIATOR)
LEADS = (Role.MEDIATOR, Role.SUPERVISOR)
ANYBODY = (Role.CLERK, Role.MEDIATOR, Role.SUPERVISOR)


def own(en: str, zh: str) -> Label:
    """Give what a party's own page calls an action."""
    return Label(en=en, zh=zh)


def line(
    code: str, en: str, zh: str, sources: frozenset[str], target: str | None = None, **more: object
) -> Action:
    """Give an action; a mediator does it where nobody else is named."""
    label = Label(en=en, zh=zh)
    given: dict[str, object] = {"roles": MEDIATOR} | more
    return Action(code, label, sources, target, **given)  # type: ignore[arg-type]
