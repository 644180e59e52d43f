"""Rails 3, 8 and 9 on the town's own ledger, openings and published counts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from anlan.cli.proving.attack import Attack, Finding, broken, held, label, not_set_up
from anlan.cli.proving.here import (
    AT_ONCE,
    Here,
    Some,
    few,
    in_batches,
    rows_of,
    side_by_side,
    streamed,
)

HALF_A_DAY = timedelta(hours=12)  # as long as one opening of what one handles covers the next
_SESSION_CODE = re.compile(r"[A-Za-z0-9_.:+/=$-]{0,200}")


def _openings(here: Here) -> Finding:
    """Hold what was opened against the ledger, both ways.

    An opening without its entry is a second door; an entry without its opening is one of which the
    person concerned does not read. Erasing a case takes its openings with it.
    """
    openings = rows_of("sealing.Opening").order_by("recorded_at")
    entries = rows_of("ledger.LedgerEntry", action="sealing.opened").order_by("recorded_at")
    ours = openings.values_list("recorded_at", "actor_ref", "case_ref", "purpose")
    theirs = entries.values_list("recorded_at", "actor_ref", "subject", "reason_code")
    count, strange, hidden = openings.count(), Some(), Some()
    programs = openings.order_by().filter(actor_ref__startswith="job:")
    for who in programs.values_list("actor_ref", flat=True).distinct():
        strange.add(who)
    for _who, ref, _why in _lacking(ours, theirs, here):
        strange.add(ref)
    for batch in in_batches(ref for _who, ref, _why in _lacking(theirs, ours, here)):
        for ref in sorted(set(batch) - _erased(set(batch))):
            hidden.add(ref)
    if strange:
        names = str(strange)
        return broken(
            f"Opened without an entry, or by a program: {names}.", f"无记录或由程序打开：{names}。"
        )
    if hidden:
        return broken(
            f"The ledger has openings of which the party does not read: {hidden}.",
            f"台账中有打开记录，但当事人看不到：{hidden}。",
        )
    return held(
        f"{count:,} openings, each in the ledger, none by a program.",
        f"{count:,}次打开均有台账记录，均非程序所为。",
    )


def _lacking(first: Any, second: Any, here: Here) -> Iterator[tuple[str, ...]]:
    """Give what `first` has more often than `second` at one moment; both begin with the moment."""
    total, count = first.count(), 0
    for mine, theirs in side_by_side(
        ((when, tuple(what)) for when, *what in streamed(first)),
        ((when, tuple(what)) for when, *what in streamed(second)),
    ):
        count += len(mine)
        here.step(count / total)
        yield from (Counter(mine) - Counter(theirs)).elements()


def _erased(refs: set[str]) -> set[str]:
    numbers = [int(each) for each in (ref.rpartition(":")[2] for ref in refs) if each.isdigit()]
    return {each.ref for each in rows_of("cases.Case", pk__in=numbers).exclude(erased_at=None)}


def _ledger(here: Here) -> Finding:
    """Read each ledger as it would be published and verify it as anybody can."""
    from anlan.kernel.ledger import queries
    from anlan.kernel.ledger.verification import verify
    from anlan.kernel.values import Refused

    faults, sizes, unsealed = [], 0, []
    for town in ("", *here.towns):
        signed = queries.sealed_at(town)
        if signed is None:
            unsealed += [town or "installation"] if queries.last_id(town) else []
            continue
        try:
            lines = _counted(queries.published_lines(town), town, here)
            report = verify(lines, key=queries.ledger_key(town))
        except Refused as refused:
            faults.append(f"{town or 'installation'}: {refused.sentence}")
            continue
        faults += [f"{town or 'installation'}: {each.sentence}" for each in report.faults]
        sizes += report.size
    if faults:
        return broken(few(faults), few(faults))
    if unsealed:
        return not_set_up(
            f"No head is signed yet for {few(unsealed)}: run anlan ledger seal, or the server.",
            f"{few(unsealed)}尚无签名树头：请运行anlan ledger seal或启动服务。",
        )
    return held(
        f"{sizes:,} entries are as they were sealed, under heads that our key signed.",
        f"{sizes:,}条记录与封存时一致，树头由本机密钥签名。",
    )


def _counted(lines: Iterator[bytes], town: str, here: Here) -> Iterator[bytes]:
    """Tell how far the reading is: about one line an entry, and one a leaf."""
    expected = 2 * rows_of("ledger.LedgerEntry", town=town).count() + 1
    for number, line in enumerate(lines):
        if number % AT_ONCE == 0:
            here.step(min(1.0, number / expected))
        yield line


def _witnesses(here: Here) -> Finding:
    """Verify each cosignature of each witness that is set; each newest head needs a sound one."""
    from django.conf import settings

    from anlan.kernel.ledger import queries
    from anlan.kernel.ledger.notes import BadSignature
    from anlan.kernel.ledger.services import known_witnesses

    if not settings.ANLAN_WITNESSES:
        return not_set_up(
            "No witness is set (ANLAN_WITNESSES): a split view is not found by anybody.",
            "未设见证人（ANLAN_WITNESSES）：若对不同人出示不同台账，无人能发现。",
        )
    keys = [key for key, _address in known_witnesses(settings.ANLAN_WITNESSES)]
    alone: list[str] = []
    for town in ("", *here.towns):
        cosigned = True
        for head in queries.heads(town):
            try:
                cosigned = any([head.signed_by(key) is not None for key in keys])
            except BadSignature as false:
                return broken(str(false), f"联署无效：{town or 'installation'}。")
        alone += [] if cosigned else [town or "installation"]
    if alone:
        return broken(
            f"No witness cosigned the newest head of {few(alone)}.",
            f"{few(alone)}的最新树头无见证人联署。",
        )
    return held(
        "The newest heads are cosigned by a witness that is set, and each cosignature fits.",
        "最新树头均有所设见证人的联署，联署均经核验。",
    )


def _guarded(here: Here) -> Finding:
    """Look for each trigger that the migrations set, by name, on its table, at work.

    PostgreSQL's own triggers, by which it holds foreign keys, stand in the same table as ours.
    """
    from django.db import connection

    from anlan.kernel.append_only import guarding_steps, triggers_of

    guards = [each for step in guarding_steps() for each in step.guards]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT tgname, tgrelid::regclass::text FROM pg_trigger "
                "WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
            )
        else:
            cursor.execute("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'")
        there = {(str(name), str(table)) for name, table in cursor.fetchall()}
    wanted = {(name, one.table) for one in guards for name in triggers_of(connection.vendor, one)}
    lacking = sorted({table for _name, table in wanted - there})
    if lacking:
        return broken(f"Rows may be changed in {few(lacking)}.", f"可被改写的表：{few(lacking)}。")
    return held(
        f"{len(wanted)} triggers on {len(guards)} tables refuse a change of what was written.",
        f"{len(guards)}张表上的{len(wanted)}个触发器禁止改动已写入的内容。",
    )


def _counts(here: Here) -> Finding:
    from anlan.kernel.cases.queries.figures import audit

    small = [
        f"release:{release.pk}"
        for release in streamed(rows_of("cases.Release"))
        if any(cell["count"] is not None and 0 < cell["count"] < 5 for cell in release.cells)
    ]
    if small:
        return broken(
            f"Counts below 5 are shown: {few(small)}.", f"公布了小于5的数值：{few(small)}。"
        )
    rows = [(town, row) for town in here.towns for row in audit(town)]
    away = [f"{t}: {r.subject} {r.period} {'.'.join(r.key)}" for t, r in rows if not r.safe]
    if away:
        return broken(f"Can be worked out: {few(away)}.", f"可被推出：{few(away)}。")
    return held(
        f"{len(rows)} counts are withheld; none can be worked out from all releases together.",
        f"{len(rows)}个数值未公布，综合所有公布表亦无法推出。",
    )


def _disclosures(here: Here) -> Finding:
    """Hold each opening for an authority against a grant; both outlive their cases here."""
    entries = rows_of("ledger.LedgerEntry")
    grants = entries.filter(action="disclosure.grant")
    proposed: dict[str, set[str]] = {}
    asked = entries.filter(action="disclosure.proposed").values_list("subject", "actor_ref")
    for subject, who in streamed(asked):
        proposed.setdefault(subject, set()).add(who)
    alone = [
        subject
        for subject, who in streamed(grants.values_list("subject", "actor_ref"))
        if not proposed.get(subject, set()) - {who}
    ]
    granted = grants.values("subject").distinct().count()
    if alone:
        return broken(f"Granted by one alone: {few(alone)}.", f"由一人批准：{few(alone)}。")
    shown, without = _ungranted()
    if without:
        return broken(
            f"Opened for an authority without a grant of its own: {few(without)}.",
            f"未经相应批准即为机关打开：{few(without)}。",
        )
    return held(
        f"{granted} disclosures granted by two; {shown} cases opened for them, each under its own.",
        f"经两人批准的提供{granted}件，据此打开{shown}件，各有其批准。",
    )


def _ungranted() -> tuple[int, list[str]]:
    """Count the cases opened for authorities, and name those with no grant that can be theirs.

    Which disclosure is about which case is sealed. But who opens a case for an authority has read
    the disclosure within half a day before, and one disclosure is about one case.
    """
    from django.db.models import Q

    entries = rows_of("ledger.LedgerEntry").filter(
        Q(action="disclosure.grant")
        | Q(action="sealing.opened", reason_code="disclosure")
        | Q(action="sealing.opened", subject__startswith="disclosure:")
    )
    columns = "recorded_at", "actor_ref", "action", "subject", "reason_code"
    granted: set[str] = set()
    read: dict[tuple[str, str], datetime] = {}
    may_be: dict[str, set[str]] = {}
    without = []
    for at, who, action, subject, why in streamed(entries.order_by("pk").values_list(*columns)):
        if action == "disclosure.grant":
            granted.add(subject)
        elif why != "disclosure":
            read[who, subject] = at
        else:
            of_late = {
                each
                for (reader, each), when in read.items()
                if reader == who and at - when <= HALF_A_DAY and each in granted
            }
            may_be.setdefault(subject, set()).update(of_late)
            without += [] if of_late else [subject]
    return len(may_be), sorted({*without, *_left_over(may_be)})


def _left_over(may_be: dict[str, set[str]]) -> list[str]:
    """Name those that get none of their own where each thing is given to one of them at most."""
    given: dict[str, str] = {}

    def finds(name: str, tried: set[str]) -> bool:
        for each in sorted(may_be[name] - tried):
            tried.add(each)
            if each not in given or finds(given[each], tried):
                given[each] = name
                return True
        return False

    return [name for name in may_be if not finds(name, set())]


def _sessions(here: Here) -> Finding:
    """Read what signed-in people's sessions hold: codes and references, never words."""
    strange = set()
    count = 0
    for each in streamed(rows_of("sessions.Session")):
        count += 1
        for key, held_there in each.get_decoded().items():
            if not all(map(_is_code, _leaves(held_there))):
                strange.add(key)
    if strange:
        names = few(sorted(strange))
        return broken(f"Sessions hold words under {names}.", f"会话中有文字：{names}。")
    return held(
        f"{count} sessions hold codes and references only.", f"{count}个会话只含代码和引用。"
    )


def _leaves(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        yield from value.keys()
        for each in value.values():
            yield from _leaves(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _leaves(each)
    else:
        yield value


def _is_code(value: object) -> bool:
    return not isinstance(value, str) or bool(_SESSION_CODE.fullmatch(value))


HERE_LEDGER: tuple[Attack[Here], ...] = (
    Attack(
        3,
        "openings",
        label("Each opening stands in the ledger.", "每次打开均记入台账。"),
        _openings,
    ),
    Attack(
        3,
        "sessions",
        label("What was opened is not kept in sessions.", "打开的内容不留在会话中。"),
        _sessions,
    ),
    Attack(
        7,
        "disclosures",
        label("Authorities were shown nothing without two.", "未经两人不向机关提供。"),
        _disclosures,
    ),
    Attack(
        8,
        "published_counts",
        label("Small counts can't be worked out.", "小数值无法推出。"),
        _counts,
    ),
    Attack(9, "ledger", label("The ledger is as it was sealed.", "台账与封存时一致。"), _ledger),
    Attack(
        9,
        "triggers",
        label("Entries can't be changed by a slip.", "台账记录不能被改动。"),
        _guarded,
    ),
    Attack(
        9,
        "witnesses",
        label("Others have seen the ledger's heads.", "树头有他人见证。"),
        _witnesses,
    ),
)
