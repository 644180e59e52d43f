"""Addresses that anyone may open: reporting a hazard, and what inspectors ask."""

from __future__ import annotations

from django.urls import path

from anlan.web.hazards import report

urlpatterns = [
    path("<slug:key>/hazard", report.hazard, name="report_hazard"),
    path("<slug:key>/asked", report.asked, name="report_asked"),
]
