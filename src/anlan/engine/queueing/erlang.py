"""Erlang's formulas: c alike servers, calls at random, a load of a = rate · mean service time.

B: calls that find all servers busy are lost (holds for any distribution of service times).
C: they wait in one line, first come first served (services last exponentially).
Erlang (1917); the recursion for B and C from B as in Cooper, "Introduction to Queueing Theory"
(1981), sections 3.3 and 3.4.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp, inf, isfinite

from anlan.engine.queueing.problem import UnusableQueue

MOST_SERVERS = 1_000_000


def erlang_b(load: float, *, servers: int) -> float:
    """Give the share of calls lost by `servers` alike servers under `load` (any number from 0)."""
    _check(load, servers)
    lost = 1.0
    for c in range(1, servers + 1):
        lost = load * lost / (c + load * lost)
    return lost


def erlang_c(load: float, *, servers: int) -> float:
    """Give the share of calls that wait; 1 where the line grows without end (load ≥ servers)."""
    _check(load, servers)
    if load >= servers:
        return 1.0
    lost = erlang_b(load, servers=servers)
    return servers * lost / (servers - load * (1.0 - lost))


def mean_wait(load: float, *, servers: int, service_time: float) -> float:
    """Give the mean wait of all calls in `service_time`'s unit; infinite where load ≥ servers."""
    _check_time(service_time)
    waits = erlang_c(load, servers=servers)
    return inf if load >= servers else waits * service_time / (servers - load)


def share_within(load: float, *, servers: int, service_time: float, limit: float) -> float:
    """Give the share of calls that wait no longer than `limit`; 0 where the line grows forever."""
    _check_time(service_time)
    waits = erlang_c(load, servers=servers)
    if load >= servers or limit < 0:
        return 0.0
    return 1.0 - waits * exp(-(servers - load) * limit / service_time)


def servers_for_loss(load: float, *, most_lost: float) -> int:
    """Give the least number of servers that lose at most the share `most_lost` of calls."""
    _check(load, 0)
    if not 0 < most_lost <= 1:
        raise UnusableQueue("The share of calls that may be lost lies above 0, up to 1.")
    lost, c = 1.0, 0
    while lost > most_lost:
        c += 1
        _check_staff(c)
        lost = load * lost / (c + load * lost)
    return c


def servers_for_wait(load: float, *, service_time: float, limit: float, share: float) -> int:
    """Give the least number of servers that let the `share` of calls wait at most `limit`."""
    if not 0 <= share < 1 or limit < 0:
        raise UnusableQueue("The share lies from 0 to below 1 and the limit is from 0 up.")

    def enough(c: int) -> bool:
        met = share_within(load, servers=c, service_time=service_time, limit=limit)
        return load < c and met >= share

    return _least(int(load) + 1, enough)


def servers_for_mean_wait(load: float, *, service_time: float, most: float) -> int:
    """Give the least number of servers whose mean wait is at most `most`."""
    if most < 0:
        raise UnusableQueue("The mean wait allowed is from 0 up.")
    if most == 0 and load > 0:
        raise UnusableQueue("Some call always waits; allow a mean wait above 0.")
    return _least(
        int(load) + 1, lambda c: mean_wait(load, servers=c, service_time=service_time) <= most
    )


def _least(low: int, enough: Callable[[int], bool]) -> int:
    """Give the least count from `low` up that is enough; more servers are never worse."""
    high = low
    while not enough(high):
        low = high + 1
        high = 2 * high + 1
        _check_staff(high)
    while low < high:
        middle = (low + high) // 2
        if enough(middle):
            high = middle
        else:
            low = middle + 1
    return high


def _check(load: float, servers: int) -> None:
    if not isfinite(load) or load < 0:
        raise UnusableQueue("The load is a finite number from 0 up.")
    if servers < 0:
        raise UnusableQueue("The number of servers is from 0 up.")
    _check_staff(servers)


def _check_staff(servers: int) -> None:
    if servers > MOST_SERVERS:
        raise UnusableQueue(f"More than {MOST_SERVERS:,} servers are not worked out.")


def _check_time(service_time: float) -> None:
    if not isfinite(service_time) or service_time <= 0:
        raise UnusableQueue("The mean service time is a finite number above 0.")
