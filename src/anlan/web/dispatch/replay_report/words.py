"""The report page's words, in both languages at once: the page has a switch and no server."""

from __future__ import annotations

from django.utils import translation
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

WORDS = {
    "title": _("Replay of logged calls"),
    "town_period": _("{town}, {begins} to {ends} (not included)"),
    "made_up": _("Made up: this town's posts or calls are not real."),
    "language": _("Language"),
    "theme": _("Theme"),
    "light": _("Light"),
    "dark": _("Dark"),
    "observed": _("Observed"),
    "recorded": _("Recorded, modelled"),
    "recommended": _("Recommended, modelled"),
    "how_read": _(
        "Observed is the log itself. Recorded, modelled: the log's own assignments with modelled "
        "travel. Recommended, modelled: our assignments with the same modelled travel."
    ),
    "only_modelled": _(
        "Only the two modelled columns are compared. The gap between observed and recorded, "
        "modelled is the model's error; it stands first."
    ),
    "error_title": _("How far the model is off"),
    "error_lead": _(
        "First arrival, recorded modelled less observed: median {median} s. Half of {n} calls are "
        "off by more than {half} s, one in ten by more than {tenth} s."
    ),
    "error_none": _("The log has no arrivals, so the model's error is unknown."),
    "travel": _("Travel"),
    "all_units": _("all units"),
    "known_post": _("units with a known post"),
    "unknown_place": _("units whose place is only guessed"),
    "what": _("What"),
    "cases": _("Cases"),
    "mean_s": _("Mean, s"),
    "median_s": _("Median, s"),
    "half_off": _("Half off by more than, s"),
    "tenth_off": _("One in ten off by more than, s"),
    "rank": _("Rank correlation"),
    "first_arrival": _("First arrival"),
    "factor_title": _("Travel factor"),
    "factor_range": _(
        "Observed travel is {low} to {high} times free flow, from {n} trips a day's fit."
    ),
    "day": _("Day"),
    "factor": _("Factor"),
    "trips": _("Trips"),
    "paired_title": _("Recommended against recorded, call by call"),
    "paired_lead": _(
        "Units with a known post: recommended is sooner on {better} of {n} calls, later on "
        "{worse}, the same on {same}; on average {mean} s ({low} to {high})."
    ),
    "paired_guess": _(
        "For units whose place is only guessed the gain is {mean} s on average, and it is not to "
        "be believed: the log's dispatchers knew where those units stood and the model doesn't."
    ),
    "sooner": _("Sooner"),
    "same": _("Same"),
    "later": _("Later"),
    "ci": _("95 % interval of the mean, s"),
    "best_tenth": _("Best tenth, s"),
    "worst_tenth": _("Worst tenth, s"),
    "differences_title": _("Differences of first arrival"),
    "differences_axis": _(
        "Minutes, recommended less recorded (below zero is sooner); bars are calls, in steps of "
        "30 s; {same} calls without a difference are left out; the outermost bars hold all beyond."
    ),
    "error_axis": _(
        "Minutes, recorded modelled less observed; bars are calls, in steps of 30 s; the outermost "
        "bars hold all beyond."
    ),
    "not_paired": _("This report follows the log's assignments only; nothing is compared."),
    "intervals_title": _("Intervals and service levels"),
    "interval": _("Interval"),
    "column": _("Column"),
    "goal": _("Goal"),
    "within": _("Within the goal"),
    "asked": _("Asked"),
    "profile": _("Profile"),
    "selected": _("the town's own"),
    "holds_for": _("Holds for"),
    "all_calls": _("all calls"),
    "urgent": _("most urgent types"),
    "town": _("in town (not told apart)"),
    "outskirts": _("outskirts (not told apart)"),
    "met": _("met"),
    "missed": _("missed"),
    "answer": _("Answer"),
    "processing": _("Processing"),
    "turnout": _("Turnout"),
    "response": _("Response"),
    "dispatch_to_scene": _("Dispatch to scene"),
    "full_alarm": _("Full alarm"),
    "from_received": _("from receipt, since the log has no answering time"),
    "curve_title": _("Response: share of calls reached"),
    "guessed_too": _(
        "The same for all units, guessed places included; not to be trusted as a gain."
    ),
    "only": _("Shown for:"),
    "curve_axis": _(
        "Across: minutes from receipt to the first unit on scene. Up: share of calls, %."
    ),
    "hour_title": _("Response by hour of the day"),
    "hour_axis": _(
        "Across: hour of receipt, local. Up: minutes. Left: median. Right: 90th percentile."
    ),
    "map_title": _("Where it differs"),
    "map_differences": _(
        "Areas by the mean difference of first arrival in seconds, recommended less recorded. "
        "Areas with fewer than five calls show no figure."
    ),
    "map_error": _(
        "Areas by the model's mean error in seconds, recorded modelled less observed. Areas with "
        "fewer than five calls show no figure."
    ),
    "kind_title": _("Travel by kind of unit"),
    "kind": _("Kind"),
    "post_share": _("Known post"),
    "same_unit": _("Same unit"),
    "p50_p90": _("median / 90th percentile, s"),
    "counts_title": _("What was counted on the way"),
    "log_title": _("The log"),
    "log_lead": _(
        "{calls} calls, {responses} responses of {units} units; {inferred} units are inferred from "
        "the log, {posted} have a known post."
    ),
    "notes_title": _("Before trusting a figure"),
    "command": _("Made with"),
    "attribution": _("Sources"),
    "withheld": _("fewer than five"),
    "count_spell_below_zero": _("spells of the log below zero, replaced by the kind's median"),
    "count_turnout_filled": _("turnouts that the log lacks, filled with the kind's median"),
    "count_on_scene_filled": _("times on scene that the log lacks, filled with the kind's median"),
    "count_transport_filled": _("transports that the log lacks, filled with the kind's median"),
    "count_hospital_filled": _(
        "times at hospital that the log lacks, filled with the kind's median"
    ),
    "count_committed_filled": _("cancelled rows without an end, filled with the kind's median"),
    "count_cancelled_before_scene": _("units cancelled before they arrived; kept as in the log"),
    "count_start_unknown": _(
        "units whose first place is unknown; their first trip is the log's own"
    ),
    "count_unit_on_two_calls": _("rows with a unit on two calls at once; the log is followed"),
    "count_unit_late_from_last_call": _(
        "rows whose unit, modelled, was still on its last call; the log is followed"
    ),
    "count_dispatch_missing": _("rows without a dispatch time, left out"),
    "count_no_road": _("rows that no road leads to, left out"),
    "count_rows_that_waited": _("rows that waited for a free unit"),
    "count_cancelled_while_waiting": _("rows that the log cancelled while they waited"),
    "count_never_served": _("rows never served"),
}


def both(key: str, **values: object) -> SafeString:
    """Give a word in both languages, of which the page shows one; values are shown as text."""
    with translation.override("en"):
        english = gettext(WORDS[key])
    with translation.override("zh-hans"):
        chinese = gettext(WORDS[key])
    if values:
        english, chinese = english.format(**values), chinese.format(**values)
    return pair(english, chinese)


def pair(english: str, chinese: str) -> SafeString:
    """Put a text of each language side by side; the page's switch shows one."""
    return mark_safe(
        f'<span lang="en">{escape(english)}</span><span lang="zh-Hans">{escape(chinese)}</span>'
    )
