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

import rfc8785
from django.db import connection, transaction

from anlan.kernel.ledger import rules
from anlan.kernel.ledger.models import ClientWrite, LedgerEntry
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
    payload: Mapping[str, object] | None = None,
) -> Iterator[Write]:
    """Open the one transaction of a use case; everything inside is saved, or nothing.

    `town` may be "" for what belongs to the installation. When `client_key` was used before by this
    actor in this town, `replayed` is True and `result` is what was kept then: return it and change
    nothing. The same key for another action, or another `payload` (ids and codes only, no text and
    no point), is refused.
    Raises WriteWithoutEntry, and saves nothing, when no entry was recorded.
    """
    if _writing.get():
        raise NestedWrite("A service that writes was called inside another's write.")
    held = Write(town=town, actor=actor, action=action, at=at, recorded_at=recorded_at)
    key = None if client_key is None else _check_client_key(client_key)
    payload_hash = "" if payload is None else _hash_payload(payload)
    with transaction.atomic(durable=True):
        token = _writing.set(True)
        try:
            _take_turn(held.town)
            _look_up(held, key, payload_hash)
            yield held
            _close(held, key, payload_hash)
        finally:
            _writing.reset(token)


def key_reused() -> Refused:
    """Give the refusal of a client key that comes again with something else to write."""
    return Refused(
        "This key was used for another action before; take a new one.", code="client_key_reused"
    )


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


def _hash_payload(payload: Mapping[str, object]) -> str:
    checked = rules.check_references_only(payload)
    return hashlib.sha256(rfc8785.dumps(checked)).hexdigest()  # type: ignore[arg-type]


def _take_turn(town: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK_SPACE, town])


def _look_up(held: Write, key: str | None, payload_hash: str) -> None:
    if key is None:
        return
    earlier = ClientWrite.objects.filter(
        town=held.town, actor_ref=held.actor.staff_ref, client_key=key
    ).first()
    if earlier is None:
        return
    if (earlier.action, earlier.payload_hash) != (held.action, payload_hash):
        raise key_reused()
    held.replayed = True
    held.result = earlier.result


def _close(held: Write, key: str | None, payload_hash: str) -> None:
    if held.replayed:
        return
    if not held.entry_ids:
        raise WriteWithoutEntry(f"{held.action} recorded no ledger entry, so nothing was saved.")
    if key is not None:
        ClientWrite.objects.create(
            town=held.town,
            actor_ref=held.actor.staff_ref,
            client_key=key,
            action=held.action,
            payload_hash=payload_hash,
            result=rules.check_references_only(held.result),
            recorded_at=held.recorded_at,
        )
