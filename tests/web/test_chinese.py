"""Chinese as a public servant writes it: its own marks, and one name for each thing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from django.utils import translation

from anlan.web.shell.words import listed

SOURCES = Path(__file__).resolve().parents[2] / "src/anlan"
CATALOGUE = SOURCES / "locale/zh_Hans/LC_MESSAGES/django.po"
HAN = re.compile(r"[一-鿿]")
PLACE = re.compile(r"%\(\w+\)s|\{\w*(?::\w+)?\}")
# A half-width mark beside a Chinese character, or a bracket of that width about one.
HALF = re.compile(
    r"[一-鿿”」）] ?[,;:?!](?! ?\d)|(?<![a-z])[,;:?!] ?[一-鿿“「（]"
    r"|[一-鿿][()]|[()][一-鿿]"
)
# What has to stand as it is written into a field or a file.
AS_TYPED = {
    "“经度,纬度”": "the point as one types it",
    "“{lon},{lat}”": "the point as one types it",
}
PATTERN = re.compile(r"\\[sbwd]|\[[^\]]*[一-鿿]|\|")  # a regular expression is no sentence
HOLE = "\ufffc"
# docs/glossary.md has the one name; these are the others that stood beside it.
ONE_NAME = {
    "移防": "调防",
    "驻地": "站点",
    "事件": "警情",
    "密封": "加密保存",
    "派遣": "派车",
    "火警等级": "出动等级",
    "办理人": "承办人",
    "经办": "承办人",
    "办理笔记": "承办人笔记",
    "账户": "账号",
    "值班领导": "值班长",
    "出警人员": "车组人员",
    "保管方": "保管人",
    "服务端": "本系统",
    "行驶时间": "行车时间",
}


def said() -> Iterator[tuple[str, str]]:
    """Give each Chinese sentence and label that is shown, and where it stands."""
    for entry in polib.pofile(str(CATALOGUE)):
        for text in (entry.msgstr, *entry.msgstr_plural.values()):
            yield entry.msgid, text
    for path in sorted(SOURCES.rglob("*.toml")):
        for text in re.findall(r'zh = "([^"]*)"', path.read_text("utf-8")):
            yield path.name, text
    for path in sorted(SOURCES.rglob("*zh.html")):
        yield from ((path.name, line) for line in path.read_text("utf-8").splitlines())
    for path in sorted(SOURCES.rglob("*.py")):
        for text in literals(ast.parse(path.read_text("utf-8"))):
            if not PATTERN.search(text):
                yield path.name, text


def literals(tree: ast.Module) -> Iterator[str]:
    """Give a module's texts, what an f-string fills in as a hole; no docstrings."""
    inside: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            inside.add(node.value)
        elif isinstance(node, ast.JoinedStr):
            inside.update(node.values)
            yield "".join(
                str(one.value) if isinstance(one, ast.Constant) else HOLE for one in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in inside:
            yield node.value


def faults(text: str) -> list[str]:
    """Give the half-width marks of a Chinese text, and the names that have another one."""
    if not HAN.search(text):
        return []
    for typed in AS_TYPED:
        text = text.replace(typed, "")
    return [
        *(found[0] for found in HALF.finditer(PLACE.sub("字", text.replace(HOLE, "字")))),
        *(f"{old}: {new}" for old, new in ONE_NAME.items() if old in text),
    ]


def test_chinese_has_its_own_marks_and_one_name_for_each_thing() -> None:
    texts = list(said())
    assert sum(bool(HAN.search(text)) for _, text in texts) > 2000
    assert [(where, text, found) for where, text in texts if (found := faults(text))] == []


@pytest.mark.parametrize(
    "text",
    [
        "方案不是 TOML:{reason}。",
        "在 {lon}, {lat} 处",
        "急救(非紧急)",
        "好吗?",
        "好; 不好",
        "驻地不明",
    ],
)
def test_a_half_width_mark_or_another_name_is_found(text: str) -> None:
    assert faults(text)


@pytest.mark.parametrize(
    "text",
    ["{start}:00 至 {end}:00", "请填写“经度,纬度”。", "NFPA 1225 (2022)", "例如 mediation:12。"],
)
def test_what_is_written_as_it_must_be_is_left_alone(text: str) -> None:
    assert faults(text) == []


@pytest.mark.parametrize(
    ("lang", "plain", "nested"),
    [("en", "A, B", "A, B; C"), ("zh-hans", "A、B", "A、B；C")],
)
def test_names_are_parted_by_the_readers_comma_or_semicolons_where_one_holds_it(
    lang, plain, nested
):
    with translation.override(lang):
        assert listed(["A", "B"]) == plain
        assert listed([plain, "C"]) == nested
