"""The what-if report's words, in both languages at once: the page has a switch and no server."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.utils import translation
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

WORDS = {
    "title_compare": _("What if?"),
    "title_simulate": _("How soon are calls reached?"),
    "town_period": _("{town}, {begins} to {ends} (not included)"),
    "made_up": _("Made up: this town's posts or calls are not real."),
    "light": _("Light"),
    "dark": _("Dark"),
    "asked": _("The question"),
    "answer": _("The answer"),
    "sure": _("How sure is this?"),
    "mean_later": _("First arrival, B less A"),
    "mean_response": _("First arrival, mean"),
    "p90_response": _("Nine in ten within"),
    "calls_later": _("Calls later by more than 30 s"),
    "calls_sooner": _("Calls sooner by more than 30 s"),
    "of_calls": _("of {n} calls"),
    "from_to": _("{a} before, {b} after"),
    "in_points": _("{points} points"),
    "no_interval": _("no interval"),
    "map_differences": _(
        "Winners and losers: each area's mean difference of first arrival in seconds, B less A. "
        "Orange and hatched is later, blue is sooner. Areas with fewer than five calls stay empty."
    ),
    "map_response": _(
        "Each area's mean time from call to first arrival, in minutes; darker is later. Areas "
        "with fewer than five calls stay empty."
    ),
    "map_posts": _("Dots are posts; a cross is one that closes, a square one that opens."),
    "map_title": _("Where it differs"),
    "map_title_response": _("Where it takes long"),
    "later_much": _("later, 30 s or more"),
    "later_some": _("later, 5 to 30 s"),
    "even": _("less than 5 s"),
    "sooner_some": _("sooner, 5 to 30 s"),
    "sooner_much": _("sooner, 30 s or more"),
    "areas_title": _("By area"),
    "areas_lead": _(
        "An area is where a post is first due in A. Dots are the mean difference in seconds, lines "
        "the 95 % interval; the areas that change most."
    ),
    "all_areas": _("All areas"),
    "area": _("First due"),
    "calls": _("Calls"),
    "difference": _("Difference, s"),
    "interval": _("95 % interval"),
    "mean_a": _("A, mean"),
    "mean_b": _("B, mean"),
    "mean": _("Mean"),
    "withheld": _("fewer than five"),
    "hours_title": _("By hour of the day"),
    "hours": _("Hours"),
    "ranks_title": _("By urgency"),
    "rank": _("Priority"),
    "targets_title": _("Goals"),
    "goal": _("Goal"),
    "share_a": _("A"),
    "share_b": _("B"),
    "share": _("Share"),
    "points": _("Difference, points"),
    "asked_share": _("Asked"),
    "response": _("Response"),
    "dispatch_to_scene": _("Dispatch to scene"),
    "travel": _("Travel"),
    "urgent": _("most urgent types"),
    "histogram_title": _("How many calls, by how much"),
    "histogram_axis": _(
        "Minutes, B less A (left is sooner); bars are calls, in steps of 30 s; {same} calls "
        "without a difference are left out; the outermost bars hold all beyond."
    ),
    "units_title": _("How busy posts and units are"),
    "unit": _("Unit"),
    "kind": _("Kind"),
    "post": _("Post"),
    "busy": _("Busy"),
    "busy_a": _("A, busy"),
    "busy_b": _("B, busy"),
    "sent": _("Sent"),
    "sent_a": _("A, sent"),
    "sent_b": _("B, sent"),
    "moves": _("Moves"),
    "units_lead": _(
        "The share of its time in service that a unit is taken by calls, and how often it is sent."
    ),
    "calibration_title": _("How far the model is off"),
    "calibration_lead": _(
        "The town as it is, simulated, against what its log says of the same calls: {n} calls with "
        "an arrival. On average it comes out {bias} s; half of the single calls are off by more "
        "than {half} s, one in ten by more than {tenth} s."
    ),
    "calibration_trips": _(
        "Trips alone, from {n} trips of units that stood at their post: half are off by more than "
        "{half} s (with the town's one factor: {half_one} s), on average {mean} s ({mean_one} s). "
        "A trip takes {fixed} s and {low} to {high} times free flow; what that leaves over is "
        "drawn, so that long waits are as frequent as in the log."
    ),
    "calibration_trips_plain": _("Trip times are not fitted: the log has too few trips."),
    "same_first": _(
        "In {share} of the calls the first unit is the one that came first in the log."
    ),
    "calibration_none": _("The log has no arrivals, so the model's error is unknown."),
    "observed": _("Observed"),
    "simulated": _("Simulated"),
    "bias": _("Bias, s"),
    "half_off": _("Half off by more than, s"),
    "tenth_off": _("One in ten off by more than, s"),
    "p50_p90": _("median / 90th percentile, s"),
    "everything": _("All calls"),
    "notes_title": _("Before trusting a figure"),
    "scenarios_title": _("The scenarios"),
    "scenario_size": _("{units} units at {posts} posts."),
    "waited": _(
        "Sent late for want of a free unit: {a} responses in A, {b} in B; never: {c}, {d}."
    ),
    "waited_one": _("Sent late for want of a free unit: {a} responses; never: {c}."),
    "only_one": _("{a} calls are reached in A alone, {b} in B alone; they stand in no difference."),
    "drawn_with": _("Replications: {done}; seed {seed}."),
    "command": _("Made with"),
    "attribution": _("Sources"),
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


def said(entry: Mapping[str, Any]) -> SafeString:
    """Give a sentence of the document in both languages."""
    return pair(_held_together(entry["sentence"]), _held_together(entry["sentence_zh_hans"]))


def _held_together(sentence: str) -> str:
    """Keep a figure and its unit on one line."""
    return re.sub(r"(?<=\d) (?=(?:s|min|%|秒|起)(?:\W|$|[\u4e00-\u9fff]))", "\u00a0", sentence)
