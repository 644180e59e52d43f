"""A unit stands by at another post, and goes back: a dispatcher's decision, never the system's."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from anlan.areas.dispatch.models import UnitState
from anlan.areas.dispatch.queries.rows import UnitBoardRow
from anlan.areas.dispatch.queries.units import on_duty_idents, standing_place, units_on_board
from anlan.areas.dispatch.rules import (
    MoveCheck,
    UnitStatus,
    check_end_move_up,
    check_may,
    check_move_up,
)
from anlan.areas.dispatch.services.call_out import call_to_post_after_commit
from anlan.areas.dispatch.services.writing import (
    Stamp,
    change_state,
    in_words,
    lock_unit,
    open_assignment,
    state_for_update,
    writing,
)
from anlan.kernel.ledger.services import Write
from anlan.kernel.places import queries as places
from anlan.kernel.places.models import Post, Unit
from anlan.kernel.values import Actor, Refused

#: what a unit stands by no longer at another post, as columns
NOWHERE_ELSE: dict[str, object] = {"covering": None, "covering_due_at": None}


@in_words
def move_up_unit(
    ident: str,
    *,
    town_key: str,
    post: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> UnitBoardRow:
    """Let a free unit stand by at another post ("fire 7") until it goes back or is sent.

    It counts for that post's area from now on, and stands there once its status says available.
    The crew is paged after the commit.
    """
    check_may(actor, "move_up_unit")
    stamp = Stamp(town_key, actor, at, recorded_at, client_key)
    target = _post(post, town_key=town_key)
    # Before the write: loading streets may take a while, and the town's lock must not wait for it.
    travel_s = _travel_s(ident, target, stamp)
    asked = {"unit": ident, "post": target.pk}
    with writing(stamp, "unit.moved_up", asked) as entry:
        if not entry.replayed:
            unit = lock_unit(ident, town_key=town_key)
            state = state_for_update(unit, at=at)
            check_move_up(_known(unit, state, stamp), post=str(target))
            due_at = None if travel_s is None else at + timedelta(seconds=travel_s)
            _set_off(state, at=at, covering=target, covering_due_at=due_at)
            _record(entry, unit, target)
            call_to_post_after_commit(town_key, ident, post=str(target), at=at)
    return units_on_board(town_key, at=at, idents=[ident])[0]


@in_words
def end_move_up(
    ident: str,
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> UnitBoardRow:
    """Send a unit that stands by at another post back to its own; its crew is paged."""
    check_may(actor, "end_move_up")
    stamp = Stamp(town_key, actor, at, recorded_at, client_key)
    with writing(stamp, "unit.move_up_ended", {"unit": ident}) as entry:
        if not entry.replayed:
            unit = lock_unit(ident, town_key=town_key)
            state = state_for_update(unit, at=at)
            check_end_move_up(_known(unit, state, stamp))
            left, home = state.covering, unit.post
            assert left is not None
            _set_off(state, at=at, **NOWHERE_ELSE)
            _record(entry, unit, left)
            named = "" if home is None else str(home)
            call_to_post_after_commit(town_key, ident, post=named, at=at, back=True)
    return units_on_board(town_key, at=at, idents=[ident])[0]


def _post(ref: str, *, town_key: str) -> Post:
    """Find a post by its reference, kind and ident ("fire 7")."""
    kind, _space, name = ref.partition(" ")
    found = Post.objects.filter(town__key=town_key, kind=kind, ident=name).first()
    if found is None:
        raise Refused(_("There is no such post in this town."), code="no_such_post")
    return found


def _known(unit: Unit, state: UnitState, stamp: Stamp) -> MoveCheck:
    held = open_assignment(unit)
    return MoveCheck(
        unit=unit.ident,
        status=UnitStatus(state.status),
        on_duty=unit.ident in on_duty_idents(stamp.town_key, at=stamp.at),
        home=None if unit.post is None else str(unit.post),
        covering=None if state.covering is None else str(state.covering),
        incident_number=None if held is None else held.incident.number,
    )


def _set_off(state: UnitState, *, at: datetime, **columns: object) -> None:
    """Let the unit drive: free on the way, and with a status since now whatever it was."""
    change_state(state, status=UnitStatus.RETURNING.value, since=at, incident=None, **columns)


def _record(entry: Write, unit: Unit, post: Post) -> None:
    entry.record(
        subject=f"unit:{unit.ident}", about=[f"post:{post.pk}"], fields=["covering", "status"]
    )


def _travel_s(ident: str, target: Post, stamp: Stamp) -> float | None:
    """Give whole seconds by road to a post; None where the unit's place or a way is not known."""
    unit = (
        Unit.objects.select_related("post", "dispatch_state__covering")
        .filter(town__key=stamp.town_key, ident=ident)
        .first()
    )
    point = None if unit is None else standing_place(unit)
    if point is None or not places.has_roads(stamp.town_key):
        return None
    now = places.network(stamp.town_key, at=stamp.at)
    start = places.open_end(now, now.snap(*point))
    end = places.open_end(now, now.snap(target.lon, target.lat))
    time_s = float(now.times_to(end, [start])[0])
    return None if time_s == float("inf") else float(round(time_s))
