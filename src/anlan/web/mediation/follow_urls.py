"""What a party of a mediation does by its link beside what every case type offers."""

from __future__ import annotations

from django.urls import path

from anlan.web.cases.posted import posted_by_link
from anlan.web.mediation.own_paper import own_agreement

urlpatterns = [
    path("<str:token>/agreement", posted_by_link(own_agreement), name="follow_agreement"),
]
