"""A published table as it is laid out: a grid, or one line where nearly all of it is withheld."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from anlan.kernel.cases.queries.figures import ReleaseRow
from anlan.kernel.cases.rules.figures import ALL, FigureSubject, Key
from anlan.web.shell.words import listed


def table(subject: FigureSubject, row: ReleaseRow) -> dict[str, Any]:
    """Lay a grid of one or two sides out: the first side downwards, the second across."""
    first, *rest = subject.dimensions
    across = rest[0] if rest else None
    columns = [*(one.code for one in across.members), ALL] if across else [ALL]
    heads = [*(said(one.label) for one in across.members), _("all")] if across else [_("count")]
    sides = [*((one.code, said(one.label)) for one in first.members), (ALL, _("all"))]
    return {
        "period": str(row.period),
        "first": said(first.label),
        "heads": heads,
        "hidden": row.hidden,
        "size": len(row.counts),
        "mostly_hidden": row.mostly_hidden,
        "shown": [
            {"label": _name(subject, key), "count": count}
            for key, count in row.counts.items()
            if count is not None
        ],
        "rows": [
            {
                "label": label,
                "total": code == ALL,
                "cells": [row.counts[(code, column) if across else (code,)] for column in columns],
            }
            for code, label in sides
        ],
    }


def said(label: Any) -> str:
    """Give a label in the reader's language."""
    return str(label.in_language(get_language() or "en"))


def _name(subject: FigureSubject, key: Key) -> str:
    """Name a count by the members of its sides; a total by what is not summed over."""
    named = [
        said(one.label)
        for part, side in zip(key, subject.dimensions, strict=True)
        for one in side.members
        if one.code == part
    ]
    return listed(named) if named else _("all")
