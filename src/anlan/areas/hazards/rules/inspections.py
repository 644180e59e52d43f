"""Who plans, who inspects, who opens a hazard case, and what stands against a plan. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from anlan.kernel.cases.rules.calendars import WorkingCalendar
from anlan.kernel.places.catalogue import Label
from anlan.kernel.values import Actor, Role, RuleForbids, RuleSays, gettext_noop

PLANNERS = frozenset({Role.PLANNER, Role.SUPERVISOR, Role.INSPECTOR, Role.ADMINISTRATOR})
OPENERS = frozenset({Role.CLERK, Role.INSPECTOR, Role.SUPERVISOR, Role.CREW, Role.DUTY_OFFICER})
FARTHEST = timedelta(days=2 * 366)
DONE_TOGETHER = "moved"
CALL_OFF_REASONS: Mapping[str, Label] = {
    "closed": Label("the place is closed for now", "场所暂停使用"),
    "works": Label("building works there", "正在施工"),
    "weather": Label("weather", "天气原因"),
    DONE_TOGETHER: Label("done together with another", "与其他检查合并"),
}
MOVE_REASONS: Mapping[str, Label] = {
    "owner_absent": Label("nobody could let us in", "无人接待"),
    "no_inspector": Label("no inspector was free", "检查员不足"),
    "weather": Label("weather", "天气原因"),
    "sooner": Label("it is wanted sooner", "需提前检查"),
    "round": Label("put together with others nearby", "与附近场所一并检查"),
}
#: why one fell away that nobody called off
FELL_AWAY: Mapping[str, Label] = {
    "premises_ended": Label("the premises left the register", "场所已退出登记册"),
}
LONGEST_HOLIDAY = 60  # days without a working day; a calendar that has none ends the search


def check_planner(actor: Actor) -> None:
    """Raise unless this actor may plan inspections."""
    if not actor.has(*PLANNERS):
        raise RuleForbids(
            gettext_noop("Inspections are planned by planners, supervisors and inspectors."),
            code="role_missing",
        )


def may_plan_inspections(actor: Actor) -> bool:
    """Say whether an actor may plan inspections."""
    return actor.has(*PLANNERS)


def check_inspector(actor: Actor) -> None:
    """Raise unless this actor may fill in a checklist."""
    if not actor.has(Role.INSPECTOR):
        raise RuleForbids(
            gettext_noop("A checklist is filled in by an inspector."), code="role_missing"
        )


def check_filled_by(actor: Actor, filled_by: str) -> None:
    """Raise where somebody else filled in what is sent: on a shared device it waits for them."""
    if filled_by and filled_by != actor.staff_ref:
        raise RuleSays(
            gettext_noop("A colleague filled this in; it is taken when that colleague signs in."),
            code="someone_else",
        )


def may_inspect(actor: Actor) -> bool:
    """Say whether an actor may fill in a checklist."""
    return actor.has(Role.INSPECTOR)


def check_opener(actor: Actor) -> None:
    """Raise unless this actor may open a hazard case."""
    if not actor.has(*OPENERS):
        raise RuleForbids(
            gettext_noop("A hazard case is opened by a clerk, an inspector or a crew."),
            code="role_missing",
        )


def inspected_at(
    filled_at: datetime | None, *, planned_at: datetime | None, at: datetime
) -> datetime:
    """Give when a checklist was filled in by its sender's clock: after its planning, not to come.

    A form that says nothing, or of a plan that nobody knows the age of, counts from its arrival.
    """
    if filled_at is None or planned_at is None:
        return at
    return max(planned_at, min(filled_at, at))


def may_open(actor: Actor) -> bool:
    """Say whether an actor may open a hazard case."""
    return actor.has(*OPENERS)


def check_day(due_on: date, *, today: date) -> None:
    """Raise unless an inspection is planned for a day from today on, within two years."""
    if not today <= due_on <= today + FARTHEST:
        raise RuleSays(
            gettext_noop("Plan an inspection for a day from today on, within two years."),
            code="bad_day",
        )


def working_day(day: date, *, calendar: WorkingCalendar) -> date:
    """Give the first working day from a day on."""
    later = (day + timedelta(days=ahead) for ahead in range(LONGEST_HOLIDAY))
    return next((each for each in later if calendar.works(each)), day)


def check_move(reason: str, *, due_on: date, today: date) -> None:
    """Raise unless an inspection is moved for a listed reason, to a day from today on."""
    if reason not in MOVE_REASONS:
        raise RuleSays(gettext_noop("Choose why it is moved."), code="reason_missing")
    check_day(due_on, today=today)


def check_call_off(reason: str, *, until: date | None, today: date) -> None:
    """Raise unless an inspection is called off for a listed reason, and until a day to come.

    One that is done together with another needs no day: it counts as done.
    """
    if reason not in CALL_OFF_REASONS:
        raise RuleSays(gettext_noop("Choose why it is called off."), code="reason_missing")
    if reason == DONE_TOGETHER:
        return
    if until is None or not today < until <= today + FARTHEST:
        raise RuleSays(
            gettext_noop("Give the day from which it can be inspected: to come, within two years."),
            code="bad_day",
        )


MOST_A_DAY = 10  # first inspections; more only where they would come too late otherwise


class Spread:
    """Spreads inspections over working days, each up to its latest day.

    A register of thousands that was read in on one day makes thousands due on one day. `planned` is
    how many stand on each day already.
    """

    def __init__(self, planned: Mapping[date, int], *, working_day: Callable[[date], date]) -> None:
        self._planned = Counter(planned)
        self._working_day = working_day
        self._reached: dict[tuple[date, date], tuple[date, int]] = {}

    def day(self, due_on: date, *, latest: date) -> date:
        """Put one more on the first working day that isn't full; once all are, each takes more."""
        day, most = self._reached.get((due_on, latest), (due_on, MOST_A_DAY))
        while self._planned[day] >= most:
            day = self._working_day(day + timedelta(days=1))
            if day > latest:
                day, most = due_on, most + MOST_A_DAY
        self._reached[due_on, latest] = day, most
        self._planned[day] += 1
        return day
