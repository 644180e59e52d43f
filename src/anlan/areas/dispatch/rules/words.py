"""A rule's refusal as a sentence with places for its facts, so that services can translate it."""

from __future__ import annotations

from anlan.kernel.values import Forbidden, Refused

Fact = str | int | float


def gettext_noop(message: str) -> str:
    """Mark a sentence for the translators and give it back as it is."""
    return message


class RuleSays(Refused):
    """A refusal whose sentence is a template; `facts` fill it. State and status facts are codes."""

    def __init__(self, template: str, *, code: str, **facts: Fact) -> None:
        super().__init__(template.format(**facts), code=code)
        self.template = template
        self.facts = facts


class RuleForbids(Forbidden, RuleSays):
    """The same for something that this actor may not do."""
