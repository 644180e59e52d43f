"""Addresses of mediation's own pages."""

from __future__ import annotations

from django.urls import path

from anlan.web.cases.panels import (
    register_follow_panel,
    register_list_column,
    register_list_panel,
    register_panel,
)
from anlan.web.cases.posted import posted
from anlan.web.mediation import intake, panels, papers, places

register_panel("mediation", panels.of_case)
register_list_panel("mediation", panels.over_list)
register_list_column("mediation", panels.about)
register_follow_panel("mediation", panels.of_party)

_CASE = "<slug:key>/mediation/<int:number>"

urlpatterns = [
    path("<slug:key>/mediation/new", intake.new_request, name="mediation_new"),
    path("<slug:key>/mediation/sessions", places.sessions, name="mediation_sessions"),
    path("<slug:key>/mediation/rooms", places.rooms, name="mediation_rooms"),
    path("<slug:key>/mediation/counts", places.counts, name="mediation_counts"),
    path(
        f"{_CASE}/agreement", posted(papers.agreement, type="mediation"), name="mediation_agreement"
    ),
    path(f"{_CASE}/dossier", posted(papers.dossier, type="mediation"), name="mediation_dossier"),
]
