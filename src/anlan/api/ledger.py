"""The ledger's heads and public keys as text, for anyone: worth what others keep of them."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from anlan.api.errors import fault
from anlan.kernel.ledger import queries
from anlan.kernel.places import queries as places
from anlan.kernel.values import BadInput, Refused


@require_safe
def head(request: HttpRequest, key: str = "") -> HttpResponse:
    """Answer with the newest signed head (a C2SP checkpoint with its cosignatures)."""
    return _text(key, lambda town: queries.newest_head(town).note())


@require_safe
def public_key(request: HttpRequest, key: str = "") -> HttpResponse:
    """Answer with the ledger's public key (a C2SP vkey)."""

    def text(town: str) -> str:
        queries.newest_head(town)  # a key is made at the first sealing, not by who asks for it
        return f"{queries.ledger_key(town)}\n"

    return _text(key, text)


def _text(key: str, text: Callable[[str], str]) -> HttpResponse:
    try:
        town = places.town(key).key if key else ""
        return HttpResponse(text(town), content_type="text/plain; charset=utf-8")
    except BadInput:
        return fault(_("There is no such town."), code="town_unknown", status=404)
    except Refused:
        return fault(_("This ledger has no head yet."), code="not_sealed", status=404)
