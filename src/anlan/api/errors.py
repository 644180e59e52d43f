"""Every fault as {sentence, code}: a sentence in the reader's language, a code for programs."""

from __future__ import annotations

import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from anlan.api.encoding import answer
from anlan.kernel.values import BadInput, Forbidden, Refused

log = structlog.get_logger(__name__)


class NotThere(Exception):
    """What the address names does not exist in this town."""


PROBLEMS = {
    "missing": gettext_lazy("is missing"),
    "extra_forbidden": gettext_lazy("is not asked for here"),
    "float_type": gettext_lazy("must be a number"),
    "finite_number": gettext_lazy("must be a finite number"),
    "int_type": gettext_lazy("must be a whole number"),
    "int_parsing": gettext_lazy("must be a whole number"),
    "string_type": gettext_lazy("must be text"),
    "string_too_long": gettext_lazy("is too long"),
    "string_too_short": gettext_lazy("is too short"),
    "string_pattern_mismatch": gettext_lazy("is not written as it must be"),
    "list_type": gettext_lazy("must be a list"),
    "too_short": gettext_lazy("holds too few items"),
    "too_long": gettext_lazy("holds too many items"),
    "greater_than_equal": gettext_lazy("is too small"),
    "greater_than": gettext_lazy("is too small"),
    "less_than_equal": gettext_lazy("is too large"),
    "less_than": gettext_lazy("is too large"),
    "year_beyond": gettext_lazy("must lie in the years 1900 to 2200"),
}


def fault(sentence: str, *, code: str, status: int) -> HttpResponse:
    """Give one fault as the API's answer."""
    return answer({"sentence": str(sentence), "code": code}, status=status)


def bad_input(problems: list[dict[str, object]]) -> HttpResponse:
    """Give the first thing that is wrong with a request, named by its field."""
    first = problems[0] if problems else {}
    place = first.get("loc", ())
    names = [str(part) for part in place] if isinstance(place, (tuple, list)) else []
    field = next((name for name in reversed(names) if not name.isdigit()), "")
    problem = PROBLEMS.get(str(first.get("type")), _("is not valid"))
    sentence = _("“%(field)s” %(problem)s.") % {"field": field, "problem": problem}
    return fault(sentence, code="bad_input", status=422)


def _status_of(error: Refused) -> int:
    if error.code.startswith("no_such_"):
        return 404
    return 403 if isinstance(error, Forbidden) else 409


def install(api: NinjaAPI) -> None:
    """Make every fault that a view may raise an answer of the same shape."""
    _install_unreadable(api)

    @api.exception_handler(ValidationError)
    def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        return bad_input(error.errors)

    @api.exception_handler(BadInput)
    def _bad_input(request: HttpRequest, error: BadInput) -> HttpResponse:
        return fault(str(error), code="bad_input", status=422)

    @api.exception_handler(Refused)
    def _refused(request: HttpRequest, error: Refused) -> HttpResponse:
        return fault(error.sentence, code=error.code, status=_status_of(error))

    @api.exception_handler(AuthenticationError)
    def _unknown(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return fault(_("Sign in first."), code="not_signed_in", status=401)

    @api.exception_handler(NotThere)
    @api.exception_handler(Http404)
    def _absent(request: HttpRequest, error: Exception) -> HttpResponse:
        sentence = str(error) if isinstance(error, NotThere) else _("There is nothing here.")
        return fault(sentence, code="not_found", status=404)

    @api.exception_handler(Exception)
    def _broken(request: HttpRequest, error: Exception) -> HttpResponse:
        log.error("api_failed", error=type(error).__name__, exc_info=True)
        return fault(
            _("Something failed inside; what was acknowledged before is kept. Try again."),
            code="internal",
            status=500,
        )


def _install_unreadable(api: NinjaAPI) -> None:
    """The same for requests that never reach a view."""

    @api.exception_handler(HttpError)
    def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
        if error.status_code == 403:
            return fault(
                _(
                    "This page is out of date; load it again. A program sends with each write what "
                    "the cookie csrftoken holds, as the header X-CSRFToken."
                ),
                code="csrf_failed",
                status=403,
            )
        return fault(
            _("The request can't be read as JSON."), code="bad_input", status=error.status_code
        )

    @api.exception_handler(RequestDataTooBig)
    def _too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
        sentence = _("“%(field)s” %(problem)s.") % {
            "field": "body",
            "problem": PROBLEMS["string_too_long"],
        }
        return fault(sentence, code="too_large", status=413)
