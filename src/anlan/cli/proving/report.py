"""How a proof is printed: rail by rail, in both languages, and what is not protected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from anlan.cli.proving.attack import Finding, Outcome, label
from anlan.cli.proving.not_protected import NOT_PROTECTED
from anlan.cli.proving.registry import RAILS
from anlan.kernel.places.catalogue import Label

_MARKS = {
    Outcome.HELD: label("held", "守住"),
    Outcome.NOT_SET_UP: label("NOT SET UP", "未设置"),
    Outcome.BROKEN: label("BROKEN", "失守"),
}
_WHERE = {"here": label("own data", "本机数据"), "scratch": label("attacked", "实测攻击")}
_HEAD = label("What is not protected", "以下不在保护之内")


@dataclass(frozen=True, slots=True)
class Proved:
    """One attack's line: where it was made ("here", "scratch"), and what it came to."""

    rail: int
    code: str
    where: str
    title: Label
    finding: Finding


def document_of(proved: Sequence[Proved]) -> dict[str, Any]:
    """Give the proof as one document."""
    return {
        "broken": [each.code for each in proved if each.finding.outcome is Outcome.BROKEN],
        "not_set_up": [each.code for each in proved if each.finding.outcome is Outcome.NOT_SET_UP],
        "attacks": [
            {
                "rail": each.rail,
                "code": each.code,
                "where": each.where,
                "outcome": each.finding.outcome.value,
                "title": _both(each.title),
                "seen": _both(each.finding.seen),
            }
            for each in proved
        ],
        "not_protected": [_both(each) for each in NOT_PROTECTED],
    }


def _both(text: Label) -> dict[str, str]:
    return {"en": text.en, "zh-hans": text.zh}


def text_of(proved: Sequence[Proved], *, language: str | None) -> str:
    """Give the proof for people: each sentence in English with the Chinese one below, or in one."""
    lines: list[str] = []
    for rail, name in RAILS.items():
        lines += ["", *_said(label(f"{rail}. {name.en}", f"{rail}. {name.zh}"), language)]
        for each in (one for one in proved if one.rail == rail):
            lines += _indented(_line(each), language)
    lines += ["", *_said(_HEAD, language)]
    for sentence in NOT_PROTECTED:
        lines += _indented(label(f"- {sentence.en}", f"- {sentence.zh}"), language)
    return "\n".join([*lines, "", *_said(_sum(proved), language)]).lstrip("\n")


def _line(each: Proved) -> Label:
    mark, where = _MARKS[each.finding.outcome], _WHERE[each.where]
    seen = each.finding.seen
    return label(
        f"{mark.en}  {each.code} ({where.en}): {each.title.en} {seen.en}",
        f"{mark.zh}  {each.code}（{where.zh}）：{each.title.zh}{seen.zh}",
    )


def _sum(proved: Sequence[Proved]) -> Label:
    outcomes = [each.finding.outcome for each in proved]
    held, broken = outcomes.count(Outcome.HELD), outcomes.count(Outcome.BROKEN)
    unset = outcomes.count(Outcome.NOT_SET_UP)
    names = ", ".join(each.code for each in proved if each.finding.outcome is Outcome.BROKEN)
    en, zh = (f" ({names}).", f"（{names}）。") if names else (".", "。")
    return label(
        f"Attacks {len(outcomes)}: held {held}, not set up {unset}, broken {broken}{en}",
        f"攻击{len(outcomes)}项：守住{held}项，未设置{unset}项，失守{broken}项{zh}",
    )


def _said(text: Label, language: str | None) -> list[str]:
    if language is None:
        return [text.en, text.zh]
    return [text.en if language == "en" else text.zh]


def _indented(text: Label, language: str | None) -> list[str]:
    return [f"  {each}" for each in _said(text, language)]
