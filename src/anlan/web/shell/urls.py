"""Addresses of the shell: the list of towns, what is asked and never stored, the display."""

from __future__ import annotations

from django.urls import path

from anlan.web.shell import asked, views

urlpatterns = [
    path("", views.towns, name="towns"),
    path("privacy/", views.privacy, name="privacy"),
    path("privacy/asked/", asked.asked, name="asked"),
    path("display/theme/", views.set_theme, name="set_theme"),
]
