"""A report's question, how sure the answer is, and what to know before trusting a figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from django.utils.translation import gettext as _

from anlan.areas.coverage.queries.studies import sentences as say
from anlan.areas.coverage.queries.studies.calibrating import Calibration
from anlan.areas.coverage.queries.studies.estimates import Sample
from anlan.areas.coverage.queries.studies.ground import Ground
from anlan.areas.coverage.queries.studies.ran import Ran
from anlan.areas.coverage.queries.studies.worlds import Built, Spots


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
    scenario = ran.built[0].scenario
    left_out = dict(ground.left_out)
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
    notes["same_people"] = _(
        "Who calls, and how long crews take, doesn't change with a scenario; traffic is the hour's "
        "average; other services' units are not simulated."
    )
    return notes
