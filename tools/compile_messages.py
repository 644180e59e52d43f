"""Collect the words that people see, and compile their translations (polib; no system gettext).

    python tools/compile_messages.py             compile each .po whose .mo is older or absent
    python tools/compile_messages.py --collect   first bring .po and board words up to date
    python tools/compile_messages.py --check     say what lacks a translation; 1 if anything does

One catalogue serves Python, templates and the front end: the t("…") calls of frontend/src stand in
src/anlan/web/shell/board_words.py, and the page hands their translations over.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "anlan"
FRONTEND = ROOT / "frontend" / "src"
LOCALE = PACKAGE / "locale"
BOARD_WORDS = PACKAGE / "web" / "shell" / "board_words.py"
MARKERS = {"_", "gettext", "gettext_lazy", "gettext_noop", "noop", "N_"}
PLURALS = {"ngettext", "ngettext_lazy"}
SCRIPT_WORD = re.compile(r'(?<![\w.])t\(\s*"((?:[^"\\]|\\.)*)"')
TEMPLATE_WORD = re.compile(r"""gettext\((?:u)?("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")

Word = tuple[str, str]
"""A msgid and its plural, "" for none."""


def collect() -> dict[Word, list[str]]:
    """Give every word with the files in which it stands, in order of the files."""
    found: dict[Word, list[str]] = {}
    for path, word in _all_words():
        places = found.setdefault(word, [])
        name = path.relative_to(ROOT).as_posix()
        if name not in places:
            places.append(name)
    return found


def _all_words() -> Iterator[tuple[Path, Word]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if path != BOARD_WORDS and "migrations" not in path.parts:
            for word in words_of_python(path.read_text(encoding="utf-8")):
                yield path, word
    for path in sorted(PACKAGE.rglob("*.html")):
        for text in words_of_template(path.read_text(encoding="utf-8")):
            yield path, (text, "")
    for path in sorted(FRONTEND.rglob("*.ts")):
        for text in words_of_script(path.read_text(encoding="utf-8")):
            yield path, (text, "")


def words_of_python(source: str) -> Iterator[Word]:
    """Give the words that a module marks."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = (
            node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        )
        texts = [arg.value for arg in node.args[:2] if isinstance(arg, ast.Constant)]
        if name in MARKERS and texts and isinstance(texts[0], str) and texts[0]:
            yield texts[0], ""
        elif name in PLURALS and len(texts) == 2:
            yield str(texts[0]), str(texts[1])


def words_of_template(source: str) -> Iterator[str]:
    """Give the words that a Django template marks."""
    from django.utils.translation.template import templatize

    if "{% translate" not in source and "{% blocktranslate" not in source:
        return
    for literal in TEMPLATE_WORD.findall(templatize(source)):
        yield ast.literal_eval(literal)


def words_of_script(source: str) -> Iterator[str]:
    """Give the words that the front end asks t() for."""
    for literal in SCRIPT_WORD.findall(source):
        yield literal.replace('\\"', '"')


def write_board_words() -> None:
    """Write the front end's words where the page's view finds them."""
    words = sorted(
        {
            text
            for path in FRONTEND.rglob("*.ts")
            for text in words_of_script(path.read_text("utf-8"))
        }
    )
    lines = [
        '"""Collected from frontend/src by tools/compile_messages.py --collect."""',
        "",
        "BOARD_WORDS: tuple[str, ...] = (",
        *(
            f"    {_quoted(word)},{'  # noqa: E501' if len(_quoted(word)) > 95 else ''}"
            for word in words
        ),
        ")",
        "",
    ]
    BOARD_WORDS.write_text("\n".join(lines), encoding="utf-8")


def _quoted(word: str) -> str:
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def bring_up_to_date(po_path: Path) -> None:
    """Add new words to a catalogue, drop those that are gone, keep every translation."""
    catalogue = polib.pofile(str(po_path), wrapwidth=96)
    known = {(entry.msgid, entry.msgid_plural): entry for entry in catalogue}
    fresh = polib.POFile(wrapwidth=96)
    fresh.metadata = catalogue.metadata
    fresh.header = catalogue.header
    for (text, plural), places in sorted(
        collect().items(), key=lambda item: item[1][0] + item[0][0]
    ):
        before = known.get((text, plural))
        entry = polib.POEntry(
            msgid=text, msgid_plural=plural, occurrences=[(place, "") for place in places]
        )
        if plural:
            entry.msgstr_plural = dict(before.msgstr_plural) if before else {0: ""}
        else:
            entry.msgstr = before.msgstr if before else ""
        if "{" in text:
            entry.flags.append("python-brace-format")
        fresh.append(entry)
    fresh.save(str(po_path))


def missing(po_path: Path) -> list[str]:
    """Give the words that lack a translation in a catalogue, or are absent from it."""
    catalogue = polib.pofile(str(po_path))
    done = {
        (entry.msgid, entry.msgid_plural)
        for entry in catalogue
        if entry.msgstr or (entry.msgstr_plural and all(entry.msgstr_plural.values()))
    }
    return [text for (text, plural) in collect() if (text, plural) not in done]


def compile_all() -> list[Path]:
    """Compile each catalogue that changed; gives what was written."""
    written = []
    for po_path in sorted(LOCALE.rglob("*.po")):
        mo_path = po_path.with_suffix(".mo")
        if not mo_path.exists() or mo_path.stat().st_mtime < po_path.stat().st_mtime:
            partial = mo_path.with_suffix(".mo.partial")
            polib.pofile(str(po_path)).save_as_mofile(str(partial))
            partial.replace(mo_path)
            written.append(mo_path)
    return written


def main() -> int:
    """Do what the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--collect", action="store_true", help="bring .po and board words up to date"
    )
    parser.add_argument("--check", action="store_true", help="say what lacks a translation")
    args = parser.parse_args()
    if args.collect:
        write_board_words()
        for po_path in LOCALE.rglob("*.po"):
            bring_up_to_date(po_path)
    absent = [
        f"{path.parent.parent.name}: {text}"
        for path in LOCALE.rglob("*.po")
        for text in missing(path)
    ]
    if args.check or args.collect:
        print("\n".join(absent) or "Every word has a translation.")
    for path in compile_all():
        print(f"compiled {path.relative_to(ROOT)}")
    return 1 if args.check and absent else 0


if __name__ == "__main__":
    sys.exit(main())
