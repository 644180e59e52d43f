"""What is asked at inspections: the forms in force, and those that wait for a second person."""

from __future__ import annotations

import tomllib
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from anlan.areas.hazards import queries, services
from anlan.areas.hazards.rules.checklists import Form, checklist_catalogue, may_propose, may_second
from anlan.kernel.staff.queries import username_of
from anlan.kernel.values import BadInput
from anlan.web.cases.entering import Entered, client_key_of
from anlan.web.hazards.frame import carried_out, class_words, enter_register, page_of, words_of

LARGEST_FORM = 100_000


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def checklists(request: HttpRequest, key: str) -> HttpResponse:
    """Show what is asked; a file that is sent proposes a form, a second person agrees."""
    entered = enter_register(request, key)
    if not may_propose(entered.actor):
        raise PermissionDenied
    trouble = ""
    if request.method == "POST":
        trouble = carried_out(lambda: _change(request, entered))
        if not trouble:
            return redirect("checklists", key)
    waiting = [
        {
            **form_words(form),
            "by": username_of(proposed.proposed_by),
            "may": may_second(entered.actor, proposed_by=proposed.proposed_by),
        }
        for proposed, form in queries.proposed_forms(key)
    ]
    page = page_of(
        entered,
        here="checklists",
        forms=[form_words(one) for one in queries.forms_in_force(key)],
        waiting=waiting,
        trouble=trouble,
    )
    return render(request, "hazards/checklists.html", page, status=422 if trouble else 200)


def form_words(form: Form) -> dict[str, Any]:
    """Give a form as a page shows it."""
    language = get_language() or "en"
    closed, classes = checklist_catalogue(), class_words()
    return {
        "code": form.code,
        "number": form.number,
        "label": form.label.in_language(language),
        "classes": [classes[one] for one in form.classes],
        "questions": [
            {
                "label": one.label.in_language(language),
                "answers": list(words_of(closed.answers[one.answers].choices).values()),
            }
            for one in form.questions
        ],
    }


def _change(request: HttpRequest, entered: Entered) -> None:
    sent = request.POST
    more: dict[str, Any] = {"client_key": client_key_of(sent), **entered.stamp()}
    match sent.get("do", ""):
        case "propose":
            services.propose_checklist(_read(request), **more)
        case "agree" | "decline" as said:
            services.decide_checklist(sent.get("code", ""), agree=said == "agree", **more)
        case _:
            raise BadInput(_("This is none of the choices offered."))


def _read(request: HttpRequest) -> dict[str, Any]:
    file = request.FILES.get("form")
    if not isinstance(file, UploadedFile) or (file.size or 0) > LARGEST_FORM:
        raise BadInput(_("Choose a form: a TOML file of at most 100 kB."))
    try:
        return tomllib.loads(file.read().decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(_("This file is no readable TOML.")) from error
