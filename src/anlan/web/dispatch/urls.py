"""Addresses of dispatch's pages."""

from __future__ import annotations

from django.urls import path

from anlan.web.dispatch import run_cards, views

urlpatterns = [
    path("<slug:key>/board", views.board, name="board"),
    path("<slug:key>/run-cards", run_cards.run_cards, name="run_cards"),
    path("<slug:key>/run-cards/<int:change>", run_cards.decide, name="run_cards_decide"),
]
