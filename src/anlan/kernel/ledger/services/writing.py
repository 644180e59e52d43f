"""The one way to write: a transaction that cannot end without its ledger entry.

Entries of a town are committed in the order of their ids, on both databases: SQLite has one writer
at a time, and on PostgreSQL a lock per town is taken before the first entry is numbered. Without it
a reader that asks for `id > last` misses entries, since commits arrive out of order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from anlan.kernel.ledger import rules
from anlan.kernel.ledger.models import ClientWrite, LedgerEntry
from anlan.kernel.ledger.services.asked import digest_of, name_of
from anlan.kernel.values import Actor, BadInput, Refused

_LOCK_SPACE = 0x616E6C61  # "anla": keeps our advisory locks apart from anyone else's

_writing: ContextVar[bool] = ContextVar("anlan_ledger_writing", default=False)


class WriteWithoutEntry(RuntimeError):
    """A service was about to save something without saying so in the ledger."""


class NestedWrite(RuntimeError):
    """A write was begun inside another: one use case is one transaction."""


class Write:
    """What a service holds while it writes."""

    def __init__(
        self, *, town: str, actor: Actor, action: str, at: datetime, recorded_at: datetime
    ) -> None:
        self.town = rules.check_word(rules.TOWN_PATTERN, town, what="town key")
        self.action = rules.check_word(rules.ACTION_PATTERN, action, what="action")
        self.actor = actor
        self.at = _aware(at)
        self.recorded_at = _aware(recorded_at)
        self.replayed = False
        self.result: dict[str, Any] = {}
        self.entry_ids: list[int] = []
        self._actor_ref = rules.check_word(rules.ACTOR_PATTERN, actor.staff_ref, what="actor")
        self._roles = "+".join(sorted(role.value for role in actor.roles))

    def record(
        self,
        *,
        subject: str,
        about: Iterable[str] = (),
        fields: Iterable[str] = (),
        reason_code: str = "",
        cipher: bytes = b"",
        cipher_hash: str = "",
        action: str | None = None,
    ) -> int:
        """Append an entry and give its id.

        `fields` names what changed, never to what. `cipher` is ciphertext: its hash is kept; of a
        file, which is long, `cipher_hash` is given in its place.
        """
        if self.replayed:
            raise RuntimeError("A replayed write has been done already: return its result.")
        reference = rules.REFERENCE_PATTERN
        entry = LedgerEntry.objects.create(
            town=self.town,
            at=self.at,
            recorded_at=self.recorded_at,
            actor_ref=self._actor_ref,
            actor_role=self._roles,
            action=rules.check_word(rules.ACTION_PATTERN, action or self.action, what="action"),
            subject=rules.check_word(reference, subject, what="reference"),
            about=rules.check_words(reference, about, what="reference"),
            fields=rules.check_words(rules.FIELD_PATTERN, fields, what="field name"),
            reason_code=rules.check_word(rules.REASON_PATTERN, reason_code, what="reason code"),
            cipher_hash=hashlib.sha256(cipher).hexdigest()
            if cipher
            else rules.check_word(rules.HASH_PATTERN, cipher_hash, what="hash"),
        )
        self.entry_ids.append(entry.pk)
        return entry.pk


@contextmanager
def write(
    *,
    town: str,
    actor: Actor,
    action: str,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
    asked: Mapping[str, object] | None = None,
) -> Iterator[Write]:
    """Open the one transaction of a use case; everything inside is saved, or nothing.

    `town` may be "" for what belongs to the installation. When `client_key` was used before by this
    actor in this town, `replayed` is True and `result` is what was kept then: return it and change
    nothing. The same key for another action, or when something else is `asked`, is refused: all
    that the service was asked for, words too, since only a keyed digest of it is kept. A service
    that does nothing else is shorter by `write_once`.
    Raises WriteWithoutEntry, and saves nothing, when no entry was recorded.
    """
    if _writing.get():
        raise NestedWrite("A service that writes was called inside another's write.")
    held = Write(town=town, actor=actor, action=action, at=at, recorded_at=recorded_at)
    key = None if client_key is None else _check_client_key(client_key)
    digest = "" if key is None else _digest(held, key, asked)
    with transaction.atomic(durable=True):
        token = _writing.set(True)
        try:
            _take_turn(held.town)
            _look_up(held, key, digest)
            yield held
            _close(held, key, digest)
        finally:
            _writing.reset(token)


class SentBefore(Refused):
    """A client key came again with something else to write; `earlier` is what it came to then."""

    def __init__(self, earlier: Mapping[str, Any]) -> None:
        super().__init__(
            _(
                "This was sent before with something else in it. Look at what is there, then send "
                "anew."
            ),
            code="client_key_reused",
        )
        self.earlier = earlier


def is_writing() -> bool:
    """Say whether the caller stands inside `write`."""
    return _writing.get()


def forget_client_writes(*, before: datetime) -> int:
    """Erase the records of repeated writes older than `before`; gives how many went.

    Writes no entry: it is housekeeping of what has a set life.
    """
    return ClientWrite.objects.filter(recorded_at__lt=before).delete()[0]


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("Times carry their zone: this one has none.")
    return moment


def _check_client_key(client_key: str) -> str:
    try:
        return rules.check_word(rules.CLIENT_KEY_PATTERN, client_key, what="client key")
    except rules.NotALedgerWord as error:
        raise BadInput(
            "A client key is 1 to 64 letters, digits, dashes, dots, colons or underscores, "
            "such as a random UUID."
        ) from error


def _digest(held: Write, key: str, asked: Mapping[str, object] | None) -> str:
    return digest_of(asked, key=key, town=held.town, actor_ref=held.actor.staff_ref)


def _name(held: Write, key: str) -> str:
    return name_of(key, town=held.town, actor_ref=held.actor.staff_ref)


def _take_turn(town: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK_SPACE, town])


def _look_up(held: Write, key: str | None, digest: str) -> None:
    if key is None:
        return
    earlier = ClientWrite.objects.filter(
        town=held.town, actor_ref=held.actor.staff_ref, client_key=_name(held, key)
    ).first()
    if earlier is None:
        return
    if (earlier.action, earlier.payload_hash) != (held.action, digest):
        raise SentBefore(earlier.result if earlier.action == held.action else {})
    held.replayed = True
    held.result = earlier.result


def _close(held: Write, key: str | None, digest: str) -> None:
    if held.replayed:
        return
    if not held.entry_ids:
        raise WriteWithoutEntry(f"{held.action} recorded no ledger entry, so nothing was saved.")
    if key is not None:
        ClientWrite.objects.create(
            town=held.town,
            actor_ref=held.actor.staff_ref,
            client_key=_name(held, key),
            action=held.action,
            payload_hash=digest,
            result=rules.check_references_only(held.result),
            recorded_at=held.recorded_at,
        )
