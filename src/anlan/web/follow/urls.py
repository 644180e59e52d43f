"""Addresses of a party's own page. The token is the key; it stands nowhere else."""

from __future__ import annotations

from django.urls import path

from anlan.web.cases.posted import posted_by_link
from anlan.web.follow import uploads, views

urlpatterns = [
    path("<str:token>", views.follow, name="follow"),
    path("<str:token>/", views.follow),  # as it may be typed
    path("<str:token>/words", posted_by_link(views.words), name="follow_words"),
    path("<str:token>/do/<slug:action>", posted_by_link(views.act), name="follow_act"),
    path("<str:token>/documents", posted_by_link(uploads.add), name="follow_add_document"),
    path(
        "<str:token>/documents/<int:number>", posted_by_link(views.document), name="follow_document"
    ),
    path("<str:token>/language/<str:language>", views.language, name="follow_language"),
    path("<str:token>/end", posted_by_link(views.end), name="follow_end"),
]
