"""Every word that a person sees stands in both languages."""

from __future__ import annotations

import importlib.util
import re
import string
from pathlib import Path
from types import ModuleType

import polib
import pytest
from django.utils import translation

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "src/anlan/locale/zh_Hans/LC_MESSAGES/django.po"


@pytest.fixture(scope="module")
def words() -> ModuleType:
    """Give the tool that collects and compiles words."""
    spec = importlib.util.spec_from_file_location("words", ROOT / "tools/compile_messages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_no_word_lacks_its_chinese(words: ModuleType) -> None:
    absent = words.missing(CATALOGUE)
    assert absent == [], "python tools/compile_messages.py --collect, then translate these"


def test_a_word_that_nobody_translated_is_found(words: ModuleType, tmp_path: Path) -> None:
    catalogue = polib.pofile(str(CATALOGUE))
    catalogue[0].msgstr = ""
    catalogue[0].msgstr_plural = {}
    gone = catalogue.pop(1)
    copy = tmp_path / "django.po"
    catalogue.save(str(copy))
    assert {catalogue[0].msgid, gone.msgid} <= set(words.missing(copy))


def test_words_are_found_in_python_templates_and_scripts(words: ModuleType) -> None:
    python = 'x = _("One") + gettext("Two" " and more") + ngettext("a", "b", n) + other("No")'
    assert set(words.words_of_python(python)) == {("One", ""), ("Two and more", ""), ("a", "b")}
    assert list(words.words_of_template('{% load i18n %}{% translate "Three" %}')) == ["Three"]
    script = 't("Four {n}", { n }) + format("No") + set("No") + this.t("No")'
    assert list(words.words_of_script(script)) == ["Four {n}"]


def test_the_front_ends_words_are_collected(words: ModuleType) -> None:
    from anlan.web.shell.board_words import BOARD_WORDS

    sources = (ROOT / "frontend/src").rglob("*.ts")
    asked = {one for path in sources for one in words.words_of_script(path.read_text("utf-8"))}
    assert asked == set(BOARD_WORDS), "python tools/compile_messages.py --collect brings them in"


def test_scripts_of_public_pages_speak_the_readers_language(words: ModuleType) -> None:
    from anlan.web.shell.page_tags import PUBLIC_WORDS

    loaded = ("hazards/point.ts", "cases/main.ts", "cases/session.ts", "follow/main.ts")
    said = [
        words.words_of_script((ROOT / "frontend/src" / one).read_text("utf-8")) for one in loaded
    ]
    assert {word for each in said for word in each} == set(PUBLIC_WORDS)


def test_a_translation_names_the_same_places_as_its_sentence() -> None:
    odd = []
    for entry in polib.pofile(str(CATALOGUE)):
        for text in [entry.msgstr, *entry.msgstr_plural.values()]:
            if text and places(text) != places(entry.msgid):
                odd.append(entry.msgid)
    assert odd == []


def test_everybody_is_addressed_alike_in_chinese() -> None:
    """A resident's page and the staff's share sentences, so both say 您."""
    plain = [one.msgid for one in polib.pofile(str(CATALOGUE)) if "你" in one.msgstr]
    assert plain == []
    data = [*(ROOT / "src/anlan").rglob("*.py"), *(ROOT / "src/anlan").rglob("*.toml")]
    assert [path.name for path in data if "你" in path.read_text("utf-8")] == []


def places(text: str) -> set[str]:
    """Give the {places} and %(places)s of a sentence."""
    try:
        braces = {name for _, name, _, _ in string.Formatter().parse(text) if name}
    except ValueError:
        braces = set()
    return braces | set(re.findall(r"%\((\w+)\)s", text))


def test_the_compiled_catalogue_is_what_the_text_says(words: ModuleType) -> None:
    words.compile_all()
    compiled = {one.msgid: one.msgstr for one in polib.mofile(str(CATALOGUE.with_suffix(".mo")))}
    for entry in polib.pofile(str(CATALOGUE)):
        if entry.msgstr:
            assert compiled[entry.msgid] == entry.msgstr


def test_django_speaks_chinese() -> None:
    with translation.override("zh-hans"):
        assert translation.gettext("New call") == "新警情"


def test_a_list_of_names_has_the_comma_of_its_language() -> None:
    from anlan.web.shell.words import listed

    assert listed(["a", "b"]) == "a, b"
    with translation.override("zh-hans"):
        assert listed(["甲", "乙"]) == "甲、乙"


def test_the_title_of_a_page_begins_with_the_page() -> None:
    """Whoever has ten tabs of one town open reads the first words alone."""
    titles = [
        found[1]
        for page in (ROOT / "src/anlan/web").rglob("*.html")
        if (found := re.search(r"{% block title %}(.*?){% endblock %}", page.read_text("utf-8")))
    ]
    assert len(titles) > 40
    assert [one for one in titles if one.startswith("{{ town.name }} · {")] == []
