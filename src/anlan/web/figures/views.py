"""Published counts as tables and as a file; a withheld count says so and why."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from anlan.kernel.cases.queries.figures import ReleaseRow, releases
from anlan.kernel.cases.registry import figure_subject
from anlan.kernel.cases.registry import figures as subjects
from anlan.kernel.cases.rules.figures import ALL, FigureSubject
from anlan.kernel.places import queries as places
from anlan.kernel.places.queries.rows import TownRow
from anlan.kernel.values import BadInput


@require_GET
def figures(request: HttpRequest, key: str) -> HttpResponse:
    """Show what a town published, newest period first."""
    town = _town(key)
    shown = [
        {"subject": each, "label": _said(each.label), "tables": tables}
        for each in subjects()
        if (tables := _tables(town, each))
    ]
    return render(request, "figures/figures.html", {"town": town, "subjects": shown})


@require_GET
def figures_csv(request: HttpRequest, key: str, subject: str) -> HttpResponse:
    """Give a subject's published counts as CSV, in codes."""
    town = _town(key)
    try:
        what = figure_subject(subject)
    except BadInput as unknown:
        raise Http404 from unknown
    file = io.StringIO()
    out = csv.writer(file)
    out.writerow(["period", *(each.code for each in what.dimensions), "count"])
    for row in releases(town.key, subject=what.code):
        for cell, count in row.counts.items():
            out.writerow([str(row.period), *cell, "withheld" if count is None else count])
    response = HttpResponse(file.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{town.key}-{what.code}.csv"'
    return response


def _town(key: str) -> TownRow:
    try:
        return places.town(key)
    except BadInput as unknown:
        raise Http404 from unknown


def _tables(town: TownRow, subject: FigureSubject) -> list[dict[str, Any]]:
    rows = releases(town.key, subject=subject.code)
    return [_table(subject, row) for row in reversed(rows)]


def _table(subject: FigureSubject, row: ReleaseRow) -> dict[str, Any]:
    """Lay a grid of one or two sides out: the first side downwards, the second across."""
    first, *rest = subject.dimensions
    across = rest[0] if rest else None
    columns = [*(one.code for one in across.members), ALL] if across else [ALL]
    heads = [*(_said(one.label) for one in across.members), _("all")] if across else [_("count")]
    sides = [*((one.code, _said(one.label)) for one in first.members), (ALL, _("all"))]
    return {
        "period": str(row.period),
        "first": _said(first.label),
        "heads": heads,
        "rows": [
            {
                "label": label,
                "total": code == ALL,
                "cells": [row.counts[(code, column) if across else (code,)] for column in columns],
            }
            for code, label in sides
        ],
    }


def _said(label: Any) -> str:
    return str(label.in_language(get_language() or "en"))
