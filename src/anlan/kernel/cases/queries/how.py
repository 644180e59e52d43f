"""How a due date was computed, in the reader's words: from what the clock itself keeps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from anlan.kernel.cases.queries.rows import ClockRow
from anlan.kernel.cases.rules.facts import Value
from anlan.kernel.cases.rules.types import Unit


def how_in_words(clock: ClockRow) -> str:
    """Say how a clock's due date came about, in the reader's language; "" where it has none.

    "7 working days from 12 February 2026, that day not counted; free: 15 February 2026 to 23
    February 2026; worked: 14 February 2026; due at the end of 28 February 2026."
    """
    how = clock.how
    if how.get("until"):
        return _("The day that was set: {day}.").format(day=_day(str(how["until"])))
    if "unit" not in how:
        return ""
    if how["unit"] == Unit.HOURS.value:
        return _("{amount} hours of running time.").format(amount=how["amount"])
    parts = [_span(how), *_paused(how), *_unusual(how), _end(how)]
    sentence = _("; ").join(parts) + _(".")
    if clock.provisional:
        sentence += _(
            " This is provisional: that year's working days are not published yet, and the date "
            "may move when they are."
        )
    return sentence


def _span(how: Mapping[str, Value]) -> str:
    one = {
        Unit.DAYS.value: _("one day from {start}, that day not counted"),
        Unit.WORKING_DAYS.value: _("one working day from {start}, that day not counted"),
        Unit.MONTHS.value: _("one month from {start}, that day not counted"),
    }
    more = {
        Unit.DAYS.value: _("{amount} days from {start}, that day not counted"),
        Unit.WORKING_DAYS.value: _("{amount} working days from {start}, that day not counted"),
        Unit.MONTHS.value: _("{amount} months from {start}, that day not counted"),
    }
    template = (one if how["amount"] == 1 else more)[str(how["unit"])]
    return template.format(amount=how["amount"], start=_day(str(how["counted_from"])))


def _paused(how: Mapping[str, Value]) -> list[str]:
    days = how.get("paused_days")
    return [_("days of pauses, not counted: {days}").format(days=days)] if days else []


def _unusual(how: Mapping[str, Value]) -> list[str]:
    said = []
    free = [_stretch(each) for each in _numbered(how, "free")]
    if free:
        said.append(_("free: {days}").format(days=_(", ").join(free)))
    worked = [_day(each) for each in _numbered(how, "worked")]
    if worked:
        said.append(_("worked though a weekend: {days}").format(days=_(", ").join(worked)))
    return said


def _end(how: Mapping[str, Value]) -> str:
    return _("due at the end of {day}").format(day=_day(str(how["ends_on"])))


def _numbered(how: Mapping[str, Value], name: str) -> list[str]:
    keys = sorted(key for key in how if key.startswith(f"{name}_"))
    return [str(how[key]) for key in keys]


def _stretch(text: str) -> str:
    first, _slash, last = text.partition("/")
    if first == last:
        return _day(first)
    return _("{first} to {last}").format(first=_day(first), last=_day(last))


def _day(text: str) -> str:
    chinese = (get_language() or "en").startswith("zh")
    return date_format(date.fromisoformat(text), "Y年n月j日" if chinese else "j F Y")
