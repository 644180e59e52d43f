"""What a scenario makes of a town's posts and units: who stands where, and what that changed."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from anlan.areas.coverage.rules.scenarios import (
    Hours,
    Posts,
    Scenario,
    ScenarioFault,
    Units,
    gettext_noop,
)
from anlan.kernel.values import LonLat

Nearest = Callable[[LonLat, Sequence[LonLat]], int]
"""nearest(from, to) -> which of `to` is reached first by road."""


@dataclass(frozen=True, slots=True)
class StandingPost:
    """A post that is open; `new` where the scenario adds it."""

    ref: str
    kind: str
    at: LonLat
    label: str
    new: bool = False


@dataclass(frozen=True, slots=True)
class StandingUnit:
    """A unit of a simulated kind at its post; `hours` None: as in the town."""

    ident: str
    kind: str
    post: str
    hours: tuple[Hours, ...] | None = None
    new: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that the scenario changed: `code` with its facts, for a report's sentence."""

    code: str
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Deployment:
    """Posts and units as the scenario has them, in the town's order, new ones last."""

    posts: tuple[StandingPost, ...]
    units: tuple[StandingUnit, ...]
    changes: tuple[Change, ...]


def deploy(
    scenario: Scenario,
    *,
    posts: Sequence[StandingPost],
    units: Sequence[StandingUnit],
    kinds: Iterable[str],
    nearest: Nearest,
) -> Deployment:
    """Apply a scenario to the town's posts and its units of simulated kinds.

    `kinds` are the catalogue's kinds of units. A closed post's units go to the nearest open post
    of its kind, unless they are removed or moved. Raises ScenarioFault where it names what isn't
    there or leaves nothing.
    """
    _check_posts(scenario.posts, posts)
    changes = [Change("post_closed", (("post", ref),)) for ref in scenario.posts.close]
    changes += [Change("post_added", (("post", one.post),)) for one in scenario.posts.add]
    standing = _open_posts(scenario.posts, posts)
    _check_units(scenario.units, units, standing, posts, set(kinds))
    placed = [one for one in units if one.ident not in scenario.units.remove]
    changes += [Change("unit_removed", (("unit", one),)) for one in scenario.units.remove]
    placed = [_place(one, scenario.units, standing, posts, nearest, changes) for one in placed]
    for new in scenario.units.add:
        placed.append(StandingUnit(new.unit, new.kind, new.post, new=True))
        changes.append(Change("unit_added", (("unit", new.unit), ("post", new.post))))
    if not placed:
        raise ScenarioFault(gettext_noop("The scenario leaves no unit; keep at least one."))
    placed = [replace(one, hours=scenario.units.shifts.get(one.ident)) for one in placed]
    changes += [Change("unit_hours", (("unit", one),)) for one in scenario.units.shifts]
    return Deployment(tuple(standing), tuple(placed), tuple(changes))


def _open_posts(asked: Posts, posts: Sequence[StandingPost]) -> list[StandingPost]:
    closed = set(asked.close)
    return [one for one in posts if one.ref not in closed] + [
        StandingPost(
            ref=one.post, kind=one.post.split(" ", 1)[0], at=one.at, label=one.post, new=True
        )
        for one in asked.add
    ]


def _place(
    unit: StandingUnit,
    asked: Units,
    standing: Sequence[StandingPost],
    posts: Sequence[StandingPost],
    nearest: Nearest,
    changes: list[Change],
) -> StandingUnit:
    """Give the unit at the post where it stands now."""
    target = asked.move.get(unit.ident)
    if target is not None:
        facts = (("unit", unit.ident), ("from", unit.post), ("to", target))
        changes.append(Change("unit_moved", facts))
        return replace(unit, post=target)
    if any(one.ref == unit.post for one in standing):
        return unit
    home = next(one for one in posts if one.ref == unit.post)
    same = [one for one in standing if one.kind == home.kind]
    if not same:
        raise ScenarioFault(
            gettext_noop("No {kind} post is left open for {unit}; move or remove it."),
            kind=home.kind,
            unit=unit.ident,
        )
    there = same[nearest(home.at, [one.at for one in same])]
    facts = (("unit", unit.ident), ("from", unit.post), ("to", there.ref))
    changes.append(Change("unit_of_closed_post", facts))
    return replace(unit, post=there.ref)


def _check_posts(asked: Posts, posts: Sequence[StandingPost]) -> None:
    known = [one.ref for one in posts]
    for ref in asked.close:
        if ref not in known:
            raise _nothing_named(gettext_noop("The town has no post “{name}”{hint}."), ref, known)
    new = [one.post for one in asked.add]
    for ref in new:
        if ref in known or new.count(ref) > 1:
            raise ScenarioFault(
                gettext_noop("The post “{name}” stands already; name the new one otherwise."),
                name=ref,
            )


def _check_units(
    asked: Units,
    units: Sequence[StandingUnit],
    standing: Sequence[StandingPost],
    posts: Sequence[StandingPost],
    kinds: set[str],
) -> None:
    idents = [one.ident for one in units]
    new = [one.unit for one in asked.add]
    for ident in (*asked.remove, *asked.move, *(one for one in asked.shifts if one not in new)):
        if ident not in idents:
            raise _nothing_named(
                gettext_noop("No unit “{name}” is simulated{hint}."), ident, [*idents, *new]
            )
    for ident in (*asked.move, *asked.shifts):
        if ident in asked.remove:
            raise ScenarioFault(
                gettext_noop("{unit} is removed and changed at once; do one of them."), unit=ident
            )
    for one in asked.add:
        if one.unit in idents or new.count(one.unit) > 1:
            raise ScenarioFault(
                gettext_noop("The unit “{name}” is there already; name the new one otherwise."),
                name=one.unit,
            )
        if one.kind not in kinds:
            raise _nothing_named(
                gettext_noop("The catalogue has no kind of unit “{name}”{hint}."),
                one.kind,
                sorted(kinds),
            )
    for ref in (*asked.move.values(), *(one.post for one in asked.add)):
        _check_open(ref, standing, posts)


def _check_open(ref: str, standing: Sequence[StandingPost], posts: Sequence[StandingPost]) -> None:
    if any(one.ref == ref for one in standing):
        return
    if any(one.ref == ref for one in posts):
        raise ScenarioFault(
            gettext_noop("A unit is to stand at “{name}”, which the scenario closes."), name=ref
        )
    raise _nothing_named(
        gettext_noop("The town has no post “{name}”{hint}."), ref, [one.ref for one in standing]
    )


def _nothing_named(template: str, name: str, known: Sequence[str]) -> ScenarioFault:
    near = difflib.get_close_matches(name, known, n=1)
    return ScenarioFault(template, name=name, hint=f" ({near[0]}?)" if near else "")


def facts_of(change: Change) -> Mapping[str, str]:
    """Give a change's facts by name."""
    return dict(change.facts)
