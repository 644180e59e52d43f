"""The guard rails 1, 3 and 4 of the design: each column says what it holds and stands where it may.

Each check is shown to bite: a throw-away model breaks it and is named.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django.test.utils import isolate_apps

from anlan.cli.proving.here import Here
from anlan.cli.proving.registry import attacks_here
from anlan.kernel.append_only import Guarded, triggers_of
from anlan.kernel.places.models import Town
from anlan.kernel.sealing import rails
from anlan.kernel.sealing.classes import ColumnClass
from anlan.kernel.sealing.library_tables import LIBRARY_TABLES
from anlan.kernel.sealing.personal_fields import PERSONAL_COLUMNS, SEALED_FIELDS

_numbers = itertools.count()
SOURCE = Path(__file__).resolve().parents[2] / "src" / "anlan"


def every_model() -> list[type[models.Model]]:
    return list(apps.get_models(include_auto_created=True))


# --- what stands ---------------------------------------------------------------------------------


def test_every_column_of_every_table_is_classed_and_in_its_place():
    assert rails.violations(every_model()) == []


def test_table_of_personal_fields_names_no_column_that_is_gone():
    assert rails.personal_faults(every_model()) == []


def test_table_of_library_tables_names_no_table_that_is_gone():
    installed = {model._meta.label for model in every_model()}
    assert LIBRARY_TABLES.keys() <= installed


def test_every_personal_field_says_about_whom_why_and_how_long():
    lines = [
        *PERSONAL_COLUMNS.values(),
        *(f for kind in SEALED_FIELDS.values() for f in kind.values()),
    ]
    assert all(line.about and line.why and line.how_long for line in lines)
    assert all(table.what_for and table.lives for table in LIBRARY_TABLES.values())


def test_allowed_tables_of_points_and_things_exist():
    tables = {model._meta.db_table for model in every_model()}
    assert rails.PLACE_TABLES.keys() <= tables
    assert rails.THING_TABLES.keys() <= tables


# --- and bites -----------------------------------------------------------------------------------


def broken(
    column: models.Field[Any, Any],
    declared: dict[str, object] | None = None,
    *,
    app: str = "dispatch",
    table: str = "dispatch_throwaway",
    json: dict[str, object] | None = None,
) -> type[models.Model]:
    body: dict[str, Any] = {
        "__module__": f"anlan.areas.{app}.models",
        "Meta": type("Meta", (), {"app_label": app, "db_table": table}),
        "column": column,
        "column_classes": declared or {},
    }
    if json is not None:
        body["json_classes"] = json
    return type(f"Throwaway{next(_numbers)}", (models.Model,), body)


BREAKS: dict[str, tuple[Callable[[], type[models.Model]], str]] = {
    "unclassed column": (lambda: broken(models.IntegerField()), "says not what it holds"),
    "class that is none": (
        lambda: broken(models.IntegerField(), {"column": "whatever"}),
        "says not what it holds",
    ),
    "class without a column": (
        lambda: broken(models.IntegerField(), {"column": "figure", "gone": "figure"}),
        "gone: has a class, but there is no such column",
    ),
    "free text as vocabulary": (
        lambda: broken(models.TextField(), {"column": ColumnClass.VOCABULARY}),
        "TextField cannot hold the class vocabulary",
    ),
    "free text as figure": (
        lambda: broken(models.TextField(), {"column": ColumnClass.FIGURE}),
        "cannot hold",
    ),
    "long text as vocabulary": (
        lambda: broken(models.CharField(max_length=200), {"column": ColumnClass.VOCABULARY}),
        "hold a sentence",
    ),
    "long text as key": (
        lambda: broken(models.CharField(max_length=200), {"column": ColumnClass.KEY}),
        "hold a sentence",
    ),
    "text as figure": (
        lambda: broken(models.CharField(max_length=40), {"column": ColumnClass.FIGURE}),
        "a figure is a number",
    ),
    "e-mail address": (
        lambda: broken(models.EmailField(choices=[("a", "a")]), {"column": ColumnClass.VOCABULARY}),
        "free text and files stand sealed",
    ),
    "upload": (
        lambda: broken(models.FileField(), {"column": ColumnClass.KEY}),
        "FileField cannot hold",
    ),
    "address of a machine": (
        lambda: broken(models.GenericIPAddressField(), {"column": ColumnClass.KEY}),
        "cannot hold",
    ),
    "sealed column in clear": (
        lambda: broken(models.CharField(max_length=9), {"column": ColumnClass.SEALED}),
        "CharField cannot hold the class sealed",
    ),
    "sealed column missing among the personal fields": (
        lambda: broken(models.BinaryField(), {"column": ColumnClass.SEALED}),
        "missing in personal_fields.py",
    ),
    "staff column missing among the personal fields": (
        lambda: broken(models.CharField(max_length=40), {"column": ColumnClass.STAFF}),
        "missing in personal_fields.py",
    ),
    "place in a table that may hold none": (
        lambda: broken(models.FloatField(), {"column": ColumnClass.PLACE}),
        "a place may not stand in clear",
    ),
    "place smuggled as a time": (
        lambda: broken(models.FloatField(), {"column": ColumnClass.TIME}),
        "cannot hold",
    ),
    "name of a thing outside the tables of things": (
        lambda: broken(models.CharField(max_length=80), {"column": ColumnClass.THING}),
        "is no table of things",
    ),
    "JSON without a schema": (
        lambda: broken(models.JSONField(), {"column": ColumnClass.VOCABULARY}),
        "needs json_classes",
    ),
    "JSON with a point": (
        lambda: broken(models.JSONField(), json={"column": {"lon": ColumnClass.PLACE}}),
        "may not stand in JSON",
    ),
    "JSON with words": (
        lambda: broken(models.JSONField(), json={"column": {"words": ColumnClass.SEALED}}),
        "may not stand in JSON",
    ),
    "foreign key into another area": (
        lambda: broken(models.ForeignKey(_elsewhere(), on_delete=models.CASCADE, related_name="+")),
        "across areas a reference is kept",
    ),
    "foreign key up the kernel's floors": (
        lambda: broken(
            models.ForeignKey(Town, on_delete=models.CASCADE, related_name="+"), app="sealing"
        ),
        "points up",
    ),
    "many-to-many": (lambda: _many_to_many(), "hides its table"),
    "library's table": (lambda: _library_model(), "library_tables.py does not class"),
}


def _elsewhere() -> type[models.Model]:
    meta = type("Meta", (), {"app_label": "mediation"})
    return type(
        "Case", (models.Model,), {"__module__": "anlan.areas.mediation.models", "Meta": meta}
    )


def _many_to_many() -> type[models.Model]:
    meta = type("Meta", (), {"app_label": "dispatch"})
    body = {
        "__module__": "anlan.areas.dispatch.models",
        "Meta": meta,
        "towns": models.ManyToManyField(Town, related_name="+"),
    }
    return type(f"Throwaway{next(_numbers)}", (models.Model,), body)


def _library_model() -> type[models.Model]:
    meta = type("Meta", (), {"app_label": "tracking"})
    return type("Visit", (models.Model,), {"__module__": "tracking.models", "Meta": meta})


@pytest.mark.parametrize("name", BREAKS)
@isolate_apps("django.contrib.contenttypes")
def test_broken_column_is_found_and_named(name):
    build, sentence = BREAKS[name]
    model = build()
    found = rails.violations([model])
    assert [fault for fault in found if sentence in fault], found
    assert all(model._meta.label in fault for fault in found)


@isolate_apps("django.contrib.contenttypes")
def test_column_in_its_place_is_not_complained_of():
    sound = [
        broken(models.CharField(max_length=20), {"column": ColumnClass.VOCABULARY}),
        broken(models.FloatField(), {"column": ColumnClass.PLACE}, table="incident_place"),
        broken(models.JSONField(), json={"column": {"[]": ColumnClass.KEY}}),
        broken(models.ForeignKey(Town, on_delete=models.CASCADE, related_name="+")),
    ]
    assert rails.violations(sound) == []


def test_new_column_of_a_library_is_found_and_named(monkeypatch):
    table = LIBRARY_TABLES["sessions.Session"]
    columns = {name: c for name, c in table.columns.items() if name != "session_data"}
    monkeypatch.setitem(
        LIBRARY_TABLES, "sessions.Session", type(table)(table.what_for, table.lives, columns)
    )
    assert any(
        "sessions.Session.session_data" in fault for fault in rails.violations(every_model())
    )


def test_stored_value_that_is_no_code_is_found():
    class Row(models.Model):
        column_classes = {"state": ColumnClass.VOCABULARY}
        json_classes = {"needs": {"[].capability": ColumnClass.VOCABULARY, "[].count": "figure"}}
        state = models.CharField(max_length=40)
        needs = models.JSONField(default=list)

        class Meta:
            app_label = "dispatch"
            managed = False

    try:
        good = Row(state="on_scene", needs=[{"capability": "als", "count": 1}])
        assert rails.stray_values(Row, [good]) == []
        bad = Row(
            state="Mrs Silva, second floor",
            needs=[{"capability": "call Mrs Silva", "count": "two", "words": 1}],
        )
        faults = rails.stray_values(Row, [bad])
    finally:
        del apps.all_models["dispatch"]["row"]
        apps.clear_cache()
    assert len(faults) == 4
    assert "Silva" not in " ".join(faults)


# --- rail 3: one door ----------------------------------------------------------------------------


def _calls(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)} | {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name)
    }


# `anlan prove` steals from the scratch town that it made itself, as a thief would, past the door.
THIEVES = {"cli/proving/canary.py", "cli/proving/copies.py", "cli/proving/custodial.py"}


THEIRS = ("SealedText", "CaseKey", "KeyWrap", "AESGCM", "unwrap", "decrypt", "decrypt_texts")


def test_only_sealing_decrypts_and_reads_sealed_texts():
    outside = [path for path in SOURCE.rglob("*.py") if "kernel/sealing" not in path.as_posix()]
    for path in outside:
        if path.relative_to(SOURCE).as_posix() in THIEVES:
            continue
        used = _calls(path)
        for name in (
            "SealedText",
            "CaseKey",
            "KeyWrap",
            "AESGCM",
            "unwrap",
            "decrypt",
            "decrypt_texts",
        ):
            assert name not in used, (
                f"{path.relative_to(SOURCE)} uses {name}: open_one is the door."
            )


def test_attacks_that_decrypt_run_in_the_scratch_town_alone():
    thieves = {f"anlan.{each.removesuffix('.py').replace('/', '.')}" for each in THIEVES}
    using = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module in thieves
    }
    proving = {"cli/proving/copies.py", "cli/proving/custodial.py"}
    assert using == {"cli/proving/scratch.py", *proving}


def passing(keyword: str) -> set[str]:
    return {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.keyword) and node.arg == keyword
    }


def test_only_a_granted_disclosure_opens_for_an_authority():
    assert passing("granted") == {
        "areas/oversight/services.py",
        "kernel/sealing/custody/services/exports.py",
        "kernel/sealing/services.py",
    }


def test_only_what_waits_for_a_second_person_opens_for_deciding():
    assert passing("decides") == {"kernel/cases/services/reading.py", "kernel/sealing/services.py"}


def test_sealing_offers_no_search_over_texts():
    import inspect

    from anlan.kernel.sealing import queries, services
    from anlan.kernel.sealing.custody import services as custody

    offered = {
        name
        for module in (queries, services)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if not name.startswith("_") and function.__module__ == module.__name__
    }
    offered |= {name for name in custody.__all__ if inspect.isfunction(getattr(custody, name))}
    assert offered == {
        "check_service_key",
        "custodian_ref",
        "custodians",
        "custodians_altered",
        "custodians_stand",
        "destroy",
        "end_wraps",
        "export_case",
        "failing_wraps",
        "lacking_wraps",
        "opened_at_version",
        "opened_with",
        "is_sealed",
        "key_for_link",
        "keys_of",
        "living",
        "living_wraps",
        "no_custodians",
        "open_for_link",
        "open_one",
        "openings_in",
        "openings_of",
        "overwrite_log",
        "register_case_kind",
        "restore_wraps",
        "rewrap",
        "seal",
        "sealed_fields",
        "set_custodians",
        "shut_to",
        "standing_of",
        "unwrap_living",
        "wrap_living_anew",
    }


# --- rail 9 and what stands around ---------------------------------------------------------------


@pytest.mark.django_db
def test_triggers_that_guard_the_ledger_stand_after_all_migrations():
    """On the database at hand, as `anlan prove` looks for them; then one of them is taken away."""
    (look,) = (each for each in attacks_here() if each.code == "triggers")
    here = Here(Path("."), datetime(2026, 3, 2, tzinfo=UTC), ())
    assert "14 triggers on 7 tables" in look.run(here).seen.en
    on = " ON ledger_ledgerhead" if connection.vendor == "postgresql" else ""
    _first, second = triggers_of(connection.vendor, Guarded("", "ledger_ledgerhead"))
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {second}{on}")
    finding = look.run(here)
    assert finding.is_broken
    assert "ledger_ledgerhead" in finding.seen.en


def test_no_admin_pages_and_no_history_of_sign_ins():
    assert "django.contrib.admin" not in settings.INSTALLED_APPS
    assert settings.AXES_DISABLE_ACCESS_LOG
    assert not settings.AXES_ENABLE_ACCESS_FAILURE_LOG
    assert settings.ACCOUNT_USER_MODEL_EMAIL_FIELD is None


def test_nothing_from_another_host_is_allowed_by_the_content_policy():
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert directives["default-src"] == ["'none'"]
    allowed = {value for values in directives.values() for value in values}
    assert allowed <= {"'none'", "'self'", "data:", "blob:"}
    assert directives["script-src"] == directives["style-src"] == ["'self'"]
