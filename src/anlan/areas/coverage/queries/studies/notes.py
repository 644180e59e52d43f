"""A report's question, how sure the answer is, and what to know before trusting a figure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from django.utils.translation import gettext as _

from anlan.areas.coverage.queries.studies import sentences as say
from anlan.areas.coverage.queries.studies.calibrating import Calibration
from anlan.areas.coverage.queries.studies.estimates import Sample
from anlan.areas.coverage.queries.studies.ground import Ground
from anlan.areas.coverage.queries.studies.ran import Ran
from anlan.areas.coverage.queries.studies.worlds import Built, Spots
from anlan.areas.coverage.rules.deployments import facts_of
from anlan.areas.coverage.rules.scenarios import Scenario
from anlan.kernel.places.queries import call_pattern as patterns


def question_of(built: Sequence[Built], labels: Mapping[str, str]) -> say.Said:
    """Say in a sentence what was asked."""

    def text(one: Built) -> str:
        return say.scenario_sentence(one.deployment.changes, one.scenario, labels=labels)

    def ask() -> str:
        if len(built) == 1:
            return _("How soon are calls reached? {scenario}").format(scenario=text(built[0]))
        a, b = (text(one) for one in built)
        return _("What if: {b} Compared with: {a}").format(a=a, b=b)

    return say.in_both(ask)


def sure_of(sample: Sample, ran: Ran, calibration: Calibration) -> list[say.Said]:
    """Say how sure the answer is: what the interval holds, what it doesn't, what was stopped."""
    done = len(ran.outcomes[0])
    said: list[Callable[[], str]] = [lambda: _interval_sentence(sample, done)]
    if ran.stopped:
        said.append(
            lambda: _("The run was stopped: {done} of {asked} replications are in it.").format(
                done=done, asked=ran.asked
            )
        )
    said.append(lambda: _error_sentence(calibration, pairs=len(ran.built) == 2))
    return [say.in_both(one) for one in said]


def _interval_sentence(sample: Sample, done: int) -> str:
    if sample.method == "days":
        return _(
            "Intervals are 95 %, by drawing the log's {days} days anew. They say how much other "
            "days of this kind would differ, and not how wrong the model is."
        ).format(days=sample.days)
    if sample.method == "replications":
        return _(
            "Intervals are 95 %, over {done} independent replications. They shrink with more of "
            "them, and don't say how wrong the model is."
        ).format(done=done)
    return _("There are too few days and replications for an interval.")


def _error_sentence(c: Calibration, *, pairs: bool) -> str:
    import numpy as np

    if c.method == "no_log":
        return _("No log: the model's error is not known.")
    seen = np.isfinite(c.observed_s) & np.isfinite(c.simulated_s).all(axis=0)
    if not seen.any():
        return _("The log has no arrivals, so the model's error is unknown.")
    bias = float(c.simulated_s[:, seen].mean() - c.observed_s[seen].mean())
    half = float(np.nanmedian(np.abs(c.expected_s[seen] - c.observed_s[seen])))
    text = _(
        "Against the log, the town as it is comes out {bias} on average over {n} calls; half of "
        "the single calls are off by more than {half}."
    ).format(bias=say.seconds(bias, sign=True), n=f"{int(seen.sum()):,}", half=say.seconds(half))
    if pairs:
        return say.joined(
            [text, _("Both scenarios share this error, so most of it drops out of differences.")]
        )
    return text


def notes_of(ground: Ground, spots: Spots, ran: Ran) -> list[say.Said]:
    """Give what a reader must know before trusting the figures; code and both languages."""
    return [
        {"code": code} | say.in_both(lambda code=code: _notes(ground, spots, ran)[code])  # type: ignore[misc]
        for code in _notes(ground, spots, ran)
    ]


def _notes(ground: Ground, spots: Spots, ran: Ran) -> dict[str, str]:
    left_out = dict(ground.left_out)
    if ground.pool is not None:
        notes = _notes_on_drawn(ground, left_out, gathered=spots.gathered)
    else:
        notes = _notes_on_logged(ground, spots, ran.built[0].scenario, left_out)
    if any(map(_doubles_up, ran.built)):
        notes["doubled"] = _(
            "A unit of a closed post goes to a post that has one of its kind. As units are sent "
            "so that cover is kept, the second one there is sent before nearer single ones, which "
            "can look worse than taking it away: compare with the closest unit sent before "
            "judging the post."
        )
    return notes


def _doubles_up(one: Built) -> bool:
    """Say whether a closed post's unit joins one of its kind, under the rule that minds cover."""
    if one.scenario.policy.dispatch != "recommended":
        return False
    units = one.deployment.units
    kinds = {unit.ident: unit.kind for unit in units}
    standing = Counter((unit.post, unit.kind) for unit in units)
    went = [facts_of(c) for c in one.deployment.changes if c.code == "unit_of_closed_post"]
    return any(standing[facts["to"], kinds[facts["unit"]]] > 1 for facts in went)


def _notes_on_logged(
    ground: Ground, spots: Spots, scenario: Scenario, left_out: Mapping[str, int]
) -> dict[str, str]:
    """Give the notes for a town with a log."""
    notes = {
        "kinds": _(
            "Simulated are units whose posts are known, of the kinds: {kinds}. {calls} calls that "
            "only others answered, and {rows} responses of others, are left out."
        ).format(
            kinds=", ".join(ground.kinds),
            calls=f"{left_out['calls_of_other_kinds']:,}",
            rows=f"{left_out['responses_of_other_kinds']:,}",
        ),
        "needs": _(
            "Each call asks for as many units of each kind as the log sent, at the log's moments, "
            "and keeps the log's own times for turnout, on scene and at hospital. First arrival is "
            "the first simulated unit."
        ),
    }
    if scenario.units.duty == "always":
        notes["duty"] = _(
            "Units are on duty always, unless somebody entered their hours: hours inferred from a "
            "log end with a unit's last call and would leave posts empty that were staffed."
        )
    if scenario.calls.source == "drawn":
        notes["drawn"] = _(
            "Calls are drawn: as many as the log has by hour of the day and day of the week, each "
            "like a logged call of the same hours, place, needs and times together."
        )
    elif scenario.calls.scale != 1:
        notes["scaled"] = _(
            "The log's calls are thinned, or come again up to an hour and a half apart, to reach "
            "the scale that was asked for."
        )
    if len(ground.model.left_over_s):
        notes["luck"] = _(
            "Each trip gets a left-over drawn from those of the log's trips, the same in both "
            "scenarios, since two trips of one length differ."
        )
    if spots.gathered:
        notes["gathered"] = _("Calls stand at the middle of small cells, since there are so many.")
    notes["same_people"] = _same_people()
    return notes


def _same_people() -> str:
    return _(
        "Who calls, and how long crews take, doesn't change with a scenario; traffic is the hour's "
        "average; other services' units are not simulated."
    )


def _notes_on_drawn(
    ground: Ground, left_out: Mapping[str, int], *, gathered: bool
) -> dict[str, str]:
    """Give the notes for a made-up town without a log."""
    notes = {
        "drawn_pattern": _(
            "Nobody called: the town is made up and has no log. Calls are drawn by a pattern "
            "measured elsewhere ({source}): in proportion to its people, by hour of the week and "
            "type, standing where people live."
        ).format(source=patterns.call_pattern().source),
        "drawn_kinds": _(
            "Simulated are the kinds: {kinds}. Police are left out, since the pattern has no "
            "police calls."
        ).format(kinds=", ".join(ground.kinds)),
        "drawn_needs": _(
            "Each call is sent the first alarm of the shipped run card of its type, as far as the "
            "town's units can do it; the town's own run cards and later alarms are not sent. "
            "Turnout, time on scene, share taken to hospital and time there are drawn by the same "
            "measured pattern, whoever goes. Taking the call counts as no time."
        ),
        "drawn_trips": _(
            "Each trip takes {factor} times free flow by road, without scatter: no log tells more."
        ).format(factor=f"{ground.town.factor:.2f}"),
    }
    if left_out["calls_of_other_kinds"]:
        notes["drawn_left_out"] = _(
            "About {calls} calls that ask for nothing these kinds can do are left out."
        ).format(calls=f"{left_out['calls_of_other_kinds']:,}")
    if gathered:
        notes["gathered"] = _("Calls stand at the middle of small cells, since there are so many.")
    notes["same_people"] = _same_people()
    return notes
