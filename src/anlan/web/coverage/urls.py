"""Addresses of coverage's pages and files."""

from __future__ import annotations

from django.urls import path, re_path

from anlan.web.coverage import views

urlpatterns = [
    path("<slug:key>/coverage", views.coverage, name="coverage"),
    path("<slug:key>/siting", views.siting, name="siting"),
    re_path(
        r"^(?P<key>[a-z0-9][a-z0-9-]{0,39})/coverage/cover\.(?P<ending>geojson|gpkg|png)$",
        views.coverage_file,
        name="coverage_file",
    ),
]
