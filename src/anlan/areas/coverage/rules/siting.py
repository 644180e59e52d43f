"""Rules of siting in a town: which model is asked what. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from anlan.areas.coverage.rules.coverage import PlanFault, check_kind, check_minutes, gettext_noop
from anlan.kernel.values import LonLat

MODELS = ("mclp", "p-median", "p-center", "lscp", "backup", "mexclp", "dsm")
WEIGHTS = ("calls", "people")
MOST_POSTS = 500
MOST_SECONDS = 24 * 3600.0
NO_MINUTES = frozenset({"p-median", "p-center"})
NO_COUNT = frozenset({"lscp"})


@dataclass(frozen=True, slots=True)
class SitingAsked:
    """Where `add` further posts should stand, or `total` of them where `keep` is False.

    `minutes` is the limit of the covering models (two for dsm: near and far). `hour` is local, None
    for the day's mean. `forbid` names places where no new post may stand. `busy` is how much of the
    time a unit is busy (mexclp).
    """

    model: str
    kind: str
    add: int | None = None
    total: int | None = None
    keep: bool = True
    minutes: tuple[int, ...] = (5,)
    weights: str = "calls"
    hour: int | None = None
    forbid: tuple[LonLat, ...] = ()
    busy: float = 0.3


def check_siting(asked: SitingAsked) -> SitingAsked:
    """Give the question back, or say what of it has no meaning."""
    check_kind(asked.kind)
    check_minutes(asked.minutes)
    _one_of(asked.model, MODELS)
    _one_of(asked.weights, WEIGHTS)
    if asked.kind == "police" and asked.weights != "calls":
        raise PlanFault(
            gettext_noop("Police posts are sited only by the calls that people made: take calls.")
        )
    if asked.model == "dsm" and len(asked.minutes) != 2:
        raise PlanFault(gettext_noop("The model dsm takes two minutes, near and far: 5,10."))
    if asked.model not in {"dsm"} and len(asked.minutes) != 1:
        raise PlanFault(gettext_noop("This model takes one number of minutes."))
    if not 0 <= asked.busy < 1:
        raise PlanFault(gettext_noop("How busy a unit is lies from 0 to below 1."))
    _check_count(asked)
    return asked


def _check_count(asked: SitingAsked) -> None:
    if asked.model in NO_COUNT:
        if asked.add is not None or asked.total is not None:
            raise PlanFault(
                gettext_noop("The model lscp finds how many posts are needed; give no number.")
            )
        return
    if (asked.add is None) == (asked.total is None):
        raise PlanFault(
            gettext_noop("Say how many posts to add or how many in all: one of the two.")
        )
    if asked.add is not None and not asked.keep:
        raise PlanFault(
            gettext_noop("Where posts may be given up, say how many there are to be in all.")
        )
    count = asked.add if asked.add is not None else asked.total
    if count is None or not 0 <= count <= MOST_POSTS:
        raise PlanFault(gettext_noop("A number of posts lies from 0 to {most}."), most=MOST_POSTS)


def _one_of(word: str, words: tuple[str, ...]) -> None:
    if word not in words:
        raise PlanFault(
            gettext_noop("“{word}” is not known here; give one of: {words}."),
            word=word,
            words=", ".join(words),
        )
