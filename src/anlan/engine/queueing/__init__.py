"""How busy units are: Erlang, and Larson's hypercube."""

from __future__ import annotations

from anlan.engine.queueing.answer import Answer, Error
from anlan.engine.queueing.approximate import (
    correction,
    solve_jarvis,
    solve_larson,
    with_error,
)
from anlan.engine.queueing.erlang import (
    erlang_b,
    erlang_c,
    mean_wait,
    servers_for_loss,
    servers_for_mean_wait,
    servers_for_wait,
    share_within,
)
from anlan.engine.queueing.exact import MAX_SERVERS, solve_exact
from anlan.engine.queueing.problem import Hypercube, UnusableQueue
from anlan.engine.queueing.settling import NotConverged
from anlan.engine.queueing.several import SeveralAnswer, solve_several

__all__ = [
    "MAX_SERVERS",
    "Answer",
    "Error",
    "Hypercube",
    "NotConverged",
    "SeveralAnswer",
    "UnusableQueue",
    "correction",
    "erlang_b",
    "erlang_c",
    "mean_wait",
    "servers_for_loss",
    "servers_for_mean_wait",
    "servers_for_wait",
    "share_within",
    "solve_exact",
    "solve_jarvis",
    "solve_larson",
    "solve_several",
    "with_error",
]
