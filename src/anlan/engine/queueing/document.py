"""Reads a queueing question from a JSON document; docs/method/queueing.md describes the format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from anlan.engine.queueing.erlang import servers_for_loss, servers_for_mean_wait, servers_for_wait
from anlan.engine.queueing.problem import F8, Hypercube, UnusableQueue, numbers, positive

SYNONYMS = {
    "rates": ("rates", "rate", "lambda"),
    "service_rate": ("service_rate", "service_rates", "mu"),
    "service_time": ("service_time", "service_times"),
    "preferences": ("preferences", "preference"),
    "groups": ("groups",),
    "servers": ("servers",),
    "areas": ("areas",),
    "units": ("units",),
    "capacity": ("capacity",),
    "line": ("line",),
    "travel": ("travel",),
    "first_index": ("first_index",),
    "within": ("within",),
}
HUGE = 1e300
MOST_SERVERS = 2_000
SAID_ONLY = ("title", "source", "comment")


@dataclass(frozen=True, eq=False)
class Question:
    """A question with its names; `units[j]`: how many servers a call of area j wants."""

    problem: Hypercube
    servers: tuple[str, ...]
    areas: tuple[str, ...]
    units: tuple[int, ...]
    within: float | None = None


def read_question(document: object) -> Question:
    """This will read a hypercube's question; raises UnusableQueue in one sentence."""
    said = _by_word(document, SYNONYMS)
    rates, preferences, units, areas = _demand(said)
    service, count = _service(said, preferences)
    servers = _names(said.get("servers"), count, "server")
    if len(servers) != count:
        raise UnusableQueue(f"{len(servers)} servers are named, and {count} have service times.")
    problem = Hypercube.of(
        rates,
        preference=_preferences(said, preferences, servers),
        service_time=service,
        capacity=said.get("capacity", "loss"),
        line=None if said.get("line") is None else _whole(said["line"], "line"),
        travel=said.get("travel"),
    )
    if len(areas) != problem.areas:
        raise UnusableQueue(f"{len(areas)} areas are named, and {problem.areas} have rates.")
    if len(units) != problem.areas:
        raise UnusableQueue(f"units has {len(units)} values for {problem.areas} areas.")
    within = said.get("within")
    if within is not None and problem.travel is None:
        raise UnusableQueue("within is a limit of travel, so travel is needed too.")
    return Question(
        problem, servers, areas, units, None if within is None else number(within, "within")
    )


def number(value: object, name: str) -> float:
    """Read one finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < HUGE:
        raise UnusableQueue(f"{name} is one finite number.")
    return float(value)


def _by_word(document: object, synonyms: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Give what the document says under the first of each word's synonyms."""
    if not isinstance(document, Mapping):
        raise UnusableQueue("The input is one JSON object, in braces.")
    meaning = {word: key for key, words in synonyms.items() for word in words}
    said: dict[str, Any] = {}
    for word, value in document.items():
        if word in SAID_ONLY:
            continue
        if word not in meaning:
            raise UnusableQueue(
                f"“{word}” is no word of the input; the words are {', '.join(sorted(meaning))}."
            )
        if meaning[word] in said:
            raise UnusableQueue(f"{meaning[word]} is said twice; leave “{word}” out.")
        said[meaning[word]] = value
    return said


def _demand(said: dict[str, Any]) -> tuple[list[float], list[Any] | None, Any, tuple[str, ...]]:
    """Give rates, preferences, units wanted and names of the areas, from either form."""
    groups = said.get("groups")
    if groups is None:
        if "rates" not in said:
            raise UnusableQueue("The input needs rates, or groups with a rate each.")
        rates = [number(each, "Each rate") for each in _listed(said["rates"], "rates")]
        preferences = said.get("preferences")
        listed = None if preferences is None else _listed(preferences, "preferences")
        return (
            rates,
            listed,
            _units(said, len(rates)),
            _names(said.get("areas"), len(rates), "area"),
        )
    if said.keys() & {"rates", "preferences", "units", "areas"}:
        raise UnusableQueue("groups stand in the place of rates, preferences, units and areas.")
    words = {"rate": ("rate", "lambda"), "preference": ("preference",), "name": ("name",)}
    read = [_by_word(each, {**words, "units": ("units",)}) for each in _listed(groups, "groups")]
    if any(not {"rate", "preference"} <= each.keys() for each in read):
        raise UnusableQueue("Each of groups needs a rate and a preference.")
    names = tuple(str(each.get("name", at + 1)) for at, each in enumerate(read))
    units = tuple(_wanted(each.get("units", 1)) for each in read)
    rates = [number(each["rate"], "Each rate") for each in read]
    return rates, [each["preference"] for each in read], units, names


def _units(said: dict[str, Any], areas: int) -> tuple[int, ...]:
    wanted = said.get("units", 1)
    if not isinstance(wanted, list):
        return (_wanted(wanted),) * areas
    return tuple(_wanted(each) for each in wanted)


def _service(said: dict[str, Any], preferences: list[Any] | None) -> tuple[F8, int]:
    """Give the mean busy times and the number of servers."""
    if ("service_rate" in said) == ("service_time" in said):
        raise UnusableQueue("The input needs service_rate or service_time, one of the two.")
    name = "service_rate" if "service_rate" in said else "service_time"
    values = positive(said[name], name)
    times = 1.0 / values if name == "service_rate" else values
    if times.ndim:
        return times, len(times)
    count = _count(said, preferences)
    return np.full(count, float(times)), count


def _count(said: dict[str, Any], preferences: list[Any] | None) -> int:
    """Give how many servers there are where their service times don't say it."""
    servers = said.get("servers")
    if isinstance(servers, list):
        return len(servers)
    if servers is not None:
        count = _whole(servers, "servers")
        if not 1 <= count <= MOST_SERVERS:
            raise UnusableQueue(f"servers is from 1 to {MOST_SERVERS:,}.")
        return count
    if said.get("travel") is not None:
        return len(_listed(said["travel"], "travel"))
    lengths = {len(row) for row in preferences or [] if isinstance(row, list)}
    if not lengths:
        raise UnusableQueue("Say how many servers there are, as a number or a list of names.")
    return max(lengths)


def _preferences(
    said: dict[str, Any], rows: list[Any] | None, servers: tuple[str, ...]
) -> list[list[int]]:
    """Give the rows as indices from 0."""
    if rows is None:
        if said.get("travel") is None:
            raise UnusableQueue("The input needs preferences, or travel to take them from.")
        times = numbers(said["travel"], "travel")
        if times.ndim != 2:
            raise UnusableQueue("travel needs a row a server with a value an area.")
        return [[int(n) for n in row] for row in np.argsort(times.T, axis=1, kind="stable")]
    listed = [_listed(row, "Each preference") for row in rows]
    words = [word for row in listed for word in row]
    if all(isinstance(word, str) for word in words):
        at = {name: n for n, name in enumerate(servers)}
        unknown = next((word for word in words if word not in at), None)
        if unknown is not None:
            raise UnusableQueue(f"A preference names “{unknown}”, which is no server.")
        return [[at[word] for word in row] for row in listed]
    named = {_whole(word, "A preference's server") for word in words}
    first = _first_index(said.get("first_index"), named, len(servers))
    return [[int(word) - first for word in row] for row in listed]


def _first_index(said: object, numbers: set[int], count: int) -> int:
    """Say whether servers are numbered from 0 or from 1: the input's word, else what it shows."""
    if said is not None:
        if said not in (0, 1) or isinstance(said, bool):
            raise UnusableQueue("first_index is 0 or 1.")
        first = int(said)
    elif 0 in numbers and count in numbers:
        raise UnusableQueue(f"The preferences name both server 0 and server {count} of {count}.")
    elif 0 in numbers or count in numbers:
        first = 0 if 0 in numbers else 1
    else:
        raise UnusableQueue(
            f"The preferences name neither server 0 nor server {count}; say whether they count "
            'from 0 or from 1 with "first_index".'
        )
    beyond = next((n for n in sorted(numbers) if not first <= n < first + count), None)
    if beyond is not None:
        raise UnusableQueue(
            f"A preference names server {beyond}; servers are {first} to {first + count - 1}."
        )
    return first


def _names(said: object, count: int, kind: str) -> tuple[str, ...]:
    if isinstance(said, list):
        if not all(isinstance(each, str | int) for each in said):
            raise UnusableQueue(f"{kind}s holds a name that is neither a text nor a number.")
        names = tuple(str(each) for each in said)
        if len(set(names)) < len(names):
            raise UnusableQueue(f"Two {kind}s bear one name.")
        return names
    if said is not None and _whole(said, f"{kind}s") != count:
        raise UnusableQueue(f"{kind}s says {said}, and {count} are described.")
    return tuple(str(at + 1) for at in range(count))


def _listed(value: object, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise UnusableQueue(f"{name} is a list, in brackets.")
    return value


def _whole(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not abs(value) < 10**9:
        raise UnusableQueue(f"{name} is a whole number below 1,000,000,000.")
    return value


def _wanted(value: object) -> int:
    wanted = _whole(value, "units")
    if wanted < 1:
        raise UnusableQueue("units is how many servers a call wants, from 1 up.")
    return wanted


ERLANG_SYNONYMS = {
    "load": ("load", "erlangs"),
    "rate": ("rate", "rates", "lambda"),
    "service_rate": ("service_rate", "mu"),
    "service_time": ("service_time",),
    "servers": ("servers",),
    "limit": ("limit",),
    "share": ("share",),
    "most_lost": ("most_lost",),
    "most_mean_wait": ("most_mean_wait",),
}


@dataclass(frozen=True)
class ErlangQuestion:
    """Alike servers under a load; `limit` is a wait, in `service_time`'s unit."""

    load: float
    servers: int
    service_time: float
    limit: float | None


def read_erlang(document: object, *, model: str) -> ErlangQuestion:
    """This will read a question for Erlang B or C ("erlang-b", "erlang-c").

    Without `servers` it finds the least number that meets `most_lost` (B), or `most_mean_wait` or
    `limit` with `share` (C).
    """
    said = _by_word(document, ERLANG_SYNONYMS)
    service_time, load = _load(said)
    limit = None if said.get("limit") is None else number(said["limit"], "limit")
    if "servers" in said:
        servers = _whole(said["servers"], "servers")
    else:
        servers = _staff(said, model, load=load, service_time=service_time, limit=limit)
    if servers < 0 or load < 0:
        raise UnusableQueue("The load and the number of servers are from 0 up.")
    if model == "erlang-c" and load >= servers:
        raise UnusableQueue(
            f"The line grows without end: a load of {load:.4g} needs more than {load:.4g} servers."
        )
    return ErlangQuestion(load, servers, service_time, limit)


def _load(said: dict[str, Any]) -> tuple[float, float]:
    """Give the mean service time and the load."""
    if "service_rate" in said and "service_time" in said:
        raise UnusableQueue("The input needs service_rate or service_time, one of the two.")
    service_time = 1.0
    if "service_rate" in said or "service_time" in said:
        name = "service_rate" if "service_rate" in said else "service_time"
        value = number(said[name], name)
        if value <= 0:
            raise UnusableQueue(f"{name} is above 0.")
        service_time = 1.0 / value if name == "service_rate" else value
    elif "load" not in said:
        raise UnusableQueue("The input needs a load, or a rate with service_rate or service_time.")
    if ("load" in said) == ("rate" in said):
        raise UnusableQueue("The input needs a load or a rate, one of the two.")
    load = said["load"] if "load" in said else said["rate"]
    if isinstance(load, list):
        total = sum(number(each, "Each rate") for each in load)
    else:
        total = number(load, "load" if "load" in said else "rate")
    return service_time, total if "load" in said else total * service_time


def _staff(
    said: dict[str, Any], model: str, *, load: float, service_time: float, limit: float | None
) -> int:
    if model == "erlang-b" and "most_lost" in said:
        return servers_for_loss(load, most_lost=number(said["most_lost"], "most_lost"))
    if model == "erlang-c" and "most_mean_wait" in said:
        most = number(said["most_mean_wait"], "most_mean_wait")
        return servers_for_mean_wait(load, service_time=service_time, most=most)
    if model == "erlang-c" and limit is not None and "share" in said:
        share = number(said["share"], "share")
        return servers_for_wait(load, service_time=service_time, limit=limit, share=share)
    goal = "most_lost" if model == "erlang-b" else "most_mean_wait, or limit with share"
    raise UnusableQueue(f"Say how many servers there are, or {goal} to find the least number.")
