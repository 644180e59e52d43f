"""Fitting the one factor between free-flow and observed travel times from a town's call log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from anlan.engine.roads.calibration import fit_factor
from anlan.kernel.places import queries
from anlan.kernel.places.queries.calls import logged_period, travel_pairs
from anlan.kernel.places.services.town import set_factor
from anlan.kernel.values import Actor, BadInput, Role, check_role

LEAST_TRIPS = 30


def calibrate(
    town_key: str, *, actor: Actor, at: datetime, recorded_at: datetime
) -> dict[str, Any]:
    """This will fit the town's factor from all its logged trips and store it with its error.

    Raises BadInput where there are no roads, or fewer than 30 trips from a known post are logged.
    """
    check_role(actor, Role.ADMINISTRATOR)
    pairs = travel_pairs(logged_period(town_key), network=queries.network(town_key, at=at))
    if len(pairs) < LEAST_TRIPS:
        raise BadInput(
            _(
                "The log holds {n} trips from a known post to a scene; a factor needs {least}."
            ).format(n=len(pairs), least=LEAST_TRIPS)
        )
    factor = fit_factor(pairs.free_flow_s, pairs.observed_s)
    error: dict[str, float | str] = {
        "n": factor.n,
        "p50_error_s": round(factor.p50_error_s, 1),
        "p90_error_s": round(factor.p90_error_s, 1),
        "mean_abs_pct_error": round(factor.mean_abs_pct_error, 1),
        "fitted_at": at.isoformat(),
    }
    row = set_factor(
        town_key,
        factor=round(factor.value, 4),
        error=error,
        actor=actor,
        at=at,
        recorded_at=recorded_at,
    )
    return {"factor": row.factor, **error}
