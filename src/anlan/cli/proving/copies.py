"""Rail 2 in the scratch town: an older copy of the database, a backup without its keys."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

from anlan.cli.proving import inputs
from anlan.cli.proving.attack import Attack, Finding, broken, held, label
from anlan.cli.proving.canary import copy_database
from anlan.cli.proving.custodial import opened_in, secrets_on_disk, stolen_database
from anlan.cli.proving.scene import JOB, Scratch
from anlan.cli.proving.search import forms_in


def _older_copy(scene: Scratch) -> Finding:
    """Erase a case, put a copy of the database from before back, and look whether it is there."""
    from django.db import connection

    from anlan.cli.proving.here import rows_of
    from anlan.kernel.cases import services as cases

    one = inputs.mediation(scene)
    inputs.end(scene, one.id)
    connection.ensure_connection()
    older = scene.out / "older.sqlite3"
    copy_database(connection.connection, older)
    erased = scene.stamp(JOB, later=timedelta(days=400))
    cases.erase_case(one.id, reason="kept_long_enough", **erased)
    if _left_of(one.ref):
        return broken("Erasing left keys or texts.", "删除后仍有密钥或文字残留。")
    _put_back(older)
    back = rows_of("cases.Case", pk=one.id, erased_at__isnull=True).exists()
    cases.replay_erasures(recorded_at=erased["recorded_at"])
    older.unlink()
    if not back:
        return broken("The older copy did not come back.", "旧副本未能恢复，攻击无效。")
    if _left_of(one.ref) or rows_of("cases.Case", pk=one.id, erased_at__isnull=True).exists():
        return broken(
            "An older copy brought an erased case back, and nobody erased it again.",
            "旧副本使已删除的案件重现，且未再次删除。",
        )
    return held(
        "An older copy brought the erased case back; the list of erasures took it away again.",
        "旧副本恢复后，依删除清单再次删除了该案件。",
    )


def _left_of(ref: str) -> int:
    from anlan.kernel.sealing.queries import keys_of

    return int(keys_of(ref).count())


def _put_back(older: Path) -> None:
    from django.db import connection

    copy = sqlite3.connect(older)
    try:
        copy.backup(connection.connection)
    finally:
        copy.close()


def _backup(scene: Scratch) -> Finding:
    """A copy without its wraps with the key file, and the wraps' file alone, open nothing.

    That the copy and the wraps together open it shows that the attack works.
    """
    from anlan.kernel.sealing import queries
    from anlan.kernel.sealing.custody import backups

    one = inputs.mediation(scene)
    stolen_database(scene).close()
    stolen = scene.out / "stolen.sqlite3"
    backups.strip(stolen)
    living = queries.living_wraps()
    kept = backups.pack(living, made_at=scene.at, expires_at=scene.at + timedelta(days=1))
    data: Any = sqlite3.connect(stolen)
    secrets = secrets_on_disk(scene)
    opened = opened_in(data, one.ref, secrets)
    for each in living:
        data.execute(
            "UPDATE sealing_casekey SET wrapped = ? WHERE id = ?", (each.wrapped, each.key_id)
        )
    together, without = opened_in(data, one.ref, secrets), opened_in(data, one.ref, [])
    data.close()
    if not together:
        return broken(
            "The copy and its keys together open nothing, so nothing is proven.",
            "副本连同其密钥也打不开，未得到证明。",
        )
    if without or _words_in(scene, kept):
        return broken("The backup of keys alone gives words away.", "仅凭密钥备份即可得到文字。")
    if opened:
        return broken(
            f"{opened} texts opened from a copy whose wraps were taken out.",
            f"从已去除密钥的副本中打开了{opened}段文字。",
        )
    return held(
        "A backup without its keys, with the key file beside it, opens nothing; the backup of keys "
        "holds no text, and opens nothing without the key file.",
        "不含案件密钥的备份，即使有密钥文件也打不开任何内容；密钥备份不含文字，没有密钥文件则无用。",
    )


def _words_in(scene: Scratch, kept: str) -> bool:
    """Look for words, and for ciphertexts that its keys would open, in the backup of keys."""
    import base64

    from anlan.cli.proving.here import rows_of

    ciphers = rows_of("sealing.SealedText").values_list("cipher", flat=True)
    coded = (base64.b64encode(bytes(each)).decode() for each in ciphers)
    return bool(forms_in(kept.encode(), scene.needles)) or any(each in kept for each in coded)


COPIES: tuple[Attack[Scratch], ...] = (
    Attack(
        2,
        "older_copy",
        label("An older copy brings no erased case back.", "旧副本不能使已删除案件重现。"),
        _older_copy,
    ),
    Attack(
        2,
        "backup_without_keys",
        label("A backup without its keys opens nothing.", "不含密钥的备份打不开任何内容。"),
        _backup,
    ),
)
