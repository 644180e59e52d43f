"""A town with accounts for the small case type, signed in by their role."""

from __future__ import annotations

from typing import Any

from django.test import Client
from tests.services import small_case as small

from anlan.kernel.cases import services as cases
from anlan.kernel.places.models import Town
from anlan.kernel.staff.models import Membership, Staff
from anlan.kernel.values import Role

# small_case names these references: its clerk, its handler, another mediator, the supervisor.
ACCOUNTS = {
    1: ("clerk-1", Role.CLERK),
    2: ("mediator-1", Role.MEDIATOR),
    3: ("mediator-2", Role.MEDIATOR),
    4: ("supervisor-1", Role.SUPERVISOR),
    5: ("admin-1", Role.ADMINISTRATOR),
    6: ("crew-1", Role.CREW),
    7: ("planner-1", Role.PLANNER),
    8: ("inspector-1", Role.INSPECTOR),
}


def make_case_town() -> None:
    """Make the town, its accounts and an office in which the clerk works."""
    small.make_town()
    town = Town.objects.get(key=small.KEY)
    for pk, (name, role) in ACCOUNTS.items():
        account = Staff.objects.create(pk=pk, username=name, created_at=small.AT)
        Membership.objects.create(staff=account, town=town, role=role, granted_at=small.AT)
    cases.add_member("v-1", username="clerk-1", **small.stamp(small.CLI))


def signed_in(name: str, *, lang: str = "en") -> Client:
    """Give a browser in which somebody is signed in."""
    client = Client()
    client.force_login(
        Staff.objects.get(username=name),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    client.cookies["django_language"] = lang
    return client


def page(client: Client, path: str, **query: Any) -> str:
    """Read a page that has to be there."""
    answer = client.get(path, query)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()
