"""Addresses of dispatch's pages."""

from __future__ import annotations

from django.urls import path

from anlan.web.dispatch import views

urlpatterns = [path("<slug:key>/board", views.board, name="board")]
