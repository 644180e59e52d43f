"""What the feed reads: who asks, what is new in a town's ledger, which rows that touched.

Everything here is synchronous and runs in the feed's own threads.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.db import close_old_connections, connections
from django.utils.translation import gettext as _

from anlan.api.encoding import changes_document
from anlan.areas.dispatch import queries as dispatch
from anlan.areas.dispatch.rules.access import may_see_incidents
from anlan.kernel.ledger import queries as ledger
from anlan.kernel.places import queries as places
from anlan.kernel.staff import queries as staff
from anlan.kernel.values import BadInput, TownClock

BATCH = 500  # entries read at once; a town writes a few dozen a second at its peak
CATCH_UP = 5_000  # a board further behind than this is quicker to load anew


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a board gets no feed."""

    status: int
    code: str
    sentence: str


class Source(Protocol):
    """What a feed needs to know about a town; tests give their own."""

    def refusal(self, scope: dict[str, Any], town: str) -> Refusal | None: ...
    def last_id(self, town: str) -> int: ...
    def after(self, town: str, last_id: int) -> Sequence[Any]: ...
    def changes(self, town: str, entries: Sequence[Any]) -> dict[str, Any]: ...
    def clock(self, town: str) -> TownClock: ...
    def reset(self) -> None: ...


class LedgerSource:
    """Reads the feed from the town's ledger."""

    def refusal(self, scope: dict[str, Any], town: str) -> Refusal | None:
        """Say why this request gets no feed: not signed in, no such town, not a member of it."""
        close_old_connections()
        request = ASGIRequest({**scope, "method": "GET"}, io.BytesIO())
        try:
            request.get_host()
        except DisallowedHost:
            return Refusal(400, "host_unknown", _("This server does not answer to that name."))
        request.session = SessionStore(request.COOKIES.get(_session_cookie()))
        user = get_user(request)
        if not user.is_authenticated:
            return Refusal(401, "not_signed_in", _("Sign in first."))
        try:
            places.town(town)
        except BadInput as unknown:
            return Refusal(404, "town_unknown", str(unknown))
        actor = staff.actor_for(user, town)
        if not actor.roles:
            return Refusal(403, "not_a_member", _("You hold no role in this town."))
        if not may_see_incidents(actor):
            return Refusal(403, "no_incidents", _("Your role opens no incident."))
        return None

    def last_id(self, town: str) -> int:
        """Give the id of the town's newest entry, 0 when it has none."""
        return ledger.last_id(town)

    def after(self, town: str, last_id: int) -> Sequence[Any]:
        """Give the town's next entries after an id, in the order of their ids."""
        return ledger.entries_after(town, last_id, limit=BATCH)

    def changes(self, town: str, entries: Sequence[Any]) -> dict[str, Any]:
        """Give the current rows that these entries touched, without any sealed text."""
        now = self.clock(town).at(datetime.now(UTC))
        return changes_document(dispatch.changes(town, entries, at=now))

    def clock(self, town: str) -> TownClock:
        """Give the town's clock as it is set now."""
        return places.town(town).clock

    def reset(self) -> None:
        """Drop this thread's database connection, for it failed."""
        connections.close_all()


def beat(clock: TownClock, *, event_id: int, real_now: datetime) -> bytes:
    """Give the sign of life that boards wait for; it carries the town's time."""
    document = {
        "event_id": event_id,
        "town_now": clock.at(real_now).astimezone(UTC).isoformat(),
        "real_now": real_now.astimezone(UTC).isoformat(),
    }
    return frame("beat", document)


def frame(event: str, document: dict[str, Any], *, event_id: int | None = None) -> bytes:
    """Write one server-sent event."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    head = "" if event_id is None else f"id: {event_id}\n"
    return f"{head}event: {event}\ndata: {text}\n\n".encode()


def _session_cookie() -> str:
    from django.conf import settings

    return str(settings.SESSION_COOKIE_NAME)
