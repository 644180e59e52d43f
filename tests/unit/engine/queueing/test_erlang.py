"""Erlang's formulas: tables, sums, and the staffing that undoes them."""

from __future__ import annotations

from math import exp, factorial, inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.engine.queueing import (
    UnusableQueue,
    erlang_b,
    erlang_c,
    mean_wait,
    servers_for_loss,
    servers_for_mean_wait,
    servers_for_wait,
    share_within,
)


def test_known_values():
    assert erlang_b(1.0, servers=1) == 0.5
    assert erlang_b(2.0, servers=2) == pytest.approx(0.4)
    # a published table of Erlang B: 10 servers carry 4.46 erlangs at 1 % lost
    assert erlang_b(4.46, servers=10) == pytest.approx(0.01, abs=5e-5)
    assert erlang_c(1.5, servers=3) == pytest.approx(9 / 38)
    assert erlang_c(0.5, servers=1) == 0.5


@given(load=st.floats(0.01, 30), servers=st.integers(0, 40))
def test_the_recursion_is_the_sum(load, servers):
    terms = [load**k / factorial(k) for k in range(servers + 1)]
    assert erlang_b(load, servers=servers) == pytest.approx(terms[-1] / sum(terms), rel=1e-9)


@given(load=st.floats(0.01, 300), servers=st.integers(1, 400))
def test_waiting_is_more_likely_than_loss_and_one_more_server_helps(load, servers):
    lost, waits = erlang_b(load, servers=servers), erlang_c(load, servers=servers)
    assert 0 <= lost <= waits <= 1
    assert erlang_b(load, servers=servers + 1) <= lost


def test_a_thousand_servers_do_not_overflow():
    assert 0 < erlang_b(1_000.0, servers=1_000) < 0.05
    assert mean_wait(999.0, servers=1_000, service_time=1.0) == pytest.approx(0.97, abs=0.05)


def test_one_server_waits_as_the_m_m_1():
    assert mean_wait(0.5, servers=1, service_time=2.0) == pytest.approx(2.0)
    within = share_within(0.5, servers=1, service_time=2.0, limit=3.0)
    assert within == pytest.approx(1 - 0.5 * exp(-0.75))


def test_a_line_without_end_waits_for_ever():
    assert mean_wait(3.0, servers=3, service_time=1.0) == inf
    assert share_within(3.0, servers=3, service_time=1.0, limit=9.0) == 0
    assert erlang_c(4.0, servers=3) == 1


@given(load=st.floats(0.1, 60), most=st.floats(0.001, 0.5))
def test_the_staffing_is_the_least_that_meets_the_loss(load, most):
    least = servers_for_loss(load, most_lost=most)
    assert erlang_b(load, servers=least) <= most
    assert least == 0 or erlang_b(load, servers=least - 1) > most


@given(load=st.floats(0.1, 60), share=st.floats(0, 0.99), limit=st.floats(0, 5))
def test_the_staffing_is_the_least_that_meets_the_wait(load, share, limit):
    met = dict(service_time=1.0, limit=limit)
    least = servers_for_wait(load, share=share, **met)
    assert share_within(load, servers=least, **met) >= share
    assert least - 1 <= load or share_within(load, servers=least - 1, **met) < share


@given(load=st.floats(0.1, 60), most=st.floats(0.001, 2))
def test_the_staffing_is_the_least_that_meets_the_mean_wait(load, most):
    least = servers_for_mean_wait(load, service_time=1.0, most=most)
    assert mean_wait(load, servers=least, service_time=1.0) <= most
    assert mean_wait(load, servers=least - 1, service_time=1.0) > most


@pytest.mark.parametrize(
    "work",
    [
        lambda: erlang_b(-1.0, servers=1),
        lambda: erlang_b(1.0, servers=-1),
        lambda: erlang_c(inf, servers=1),
        lambda: mean_wait(1.0, servers=2, service_time=0),
        lambda: servers_for_loss(1.0, most_lost=0),
        lambda: servers_for_wait(1.0, service_time=1, limit=1, share=1),
        lambda: servers_for_mean_wait(1.0, service_time=1, most=0),
        lambda: servers_for_loss(2e6, most_lost=0.01),
    ],
)
def test_what_cannot_be_used_is_refused(work):
    with pytest.raises(UnusableQueue, match=r"^[A-Z].*\.$"):
        work()
