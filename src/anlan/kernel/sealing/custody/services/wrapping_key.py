"""The service's wrapping key: changing it, putting wraps back, overwriting what is gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from anlan.kernel.ledger import services as ledger
from anlan.kernel.sealing import ciphers
from anlan.kernel.sealing.custody.backups import LivingWrap
from anlan.kernel.sealing.held_keys import service_keys
from anlan.kernel.sealing.models import (
    CaseKey,
    KeyWrap,
    SealedText,
)
from anlan.kernel.sealing.services import (
    unwrap_living,
)
from anlan.kernel.values import Actor, Role, check_role


def wrap_living_anew(*, actor: Actor, at: datetime, recorded_at: datetime) -> int:
    """Wrap every living key with the service's current wrapping key; gives how many had another."""
    check_role(actor, Role.ADMINISTRATOR)
    keys = service_keys()
    with ledger.write(
        town="", actor=actor, action="keys.wrapped_anew", at=at, recorded_at=recorded_at
    ) as write:
        stale = CaseKey.objects.filter(destroyed_at__isnull=True).exclude(wrapped=b"")
        rows = list(stale.exclude(service_key=keys.fingerprint).select_for_update())
        for row in rows:
            row.wrapped = ciphers.wrap(keys, unwrap_living(row), case_ref=row.case_ref)
            row.service_key = keys.fingerprint
        CaseKey.objects.bulk_update(rows, ["wrapped", "service_key"], batch_size=500)
        write.record(subject="town:installation", fields=["wrapped"])
    return len(rows)


def restore_wraps(
    wraps_kept: Sequence[LivingWrap], *, actor: Actor, at: datetime, recorded_at: datetime
) -> int:
    """Put wraps back to living keys that lack theirs; gives how many. Nothing else is touched:
    a case that was sealed away or erased since stays so.
    """
    check_role(actor, Role.ADMINISTRATOR)
    with ledger.write(
        town="", actor=actor, action="keys.restored", at=at, recorded_at=recorded_at
    ) as write:
        back = 0
        for each in wraps_kept:
            lacking = CaseKey.objects.filter(
                pk=each.key_id,
                case_ref=each.case_ref,
                created_at=each.created_at,
                destroyed_at__isnull=True,
                wrapped=b"",
            )
            back += lacking.update(wrapped=each.wrapped, service_key=each.service_key)
        write.record(subject="town:installation", fields=["wrapped"])
    return back


def overwrite_log() -> None:
    """Let the database overwrite what it keeps of destroyed wraps, as far as it can be told to.

    SQLite's write-ahead log is copied and cut to nothing; PostgreSQL's dead rows are cleared. The
    disk beneath and a server's own archive may hold older bytes until they are used again.
    """
    tables = [model._meta.db_table for model in (CaseKey, KeyWrap, SealedText)]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        elif not connection.in_atomic_block:
            cursor.execute(f"VACUUM {', '.join(tables)}")
