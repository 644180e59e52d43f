"""Figures as the what-if report writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def number(value: float | None, *, sign: bool = False, digits: int = 0) -> str:
    """Write a figure with a true minus; a missing one is a dash, a signed nought has no sign."""
    if value is None:
        return "–"
    text = f"{value:{'+' if sign else ''},.{digits}f}"
    return text.lstrip("+-") if not float(text.replace(",", "")) else text.replace("-", "−")


def clock(seconds: float | None) -> str:
    """Write a time as minutes and seconds, 6:05."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def percent(share: float | None, *, digits: int = 1) -> str:
    """Write a share."""
    return "–" if share is None else f"{100 * share:.{digits}f} %"


def span(estimate: Mapping[str, Any], *, scale: float = 1.0, digits: int = 0) -> str:
    """Write an interval's ends."""
    if estimate["low"] is None:
        return "–"
    low, high = (number(scale * estimate[end], sign=True, digits=digits) for end in ("low", "high"))
    return f"{low} … {high}"


def hours(row: Mapping[str, Any]) -> str:
    """Write a band of hours."""
    return f"{row['from']:02d}–{row['to']:02d}"
