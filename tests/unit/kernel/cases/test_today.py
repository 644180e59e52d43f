"""“Today” is the town's day: in the evening west of Greenwich, in the morning east of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from anlan.areas.hazards.rules.guards import check_remedy_day
from anlan.areas.mediation.rules.agreeing import check_follow_up_day
from anlan.areas.oversight.rules import DISCLOSURE, check_may_tell
from anlan.kernel.cases.rules.facts import Asked, CaseFacts
from anlan.kernel.values import Actor, Refused, Role, RuleSays

SOMEBODY = Actor("staff:1", frozenset({Role.SUPERVISOR}))
DAY = date(2026, 3, 2)
# An hour before or after midnight in the town; by Greenwich it is another day.
TOWNS = {
    "America/Sao_Paulo": datetime(2026, 3, 3, 2, tzinfo=UTC),  # 23:00 on the 2nd, UTC-3
    "Asia/Shanghai": datetime(2026, 3, 1, 17, tzinfo=UTC),  # 01:00 on the 2nd, UTC+8
}


@pytest.fixture(params=TOWNS)
def facts(request) -> CaseFacts:
    at = TOWNS[request.param]
    times = {"at": at, "zone": ZoneInfo(request.param), "opened_at": at, "state_since": at}
    nothing = {"ended_at": None, "result": "", "parties": (), "staff": frozenset(), "answers": {}}
    counts = {"actions_done": {}, "last_done_by": {}, "open_tasks": {}, "documents": {}}
    return CaseFacts(1, "smallcase", state="asked", **times, **nothing, **counts)


def refused(check, facts: CaseFacts, code: str, day: date) -> bool:
    try:
        check(facts, Asked(values={code: day.isoformat()}), SOMEBODY)
    except (RuleSays, Refused):
        return True
    return False


def days_taken(check, facts: CaseFacts, code: str) -> list[int]:
    """Give which days from the town's today on are taken: -1 is yesterday."""
    near = (-1, 0, 1, 366, 367)
    return [n for n in near if not refused(check, facts, code, DAY + timedelta(days=n))]


def test_today_is_the_towns_day(facts):
    assert facts.today == DAY
    assert facts.at.date() != DAY


def test_a_hazard_is_to_be_fixed_from_the_towns_today_on(facts):
    assert days_taken(check_remedy_day, facts, "remedy_by") == [0, 1, 366]


def test_a_follow_up_is_planned_from_the_towns_today_on(facts):
    assert days_taken(check_follow_up_day, facts, "due_on") == [0, 1, 366, 367]


def test_a_silence_ends_after_the_towns_today(facts):
    check = DISCLOSURE.action("keep_silent").check
    assert days_taken(check, facts, "silent_until") == [1, 366]


def test_a_party_is_told_from_the_day_on_as_the_town_counts_it(facts):
    check_may_tell(replace(facts, answers={"silent_until": DAY.isoformat()}), SOMEBODY)
    tomorrow = (DAY + timedelta(days=1)).isoformat()
    with pytest.raises(RuleSays):
        check_may_tell(replace(facts, answers={"silent_until": tomorrow}), SOMEBODY)
