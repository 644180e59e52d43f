"""Addresses of oversight's pages, beside the generic pages of cases."""

from __future__ import annotations

from django.urls import path

from anlan.areas.oversight.rules import CODE
from anlan.web.cases.panels import register_list_panel, register_next, register_panel
from anlan.web.cases.posted import posted
from anlan.web.oversight import disclosures, openings

register_panel(CODE, disclosures.of_case)
register_next(CODE, disclosures.next_in)
register_list_panel(CODE, disclosures.over_list)

urlpatterns = [
    path("<slug:key>/openings", openings.openings, name="openings"),
    path("<slug:key>/disclosures/new", disclosures.new, name="disclosure_new"),
    path(
        "<slug:key>/disclosures/<int:number>/open",
        posted(disclosures.open_it, type=CODE),
        name="disclosure_open",
    ),
    path(
        "<slug:key>/disclosures/<int:number>/documents/<int:document>",
        posted(disclosures.open_document, type=CODE),
        name="disclosure_document",
    ),
    path(
        "<slug:key>/disclosures/<int:number>/export",
        posted(disclosures.export, type=CODE),
        name="disclosure_export",
    ),
]
