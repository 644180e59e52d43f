"""The agreement on paper, as a party takes it home by its link."""

from __future__ import annotations

from csp.decorators import csp_exempt
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from anlan.areas.mediation import services
from anlan.kernel.values import BadInput, Refused
from anlan.web.cases.shown import refusal_sentence
from anlan.web.follow.entering import Follower, by_link
from anlan.web.follow.page import page
from anlan.web.mediation.papers import paper, write_dossier


@by_link  # type: ignore[arg-type]  # what csp_exempt gives is typed more widely
@require_POST
@csp_exempt()  # type: ignore[arg-type]
def own_agreement(request: HttpRequest, follower: Follower) -> HttpResponse:
    """Give the agreement in force as PDF, in the language in which the party's page is read."""
    moments = {"at": follower.at, "recorded_at": follower.recorded_at}
    try:
        found = services.open_own_agreement(follower.link, follower.token, **moments)
    except Refused as said:
        return page(request, follower, trouble=refusal_sentence(said), status=409)
    except BadInput as fault:  # the installation lacks the keys
        return page(request, follower, trouble=str(fault), status=503)
    written = write_dossier(found, follower.town, language=follower.language)
    return paper(written, f"{follower.town.key}-mediation-{found.case.id}-agreement")
