"""Live cover as a board reads it: numbers with the sentences of the reader's language."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from anlan.areas.coverage.queries.live.rows import AreaCover, LiveCover, Move, ServiceCover


def live_document(cover: LiveCover) -> dict[str, object]:
    """Give live cover with sentences, as the API answers it."""
    return {
        "event_id": cover.seen_id,
        "at": cover.at,
        "source": cover.source,
        "note": _note(cover),
        "services": [_service(one) for one in cover.services],
    }


def _service(one: ServiceCover) -> dict[str, object]:
    return {
        "kind": one.kind,
        "label": _label(one.kind),
        "minutes": one.minutes,
        "state": one.state.value,
        "share_now": round(one.share_now, 4),
        "share_usual": round(one.share_usual, 4),
        "share_settled": round(one.share_settled, 4),
        "calls_per_hour": round(one.calls_per_hour, 2),
        "free": one.free,
        "on_duty": one.on_duty,
        "areas": [_area(area) for area in one.areas],
        "moves": [_move(move, minutes=one.minutes) for move in one.moves],
        "under_way": list(one.under_way),
    }


def _label(kind: str) -> str:
    """Name the units of a service."""
    return {"fire": _("Engines"), "ambulance": _("Ambulances"), "police": _("Police")}[kind]


def _area(one: AreaCover) -> dict[str, object]:
    return {
        "post": one.post,
        "name": one.name,
        "state": one.state.value,
        "now_min": _whole(one.now_min),
        "usual_min": _whole(one.usual_min),
        "share_now": round(one.share_now, 4),
        "share_usual": round(one.share_usual, 4),
        "lost_per_hour": round(one.lost, 3),
        "sentence": _area_sentence(one),
    }


def _area_sentence(one: AreaCover) -> str:
    if one.now_min is None:
        return _("{area}: nobody is free to come").format(area=one.name)
    return _("{area}: {now} min to its calls, usually {usual}").format(
        area=one.name, now=_whole(one.now_min), usual=_whole(one.usual_min) or 0
    )


def _whole(minutes: float | None) -> int | None:
    """Round minutes of travel: here alone, so that every place that shows them says the same."""
    return None if minutes is None else round(minutes)


def _move(one: Move, *, minutes: int) -> dict[str, object]:
    return {
        "unit": one.unit,
        "post": one.post,
        "name": one.name,
        "back": one.back,
        "travel_s": round(one.travel_s),
        "gain": round(one.gain, 4),
        "share_after": round(one.share_after, 4),
        "sentence": _move_sentence(one, minutes=minutes),
        "left": _left_sentence(one, minutes=minutes),
        "left_state": "" if one.left is None else one.left.state.value,
    }


def _move_sentence(one: Move, *, minutes: int) -> str:
    drive = max(1, round(one.travel_s / 60))
    if one.back:
        return ngettext(
            "is as useful at home again; {drive} minute on the way",
            "is as useful at home again; {drive} minutes on the way",
            drive,
        ).format(drive=drive)
    return _("+{gain} % of calls within {minutes} min; {drive} min on the way").format(
        gain=round(100 * one.gain), minutes=minutes, drive=drive
    )


def _left_sentence(one: Move, *, minutes: int) -> str:
    if one.left is None:
        return ""
    return _(
        "{area} then keeps {now} % of its calls within {minutes} min, usually {usual} %"
    ).format(
        area=one.left.name,
        now=round(100 * one.left.share_now),
        minutes=minutes,
        usual=round(100 * one.left.share_usual),
    )


def _note(cover: LiveCover) -> str:
    """Say what the figures stand on."""
    calls = {
        "log": _("Calls expected as the town's log has them at this hour."),
        "people": _("Calls expected where people are; the log holds too few."),
        "streets": _("Calls expected by streets with homes, a guess; the log holds too few."),
    }.get(cover.source, "")
    times = {
        "log": _("Travel times fitted to the log's trips, without turnout."),
        "town": _("Travel times by the town's own factor, without turnout."),
        "free_flow": _("Travel times of empty streets, without turnout: the real ones are longer."),
    }[cover.speeds]
    return f"{calls} {times}".strip()
