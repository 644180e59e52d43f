"""Rails 1, 2 and 9: a canary through every input, then a search of all bytes there are."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from anlan.cli.proving import inputs, walks
from anlan.cli.proving.attack import Attack, Finding, broken, held, label
from anlan.cli.proving.here import few
from anlan.cli.proving.scene import AT, KEY, Scratch
from anlan.cli.proving.search import files_below, is_blind, search


def _canary(scene: Scratch) -> Finding:
    blind = [f for word in _words(scene) for f in is_blind(word, scene.needles)]
    if blind:
        return broken(f"The search is blind to {blind[0]}.", f"搜索无法识别：{blind[0]}。")
    taken = send_everything(scene)
    if taken:
        return broken(f"Words were taken as a {taken[0]}.", f"自由文字被当作代码接受：{taken[0]}。")
    sent = _opened(scene)
    untried = list(walks.lacking(set(sent)))
    if untried:
        return broken(
            f"Nothing went into {few(untried)}: the attack did not reach every input.",
            f"{few(untried)}未录入文字，攻击未覆盖全部输入口。",
        )
    went_in, fields = len(sent), len(set(sent))
    write_out(scene)
    found = search(scene.folders, scene.needles)
    if found:
        where = "; ".join(f"{name} ({', '.join(sorted(forms))})" for name, forms in found.items())
        return broken(f"It stands in: {where}.", f"在以下位置发现：{where}。")
    files = list(files_below(scene.folders))
    size = sum(path.stat().st_size for path in files)
    return held(
        f"{went_in} texts went into {fields} fields, all that take words; in {len(files)} files "
        f"({size:,} bytes: database with its indexes and its log, logs, outbox, documents, "
        "exports, backups) it stands nowhere.",
        f"向全部{fields}个文字字段录入{went_in}段文字；在{len(files)}个文件（{size:,}字节：数据库及其"
        "索引和日志、运行日志、发件箱、文件、导出、备份）中均未发现。",
    )


def _words(scene: Scratch) -> tuple[str, str]:
    return scene.canary.latin, scene.canary.chinese


def send_everything(scene: Scratch) -> list[str]:
    """Send the canary through every input; gives the codes that were taken as words."""
    settled = walks.settled_mediation(scene)
    inputs.sealed_mediation(scene)
    inputs.incident(scene)
    inputs.request_from_incident(scene)
    walks.remedied_hazard(scene)
    walks.handed_disclosure(scene, f"mediation:{settled}")
    inputs.call_log(scene)
    taken = inputs.codes(scene)
    inputs.web(scene)
    return taken


def _opened(scene: Scratch) -> list[tuple[str, str]]:
    """Give the kind and field of each sealed text that holds the canary, read with the own key."""
    from django.apps import apps

    from anlan.kernel.sealing import ciphers
    from anlan.kernel.sealing.services import unwrap_living

    found = []
    model = apps.get_model("sealing", "SealedText")
    for text in model.objects.filter(key__wrapped__isnull=False).select_related("key"):
        key = unwrap_living(text.key)
        place = ciphers.text_place(text.key.case_ref, text.field, text.pk)
        plain = ciphers.decrypt(key, bytes(text.cipher), bound_to=place).decode()
        if scene.canary.latin in plain:
            found.append((text.key.case_ref.partition(":")[0], text.field))
    return found


def write_out(scene: Scratch) -> None:
    """Write everything that leaves an installation: ledger, figures, backups, a database copy."""
    from django.db import connection

    from anlan.kernel.cases.queries.figures import audit, releases
    from anlan.kernel.cases.registry import figures
    from anlan.kernel.ledger import queries, services
    from anlan.kernel.sealing.custody import backups
    from anlan.kernel.sealing.queries import living_wraps

    services.seal(KEY, real_now=AT)
    with (scene.out / "ledger.jsonl").open("wb") as file:
        file.writelines(queries.published_lines(KEY))
    published = [repr(releases(KEY, subject=each.code)) for each in figures()]
    (scene.out / "figures.json").write_text(json.dumps([*published, repr(audit(KEY))]), "utf-8")
    kept = backups.pack(living_wraps(), made_at=AT, expires_at=AT)
    (scene.out / "wraps.json").write_text(kept, encoding="utf-8")
    connection.ensure_connection()
    copy_database(connection.connection, scene.out / "copy.sqlite3")
    dump = scene.out / "dump.sql"
    dump.write_text("\n".join(connection.connection.iterdump()), encoding="utf-8")


def copy_database(living: sqlite3.Connection, copy: Path) -> None:
    """Copy a living SQLite database page by page, as a backup does."""
    other = sqlite3.connect(copy)
    try:
        living.backup(other)
    finally:
        other.close()


CANARY = Attack(
    2,
    "canary",
    label(
        "A canary is sent through every input and then searched for in all bytes.",
        "将“金丝雀”文字送入每个输入口，再在全部字节中搜索。",
    ),
    _canary,
)
