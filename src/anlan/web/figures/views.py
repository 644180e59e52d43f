"""Published counts as charts, tables and a file; a withheld count says so and why."""

from __future__ import annotations

import csv
import io

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from anlan.kernel.cases.queries.figures import releases
from anlan.kernel.cases.registry import figure_subject
from anlan.kernel.cases.registry import figures as subjects
from anlan.kernel.places import queries as places
from anlan.kernel.places.queries.rows import TownRow
from anlan.kernel.values import BadInput
from anlan.web.figures.charts import charts
from anlan.web.figures.tables import said, table


@require_GET
def figures(request: HttpRequest, key: str) -> HttpResponse:
    """Show what a town published, newest period first."""
    town = _town(key)
    shown = [
        {
            "subject": each,
            "label": said(each.label),
            "charts": charts(each, rows),
            "tables": [table(each, row) for row in reversed(rows)],
        }
        for each in subjects()
        if (rows := releases(town.key, subject=each.code))
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
