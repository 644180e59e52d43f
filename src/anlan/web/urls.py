"""Addresses of pages; each area's stand in its own folder."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("anlan.web.staff.urls")),
    path("towns/", include("anlan.web.dispatch.urls")),
    path("towns/", include("anlan.web.coverage.urls")),
    path("figures/", include("anlan.web.figures.urls")),
    path("towns/", include("anlan.web.cases.urls")),
    path("follow/", include("anlan.web.follow.urls")),
    path("follow/", include("anlan.web.mediation.follow_urls")),
    path("towns/", include("anlan.web.hazards.urls")),
    path("report/", include("anlan.web.hazards.public_urls")),
    path("towns/", include("anlan.web.mediation.urls")),
    path("towns/", include("anlan.web.oversight.urls")),
    path("", include("anlan.web.shell.urls")),
]
