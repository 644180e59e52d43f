"""Logs as JSON lines on standard error, from an allow-list of fields.

Free text can't slip in: a line holds a level, an event code, the fields named here, and of an
error its type and the places in the code, never its message. A developer sees messages with
ANLAN_DEBUG=1.
"""

from __future__ import annotations

import logging
import logging.config
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

# What each may hold: a code, a reference or a figure. Extending this list is a decision.
ALLOWED_FIELDS = frozenset(
    {
        "action",
        "attempt",
        "behind",
        "boards",
        "count",
        "duration_ms",
        "entry_id",
        "error",
        "event",
        "event_id",
        "gateway",
        "level",
        "logger",
        "outcome",
        "pid",
        "port",
        "route",
        "rows",
        "status",
        "status_code",
        "subject",
        "timestamp",
        "town",
        "where",
    }
)
_CODE = re.compile(r"[\w.:/<>+-]{1,96}", re.ASCII)
_FRAMES = 8
Event = MutableMapping[str, Any]


def configure(settings: Mapping[str, Any]) -> None:
    """Send every log record, ours and the libraries', through the allow-list to standard error."""
    in_full = bool(settings.get("in_full"))
    renderer = structlog.dev.ConsoleRenderer() if in_full else structlog.processors.JSONRenderer()
    closing: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    closing += [] if in_full else [keep_allowed]
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_SHARED, describe_foreign] if not in_full else _SHARED,
            processors=[*closing, renderer],
        )
    )
    root = logging.getLogger()
    for old in [h for h in root.handlers if getattr(h, "anlan", False)]:
        root.removeHandler(old)
    handler.anlan = True  # type: ignore[attr-defined]
    root.addHandler(handler)
    root.setLevel(settings.get("level", "INFO"))
    for noisy in ("axes", "numba", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def describe_foreign(logger: Any, method: str, event: Event) -> Event:
    """Replace a library's message, which may quote input, by its logger, status and error type."""
    record: logging.LogRecord | None = event.get("_record")
    event["event"] = "library.log"
    if record is None:
        return event
    event["logger"] = record.name
    status = getattr(record, "status_code", None)
    if isinstance(status, int):
        event["status_code"] = status
    return event


def describe_error(logger: Any, method: str, event: Event) -> Event:
    """Keep an error's type and the places in the code; its message may quote someone's words."""
    info = event.get("exc_info")
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
        frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
        event["where"] = [f"{_module(frame.filename)}:{frame.lineno}" for frame in frames]
    return event


def _module(filename: str) -> str:
    return "/".join(filename.split("/")[-2:])


def keep_allowed(logger: Any, method: str, event: Event) -> Event:
    """Drop every field that is not on the list and every text that is not a code."""
    kept: Event = {}
    for name, value in event.items():
        if name in ALLOWED_FIELDS:
            kept[name] = _as_code(value)
    return kept


def _as_code(value: Any) -> Any:
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, list | tuple):
        return [_as_code(member) for member in value]
    text = str(value)
    return text if _CODE.fullmatch(text) else "withheld"


_SHARED: list[Any] = [
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    describe_error,
]
