"""Addresses of coverage's pages and files."""

from __future__ import annotations

from django.urls import path, re_path

from anlan.web.coverage import views, what_if

urlpatterns = [
    path("<slug:key>/coverage", views.coverage, name="coverage"),
    path("<slug:key>/siting", views.siting, name="siting"),
    path("<slug:key>/what-if", what_if.what_if, name="what_if"),
    path("<slug:key>/what-if/<int:number>", what_if.study, name="what_if_study"),
    path("<slug:key>/what-if/<int:number>/stop", what_if.stop_study, name="what_if_stop"),
    re_path(
        r"^(?P<key>[a-z0-9][a-z0-9-]{0,39})/what-if/(?P<number>[0-9]{1,12})/report\.(?P<ending>html|pdf|json)$",
        what_if.report,
        name="what_if_report",
    ),
    re_path(
        r"^(?P<key>[a-z0-9][a-z0-9-]{0,39})/coverage/cover\.(?P<ending>geojson|gpkg|png)$",
        views.coverage_file,
        name="coverage_file",
    ),
]
