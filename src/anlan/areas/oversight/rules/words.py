"""A disclosure's closed lists: which authorities, on which bases, with which ends."""

from __future__ import annotations

import re

from anlan.kernel.cases.rules.types import Choice, Span, Unit
from anlan.kernel.places.catalogue import Label
from anlan.kernel.values import Role

CODE = "disclosure"
CASE_REF = re.compile(r"^[a-z][a-z0-9_]*:[0-9]{1,12}$")
LONGEST_SILENCE_DAYS = 366
BY = (Role.SUPERVISOR,)
SECOND = (Role.SUPERVISOR, Role.ADMINISTRATOR)


def said(en: str, zh: str) -> Label:
    """Give a label in both languages."""
    return Label(en=en, zh=zh)


def choices(*rows: tuple[str, str, str]) -> tuple[Choice, ...]:
    """Give a closed list: code, English, Chinese."""
    return tuple(Choice(code, said(en, zh)) for code, en, zh in rows)


AUTHORITIES = choices(
    ("court", "court", "法院"),
    ("prosecutor", "prosecutor", "检察院"),
    ("police", "police", "公安机关"),
    ("supervision", "supervisory body", "监察机关"),
    ("other", "other authority", "其他机关"),
)
BASES = choices(
    ("court_order", "order of a court", "法院裁定"),
    ("investigation_order", "order to produce evidence", "调取证据通知书"),
    ("statute", "duty by statute", "法定义务"),
)
HANDED_OVER = "told"  # in published tables: whether the party was told yet or not
OUTCOMES = choices(
    (HANDED_OVER, "handed over", "已提供"),
    ("refused", "refused", "不予提供"),
    ("withdrawn", "withdrawn by the authority", "机关撤回"),
)
GRANT = "grant"
GRANTED = "granted"
HAND_OVER = "hand_over"
KEEP_SILENT = "keep_silent"
EXAMINE_AGAIN = "examine_again"
# How long a grant holds: two custodians find a day within two weeks, and what was examined is still
# what would be opened. The case goes on meanwhile; what is written into it later, nobody examined.
GRANT_HOLDS = Span(10, Unit.WORKING_DAYS)
OPENED = "opened_for_authority"  # the kernel's event: something was opened for the authority
