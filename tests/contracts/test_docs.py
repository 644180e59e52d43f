"""Documentation is a contract: a setting, command, make target or state nobody wrote of fails."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from anlan.areas.dispatch.rules import IncidentState, UnitStatus
from anlan.cli.main import build_parser

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


def read(*names: str) -> str:
    """Give the text of files below the root, one after the other."""
    return "\n".join((ROOT / name).read_text(encoding="utf-8") for name in names)


def all_docs() -> list[Path]:
    """Give every page that people read."""
    pages = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
    return [*pages, *ROOT.glob("README.*.md"), *DOCS.rglob("*.md")]


def settings_in_code() -> set[str]:
    """Give each ANLAN_ name that the package reads or sets."""
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    return {name for text in texts for name in re.findall(r"\bANLAN_[A-Z_]+[A-Z]\b", text)}


def commands() -> list[str]:
    """Give every command with its action, such as "roads import"."""
    found = []
    for name, parser in choices_of(build_parser()).items():
        actions = choices_of(parser)
        found += [f"{name} {action}" for action in actions] or [name]
    return found


def choices_of(parser: object) -> dict[str, object]:
    """Give a parser's sub-commands."""
    for action in parser._actions:  # type: ignore[attr-defined]
        if action.__class__.__name__ == "_SubParsersAction":
            return dict(action.choices)
    return {}


def make_targets() -> list[str]:
    """Give the Makefile's targets."""
    return re.findall(r"^([a-z-]+):.*## ", read("Makefile"), flags=re.MULTILINE)


def test_every_setting_is_documented() -> None:
    page = read("docs/guide/settings.md")
    assert {name for name in settings_in_code() if f"`{name}`" not in page} == set()


def test_every_documented_setting_exists() -> None:
    named = set(re.findall(r"`(ANLAN_[A-Z_]+)`", read("docs/guide/settings.md")))
    assert named - settings_in_code() == set()


def test_every_command_is_documented() -> None:
    page = read("docs/reference/cli.md")
    assert [name for name in commands() if f"anlan {name}" not in page] == []


def test_every_command_that_pages_name_exists() -> None:
    known = {name.split()[0] for name in commands()}
    later = {"backup", "restore", "site"}  # named as what a later issue brings
    named = {
        word
        for path in all_docs()
        for word in re.findall(r"(?:^|`|/)anlan ([a-z]+)", path.read_text(encoding="utf-8"), re.M)
    }
    assert named - known - later == set()


def test_every_make_target_is_documented() -> None:
    pages = read("README.md", "CONTRIBUTING.md")
    targets = [name for name in make_targets() if name not in {"help"}]
    assert targets
    assert [name for name in targets if f"make {name}" not in pages] == []


def test_every_make_target_that_pages_name_exists() -> None:
    named = {
        word
        for path in all_docs()
        for word in re.findall(r"(?:^|`)make ([a-z]+)", path.read_text(encoding="utf-8"), re.M)
    }
    assert named - set(make_targets()) == set()


@pytest.mark.parametrize("states", [IncidentState, UnitStatus])
def test_every_state_is_documented(states: type[IncidentState] | type[UnitStatus]) -> None:
    page = read("docs/reference/states.md")
    assert [state.value for state in states if state.value not in page] == []


@pytest.mark.parametrize("doc", all_docs(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_a_file(doc: Path) -> None:
    text = doc.read_text(encoding="utf-8")
    targets = [link for link in LINK.findall(text) if "://" not in link]
    assert [link for link in targets if not (doc.parent / link).exists()] == []


def test_every_term_of_the_glossary_is_in_both_languages() -> None:
    rows = [line for line in read("docs/glossary.md").splitlines() if line.startswith("| ")][1:]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    assert len(cells) > 30
    assert [row[0] for row in cells if len(row) != 3 or not all(row)] == []
    assert [row[0] for row in cells if not re.search(r"[\u4e00-\u9fff]", row[1])] == []
    terms = [row[0] for row in cells]
    assert terms == sorted(terms)


def test_readme_says_what_anlan_never_does_and_credits_its_sources() -> None:
    text = read("README.md")
    for words in ("does not identify", "OpenStreetMap", "AequilibraE", "Apache", "中文"):
        assert words in text


def test_the_first_look_says_of_each_account_which_cases_it_sees() -> None:
    from anlan.cli.demo_cases import ACCOUNTS
    from anlan.kernel.cases.queries import types_seen_by
    from anlan.kernel.cases.registry import case_types

    kinds = {(one.listed or one.label).en.split()[0].lower() for one in case_types()}
    assert {"mediations", "hazards", "disclosures"} <= kinds
    rows = [
        line for line in read("docs/guide/first-look.md").splitlines() if line.startswith("| `")
    ]
    for name, role, _offices in ACCOUNTS:
        row = next(line for line in rows if f"`{name}`" in line.split("|")[1])
        said = {word for word in re.findall(r"[a-z]+", row.split("|")[2].lower()) if word in kinds}
        seen = {
            (one.listed or one.label).en.split()[0].lower()
            for one in types_seen_by(frozenset({role}))
        }
        assert said == (seen if "every kind of case" not in row else said & seen), name
