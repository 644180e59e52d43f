"""Stop-watches run from the town's profiles, and none ends before it began."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from anlan.areas.dispatch.rules import IncidentTimes, goal_s, levels_of, stop_watches

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NFPA = levels_of(["nfpa-1225-2022", "nfpa-1710"])


def times(**seconds):
    def moment(name):
        return NOON + timedelta(seconds=seconds[name]) if name in seconds else None

    return IncidentTimes(
        received_at=NOON,
        requeued_at=moment("requeued"),
        first_dispatched_at=moment("dispatched"),
        first_en_route_at=moment("en_route"),
        first_on_scene_at=moment("on_scene"),
        ended_at=moment("ended"),
    )


def watches(group="fire", priority=2, **seconds):
    found = stop_watches(times(**seconds), levels=NFPA, group=group, priority=priority)
    return {one.code: one for one in found}


def test_new_call_runs_the_processing_watch_alone():
    assert list(watches()) == ["processing"]
    assert watches()["processing"].due_at == NOON + timedelta(seconds=60)
    assert watches()["processing"].stopped_at is None


def test_turnout_has_the_goal_of_the_group():
    assert goal_s(NFPA, interval="turnout", group="medical", priority=2) == 60
    assert goal_s(NFPA, interval="turnout", group="fire", priority=2) == 80
    assert goal_s(NFPA, interval="turnout", group="police", priority=2) is None


def test_strictest_goal_of_several_profiles_counts():
    both = levels_of(["cn-110", "nfpa-1710"])
    assert goal_s(both, interval="response", group="police", priority=1) == 300
    assert goal_s(both, interval="response", group="police", priority=2) is None


def test_each_watch_stops_where_the_next_begins():
    run = watches(dispatched=50, en_route=100, on_scene=300)
    assert run["processing"].stopped_at == run["turnout"].started_at == NOON + timedelta(seconds=50)
    assert run["turnout"].stopped_at == run["travel"].started_at
    assert run["travel"].stopped_at == NOON + timedelta(seconds=300)


def test_incident_that_waits_again_runs_processing_anew():
    run = watches(dispatched=50, en_route=90, requeued=120)
    assert list(run) == ["processing"]
    assert run["processing"].started_at == NOON + timedelta(seconds=120)
    assert run["processing"].stopped_at is None


@given(
    st.lists(st.integers(0, 5000), min_size=4, max_size=4).map(sorted),
    st.integers(0, 4),
    st.sampled_from(["fire", "medical", "police"]),
    st.integers(1, 4),
)
def test_watches_never_end_before_they_begin_and_all_stop_with_the_incident(
    moments, known, group, priority
):
    names = ["dispatched", "en_route", "on_scene"][:known]
    seconds = dict(zip(names, moments, strict=False))
    run = watches(group, priority, **seconds, ended=moments[-1])
    for one in run.values():
        assert one.due_at > one.started_at
        assert one.stopped_at is not None
        assert one.stopped_at >= one.started_at
