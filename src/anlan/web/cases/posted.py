"""Addresses that only a form is sent to: opened otherwise, they lead to the page with that form.

A browser opens them so after a sign-in in the middle of a form, and when somebody presses Enter in
the address bar beside a form that came back.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

View = Callable[..., HttpResponseBase]


def posted(view: View, *, type: str = "") -> View:
    """Give a view whose address, opened without a form, leads to its case's page."""

    @functools.wraps(view)
    def entered(request: HttpRequest, **where: Any) -> HttpResponseBase:
        if request.method in ("GET", "HEAD"):
            return redirect("case", where["key"], type or where["type"], where["number"])
        return view(request, **where)

    return entered


def posted_by_link(view: View) -> View:
    """Give a view of a party's own whose address, opened without a form, leads to its page."""

    @functools.wraps(view)
    def entered(request: HttpRequest, token: str, **more: Any) -> HttpResponseBase:
        if request.method not in ("GET", "HEAD"):
            return view(request, token, **more)
        answer = redirect("follow", token)
        answer["Referrer-Policy"] = "no-referrer"
        answer["Cache-Control"] = "no-store, private"
        return answer

    return entered
