"""The engine's reasons as sentences that a dispatcher can read aloud, in the reader's language."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from django.utils.translation import get_language, gettext, ngettext

from anlan.areas.dispatch.queries.rows import NotSent, PlannedUnit, PlanRow
from anlan.kernel.places.catalogue import unit_catalogue

if TYPE_CHECKING:
    from anlan.areas.dispatch.queries.fleet import Fleet
    from anlan.engine.assignment import AssignmentResult, Need, Plan, Reason

Params = Mapping[str, str | float | int]


_language: ContextVar[str] = ContextVar("language")


@contextmanager
def one_language() -> Iterator[None]:
    """Ask for the reader's language once: a recommendation says some sixty phrases in it."""
    token = _language.set(get_language() or "en")
    try:
        yield
    finally:
        _language.reset(token)


def _(sentence: str) -> str:
    return _in_language(_language.get(None) or get_language() or "en", sentence)


@functools.lru_cache(maxsize=2048)
def _in_language(language: str, sentence: str) -> str:
    return gettext(sentence)


def whole_seconds(seconds: float) -> int:
    """Round to the nearest second, a half up, as the board does: words and figures say the same."""
    return math.floor(seconds + 0.5)


def span(seconds: float) -> str:
    """Say a time span, as in "4 min 10 s"."""
    minutes, rest = divmod(whole_seconds(seconds), 60)
    if minutes >= 60:
        return _("{hours} h {minutes} min").format(hours=minutes // 60, minutes=minutes % 60)
    if not minutes:
        return _("{seconds} s").format(seconds=rest)
    if not rest:
        return _("{minutes} min").format(minutes=minutes)
    return _("{minutes} min {seconds} s").format(minutes=minutes, seconds=rest)


def capability_word(code: str) -> str:
    """Say a capability in the reader's language."""
    label = unit_catalogue().capabilities.get(code)
    return code if label is None else label.in_language(get_language() or "en")


def kind_word(code: str) -> str:
    """Say a kind of unit in the reader's language."""
    kind = unit_catalogue().kinds.get(code)
    return code if kind is None else kind.label.in_language(get_language() or "en")


def why_not_word(code: str) -> str:
    """Say why a unit can't go."""
    words = {
        "off_shift": _("is off shift"),
        "out_of_service": _("is out of service"),
        "busy": _("is busy"),
        "unreachable": _("can't get there: no open road leads there"),
        "no_position": _("has no known position"),
    }
    return words.get(code, _("can't go"))


def off_road_sentence(metres: float) -> str:
    """Say that a place lies off the roads."""
    return _("The place lies {metres} m off the nearest street; times are to that street.").format(
        metres=round(metres)
    )


def _last_cover(p: Params) -> str:
    left, keep = int(p["left"]), int(p["keep"])
    sentence = (
        _("{nearer} is {by} nearer but is the last {cover} in {area}")
        if left <= 0
        else _("{nearer} is {by} nearer but would leave {left} of {keep} × {cover} in {area}")
    )
    return sentence.format(
        nearer=p["nearer"],
        by=span(float(p["nearer_by_s"])),
        cover=capability_word(str(p["cover_capability"])),
        area=p["area"],
        left=left,
        keep=keep,
    )


def _nearer(sentence: str, p: Params) -> str:
    return sentence.format(nearer=p["nearer"], by=span(float(p["nearer_by_s"])))


_WHY_SENT: Mapping[str, Callable[[Params], str]] = {
    "nearest": lambda p: _("the nearest by road"),
    "only_one": lambda p: _("the only one free ({capability})").format(
        capability=capability_word(str(p["capability"]))
    ),
    "no_other": lambda p: _("every free one is needed ({capability})").format(
        capability=capability_word(str(p["capability"]))
    ),
    "passed_over_last_cover": _last_cover,
    "passed_over_diverting": lambda p: _nearer(
        _("{nearer} is {by} nearer but is on its way to another incident"), p
    ),
    "passed_over": lambda p: _nearer(
        _("{nearer} is {by} nearer, but together these units serve the incident better"), p
    ),
    "joint_better": lambda p: _("{nearer} is {by} nearer and goes too, as {sent_for}").format(
        nearer=p["nearer"],
        by=span(float(p["nearer_by_s"])),
        sent_for=capability_word(str(p["sent_for"])),
    ),
    "diverted": lambda p: _("diverted from a lesser incident, which waits again"),
}


def plan_rows(plans: Sequence[Plan], result: AssignmentResult, held: Fleet) -> tuple[PlanRow, ...]:
    """Give plans as rows, best first, with a reason for each unit and a sentence for each plan."""
    labels = {one.key: one.label for one in held.areas}
    return tuple(
        _plan(rank, plan, result.reasons, held, labels) for rank, plan in enumerate(plans, start=1)
    )


def _plan(
    rank: int,
    plan: Plan,
    reasons: Sequence[Reason],
    held: Fleet,
    labels: Mapping[str, str],
) -> PlanRow:
    why = _why_each(reasons) if rank == 1 else {}
    first_of = {one.for_capability: one.key for one in reversed(plan.units)}
    units = tuple(
        PlannedUnit(
            unit=one.key,
            kind=held.kinds[held.row_of[one.key]],
            travel_s=whole_seconds(one.travel_s),
            capability=one.for_capability,
            reason=unit_sentence(
                one.key,
                one.travel_s,
                _said(
                    why.get(one.key, ()),
                    capability=one.for_capability,
                    first=first_of[one.for_capability] == one.key,
                ),
            ),
        )
        for one in plan.units
    )
    thin = tuple(dict.fromkeys(labels.get(key, key) for key in plan.breaks_cover))
    return PlanRow(
        rank=rank,
        units=units,
        first_arrival_s=_whole_or_none(plan.first_arrival_s),
        full_arrival_s=_whole_or_none(plan.full_arrival_s),
        breaks_cover=thin,
        summary=_summary(plan, rank, reasons, thin),
    )


def _whole_or_none(seconds: float | None) -> float | None:
    return None if seconds is None else whole_seconds(seconds)


def _why_each(reasons: Sequence[Reason]) -> dict[str, list[Reason]]:
    """Gather, for each unit that is sent, the reasons why it and not another."""
    why: dict[str, list[Reason]] = {}
    for reason in reasons:
        if reason.code in _WHY_SENT or reason.code == "nearest_with_capability":
            why.setdefault(str(reason.params["unit"]), []).append(reason)
    return why


def _said(why: Sequence[Reason], *, capability: str, first: bool) -> list[str]:
    """Put the reasons for one unit into words; `first` of those sent for its capability."""
    said = []
    for reason in why:
        if reason.code == "nearest_with_capability":
            nearest = (
                _("the nearest ({capability})") if first else _("the next nearest ({capability})")
            )
            said.append(nearest.format(capability=capability_word(capability)))
        else:
            said.append(_WHY_SENT[reason.code](reason.params))
    return said


def unit_sentence(unit: str, travel_s: float, why: Sequence[str]) -> str:
    """Say one unit's line, as in "E7, 4 min 10 s by road; E3 is 40 s nearer but …"."""
    head = _("{unit}, {span} by road").format(unit=unit, span=span(travel_s))
    return _("; ").join([head, *why])


def _summary(plan: Plan, rank: int, reasons: Sequence[Reason], thin: Sequence[str]) -> str:
    units = _(", ").join(one.key for one in plan.units)
    first, full = span(plan.first_arrival_s or 0), span(plan.full_arrival_s or 0)
    if len(plan.units) == 1:
        said = _("{units}: there in {first}.").format(units=units, first=first)
    else:
        said = _("{units}: first there in {first}, all in {full}.").format(
            units=units, first=first, full=full
        )
    parts = [said]
    later = _against_best(rank, reasons)
    if later:
        parts.append(later)
    if thin:
        parts.append(_("Leaves thin: {areas}.").format(areas=_(", ").join(thin)))
    return " ".join(parts)


def _against_best(rank: int, reasons: Sequence[Reason]) -> str:
    for reason in reasons:
        if reason.code == "alternative" and reason.params["rank"] == rank - 1:
            later = float(reason.params["full_later_by_s"])
            if round(later) > 0:
                return _("All there {span} later than the first plan.").format(span=span(later))
            if round(later) < 0:
                return _("All there {span} sooner, at more cost elsewhere.").format(
                    span=span(-later)
                )
    return ""


def missing_sentence(need: Need, reasons: Sequence[Reason]) -> str:
    """Say what is missing and the next best thing; nothing more where nothing else helps."""
    what = capability_word(need.capability)
    said: list[str] = []
    for reason in reasons:
        if reason.params.get("capability") != need.capability:
            continue
        p = reason.params
        if reason.code == "no_such_unit":
            said.append(
                _("No unit of this town can do this ({what}): ask for mutual aid.").format(
                    what=what
                )
            )
        elif reason.code == "too_few_units":
            said.append(
                ngettext(
                    "{count} × {what} is missing: ask for mutual aid.",
                    "{count} × {what} are missing: ask for mutual aid.",
                    need.count,
                ).format(count=need.count, what=what)
            )
        elif reason.code == "next_best":
            said.append(_next_best(p))
        elif reason.code == "partly":
            said.append(
                _("{unit} ({kind}) is free, {span} away, and can do part of it ({does}).").format(
                    unit=p["unit"],
                    kind=kind_word(str(p.get("kind", ""))),
                    span=span(float(p["travel_s"])),
                    does=capability_word(str(p["does"])),
                )
            )
    return " ".join(said)


def _next_best(p: Params) -> str:
    why = why_not_word(str(p["why"]))
    if "travel_s" in p:
        return _("Next best: {unit} {why}; it would need {span}.").format(
            unit=p["unit"], why=why, span=span(float(p["travel_s"]))
        )
    return _("Next best: {unit} {why}.").format(unit=p["unit"], why=why)


def not_sent_rows(result: AssignmentResult) -> tuple[NotSent, ...]:
    """Say of units that a dispatcher might expect why they don't go; each unit once."""
    rows: dict[str, str] = {}
    for reason in result.reasons:
        p = reason.params
        if reason.code == "nearer_blocked":
            sentence = _("{unit} is {by} nearer but {why}.").format(
                unit=p["nearer"], by=span(float(p["nearer_by_s"])), why=why_not_word(str(p["why"]))
            )
            rows.setdefault(str(p["nearer"]), sentence)
        elif reason.code == "nearer_wrong_capability":
            sentence = _("{unit} is {by} nearer but can't do this ({what}).").format(
                unit=p["nearer"],
                by=span(float(p["nearer_by_s"])),
                what=capability_word(str(p["capability"])),
            )
            rows.setdefault(str(p["nearer"]), sentence)
        elif reason.code == "unreachable":
            rows.setdefault(
                str(p["unit"]),
                _("{unit} {why}.").format(unit=p["unit"], why=why_not_word("unreachable")),
            )
        elif reason.code.startswith("passed_over") and "nearer" in p:
            rows.setdefault(str(p["nearer"]), _WHY_SENT[reason.code](p) + ".")
    return tuple(NotSent(unit, sentence) for unit, sentence in rows.items())
