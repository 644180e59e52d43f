"""Words that were opened to work on a case show again on this session's next pages of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.http import HttpRequest

from anlan.kernel.cases import services as cases
from anlan.kernel.cases.queries import CaseRow
from anlan.kernel.cases.services import OpenedCase
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.values import BadInput, Refused
from anlan.web.cases.entering import Entered

# One opening for handling covers 12 hours; within them the page shows the words again by itself.
SHOWN_FOR = timedelta(hours=11)
OPENED = "opened_cases"
MOST_OPENED = 40


def take_off(request: HttpRequest, row: CaseRow) -> None:
    """Show a case's words on this session's pages no more."""
    kept = dict(request.session.get(OPENED, {}))
    kept.pop(row.ref, None)
    request.session[OPENED] = kept


def keep_shown(request: HttpRequest, entered: Entered, row: CaseRow) -> None:
    """Keep in the session that a case's words were opened for handling, and when."""
    kept = dict(request.session.get(OPENED, {}))
    kept.pop(row.ref, None)
    latest = dict(list(kept.items())[-MOST_OPENED + 1 :])
    request.session[OPENED] = {**latest, row.ref: entered.recorded_at.isoformat()}


def standing_words(request: HttpRequest, entered: Entered, row: CaseRow) -> OpenedCase | None:
    """Give the words where an opening of this session, made for handling, still covers them."""
    since = request.session.get(OPENED, {}).get(row.ref)
    if since is None or entered.recorded_at - datetime.fromisoformat(since) > SHOWN_FOR:
        return None
    try:
        return cases.open_words(row.id, purpose=Purpose.HANDLING, **entered.stamp())
    except (BadInput, Refused):  # no longer its handler, sealed meanwhile, or its keys are gone
        return None
