"""Which answers a route may give, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from anlan.api.schemas import Fault

READ_FAULTS: dict[int, Any] = {code: Fault for code in (401, 403, 404, 409, 422)}
WRITE_FAULTS: dict[int, Any] = {**READ_FAULTS, 400: Fault}


def reads(schema: Any) -> dict[int, Any]:
    """Give what a read answers with."""
    return {200: schema, **READ_FAULTS}


def writes(schema: Any, *, status: int = 200) -> dict[int, Any]:
    """Give what a write answers with."""
    return {status: schema, **WRITE_FAULTS}
