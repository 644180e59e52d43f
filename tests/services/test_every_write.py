"""What holds for every service that writes: no write without its entry, none twice, no leak."""

from __future__ import annotations

import contextlib
import enum
import importlib
import inspect
import logging
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, models, transaction
from tests.services.kept_scenes import TABLES, full_tables
from tests.services.small_case import small_case_type
from tests.services.writes import CANARY, WRITES, Call

import anlan
from anlan.kernel.cases.rules.facts import Asked
from anlan.kernel.ledger.models import LedgerEntry
from anlan.kernel.sealing import rails
from anlan.kernel.sealing.classes import ColumnClass
from anlan.kernel.values import BadInput, Refused

pytestmark = pytest.mark.django_db
# The transaction itself, and the part of one in which the kernel acts in a case.
NO_USE_CASES = {
    "kernel.ledger.services.writing.write",
    "kernel.cases.services.acting.applying.acting",
}
BROKEN = "the ledger is broken"


@pytest.fixture(autouse=True)
def cases_of_a_small_type() -> Iterator[None]:
    """Let the kernel's own lines of the table have a case type to act on."""
    with small_case_type():
        yield


def services_that_write() -> set[str]:
    """Find every public function of a services drawer that is told the real time of a write."""
    found = set()
    for module in pkgutil.walk_packages(anlan.__path__, "anlan."):
        if ".services" not in module.name:
            continue
        loaded = importlib.import_module(module.name)
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            theirs = inspect.signature(function).parameters
            public = function.__module__ == module.name and not name.startswith("_")
            if public and theirs.keys() & {"recorded_at", "client_key"}:
                found.add(f"{module.name.removeprefix('anlan.')}.{name}")
    return found - NO_USE_CASES


def test_every_service_that_writes_is_in_the_table():
    assert services_that_write() == set(WRITES), "tests/services/writes.py lists every write"


def everything(folder: Path) -> dict[str, object]:
    """Give all rows of all tables, and the names and sizes of all files of the installation."""
    held: dict[str, object] = {table: [] for table in TABLES}
    with connection.cursor() as cursor:
        for table in full_tables():
            cursor.execute(f'SELECT * FROM "{table}"')
            held[table] = sorted(repr([_plain(v) for v in row]) for row in cursor.fetchall())
    held["files"] = sorted(
        (str(path.relative_to(folder)), path.stat().st_size)
        for path in folder.rglob("*")
        if path.is_file()
    )
    return held


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value


@contextmanager
def broken_ledger() -> Iterator[None]:
    """Make the database refuse every new entry, whichever way it comes."""
    table = LedgerEntry._meta.db_table
    if connection.vendor == "postgresql":
        set_up = [
            "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{BROKEN}'; END $$",
            f"CREATE TRIGGER broken BEFORE INSERT ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION broken()",
        ]
        take_down = [f"DROP TRIGGER broken ON {table}", "DROP FUNCTION broken()"]
    else:
        body = f"SELECT RAISE(ABORT, '{BROKEN}');"
        set_up = [f"CREATE TRIGGER broken BEFORE INSERT ON {table} BEGIN {body} END"]
        take_down = ["DROP TRIGGER broken"]
    _run(set_up)
    try:
        yield
    finally:
        _run(take_down)


def _run(statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture
def data(settings, tmp_path) -> Path:
    """The installation's own folder."""
    settings.ANLAN_DATA = tmp_path / "data"
    settings.ANLAN_ERASURES_FILE = tmp_path / "keys" / "erasures.jsonl"
    settings.ANLAN_DATA.mkdir()
    return settings.ANLAN_DATA


@pytest.fixture
def inbox(tmp_path) -> Path:
    """Where files to be imported lie, outside the installation."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("name", sorted(WRITES))
def test_broken_ledger_saves_nothing_and_a_whole_one_saves_once(name, data, inbox, caplog):
    """One scene, four promises: set-up is the dear part."""
    caplog.set_level(logging.DEBUG)
    call = WRITES[name](inbox)
    before = everything(data)
    with broken_ledger(), pytest.raises(DatabaseError, match=BROKEN):
        call()
    assert everything(data) == before, "something was saved although the ledger was broken"

    entries = LedgerEntry.objects.count()
    more = {"client_key": "tap-1"} if takes_client_key(call) else {}
    call(**more)
    assert LedgerEntry.objects.count() > entries
    after = everything(data)
    check_no_word_stands_in_clear(data)
    assert CANARY not in caplog.text

    if more:
        call(**more)
        again = everything(data)
        assert _names(again.pop("files")) == _names(after.pop("files"))
        assert again == after, "sent again with its client key, it wrote again"
        for parameter, other in others(call):
            with pytest.raises((BadInput, Refused)):
                call(**more, **{parameter: other})  # or it was dropped in silence


def _names(files: Any) -> list[str]:
    """A base map drawn again from the same roads may differ by a byte: its name does not."""
    return [name for name, _size in files]


# What changes nothing that is written, stands in no digest, or names another town, another ledger.
NOT_COMPARED = {"password", "progress", "expected_version", "datum", "client_key", "key"}


def others(call: Call) -> Iterator[tuple[str, object]]:
    """Give each thing that the call asks for, and something else in its place."""
    for name, value in call.given.items():
        if name in {"actor", "at", "recorded_at", "town_key"} | NOT_COMPARED:
            continue
        other = another(value)
        if other is not None:
            yield name, other


def another(value: object) -> object:
    """Give something else of the same kind; None for what this doesn't know to change."""
    match value:
        case bool():
            return not value
        case str() if not isinstance(value, enum.Enum):
            return f"{value}x"
        case int():
            return value + 1
        case float():
            return value + 0.01
        case bytes():
            return value + b"!"
        case date():
            return value + timedelta(days=1)
        case Asked(texts=texts) if texts:
            return replace(value, texts={name: f"{text}!" for name, text in texts.items()})
        case Asked(values=values) if values:
            return replace(value, values={name: another(one) for name, one in values.items()})
    return None


def takes_client_key(call: Call) -> bool:
    """Say whether a service is repeated by a client's key."""
    return "client_key" in inspect.signature(call.service).parameters


def check_no_word_stands_in_clear(data: Path) -> None:
    """Fail if the canary stands in a column, unless it is a thing's name, or in a file."""
    strays: list[str] = []
    for model in (TABLES[table] for table in full_tables()):
        rows = list(model._default_manager.all())
        if rails.is_ours(model):
            strays += rails.stray_values(model, rows)
        for field in model._meta.concrete_fields:
            if _may_hold_words(model, field):
                continue
            for row in rows:
                held = _as_bytes(getattr(row, field.attname))
                for part in ("Silva", "Flores", "金丝雀"):
                    assert part.encode() not in held, f"{model._meta.label}.{field.name}"
    assert strays == []
    for path in data.rglob("*"):
        if path.is_file():
            assert b"Silva" not in path.read_bytes(), path.name


def _may_hold_words(model: type[models.Model], field: models.Field[Any, Any]) -> bool:
    classes = getattr(model, "column_classes", {})
    return classes.get(field.name) == ColumnClass.THING


def _as_bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()


@contextmanager
def undone() -> Iterator[None]:
    """Run the block and take back everything that it wrote."""
    block = transaction.atomic()
    block._from_testcase = True  # a write inside still counts as the outermost
    with block:
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("name", sorted(WRITES))
def test_words_given_where_a_code_belongs_are_refused_or_sealed(name, data, inbox):
    """The canary through every text that a service takes, one at a time."""
    call = WRITES[name](inbox)
    for parameter in text_parameters(call):
        with undone():
            with contextlib.suppress(BadInput, Refused):
                call(**{parameter: CANARY})
            check_no_word_stands_in_clear(data)


def text_parameters(call: Call) -> list[str]:
    """Name the keyword parameters of a service that take a text."""
    found = []
    for name, parameter in inspect.signature(call.service).parameters.items():
        keyword = parameter.kind is inspect.Parameter.KEYWORD_ONLY
        if keyword and str(parameter.annotation) in {"str", "str | None"}:
            found.append(name)
    return found


# --- the harness itself bites ---------------------------------------------------------------------


def test_harness_sees_a_row_that_was_saved(data):
    before = everything(data)
    LedgerEntry.objects.create(
        at="2026-03-01T00:00Z", recorded_at="2026-03-01T00:00Z", subject="a:1", action="a.b"
    )
    assert everything(data) != before


def test_harness_sees_a_file_that_was_left(data):
    before = everything(data)
    (data / "roads.npz").write_bytes(b"half")
    assert everything(data) != before


@pytest.mark.parametrize("column", ["reason_code", "actor_role"])
def test_harness_sees_a_word_in_clear(data, column):
    fields: dict[str, Any] = {"subject": "a:1", "action": "a.b", column: "Silva"}
    LedgerEntry.objects.create(at="2026-03-01T00:00Z", recorded_at="2026-03-01T00:00Z", **fields)
    with pytest.raises(AssertionError, match=column):
        check_no_word_stands_in_clear(data)


def test_harness_breaks_the_ledger(data):
    attempt: Callable[[], object] = lambda: LedgerEntry.objects.create(  # noqa: E731
        at="2026-03-01T00:00Z", recorded_at="2026-03-01T00:00Z", subject="a:1", action="a.b"
    )
    with broken_ledger(), pytest.raises(DatabaseError, match=BROKEN), transaction.atomic():
        attempt()
    assert attempt()
