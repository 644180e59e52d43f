"""Addresses of published figures: for anyone, without an account."""

from __future__ import annotations

from django.urls import path

from anlan.web.figures import views

urlpatterns = [
    path("<slug:key>", views.figures, name="figures"),
    path("<slug:key>/<slug:subject>.csv", views.figures_csv, name="figures_csv"),
]
