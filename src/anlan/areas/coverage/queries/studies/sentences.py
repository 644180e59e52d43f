"""What a study's report says in sentences, in English and in Simplified Chinese."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from anlan.areas.coverage.queries.studies.estimates import Estimate
from anlan.areas.coverage.rules.deployments import Change, facts_of
from anlan.areas.coverage.rules.scenarios import Scenario

Said = dict[str, str]


def in_both(say: Callable[[], str]) -> Said:
    """Say something in English and in Simplified Chinese, whatever language is on."""
    with translation.override("en"):
        english = say()
    with translation.override("zh-hans"):
        return {"sentence": english, "sentence_zh_hans": say()}


def seconds(value: float | None, *, sign: bool = False, digits: int = 0) -> str:
    """Write seconds with their unit, a true minus, and no sign for zero."""
    if value is None:
        return "–"
    text = f"{value:{'+' if sign else ''},.{digits}f}"
    text = text.lstrip("+-") if not float(text.replace(",", "")) else text.replace("-", "−")
    return _("{seconds} s").format(seconds=text)


def minutes(value: float | None) -> str:
    """Write a time as people say it, in minutes and seconds."""
    if value is None:
        return "–"
    whole = round(value)
    if whole < 60:
        return _("{seconds} s").format(seconds=whole)
    return _("{minutes} min {seconds} s").format(minutes=whole // 60, seconds=f"{whole % 60:02d}")


def span(estimate: Estimate, *, sign: bool = True) -> str:
    """Write an interval as a part of a sentence: “95 %: +8 s to +14 s”; small ones with tenths."""
    if estimate.low is None or estimate.high is None:
        return _("no interval")
    digits = 1 if max(abs(estimate.low), abs(estimate.high)) < 10 else 0
    return _("95 %: {low} to {high}").format(
        low=seconds(estimate.low, sign=sign, digits=digits),
        high=seconds(estimate.high, sign=sign, digits=digits),
    )


def _span_in_minutes(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return _("no interval")
    return _("95 %: {low} to {high}").format(low=minutes(estimate.low), high=minutes(estimate.high))


def joined(parts: Iterable[str]) -> str:
    """Put sentences after one another, as the language does."""
    between = "" if (translation.get_language() or "").startswith("zh") else " "
    return between.join(parts)


def change_sentence(change: Change, *, labels: Mapping[str, str]) -> str:
    """Say one thing that a scenario changes."""
    facts = {
        name: labels.get(value, value) if name in ("post", "from", "to") else value
        for name, value in facts_of(change).items()
    }
    template = {
        "post_closed": _("{post} closes."),
        "post_added": _("A new post, {post}, opens."),
        "unit_removed": _("{unit} is taken away."),
        "unit_moved": _("{unit} moves from {from} to {to}."),
        "unit_of_closed_post": _("{unit} of {from} goes to {to}, the nearest open post."),
        "unit_added": _("{unit} is added at {post}."),
        "unit_hours": _("{unit} is on duty only at the scenario's hours."),
    }[change.code]
    return template.format(**facts)


def other_changes(scenario: Scenario) -> list[str]:
    """Say what a scenario changes besides posts and units."""
    said = []
    roads, turnout, broken = scenario.roads, scenario.turnout, scenario.breakdowns
    if roads.speed_factor != 1:
        said.append(
            _("Units drive at {percent} % of the calibrated speed.").format(
                percent=f"{100 * roads.speed_factor:.0f}"
            )
        )
    for one in roads.close:
        if one.street:
            said.append(_("{street} is closed.").format(street=one.street))
        elif one.at is not None:
            said.append(
                _("The street at {lon}, {lat} is closed.").format(
                    lon=f"{one.at.lon:.5f}", lat=f"{one.at.lat:.5f}"
                )
            )
    if scenario.calls.scale != 1:
        said.append(
            _("There are {percent} % of the log's calls.").format(
                percent=f"{100 * scenario.calls.scale:.0f}"
            )
        )
    if scenario.calls.source == "drawn":
        said.append(_("Calls are drawn."))
    if scenario.policy.dispatch == "closest":
        said.append(_("The closest unit is sent, whatever cover it leaves."))
    said += _moves(scenario)
    if turnout.scale != 1 or turnout.more_s:
        said.append(
            _("Turnout takes {percent} % of the logged time and {more} s more.").format(
                percent=f"{100 * turnout.scale:.0f}", more=f"{turnout.more_s:.0f}"
            )
        )
    if broken.per_unit_year:
        said.append(
            _("A unit breaks down {times} times a year, for {hours} h on average.").format(
                times=f"{broken.per_unit_year:g}", hours=f"{broken.hours:g}"
            )
        )
    return said


def _moves(scenario: Scenario) -> list[str]:
    moves = scenario.move_up
    if moves.rule == "none":
        return []
    name = {
        "compliance": _("a compliance table"),
        "dmexclp": "DMEXCLP",
        "ddsm": "DDSM",
    }[moves.rule]
    return [
        _("Free units move to keep cover within {minutes} min, by {rule}.").format(
            minutes=f"{moves.minutes:g}", rule=name
        )
    ]


def scenario_sentence(
    changes: Sequence[Change], scenario: Scenario, *, labels: Mapping[str, str]
) -> str:
    """Say all that a scenario changes, or that it changes nothing."""
    said = [change_sentence(one, labels=labels) for one in changes] + other_changes(scenario)
    return joined(said) if said else _("The town as it is.")


def answer_of_compare(figures: Mapping[str, Any], *, worst: str | None) -> str:
    """Say what B does to first arrivals against A, with how sure that is."""
    mean: Estimate = figures["mean"]
    if mean.value is None:
        return _("No call has a first arrival in both scenarios, so nothing can be compared.")
    if figures["same"]:
        return _("Nothing changes: every first arrival is the same in A and B.")
    parts = [
        _("With B the first unit arrives {mean} on average ({span}).").format(
            mean=_later(mean.value), span=span(mean)
        ),
        _(
            "Of {n} calls, {later} are reached later by more than {over} s and {sooner} sooner by "
            "more than {over} s."
        ).format(
            n=f"{figures['n']:,}",
            later=f"{figures['later'].value:,.0f}",
            sooner=f"{figures['sooner'].value:,.0f}",
            over=f"{figures['over_s']:.0f}",
        ),
    ]
    if worst:
        parts.append(worst)
    if mean.low is not None and mean.high is not None and mean.low <= 0 <= mean.high:
        parts.append(_("The interval holds 0: the sign of the average is not certain."))
    return joined(parts)


def _later(value: float) -> str:
    if abs(value) < 0.5:
        return _("within half a second of A")
    size = f"{abs(value):,.0f}" if abs(value) >= 10 else f"{abs(value):.1f}"
    if value > 0:
        return _("{seconds} s later").format(seconds=size)
    return _("{seconds} s sooner").format(seconds=size)


def worst_sentence(label: str, mean: Estimate) -> str:
    """Name the first-due area that loses most."""
    return _("It loses most where {area} is first due: {mean} ({span}, {n} calls).").format(
        area=label, mean=seconds(mean.value, sign=True), span=span(mean), n=f"{mean.n:,}"
    )


def area_error(label: str, bias_s: float) -> str:
    """Say how far the model is off in one area."""
    return _(
        "Single areas are less sure: where {area} is first due, the town as it is comes out {bias} "
        "against the log."
    ).format(area=label, bias=seconds(bias_s, sign=True))


def answer_of_simulate(mean: Estimate, p90: Estimate, *, unreached: float) -> str:
    """Say how soon the first unit arrives."""
    if mean.value is None:
        return _("No call was reached.")
    return joined(
        [
            _("The first unit arrives {mean} after the call on average ({span}).").format(
                mean=minutes(mean.value), span=_span_in_minutes(mean)
            ),
            _("Nine calls in ten are reached within {p90}.").format(p90=minutes(p90.value)),
            *(
                [
                    _("{n} calls have no arrival, as in the log or for want of a unit.").format(
                        n=f"{unreached:,.0f}"
                    )
                ]
                if unreached >= 0.5
                else []
            ),
        ]
    )
