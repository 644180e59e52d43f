"""What an attack is, and what it comes to. Sentences are data, in both languages."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from anlan.kernel.places.catalogue import Label

Where = TypeVar("Where")


class Outcome(enum.StrEnum):
    """What an attack came to."""

    HELD = "held"
    NOT_SET_UP = "not_set_up"  # nothing broke, and nothing stands there that could hold
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """What an attack came to, and what was seen: never a value out of a case."""

    outcome: Outcome
    seen: Label

    @property
    def is_broken(self) -> bool:
        """Say whether a rail gave way."""
        return self.outcome is Outcome.BROKEN


@dataclass(frozen=True, slots=True)
class Attack(Generic[Where]):
    """One attack on one rail (1 to 9). `title` says what must hold, as a sentence."""

    rail: int
    code: str
    title: Label
    run: Callable[[Where], Finding]


def label(en: str, zh: str) -> Label:
    """Give a sentence in both languages."""
    return Label(en=en, zh=zh)


def held(en: str, zh: str) -> Finding:
    """Say that a rail held, and on what that rests."""
    return Finding(Outcome.HELD, label(en, zh))


def broken(en: str, zh: str) -> Finding:
    """Say that a rail gave way, and where."""
    return Finding(Outcome.BROKEN, label(en, zh))


def not_set_up(en: str, zh: str) -> Finding:
    """Say that a rail stands on something that this town has not set up."""
    return Finding(Outcome.NOT_SET_UP, label(en, zh))


def attempt(attack: Attack[Where], where: Where) -> Finding:
    """Run an attack; one that can't be carried out proves nothing, so it counts as broken.

    The error's type and place are said, never its message, which may quote somebody's words.
    """
    from anlan.cli.faults import where as place_of

    try:
        return attack.run(where)
    except Exception as error:  # noqa: BLE001 - whatever went wrong, it is said and not passed over
        at = f"{type(error).__name__}, {place_of(error)}"
        return broken(
            f"The attack could not be carried out ({at}), so nothing is proven.",
            f"攻击未能实施（{at}），因此未得到证明。",
        )
