"""The guard rails on columns: each says what it is, and stands where it may (scope.md 1, 3, 4).

`violations(models)` walks Django's models and gives one sentence for each fault. It reads no data;
`stray_values` looks into stored rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db import models

from anlan.kernel.ledger.rules import REFERENCE_PATTERN
from anlan.kernel.sealing.classes import ColumnClass
from anlan.kernel.sealing.library_tables import LIBRARY_TABLES
from anlan.kernel.sealing.personal_fields import PERSONAL_COLUMNS

# Where a point, or a street that gives one away, may stand in clear, and why (rail 4).
PLACE_TABLES: Mapping[str, str] = {
    "incident_place": "an open incident's point, gone on sealing",
    "places_post": "a facility's place: a thing",
    "places_unit": "where a vehicle without a post stands: a thing",
    "places_closure": "a street: a thing",
    "places_loggedcall": "the middle of a block, never an address",
    "coverage_study": "where a new post is asked about: a thing to be",
    "hazards_premises": "a thing of a listed class, never a home",
    "dispatch_unitstate": "the latest point of a unit with a crew signed in (rail 5)",
}
# Where the name or mark of a thing may stand as text.
THING_TABLES: Mapping[str, str] = {
    "places_town": "the town",
    "cases_office": "an office's public name",
    "mediation_room": "a room's public name",
    "places_roadsnapshot": "a folder of roads",
    "places_post": "a facility's name and public address",
    "places_unit": "a vehicle's mark",
    "staff_shift": "the mark of the vehicle",
    "dispatch_arrivalfigure": "the post's mark",
    "hazards_premises": "a thing's public name and mark",
    "hazards_checklist": "the public name of a form",
    "hazards_checklistquestion": "a question about a thing, as it is published",
}
KERNEL_FLOORS = (
    "ledger",
    "sealing",
    "places",
    "staff",
    "cases",
)  # each may refer to those before it
CODE_LENGTH = 64  # a code or a reference; more could hold a sentence
CODE_PATTERN = re.compile(r"[\w.:+/-]*", re.ASCII)
_JSON_CLASSES = {ColumnClass.VOCABULARY, ColumnClass.TIME, ColumnClass.FIGURE, ColumnClass.KEY}

_TEXT = (models.CharField, models.TextField)
_WHOLE = (models.IntegerField, models.BooleanField)
_TIMES = (models.DateField, models.TimeField, models.DurationField)  # DateTimeField is a DateField
_CODES = (models.CharField, models.UUIDField, *_WHOLE)
# Which columns may carry a class: a text column is looked at more closely below.
_FORMS: Mapping[ColumnClass, tuple[type[models.Field[Any, Any]], ...]] = {
    ColumnClass.VOCABULARY: _CODES,
    ColumnClass.KEY: _CODES,
    ColumnClass.TIME: _TIMES,
    ColumnClass.FIGURE: (models.FloatField, models.DecimalField, *_WHOLE, models.CharField),
    ColumnClass.PLACE: (models.FloatField, models.IntegerField, models.CharField),
    ColumnClass.THING: (models.CharField,),
    ColumnClass.SEALED: (models.BinaryField,),
    ColumnClass.STAFF: (models.CharField, *_WHOLE, *_TIMES),
}
_CELL_LENGTH = 15  # an H3 cell is the one figure that is written with letters


def violations(all_models: Iterable[type[models.Model]]) -> list[str]:
    """Give a sentence for every column that is unclassed or misplaced, in the models' order."""
    found: list[str] = []
    for model in all_models:
        found += _our_faults(model) if is_ours(model) else _library_faults(model)
    return found


def is_ours(model: type[models.Model]) -> bool:
    """Say whether a model is Anlan's rather than a library's."""
    return model.__module__.partition(".")[0] == "anlan"


def personal_faults(all_models: Iterable[type[models.Model]]) -> list[str]:
    """Give a sentence for every line of the table of personal fields that has no column."""
    columns = {
        f"{model._meta.label}.{field.name}"
        for model in all_models
        for field in model._meta.concrete_fields
    }
    return [
        f"{name}: stands in personal_fields.py, but there is no such column."
        for name in PERSONAL_COLUMNS
        if name not in columns
    ]


def _our_faults(model: type[models.Model]) -> Iterator[str]:
    label = model._meta.label
    declared = dict(getattr(model, "column_classes", {}))
    json_declared = dict(getattr(model, "json_classes", {}))
    for field in model._meta.concrete_fields:
        name = f"{label}.{field.name}"
        if isinstance(field, models.ForeignKey):
            yield from _reference_faults(name, model, field)
        elif isinstance(field, models.JSONField):
            yield from _json_faults(name, json_declared.get(field.name))
        elif not (field.primary_key and isinstance(field, models.AutoField | models.UUIDField)):
            yield from _column_faults(name, model, field, declared.get(field.name))
    names = {field.name for field in model._meta.concrete_fields}
    for stray in sorted((declared.keys() | json_declared.keys()) - names):
        yield f"{label}.{stray}: has a class, but there is no such column."
    for many in model._meta.local_many_to_many:
        yield f"{label}.{many.name}: a many-to-many column hides its table; write the table out."


def _column_faults(
    name: str, model: type[models.Model], field: models.Field[Any, Any], declared: object
) -> Iterator[str]:
    column_class = _as_class(declared)
    if column_class is None:
        yield f"{name}: says not what it holds; add it to column_classes."
        return
    if not isinstance(field, _FORMS.get(column_class, ())):
        yield f"{name}: a {type(field).__name__} cannot hold the class {column_class.value}."
        return
    if isinstance(field, models.TextField | models.EmailField | models.URLField | models.FileField):
        yield f"{name}: free text and files stand sealed, never in clear."
    table = model._meta.db_table
    if column_class is ColumnClass.PLACE and table not in PLACE_TABLES:
        yield f"{name}: a place may not stand in clear in {table}."
    if column_class is ColumnClass.THING and table not in THING_TABLES:
        yield f"{name}: {table} is no table of things."
    if column_class in {ColumnClass.STAFF, ColumnClass.SEALED} and name not in PERSONAL_COLUMNS:
        yield f"{name}: is personal and missing in personal_fields.py."
    yield from _text_faults(name, field, column_class)


def _text_faults(
    name: str, field: models.Field[Any, Any], column_class: ColumnClass
) -> Iterator[str]:
    if not isinstance(field, models.CharField):
        return
    length = field.max_length or 10_000
    if column_class in {ColumnClass.VOCABULARY, ColumnClass.KEY}:
        bounded = field.choices or length <= CODE_LENGTH or len(field.validators) > 1
        if not bounded:
            yield f"{name}: {length} letters without choices or a pattern hold a sentence."
    if column_class is ColumnClass.FIGURE and length > _CELL_LENGTH:
        yield f"{name}: a figure is a number; of texts only an area cell is one."


def _json_faults(name: str, declared: object) -> Iterator[str]:
    if not isinstance(declared, Mapping) or not declared:
        yield f"{name}: a JSON column needs json_classes that class each key."
        return
    for key, value in declared.items():
        column_class = _as_class(value)
        if column_class not in _JSON_CLASSES:
            yield f"{name}[{key}]: the class {value} may not stand in JSON."


def _reference_faults(
    name: str, model: type[models.Model], field: models.ForeignKey[Any, Any]
) -> Iterator[str]:
    own, other = model._meta.app_label, field.related_model._meta.app_label
    if own == other:
        return
    if other not in KERNEL_FLOORS:
        yield f"{name}: points into {other}; across areas a reference is kept, not a foreign key."
    elif own in KERNEL_FLOORS and KERNEL_FLOORS.index(other) > KERNEL_FLOORS.index(own):
        yield f"{name}: points up, from {own} to {other}."


def _library_faults(model: type[models.Model]) -> Iterator[str]:
    label = model._meta.label
    table = LIBRARY_TABLES.get(label)
    if table is None:
        yield f"{label}: a library's table that library_tables.py does not class."
        return
    columns = {
        field.name
        for field in model._meta.concrete_fields
        if not field.is_relation and not isinstance(field, models.AutoField)
    }
    for name in sorted(columns - table.columns.keys()):
        yield f"{label}.{name}: a library's column that library_tables.py does not class."
    for name in sorted(table.columns.keys() - columns):
        yield f"{label}.{name}: stands in library_tables.py, but there is no such column."


def _as_class(declared: object) -> ColumnClass | None:
    try:
        return ColumnClass(declared)  # type: ignore[arg-type]
    except ValueError:
        return None


def stray_values(model: type[models.Model], rows: Iterable[models.Model]) -> list[str]:
    """Give a sentence for each stored code that is none and each JSON key that has no class.

    The sentence names the column, never the value.
    """
    found: set[str] = set()
    held = {field.attname: field for field in model._meta.concrete_fields}
    columns = [held[attname] for attname in coded_columns(model)]
    json_classes = getattr(model, "json_classes", {})
    for row in rows:
        for field in columns:
            value = getattr(row, field.attname)
            name = f"{model._meta.label}.{field.name}"
            if isinstance(field, models.JSONField):
                found.update(_stray_json(name, value, json_classes.get(field.name)))
            elif not _is_code(value):
                found.add(f"{name}: holds something that is no code.")
    return sorted(found)


def coded_columns(model: type[models.Model]) -> list[str]:
    """Give the columns of a table that hold codes or JSON: what `stray_values` reads."""
    declared = getattr(model, "column_classes", {})
    return [
        field.attname
        for field in model._meta.concrete_fields
        if isinstance(field, models.JSONField) or _as_class(declared.get(field.name)) in _CODED
    ]


_CODED = {ColumnClass.VOCABULARY, ColumnClass.KEY}


def _is_code(value: object) -> bool:
    """Say whether a text is a code; a reference may name a unit as its town does."""
    if not isinstance(value, str) or CODE_PATTERN.fullmatch(value):
        return True
    return bool(re.fullmatch(REFERENCE_PATTERN, value))


def _stray_json(name: str, value: object, declared: object) -> Iterator[str]:
    classes = declared if isinstance(declared, Mapping) else {}
    for path, leaf in _leaves(value, ""):
        column_class = _as_class(classes.get(path, classes.get("*")))
        if column_class is None:
            yield f"{name}[{path}]: a key without a class."
        elif column_class is ColumnClass.FIGURE and isinstance(leaf, str):
            yield f"{name}[{path}]: a text where a figure should be."
        elif column_class in _CODED and not _is_code(leaf):
            yield f"{name}[{path}]: holds something that is no code."


def _leaves(value: object, path: str) -> Iterator[tuple[str, object]]:
    """Walk a JSON value: "[]" is a list's member, "a.b" a key below a key."""
    if isinstance(value, Mapping):
        for key, member in value.items():
            yield from _leaves(member, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for member in value:
            yield from _leaves(member, f"{path}[]")
    else:
        yield path, value
