"""Anyone may read a ledger's newest head and its public key, and nothing else of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client

from anlan.kernel.ledger import notes, services
from anlan.kernel.places import services as places
from anlan.kernel.values import Actor, Role

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
CLI = {"actor": Actor("cli", frozenset({Role.ADMINISTRATOR})), "at": NOW, "recorded_at": NOW}


@pytest.fixture(autouse=True)
def key_file(settings, tmp_path):
    """A key file of its own for each test."""
    settings.ANLAN_LEDGER_KEY_FILE = tmp_path / "town.ledger.key"
    return settings.ANLAN_LEDGER_KEY_FILE


def test_head_and_key_are_read_without_signing_in(client: Client):
    places.create_town(key="porto", name="Porto", zone="UTC", country="CL", made_up=True, **CLI)
    services.seal("porto", real_now=NOW)
    services.seal("", real_now=NOW)
    for path in ("/ledger/porto", "/ledger"):
        answer = client.get(f"{path}/head")
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
        head = notes.read_head(answer.content)
        key = notes.read_key(client.get(f"{path}/key").content.decode())
        assert head.signed_by(key) is not None
        assert client.post(f"{path}/head").status_code == 405


def test_who_asks_makes_neither_a_head_nor_a_key(client: Client, key_file):
    places.create_town(key="porto", name="Porto", zone="UTC", country="CL", made_up=True, **CLI)
    for path, code in (
        ("/ledger/porto/head", "not_sealed"),
        ("/ledger/porto/key", "not_sealed"),
        ("/ledger/head", "not_sealed"),
        ("/ledger/atlantis/head", "town_unknown"),
    ):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, code)
    assert not key_file.exists()
