"""Fitting the one factor between free-flow and observed travel times from a town's call log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from anlan.engine.roads.calibration import fit_factor
from anlan.kernel.ledger.services import write
from anlan.kernel.places import queries
from anlan.kernel.places.models import Town
from anlan.kernel.places.queries.calls import logged_period, travel_pairs
from anlan.kernel.values import Actor, BadInput, Role, check_role

LEAST_TRIPS = 30


def calibrate(
    town_key: str, *, actor: Actor, at: datetime, recorded_at: datetime
) -> dict[str, Any]:
    """This will fit the town's factor from all its logged trips and store it with its error.

    Raises BadInput where roads are missing or fewer than 30 trips from a known post are logged.
    """
    check_role(actor, Role.ADMINISTRATOR)
    if queries.town(town_key).bounds is None:
        raise BadInput(f"Import roads before the factor is fitted: anlan roads import {town_key} …")
    pairs = travel_pairs(logged_period(town_key), network=queries.network(town_key, at=at))
    if len(pairs) < LEAST_TRIPS:
        raise BadInput(
            f"The log holds {len(pairs)} trips from a known post to a scene; "
            f"a factor needs {LEAST_TRIPS}."
        )
    factor = fit_factor(pairs.free_flow_s, pairs.observed_s)
    error = {
        "n": factor.n,
        "p50_error_s": round(factor.p50_error_s, 1),
        "p90_error_s": round(factor.p90_error_s, 1),
        "mean_abs_pct_error": round(factor.mean_abs_pct_error, 1),
        "fitted_at": at.isoformat(),
    }
    with write(
        town=town_key, actor=actor, action="town.calibrated", at=at, recorded_at=recorded_at
    ) as entry:
        town = Town.objects.select_for_update().get(key=town_key)
        town.factor = round(factor.value, 4)
        town.factor_error = error
        town.save(update_fields=["factor", "factor_error"])
        entry.record(subject=f"town:{town_key}", fields=["factor", "factor_error"])
    return {"factor": town.factor, **error}
