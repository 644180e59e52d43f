"""A file looked into before anything of it is kept: its size, a scanner's word, its content."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import structlog
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from anlan.gateways import content, virus
from anlan.kernel.values import BadInput, Refused

AT_A_TIME = 2  # of the four threads that answer
WAITS_AT_MOST_S = 10.0
_places = threading.BoundedSemaphore(AT_A_TIME)
_queue = threading.BoundedSemaphore(1)

log = structlog.get_logger("anlan.kernel.cases.documents")

_UNFIT = {
    "empty": gettext_noop("This file is empty."),
    "unknown": gettext_noop(
        "A file of this kind is not taken. Send a PDF, a JPEG or PNG picture, or text in UTF-8; "
        "office files can be saved as PDF."
    ),
    "damaged": gettext_noop("This file is damaged or cut off; save it again and send it anew."),
    "too_many_pixels": gettext_noop("This picture is too large: at most 64 million pixels."),
    "two_faced": gettext_noop(
        "This file is more than one thing at once, which attackers make; it was not taken."
    ),
    "active": gettext_noop(
        "This PDF runs scripts, starts programmes or carries other files; print it to a new PDF."
    ),
    "encrypted": gettext_noop("This PDF is locked with a password; save it without one."),
    "too_much": gettext_noop("This file takes too much work to look into; send a simpler one."),
    "busy": gettext_noop("Many files are being looked into just now; try again in a minute."),
}


def look_into(data: bytes) -> tuple[content.Checked, str]:
    """Have the scanner and the checker look at a file; gives it cleaned, and what was scanned."""
    most = settings.ANLAN_UPLOAD_MB
    if len(data) > most * 1_000_000:
        raise too_large()
    with _place():
        scanned = _scan(data)
        try:
            checked = content.look_into(data)
        except content.Unfit as unfit:
            if unfit.code == "busy":
                raise _busy() from unfit
            raise BadInput(_(_UNFIT.get(unfit.code, _UNFIT["unknown"]))) from unfit
    if len(checked.data) > 2 * most * 1_000_000:  # pictures may grow a little when written anew
        raise too_large()
    return checked, scanned


@contextlib.contextmanager
def _place() -> Iterator[None]:
    """Hold one of the few places for looking into a file; at most one sender waits for one.

    The others are told at once to come again: each that waits holds a thread of those that answer
    the desk, and neither many files nor a scanner that hangs may hold them all.
    """
    if not _places.acquire(blocking=False):
        if not _queue.acquire(blocking=False):
            raise _busy()
        try:
            if not _places.acquire(timeout=WAITS_AT_MOST_S):
                raise _busy()
        finally:
            _queue.release()
    try:
        yield
    finally:
        _places.release()


def _busy() -> Refused:
    """Nothing is wrong with the file: whoever sends it tries again."""
    return Refused(_(_UNFIT["busy"]), code="busy")


def too_large() -> BadInput:
    """Give the sentence for a file above the limit."""
    return BadInput(
        _("This file is too large: at most {most} MB.").format(most=settings.ANLAN_UPLOAD_MB)
    )


def _scan(data: bytes) -> str:
    """Give "clean", or "not_scanned" where no scanner is set; what it finds is not taken."""
    if not settings.ANLAN_CLAMD:
        return "not_scanned"
    try:
        verdict = virus.scan(
            data, address=settings.ANLAN_CLAMD, timeout_s=settings.ANLAN_CLAMD_TIMEOUT_S
        )
    except virus.TooLong as long:
        log.warning("documents.not_scanned", gateway="virus", outcome="too_long")
        raise BadInput(
            _("This file is larger than the virus scanner here takes; send a smaller one.")
        ) from long
    except virus.Unreachable as away:
        log.warning("documents.not_scanned", gateway="virus", outcome="unreachable")
        raise Refused(
            _("The virus scanner doesn't answer just now; try again later."), code="no_scanner"
        ) from away
    if not verdict.clean:
        log.warning("documents.infected", gateway="virus", outcome="refused")
        raise BadInput(_("The virus scanner found something in this file; it was not taken."))
    return "clean"
