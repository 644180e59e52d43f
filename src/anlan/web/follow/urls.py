"""Addresses of a party's own page. The token is the key; it stands nowhere else."""

from __future__ import annotations

from django.urls import path

from anlan.web.follow import uploads, views

urlpatterns = [
    path("<str:token>", views.follow, name="follow"),
    path("<str:token>/", views.follow),  # as it may be typed
    path("<str:token>/words", views.words, name="follow_words"),
    path("<str:token>/do/<slug:action>", views.act, name="follow_act"),
    path("<str:token>/documents", uploads.add, name="follow_add_document"),
    path("<str:token>/documents/<int:number>", views.document, name="follow_document"),
    path("<str:token>/language/<str:language>", views.language, name="follow_language"),
    path("<str:token>/end", views.end, name="follow_end"),
]
