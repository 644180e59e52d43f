"""How the what-if report says how far the simulated town lies from the observed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.safestring import SafeString

from anlan.web.coverage.what_if_report.figures import hours, number, percent
from anlan.web.coverage.what_if_report.words import both, said


def calibration(c: Mapping[str, Any]) -> dict[str, Any]:
    """Give what the report shows of how far the simulated town lies from the observed."""
    whole = c["all"]
    if not whole["n"]:
        lead = said(c) if c["method"] == "no_log" else both("calibration_none")
        return {"lead": lead, "tables": []}
    lead = both(
        "calibration_lead",
        n=number(whole["n"]),
        bias=number(whole["bias_s"], sign=True),
        half=number(whole["half_off_s"]),
        tenth=number(whole["tenth_off_s"]),
    )
    return {
        "lead": lead,
        "method": said(c),
        "same": ""
        if c["same_first_unit"] is None
        else both("same_first", share=percent(c["same_first_unit"], digits=0)),
        "trips": _trips(c),
        "tables": [
            {"head": both("everything"), "rows": [_error_row(both("everything"), whole)]},
            {"head": both("rank"), "rows": [_error_row(r["label"], r) for r in c["by_rank"]]},
            {"head": both("hours"), "rows": [_error_row(hours(r), r) for r in c["hours"]]},
        ],
        "areas": [_error_row(r["label"], r) for r in c["areas"]],
    }


def _trips(c: Mapping[str, Any]) -> SafeString:
    trips, one = c["trips"], c["trips_one_factor"]
    if trips is None:
        return both("calibration_trips_plain")
    return both(
        "calibration_trips",
        n=number(trips["n"]),
        half=number(trips["half_off_s"]),
        half_one=number(one["half_off_s"]),
        mean=number(trips["mean_s"], sign=True),
        mean_one=number(one["mean_s"], sign=True),
        fixed=number(c["fixed_s"]),
        low=f"{c['factor_low']:.2f}",
        high=f"{c['factor_high']:.2f}",
    )


def _error_row(label: object, row: Mapping[str, Any]) -> dict[str, Any]:
    if not row["n"]:
        return {"label": label, "withheld": True}
    two = {
        name: f"{number(row[name]['p50_s'])} / {number(row[name]['p90_s'])}"
        for name in ("observed", "simulated")
    }
    return {
        "label": label,
        "n": number(row["n"]),
        **two,
        "bias": number(row["bias_s"], sign=True),
        "half": number(row["half_off_s"]),
        "tenth": number(row["tenth_off_s"]),
    }
