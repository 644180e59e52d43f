"""A study as it is asked on the page: choices and one point, turned into a scenario. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from anlan.areas.coverage.rules.coverage import PLANS
from anlan.areas.coverage.rules.reading import scenario_of
from anlan.areas.coverage.rules.scenarios import Scenario, ScenarioFault, gettext_noop
from anlan.kernel.values import Actor, LonLat, check_role

NEW_POST, NEW_UNIT = "new-1", "NEW1"
SOURCES = ("log", "drawn")
DISPATCHES = ("recommended", "closest")
MOVE_UPS = ("none", "compliance", "dmexclp", "ddsm")
MOST_WAITING = 5
LOST_AFTER_S = 300.0
"""A study whose process gave no sign for so long is lost."""


@dataclass(frozen=True, slots=True)
class AskedStudy:
    """What a planner chose; posts and units by their ids, so that nothing typed is kept."""

    close: tuple[int, ...] = ()
    remove: tuple[int, ...] = ()
    move_unit: int | None = None
    move_to: int | None = None
    new_at: LonLat | None = None
    new_kind: str = ""
    source: str = "log"
    dispatch: str = "recommended"
    move_up: str = "none"


def labels_of_posts(names: Mapping[str, str]) -> dict[str, str]:
    """Give each post a label that tells it apart, from its ref ("fire 3") and its name.

    A name that no other post bears and that holds the post's number stands alone; else the ref
    stands before it, since posts are often named by their street.
    """
    times = Counter(names.values())
    return {
        ref: name
        if times[name] == 1 and ref.rsplit(" ", 1)[-1] in name.split()
        else f"{ref} · {name}"
        for ref, name in names.items()
    }


def check_may_study(actor: Actor) -> None:
    """Raise Forbidden unless the actor may ask what if."""
    check_role(actor, *sorted(PLANS))


def check_asked(asked: AskedStudy) -> None:
    """Raise ScenarioFault where a choice is none of those offered, or half of it is missing."""
    for value, offered in (
        (asked.source, SOURCES),
        (asked.dispatch, DISPATCHES),
        (asked.move_up, MOVE_UPS),
    ):
        if value not in offered:
            raise ScenarioFault(gettext_noop("This is none of the choices offered."))
    if (asked.move_unit is None) != (asked.move_to is None):
        raise ScenarioFault(gettext_noop("To move a unit, choose both the unit and the post."))
    if (asked.new_at is None) != (not asked.new_kind):
        raise ScenarioFault(
            gettext_noop("A new post needs both a place and the kind of unit that stands there.")
        )
    if asked == AskedStudy(source=asked.source):
        raise ScenarioFault(gettext_noop("Change something, or nothing is to be compared."))


def data_of_asked(asked: AskedStudy) -> dict[str, Any]:
    """Give what is kept of it: ids and codes."""
    return {
        "close": list(asked.close),
        "remove": list(asked.remove),
        "move_unit": asked.move_unit,
        "move_to": asked.move_to,
        "new_kind": asked.new_kind,
        "source": asked.source,
        "dispatch": asked.dispatch,
        "move_up": asked.move_up,
    }


def scenarios_of(
    kept: Mapping[str, Any],
    *,
    new_at: LonLat | None,
    posts: Mapping[int, str],
    units: Mapping[int, str],
    post_kind: str,
) -> tuple[Scenario, Scenario]:
    """Give the town as it is and the scenario, from what was kept.

    `posts` and `units` name ids; one that is gone since is a ScenarioFault. A new post is of
    `post_kind`, with one new unit.
    """

    def named(names: Mapping[int, str], key: int) -> str:
        if key not in names:
            raise ScenarioFault(gettext_noop("A post or unit of this study is gone meanwhile."))
        return names[key]

    base: dict[str, Any] = {"calls": {"source": kept["source"]}}
    changed: dict[str, Any] = {
        **base,
        "posts": {"close": [named(posts, one) for one in kept["close"]]},
        "units": {"remove": [named(units, one) for one in kept["remove"]]},
        "policy": {"dispatch": kept["dispatch"]},
        "move_up": {"rule": kept["move_up"]},
    }
    if kept["move_unit"] is not None:
        unit, post = named(units, kept["move_unit"]), named(posts, kept["move_to"])
        changed["units"]["move"] = {unit: post}
    if new_at is not None:
        ref = f"{post_kind} {NEW_POST}"
        changed["posts"]["add"] = [{"post": ref, "at": [new_at.lon, new_at.lat]}]
        changed["units"]["add"] = [{"unit": NEW_UNIT, "kind": kept["new_kind"], "post": ref}]
    return scenario_of(base), scenario_of(changed)
