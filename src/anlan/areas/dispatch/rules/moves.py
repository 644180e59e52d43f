"""Move-up: a free unit stands by at another post until it goes back.

While it drives there its status is returning, as on any way to the post it stands at; available
says that it is there. Whoever sends it to an incident ends the move-up: cover is then judged anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from anlan.areas.dispatch.rules.states import FREE_STATUSES, UnitStatus
from anlan.kernel.values import Refused, RuleSays, gettext_noop

Point = tuple[float, float]

#: Statuses by which a unit stops standing by at another post.
STANDING_BY_ENDS = frozenset({UnitStatus.OFF_DUTY, UnitStatus.OUT_OF_SERVICE})


@dataclass(frozen=True, slots=True)
class MoveCheck:
    """What is known of a unit that is to stand by elsewhere; posts are references ("fire 7")."""

    unit: str
    status: UnitStatus
    on_duty: bool
    home: str | None
    covering: str | None
    incident_number: int | None = None


def check_move_up(unit: MoveCheck, *, post: str) -> None:
    """Refuse a unit that can't stand by at a post, naming what holds it."""
    if unit.incident_number is not None:
        raise RuleSays(
            gettext_noop("{unit} is on incident {number}; only a free unit moves up."),
            code="unit_busy",
            unit=unit.unit,
            number=unit.incident_number,
        )
    if unit.status is UnitStatus.OUT_OF_SERVICE:
        raise RuleSays(
            gettext_noop("{unit} is out of service."), code="unit_out_of_service", unit=unit.unit
        )
    if not unit.on_duty or unit.status not in FREE_STATUSES:
        raise RuleSays(
            gettext_noop("{unit} is off duty; open its shift first."),
            code="unit_off_duty",
            unit=unit.unit,
        )
    if unit.covering == post:
        raise RuleSays(
            gettext_noop("{unit} stands by at {post} already."),
            code="moved_up_already",
            unit=unit.unit,
            post=post,
        )
    if unit.home == post:
        raise RuleSays(
            gettext_noop("{post} is the post of {unit}; send it back there instead."),
            code="own_post",
            unit=unit.unit,
            post=post,
        )


def may_move_up(unit: MoveCheck, *, post: str) -> bool:
    """Say whether a unit may stand by at a post."""
    try:
        check_move_up(unit, post=post)
    except Refused:
        return False
    return True


def check_end_move_up(unit: MoveCheck) -> None:
    """Refuse to send back a unit that stands by nowhere else."""
    if unit.covering is None:
        raise RuleSays(
            gettext_noop("{unit} stands by at no other post."),
            code="not_moved_up",
            unit=unit.unit,
        )


def stands_at(
    *,
    status: UnitStatus,
    since: datetime | None,
    position: Point | None,
    position_at: datetime | None,
    covering: Point | None,
    home: Point | None,
) -> Point | None:
    """Give where a unit is taken to stand, for the map, for cover and for who is sent.

    Its last position, else its own post. One that stands by at another post and is there by its
    status stands at that post, unless it told a position after it came.
    """
    if covering is not None and status is UnitStatus.AVAILABLE:
        told_after = position_at is not None and since is not None and position_at >= since
        return position if position is not None and told_after else covering
    return home if position is None else position
