"""A real installation's life for test_older_copy: sealed, erased, killed, an older copy put back.

Run as `python -m tests.cli.older_copy` with ANLAN_DATA and ANLAN_KEY_FILE set; prints what it found
as JSON. A process of its own, since here the database file itself is looked into and replaced.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

from anlan.cli.installation import prepare
from anlan.cli.output import Output

DATA = prepare(None, out=Output(as_json=True))

from django.conf import settings  # noqa: E402
from django.db import connections  # noqa: E402
from tests.services import custody as desk  # noqa: E402
from tests.services import small_case as small  # noqa: E402

from anlan.jobs import seal_cases  # noqa: E402
from anlan.kernel.cases import services as cases  # noqa: E402
from anlan.kernel.cases.models import Case  # noqa: E402
from anlan.kernel.sealing import ciphers, keyfile  # noqa: E402
from anlan.kernel.sealing import queries as sealing  # noqa: E402
from anlan.kernel.sealing.custody import backups  # noqa: E402
from anlan.kernel.sealing.custody import services as custody  # noqa: E402
from anlan.kernel.sealing.models import CaseKey, KeyWrap, SealedText  # noqa: E402
from anlan.kernel.sealing.rules import Purpose  # noqa: E402
from anlan.kernel.values import BadInput  # noqa: E402

DATABASE = DATA / "anlan.sqlite3"
NOW = small.AT + timedelta(days=8)
KILLS = {
    "the wraps are made, the service's copies still there": "wraps",
    "the service's copies are gone, the case not marked": "copies",
    "all is written, nothing committed": "all",
}


def killed_amid(where: str, case_id: int) -> str:
    """Seal a case in a process that kills itself at a point; say what stands afterwards."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        _die_at(where)
        seal_cases.seal_due(real_now=NOW)
        os._exit(0)
    _pid, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        return "was not killed"
    return state_of(case_id)


def _die_at(where: str) -> None:
    applying = importlib.import_module("anlan.kernel.cases.services.acting.applying")
    ending = importlib.import_module("anlan.kernel.cases.services.ending")

    def die(*_args: Any, **_named: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    match KILLS[where]:
        case "wraps":
            make = KeyWrap.objects.bulk_create
            KeyWrap.objects.bulk_create = lambda rows: (make(rows), die())
        case "copies":
            ending.stop_notices = die
        case "all":
            save = applying.bump
            applying.bump = lambda one: (save(one), die())


def state_of(case_id: int) -> str:
    """Say whether a case is whole, as it was or sealed, or neither."""
    ref = Case.objects.get(pk=case_id).ref
    keys = list(sealing.keys_of(ref))
    wraps = KeyWrap.objects.filter(key__in=keys).count()
    sealed = Case.objects.get(pk=case_id).sealed_at is not None
    if not sealed and all(key.wrapped for key in keys) and wraps == 0:
        return "as it was"
    held = [key for key in keys if not key.case_ref.endswith(":notes")]  # notes: for nobody
    if sealed and not any(key.wrapped for key in keys) and wraps == 3 * len(held):
        return "sealed"
    return "half done"


def copy_of_database(to: Path) -> Path:
    """Copy the database as a backup does."""
    connections.close_all()
    source, target = sqlite3.connect(DATABASE), sqlite3.connect(to)
    with target:
        source.backup(target)
    source.close()
    target.close()
    return to


def put_back(copy: Path) -> None:
    """Put an older copy into the database's place."""
    connections.close_all()
    for ending in ("", "-wal", "-shm"):
        DATABASE.with_name(DATABASE.name + ending).unlink(missing_ok=True)
    DATABASE.write_bytes(copy.read_bytes())


def on_disk(blobs: list[bytes]) -> int:
    """Count which of these bytes stand in the database's files."""
    connections.close_all()
    files = [DATABASE.with_name(DATABASE.name + ending) for ending in ("", "-wal")]
    held = b"".join(file.read_bytes() for file in files if file.exists())
    return sum(blob in held for blob in blobs)


def opens_older(copy: Path) -> int:
    """Count the wraps of an older copy that the key file as it is now opens."""
    connection = sqlite3.connect(copy)
    rows = connection.execute("SELECT case_ref, wrapped, service_key FROM sealing_casekey")
    opened = 0
    for case_ref, wrapped, service_key in rows.fetchall():
        with contextlib.suppress(BadInput, ciphers.Unreadable):
            keys = keyfile.load_or_create(settings.ANLAN_KEY_FILE, data=DATA)
            ciphers.unwrap(keys, wrapped, case_ref=case_ref, service_key=service_key)
            opened += 1
    connection.close()
    return opened


def words(case_id: int) -> list[str]:
    """Open a case's common words as its handler."""
    opened = cases.open_words(case_id, purpose=Purpose.HANDLING, **small.stamp(days=8))
    return [text.text for text in opened.spaces[""]]


def main() -> dict[str, Any]:
    """Live through it all, and say what was found."""
    found: dict[str, Any] = {}
    small.make_town()
    desk.set_custodians()
    to_seal = desk.ended_case()
    to_erase = desk.ended_case(result="bad")
    still_open = small.open_small(asked=small.Asked(texts={"words": "金丝雀 open"}))
    found["killed"] = {where: killed_amid(where, to_seal) for where in KILLS}
    Case.objects.filter(pk=to_erase).update(seal_at=small.AT + timedelta(days=30))

    keys = [bytes(row.wrapped) for row in sealing.keys_of(f"smallcase:{to_seal}")]
    texts = [
        bytes(row.cipher)
        for row in SealedText.objects.filter(key__case_ref__startswith=f"smallcase:{to_erase}")
    ]
    found["before"] = [on_disk(keys), on_disk(texts)]
    older = copy_of_database(DATA / "older.sqlite3")
    kept = backups.pack(sealing.living_wraps(), made_at=NOW, expires_at=NOW + timedelta(days=1))

    seal_cases.seal_due(real_now=NOW)
    cases.erase_case(to_erase, reason="kept_long_enough", **desk.later(40))
    custody.overwrite_log()
    found["sealed"] = state_of(to_seal)
    found["after"] = [on_disk(keys), on_disk(texts)]

    put_back(older)
    found["came_back"] = Case.objects.get(pk=to_erase).erased_at is None
    found["erased_again"] = cases.replay_erasures(recorded_at=NOW)
    found["texts_left"] = SealedText.objects.filter(
        key__case_ref__startswith=f"smallcase:{to_erase}"
    ).count()
    seal_cases.seal_due(real_now=NOW)
    found["sealed_again"] = state_of(to_seal)
    found["after_again"] = [on_disk(keys), on_disk(texts)]

    found["older_key_file"] = opens_older(older)
    keyfile.begin_change(settings.ANLAN_KEY_FILE, data=DATA)
    by_cli = {"actor": small.CLI, "at": NOW, "recorded_at": NOW}
    found["wrapped_anew"] = custody.wrap_living_anew(**by_cli)
    found["amid_change"] = [words(still_open), opens_older(older)]
    earlier = settings.ANLAN_KEY_FILE.read_text()
    keyfile.end_change(settings.ANLAN_KEY_FILE, data=DATA)
    found["changed"] = [words(still_open), opens_older(older)]
    settings.ANLAN_KEY_FILE.write_text(earlier)

    found["stripped"] = backups.strip(older) > 0
    put_back(older)
    try:
        words(still_open)
    except BadInput as fault:
        found["without_keys"] = str(fault)
    cases.replay_erasures(recorded_at=NOW)
    custody.restore_wraps(backups.read(kept, now=NOW), **by_cli)
    found["with_keys"] = words(still_open)
    found["erased_stays"] = CaseKey.objects.filter(
        case_ref__startswith=f"smallcase:{to_erase}"
    ).count()
    return found


if __name__ == "__main__":
    with small.small_case_type():
        print(json.dumps(main(), ensure_ascii=False))
