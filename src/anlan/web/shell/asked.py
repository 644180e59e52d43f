"""The public list of what is asked in each kind of case, out of the types themselves (rail 6)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, ngettext
from django.views.decorators.http import require_GET

from anlan.kernel.cases.registry import case_types
from anlan.kernel.cases.rules.types import CaseType, Field, FieldKind, Result, Unit
from anlan.kernel.places.catalogue import Label
from anlan.web.shell.words import listed


@require_GET
def asked(request: HttpRequest) -> HttpResponse:
    """Show, to anyone, every question of every kind of case, how it is kept and how long."""
    return render(request, "shell/asked.html", {"kinds": [_kind(one) for one in case_types()]})


def _kind(one: CaseType) -> dict[str, Any]:
    return {
        "code": one.code,
        "label": _said(one.label),
        "purpose": _said(one.purpose),
        "fields": [_field(each) for each in one.fields],
        "results": [{"label": _said(each.label), "kept": _kept(each)} for each in one.results],
    }


def _field(each: Field) -> dict[str, Any]:
    sealed = each.kind is FieldKind.WORDS or each.secret
    answers = [_said(choice.label) for choice in each.choices]
    return {"label": _said(each.label), "sealed": sealed, "answers": listed(answers)}


def _kept(each: Result) -> str:
    if each.keep.unit is Unit.MONTHS:
        return ngettext("%(n)s month", "%(n)s months", each.keep.amount) % {"n": each.keep.amount}
    return ngettext("%(n)s day", "%(n)s days", each.keep.amount) % {"n": each.keep.amount}


def _said(label: Label) -> str:
    return label.in_language(get_language() or "en")
