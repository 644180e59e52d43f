"""What the report says in words: why a figure is missing, and how far to trust the others."""

from __future__ import annotations

from collections.abc import Callable

from django.utils import translation
from django.utils.translation import gettext as _

from anlan.areas.dispatch.queries.replay.inputs import Inputs


def in_both(say: Callable[[], str]) -> dict[str, str]:
    """Say something in English and in Simplified Chinese, whatever language is on."""
    with translation.override("en"):
        english = say()
    with translation.override("zh-hans"):
        return {"sentence": english, "sentence_zh_hans": say()}


def lacking_sentence(code: str) -> str:
    """Give the sentence for an interval that the log lacks, in the language that is on."""
    return {
        "log_lacks_ring": _("The log doesn't say when the call rang or was answered."),
        "log_lacks_en_route": _("The log doesn't say when units left."),
        "log_lacks_on_scene": _("The log doesn't say when units arrived."),
        "no_cases": _("No call of the period has this interval."),
    }[code]


def method_sentence(method: str) -> str:
    """Give the sentence for how the travel factors were fitted, in the language that is on."""
    return {
        "days_not_replayed": _(
            "Travel times are calibrated on logged trips of days that are not replayed."
        ),
        "leave_one_day_out": _(
            "The period holds nearly all logged days, so each day's travel factor is fitted on the "
            "trips of all other days."
        ),
        "free_flow": _(
            "The log has too few trips from a known post on other days, so travel times are free "
            "flow, not calibrated."
        ),
    }[method]


def notes_of(inputs: Inputs, *, recommended: bool) -> list[dict[str, str]]:
    """Give what a reader must know before trusting the figures; code and both languages."""
    codes = _notes(inputs, recommended=recommended)
    return [
        {"code": code} | in_both(lambda code=code: _notes(inputs, recommended=recommended)[code])  # type: ignore[misc]
        for code in codes
    ]


def _notes(inputs: Inputs, *, recommended: bool) -> dict[str, str]:
    unknown = int((inputs.log.units.post < 0).sum())
    notes = {
        "same_spells": _(
            "Both policies keep each call's own processing, turnout, on-scene, transport and "
            "hospital times; only who travels, and from where, differs."
        ),
    }
    if recommended:
        notes["same_number"] = _(
            "Recommended sends as many units of each kind as the log did, at the same moments."
        )
    if unknown:
        notes["unknown_places"] = _(
            "{unknown} of {units} units have no known post. The model leaves them where they last "
            "became free, which is often wrong, and a policy that picks the nearest profits from "
            "that error: judge by the units with a known post."
        ).format(unknown=unknown, units=len(inputs.log.units))
    if any(unit.inferred for unit in inputs.logged.units):
        notes["inferred_duty"] = _(
            "Hours on duty are inferred: from a unit's first to its last row of a watch. A unit "
            "that stood ready without a call is not counted as ready."
        )
    return notes
