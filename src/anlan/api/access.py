"""The desk at which a request is answered: who asks, in which town, at which of the two times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.security import APIKeyCookie

from anlan.api.errors import NotThere
from anlan.areas.coverage.rules.coverage import may_plan
from anlan.areas.dispatch.rules.access import may_see_incidents
from anlan.kernel.places import queries as places
from anlan.kernel.places.queries.rows import TownRow
from anlan.kernel.staff import queries as staff
from anlan.kernel.values import Actor, BadInput, Forbidden


class Session(APIKeyCookie):
    """Signed in by Django's session; a write needs the CSRF token as well."""

    param_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> Any:
        """Say who asks; None makes a 401, before the token is looked at."""
        if not request.user.is_authenticated:
            return None
        return super().__call__(request)

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        """Give the member of staff whom the session belongs to."""
        return request.user


@dataclass(frozen=True, slots=True)
class Desk:
    """A member of staff in one town, now: `at` by the town's clock, `recorded_at` by ours."""

    key: str
    town: TownRow
    actor: Actor
    at: datetime
    recorded_at: datetime

    def stamp(self, client_key: str) -> dict[str, Any]:
        """Give what every service is told: where, who, when, and the writer's own key."""
        return {
            "town_key": self.key,
            "actor": self.actor,
            "at": self.at,
            "recorded_at": self.recorded_at,
            "client_key": client_key,
        }


def enter(request: HttpRequest, key: str) -> Desk:
    """Let a member in; an unknown town is 404, a town where one holds no role 403."""
    try:
        town = places.town(key)
    except BadInput as unknown:
        raise NotThere(str(unknown)) from unknown
    actor = staff.actor_for(request.user, key)
    if not actor.roles:
        raise Forbidden(_("You hold no role in this town."), code="not_a_member")
    recorded_at = datetime.now(UTC)
    return Desk(
        key=key, town=town, actor=actor, at=town.clock.at(recorded_at), recorded_at=recorded_at
    )


def enter_desk(request: HttpRequest, key: str) -> Desk:
    """Let a member in who may see incidents; one who only plans may not."""
    desk = enter(request, key)
    if not may_see_incidents(desk.actor):
        raise Forbidden(_("Your role opens no incident."), code="no_incidents")
    return desk


def enter_planning(request: HttpRequest, key: str) -> Desk:
    """Let a member in who may look at plans."""
    desk = enter(request, key)
    if not may_plan(desk.actor):
        raise Forbidden(
            _("This needs the role planner, duty officer, supervisor or administrator."),
            code="role_missing",
        )
    return desk
