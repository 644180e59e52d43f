"""What a page's script is told, with the key under which this session's browser keeps drafts."""

from __future__ import annotations

import base64
import secrets
from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils.translation import get_language

from anlan.web.shell.words import page_words

DRAFT_KEY = "draft_key"
DRAFT_KEY_BYTES = 32


def page_data(request: HttpRequest, town_key: str) -> dict[str, Any]:
    """Give the one JSON block of a page."""
    return {
        "lang": get_language(),
        "town": town_key,
        "csrf": get_token(request),
        "draft_key": draft_key(request),
        "words": page_words(),
    }


def draft_key(request: HttpRequest) -> str:
    """Give the key under which this session's browser keeps drafts; it ends with the session."""
    if DRAFT_KEY not in request.session:
        fresh = secrets.token_bytes(DRAFT_KEY_BYTES)
        request.session[DRAFT_KEY] = base64.b64encode(fresh).decode("ascii")
    return str(request.session[DRAFT_KEY])
