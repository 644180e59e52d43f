"""What a reference may name: a session, a room, an account, each by its name. Pure.

A field says by `refers_to` of which closed kind its answer is; the area gives for each kind what
can be named in a case, and the name of what was. Whether what was named can be taken, the area's
rules say: what a page offers is no permission.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from anlan.kernel.cases.rules.facts import CaseFacts
from anlan.kernel.cases.rules.types import Action
from anlan.kernel.places.catalogue import Label

Named = str | int


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that can be named: its reference, and its name in both languages."""

    value: Named
    label: Label


@dataclass(frozen=True, slots=True)
class Offers:
    """What can be named; with `find` there is more than that, found by what somebody types.

    `none` says why there is nothing, and what leads on.
    """

    rows: tuple[Offer, ...] = ()
    find: Callable[[str], Named | None] | None = None
    none: Label | None = None


@dataclass(frozen=True, slots=True)
class ReferenceKind:
    """A closed kind of reference: what an action of a case may name, and how one is called.

    `name(case_id, value)` gives None for what is gone.
    """

    offers: Callable[[CaseFacts, Action], Offers]
    name: Callable[[int, Named], Label | None] | None = None
