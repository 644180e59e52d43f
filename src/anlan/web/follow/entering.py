"""Who comes in by a link, and what every answer to them carries."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.csrf import csrf_exempt

from anlan.kernel.cases import queries
from anlan.kernel.cases.queries import LinkRow
from anlan.kernel.cases.services import count_one, pace_name
from anlan.kernel.places import queries as places
from anlan.kernel.places.queries.rows import TownRow
from anlan.web.shell.addresses import client_address

MOST_MISSES = 30  # tokens that lead nowhere, from one address within ten minutes
WITHIN = timedelta(minutes=10)

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Follower:
    """A party who came in by its link."""

    link: LinkRow
    token: str
    town: TownRow
    at: datetime
    recorded_at: datetime
    language: str

    @property
    def stamp(self) -> dict[str, Any]:
        """Give who acts, where and when."""
        return {
            "town_key": self.town.key,
            "actor": self.link.actor,
            "at": self.at,
            "recorded_at": self.recorded_at,
        }


def by_link(view: View) -> View:
    """Let a view be called by whoever holds a living link's token, and by nobody else.

    Exempt from Django's check of forged forms: that check guards what a browser adds by itself, a
    session's cookie, and here there is none. A stranger's page can't name the address, which is the
    key. Browsers send no origin from a page without referrers, so the check would fail every form.
    """

    @functools.wraps(view)
    def entered(request: HttpRequest, token: str, **more: Any) -> HttpResponse:
        answer = _answer(view, request, token, more)
        answer["Referrer-Policy"] = "no-referrer"
        answer["Cache-Control"] = "no-store, private"
        answer["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        return answer

    return csrf_exempt(entered)


def _answer(view: View, request: HttpRequest, token: str, more: dict[str, Any]) -> HttpResponse:
    asker, now = _asker(request), datetime.now(UTC)
    link = queries.link_of(token)  # first: a neighbour's misses shut out nobody who has a link
    if link is None and queries.counted(asker, now=now) >= MOST_MISSES:
        return render(request, "follow/gone.html", {"too_many": True}, status=429)
    if link is None:
        count_one(asker, now=now, within=WITHIN)
        return render(request, "follow/gone.html", status=404)
    town = places.town(link.town)
    follower = Follower(link, token, town, town.clock.at(now), now, get_language() or "en")
    return view(request, follower, **more)


def _asker(request: HttpRequest) -> str:
    """Name an address, for ten minutes, so that it can't be told from the name."""
    return pace_name("follow", client_address(request))
