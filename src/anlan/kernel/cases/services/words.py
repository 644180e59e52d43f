"""A rule's refusal in the reader's language: states and fields are said by their labels."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from anlan.kernel.cases.registry import case_types
from anlan.kernel.cases.rules.acting import AnswerFault
from anlan.kernel.cases.rules.types import Field, State
from anlan.kernel.places.catalogue import Label
from anlan.kernel.values import BadInput, Forbidden, Refused, RuleForbids, RuleSays

P = ParamSpec("P")
R = TypeVar("R")


def in_words(service: Callable[P, R]) -> Callable[P, R]:
    """Give a service whose refusals by rule are in the reader's language.

    What was filled in wrongly is BadInput, what a rule forbids Refused or Forbidden.
    """

    @functools.wraps(service)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return service(*args, **kwargs)
        except AnswerFault as said:
            raise BadInput(sentence_of(said)) from said
        except RuleSays as said:
            kind = Forbidden if isinstance(said, RuleForbids) else Refused
            raise kind(sentence_of(said), code=said.code) from said

    return told


def sentence_of(said: Refused) -> str:
    """Put a refusal into the reader's language."""
    if not isinstance(said, RuleSays):
        return said.sentence
    facts = dict(said.facts)
    for name in ("state", "field"):
        if name in facts:
            facts[name] = _word(name, str(facts[name]), of_type=str(facts.get("type", "")))
    return _(said.template).format(**facts)


def _word(what: str, code: str, *, of_type: str) -> str:
    for one in sorted(case_types(), key=lambda each: each.code != of_type):
        members: tuple[Field | State, ...] = one.fields if what == "field" else one.states
        for each in members:
            if each.code == code:
                return in_language(each.label)
    return code


def in_language(label: Label) -> str:
    """Give a label in the reader's language."""
    return label.in_language(get_language() or "en")
