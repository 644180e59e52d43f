"""Which part of the house answers which address."""

from __future__ import annotations

from django.urls import include, path, re_path

from anlan.api import ledger
from anlan.api.app import api
from anlan.api.basemap import basemap

urlpatterns = [
    path("api/", api.addresses),
    re_path(r"^maps/(?P<key>[a-z0-9][a-z0-9-]{0,39})/basemap\.pmtiles$", basemap, name="basemap"),
    path("ledger/head", ledger.head),
    path("ledger/key", ledger.public_key),
    path("ledger/<slug:key>/head", ledger.head),
    path("ledger/<slug:key>/key", ledger.public_key),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("anlan.web.urls")),
]
