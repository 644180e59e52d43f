"""What every address under /api/ shares: its schema and its one shape of fault."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import re_path
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI

from anlan.api.errors import fault

TOKEN = "CSRFToken"
TOKEN_SCHEME = {
    "type": "apiKey",
    "in": "header",
    "name": "X-CSRFToken",
    "description": f"What the cookie {settings.CSRF_COOKIE_NAME} holds; with every write.",
}


class Api(NinjaAPI):
    """ninja's API; its schema names the token of a write, its addresses never answer HTML."""

    def get_openapi_schema(self, **asked: Any) -> Any:
        """Give the schema: a write needs the session's cookie and the token's header, both."""
        schema = super().get_openapi_schema(**asked)
        schema["components"]["securitySchemes"][TOKEN] = TOKEN_SCHEME
        for methods in schema["paths"].values():
            for method, operation in methods.items():
                if method != "get":
                    operation["security"] = [{**one, TOKEN: []} for one in operation["security"]]
        return schema

    @property
    def addresses(self) -> Any:
        """Give the addresses for Django: what none of them is, is said to be absent."""
        patterns, *names = self.urls
        patterns.append(re_path("", _nothing))
        for one in patterns:
            if one.callback is not None:
                one.callback = _in_shape(one.callback)
        return patterns, *names


def _nothing(request: HttpRequest) -> HttpResponse:
    raise Http404


def _in_shape(view: Callable[..., Any]) -> Callable[..., Any]:
    """Give a view that says in JSON what Django and ninja would say in HTML or bare words.

    Without Django's own look at the token, whose refusal is a page: ninja looks at it.
    """

    @csrf_exempt
    @wraps(view)
    def answered(request: HttpRequest, **named: Any) -> Any:
        try:
            response = view(request, **named)
        except Http404:
            return fault(_("There is nothing here."), code="not_found", status=404)
        if response.status_code != 405:
            return response
        refused = fault(
            _("This address does not take %(method)s.") % {"method": request.method},
            code="method_not_allowed",
            status=405,
        )
        refused["Allow"] = response["Allow"]
        return refused

    return answered
