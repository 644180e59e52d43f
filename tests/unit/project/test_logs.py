"""No word, address or name gets into a log line, whoever writes it."""

from __future__ import annotations

import io
import json
import logging

import pytest
import structlog

from anlan.project import logs

CANARY = "Mrs Silva, 12 Rua das Flores"


@pytest.fixture
def lines(monkeypatch):
    """Configure logging anew onto a text; gives a function that reads its lines."""
    root = logging.getLogger()
    before, level, shape = list(root.handlers), root.level, structlog.get_config()
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    root.handlers = []
    logs.configure({"level": "DEBUG"})
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers = before
    root.setLevel(level)
    structlog.configure(**shape)


def test_code_and_listed_fields_are_kept(lines):
    structlog.get_logger("anlan").info("dispatch.sent", town="porto", count=3, status="en_route")
    (line,) = lines()
    kept = {name: line[name] for name in ("event", "town", "count", "status", "level")}
    assert kept == {
        "event": "dispatch.sent",
        "town": "porto",
        "count": 3,
        "status": "en_route",
        "level": "info",
    }


def test_field_that_is_not_listed_is_dropped_and_words_are_withheld(lines):
    chinese = "张三住在三单元"  # without a blank
    structlog.get_logger("anlan").info(
        CANARY, words=CANARY, town=CANARY, subject=chinese, where=[CANARY]
    )
    (line,) = lines()
    assert line["subject"] == "withheld"
    assert "Silva" not in json.dumps(line)
    assert "words" not in line
    assert line["event"] == line["town"] == "withheld"


def test_librarys_message_is_replaced_and_its_status_kept(lines):
    logger = logging.getLogger("django.request")
    logger.warning("Not Found: %s", f"/?q={CANARY}", extra={"status_code": 404})
    logging.getLogger("some.library").error(f"cannot parse {CANARY}")
    first, second = lines()
    assert (first["event"], first["logger"], first["status_code"]) == (
        "library.log",
        "django.request",
        404,
    )
    assert second["logger"] == "some.library"
    assert "Silva" not in json.dumps([first, second])


@pytest.mark.parametrize("by", ["library", "ours"])
def test_error_is_told_by_its_type_and_place_not_by_its_message(lines, by):
    try:
        raise ValueError(CANARY)
    except ValueError:
        if by == "library":
            logging.getLogger("some.library").exception("failed on %s", CANARY)
        else:
            structlog.get_logger("anlan").error("write.failed", exc_info=True)
    (line,) = lines()
    assert line["error"] == "ValueError"
    assert line["where"][-1].startswith("project/test_logs.py:")
    assert "Silva" not in json.dumps(line)


def test_developer_sees_messages_only_when_asking_for_them(monkeypatch, lines):
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    logging.getLogger().handlers = []
    logs.configure({"level": "DEBUG", "in_full": True})
    logging.getLogger("some.library").error("cannot parse this")
    assert "cannot parse this" in stream.getvalue()
