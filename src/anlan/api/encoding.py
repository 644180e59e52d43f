"""Frozen rows as JSON: times in UTC with a zone, no NaN, `for` where Python reserves the word."""

from __future__ import annotations

from typing import Any

import pydantic_core
from django.http import HttpResponse

from anlan.areas.dispatch.queries.rows import Changes, Recommendation
from anlan.kernel.places.queries.rows import RouteRow


def to_json(value: Any) -> Any:
    """Give frozen rows as dicts, lists, texts and numbers, as JSON has them."""
    return pydantic_core.to_jsonable_python(value, inf_nan_mode="null")


def answer(value: Any, *, status: int = 200) -> HttpResponse:
    """Give rows as a JSON response, written in one pass: a board may hold thousands of units."""
    body = pydantic_core.to_json(value, inf_nan_mode="null")
    response = HttpResponse(body, status=status, content_type="application/json")
    response["Cache-Control"] = "no-store"
    return response


def changes_document(changes: Changes) -> dict[str, Any]:
    """Give a change as the feed sends it; `closures` is absent where none was touched."""
    document = to_json(changes)
    if document["closures"] is None:
        del document["closures"]
    return dict(document)


def recommendation_document(found: Recommendation) -> dict[str, Any]:
    """Give a recommendation as the API and the command line print it."""
    document = dict(to_json(found))
    for plan in document["plans"]:
        for unit in plan["units"]:
            unit["for"] = unit.pop("capability")
    document["needs"] = [{"capability": name, "count": count} for name, count in found.needs]
    return document


def route_document(route: RouteRow) -> dict[str, Any]:
    """Give a way by road with its steps as {name, length_m, time_s}."""
    document = dict(to_json(route))
    document["steps"] = [
        {"name": name, "length_m": length_m, "time_s": time_s}
        for name, length_m, time_s in route.steps
    ]
    return document
