"""Rail 2 on the town's own keys, files and outbox: what opens that should not open any more."""

from __future__ import annotations

import contextlib
import stat
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

from anlan.cli.proving.attack import Attack, Finding, broken, held, label, not_set_up
from anlan.cli.proving.here import Here, Some, few, in_batches, rows_of, streamed
from anlan.cli.proving.here_rows import SEALING_LATE

WRAPS_TRIED = 50
_ENDED = ("sent", "given_up")


def _closed_cases(here: Here) -> Finding:
    from anlan.kernel.sealing.queries import custodians

    overdue, waiting = Some(), 0
    for town in here.towns:
        late = rows_of(
            "cases.Case",
            town__key=town,
            seal_at__lt=here.at(town) - SEALING_LATE,
            sealed_at__isnull=True,
            erased_at__isnull=True,
        )
        calls = _ended_incidents_with_keys(here, town)
        if custodians(town):
            for each in streamed(late):
                overdue.add(str(each))
            for ref in calls:
                overdue.add(ref)
        else:
            waiting += late.count() + len(calls)
    if overdue:
        return broken(
            f"Closed, past their time, and open here: {overdue}. Does `anlan serve` run?",
            f"已到封存时间仍可打开：{overdue}。请检查`anlan serve`是否在运行。",
        )
    without = [town for town in here.towns if not custodians(town)]
    if without:
        return not_set_up(
            f"No custodians are set for {few(without)}: {waiting} closed cases wait, and whoever "
            "holds the database and the key file can open them. Set three: anlan custodians set",
            f"{few(without)}未设保管人：{waiting}件已结案件等待封存，持有数据库和密钥文件者即可打开。"
            "请设三名：anlan custodians set",
        )
    return held(
        "Every closed case past its time is with the custodians.", "到期的已结案件均已交保管人。"
    )


def _custodians(here: Here) -> Finding:
    """Hold who is wrapped for against the ledger: a row that was swapped opens what is sealed."""
    from anlan.kernel.sealing.queries import custodians, custodians_altered

    altered = [town for town in here.towns if custodians_altered(town, custodians(town))]
    if altered:
        return broken(
            f"Custodians of {few(altered)} are others than were set: nothing is sealed away. Find "
            "out who changed them, then set them anew: anlan custodians set",
            f"{few(altered)}的保管人与所设不符，已停止封存。"
            "请查明何人改动，再重新设置：anlan custodians set",
        )
    if not any(custodians(town) for town in here.towns):
        return not_set_up("No custodians are set.", "未设保管人。")
    return held("The custodians are those that the ledger names.", "保管人与台账所记一致。")


def _ended_incidents_with_keys(here: Here, town: str) -> list[str]:
    """Name the incidents that ended, past their time, and whose words the service still opens."""
    from anlan.areas.dispatch.queries.sealing import sealed_before

    ended = rows_of(
        "dispatch.Incident",
        town__key=town,
        closed_at__lt=sealed_before(here.at(town)) - SEALING_LATE,
        state__in=("closed", "cancelled", "merged"),
    )
    living = rows_of("sealing.CaseKey", case_ref__startswith="incident:", destroyed_at=None)
    found = []
    for batch in in_batches(streamed(living.values_list("case_ref", flat=True))):
        numbers = [int(n) for _i, _c, n in (r.partition(":") for r in batch) if n.isdigit()]
        late = ended.filter(pk__in=numbers).order_by("pk").values_list("pk", flat=True)
        found += [f"incident:{number}" for number in late]
    return found


def _wraps(here: Here) -> Finding:
    """Look for keys that should be gone: of sealed cases at the service, of erased ones at all."""
    keys = rows_of("sealing.CaseKey").defer("wrapped")
    left, total, seen = Some(), keys.count(), 0
    for batch in in_batches(streamed(keys.order_by("pk"))):
        seen += len(batch)
        here.step(seen / total)
        refs = {key.pk: ":".join(key.case_ref.split(":")[:2]) for key in batch}
        cases = _ended_cases(set(refs.values()))
        for key in batch:
            sealed_at, erased_at = cases.get(refs[key.pk], (None, None))
            kept = sealed_at is not None and key.destroyed_at is None
            if erased_at is not None or (kept and key.created_at <= sealed_at):
                left.add(key.case_ref)
    if left:
        return broken(f"Keys that should be gone: {left}.", f"本应销毁的密钥：{left}。")
    return held(
        "Of sealed cases the service holds no key, of erased ones nobody does.",
        "已封存案件的密钥本系统不再持有，已删除案件的密钥无人持有。",
    )


def _ended_cases(refs: set[str]) -> dict[str, tuple[Any, Any]]:
    """Give when these cases were sealed and erased; of open ones, and no cases, nothing."""
    numbers = [
        int(number) for _k, _c, number in (r.partition(":") for r in refs) if number.isdigit()
    ]
    found = rows_of("cases.Case", pk__in=numbers).exclude(sealed_at=None, erased_at=None)
    return {each.ref: (each.sealed_at, each.erased_at) for each in found}


def _key_files(here: Here) -> Finding:
    from django.conf import settings

    faults = []
    for name in (settings.ANLAN_KEY_FILE, settings.ANLAN_LEDGER_KEY_FILE):
        path = Path(name)
        if not path.exists():
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            faults.append(f"{path.name} {mode:o}")
        if path.resolve().is_relative_to(here.data.resolve()):
            faults.append(f"{path.name} in {here.data.name}")
    stray = [path.name for path in here.data.rglob("*.key") if path.is_file()]
    if faults or stray:
        names = few([*faults, *stray])
        return broken(
            f"Keys others can read, or beside the data: {names}.", f"密钥位置或权限不当：{names}。"
        )
    return held(
        "The key files lie apart from the data and are their owner's alone.",
        "密钥文件与数据分开存放，仅所有者可读。",
    )


def _documents(here: Here) -> Finding:
    """Ciphertext has no shape: a file that looks like one, or that no row names, is named."""
    root = here.data / "documents"
    young = here.now.timestamp() - timedelta(hours=2).total_seconds()
    strange, count = Some(), 0
    folders = sorted(root.iterdir()) if root.is_dir() else []
    for number, folder in enumerate(folders):
        here.step(number / len(folders))
        below = folder.rglob("*") if folder.is_dir() else [folder]
        for files in in_batches(path for path in below if path.is_file()):
            count += len(files)
            known = _known_documents(files)
            for path in files:
                lost = path.name not in known and path.stat().st_mtime < young
                if lost or _is_clear(path):
                    strange.add(path.name)
    if strange:
        return broken(f"In clear, or without a row: {strange}.", f"明文或无主的文件：{strange}。")
    return held(
        f"{count} files lie there, all encrypted, each with its row.",
        f"{count}个文件均已加密且有登记。",
    )


def _known_documents(files: list[Path]) -> set[str]:
    names = []
    for path in files:
        with contextlib.suppress(ValueError):
            names.append(uuid.UUID(path.name))
    rows = rows_of("cases.Document", stored_as__in=names)
    return {str(each) for each in rows.values_list("stored_as", flat=True)}


def _is_clear(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(4096)
    if head[:1] != b"\x01":  # the form that the sealing writes first
        return True
    return len(head) > 256 and sum(32 <= each < 127 for each in head) > 0.8 * len(head)


def _outbox(here: Here) -> Finding:
    left = rows_of("cases.Notice", state__in=_ENDED, sealed__isnull=False).exclude(sealed=b"")
    names = [f"notice:{each}" for each in left.values_list("pk", flat=True)[:10]]
    if names:
        return broken(
            f"Ended, and still with words: {few(names)}.", f"已结束但仍存内容：{few(names)}。"
        )
    waiting = rows_of("cases.Notice", sealed__isnull=False).exclude(state__in=_ENDED).count()
    return held(
        f"What was sent or given up is gone; {waiting} notices wait, and these the service reads.",
        f"已发送或放弃的通知内容已清除；{waiting}条待发，本系统可读。",
    )


def _erased(here: Here) -> Finding:
    from django.conf import settings

    from anlan.kernel.sealing.custody import erasures

    back = Some()
    for batch in in_batches(erasures.noted(Path(settings.ANLAN_ERASURES_FILE))):
        numbers = [each.case_ref.partition(":")[2] for each in batch]
        living = rows_of(
            "cases.Case", pk__in=[int(one) for one in numbers if one.isdigit()], erased_at=None
        )
        there = {
            (each.ref, each.town.key, each.opened_at) for each in living.select_related("town")
        }
        for each in batch:
            if (each.case_ref, each.town, each.opened_at) in there:
                back.add(each.case_ref)
    if back:
        return broken(
            f"Erased once, and back again: {back}. Start the server: it erases them anew.",
            f"曾被删除又重现：{back}。请启动服务，将再次删除。",
        )
    return held("Nothing that was erased is back.", "已删除的案件没有重现。")


def _own_key(here: Here) -> Finding:
    from anlan.kernel.sealing.queries import check_service_key, failing_wraps, lacking_wraps
    from anlan.kernel.values import BadInput

    try:
        check_service_key()
    except BadInput as wrong:
        return broken(str(wrong), "密钥文件与数据不符，无法打开在办案件。")
    lacking = lacking_wraps()
    if lacking:
        return broken(
            f"Open cases whose key is gone, so nobody can read them: {few(lacking)}. Put the keys "
            "back: anlan keys restore FILE",
            f"在办案件缺少密钥，无人能阅读：{few(lacking)}。请恢复密钥：anlan keys restore FILE",
        )
    failing = failing_wraps(tried=WRAPS_TRIED)
    if failing:
        return broken(
            f"Open cases whose key the key file does not open: {few(failing)}. Put back the key "
            "file, or the copy of the database, that fits.",
            f"密钥文件打不开这些在办案件的密钥：{few(failing)}。请恢复相符的密钥文件或数据库副本。",
        )
    return held(
        "The key file is the one that open cases need; none lacks its key, and those tried open.",
        "密钥文件与在办案件相符；无一缺少密钥，抽查的密钥均能打开。",
    )


HERE_KEYS: tuple[Attack[Here], ...] = (
    Attack(
        2,
        "closed_cases",
        label("A closed case opens here no more.", "已结案件在此不再能打开。"),
        _closed_cases,
    ),
    Attack(
        2,
        "custodians_set",
        label("Custodians are those who were set.", "保管人即所设之人。"),
        _custodians,
    ),
    Attack(
        2,
        "living_wraps",
        label("Keys that should be gone are gone.", "应销毁的密钥均已销毁。"),
        _wraps,
    ),
    Attack(
        2, "key_files", label("Keys lie apart from the data.", "密钥与数据分开存放。"), _key_files
    ),
    Attack(2, "own_key", label("The keys fit the data.", "密钥与数据相符。"), _own_key),
    Attack(
        2,
        "documents",
        label("Documents lie encrypted, each with its row.", "文件均加密存放且有登记。"),
        _documents,
    ),
    Attack(
        2,
        "outbox",
        label("What was sent is gone from the outbox.", "已发送内容从发件箱清除。"),
        _outbox,
    ),
    Attack(
        2,
        "erased_cases",
        label("What was erased stays erased.", "已删除的不会重现。"),
        _erased,
    ),
)
