"""Who comes in to which town's cases, when. What one may not see isn't there."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from anlan.kernel.cases import queries
from anlan.kernel.cases.queries import CaseRow
from anlan.kernel.cases.rules.types import CaseType
from anlan.kernel.places import queries as places
from anlan.kernel.places.queries.rows import TownRow
from anlan.kernel.staff import queries as staff
from anlan.kernel.values import Actor, BadInput, Refused
from anlan.web.cases.forms import TownChoices

LENGTH_OF_A_NUMBER = 32  # a random UUID's, or longer


@dataclass(frozen=True, slots=True)
class Entered:
    """A member of staff in a town, now: `at` by the town's clock, `recorded_at` by ours."""

    town: TownRow
    actor: Actor
    at: datetime
    recorded_at: datetime
    language: str

    def stamp(self) -> dict[str, Any]:
        """Give what a service is told: where, who, when."""
        return {
            "town_key": self.town.key,
            "actor": self.actor,
            "at": self.at,
            "recorded_at": self.recorded_at,
        }


def enter(request: HttpRequest, key: str) -> Entered:
    """Let a member of staff in; an unknown town is not there, without a role it is refused."""
    try:
        town = places.town(key)
    except BadInput as unknown:
        raise Http404 from unknown
    actor = staff.actor_for(request.user, key)
    if not actor.roles:
        raise PermissionDenied(
            _("You hold no role in this town. An administrator grants one with: anlan staff grant.")
        )
    now = datetime.now(UTC)
    return Entered(town, actor, town.clock.at(now), now, get_language() or "en")


def seen_type(entered: Entered, code: str) -> CaseType:
    """Give a case type of which this member may see cases."""
    for one in queries.types_seen_by(entered.actor.roles):
        if one.code == code:
            return one
    raise Http404


def seen_case(entered: Entered, code: str, number: int) -> tuple[CaseType, CaseRow]:
    """Give a case that this member may see, with its type."""
    kind = seen_type(entered, code)
    try:
        row = queries.case(number, town_key=entered.town.key, actor=entered.actor)
    except Refused as absent:
        raise Http404 from absent
    if row.type != code:
        raise Http404
    return kind, row


def town_choices(entered: Entered) -> TownChoices:
    """Give what forms offer of a town: accounts that can sign in, offices, the zone."""
    key = entered.town.key
    members = [(one.staff_ref, one.username) for one in staff.members_of(key) if one.active]
    offices = [(one.ident, one.name) for one in queries.offices(key)]
    return TownChoices(entered.town.tz, tuple(members), tuple(offices))


def client_key_of(sent: QueryDict) -> str | None:
    """Give the key under which a sent form is done once, however often it is sent.

    The page's own random number is mixed with all that was filled in: a form that the browser
    brought back and that was changed is another write. That number is kept nowhere, so the key
    tells nothing of the words; without it there is no key, for that would be a hash of them.
    """
    number = sent.get("client_key", "")
    if len(number) < LENGTH_OF_A_NUMBER:
        return None
    parts = [number]
    for name in sorted(sent):
        if name not in ("client_key", "csrfmiddlewaretoken"):
            parts += [name, *sent.getlist(name)]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:40]


def form_key_of(sent: QueryDict) -> str | None:
    """Give the key of one page's form: brought back and changed, it is refused as sent before.

    For what is opened: there, another write would be a second case of the same matter.
    """
    number = sent.get("client_key", "")
    if len(number) < LENGTH_OF_A_NUMBER:
        return None
    return hashlib.sha256(number.encode()).hexdigest()[:40]
