"""Promises about what is committed: no machine, no host, one licence, a reason for each package."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Written in halves, so that this file does not find itself.
MACHINE_PATHS = re.compile(r"(^|[^a-z.\w])/(wor" + r"k|roo" + r"t|hom" + r"e/[a-z]+)/[\w.]")
REGISTRY_HOSTS = re.compile(
    r"https?://[a-z0-9.-]*(pypi|pytho" + r"nhosted|npmj" + r"s|npmmir" + r"ror)[a-z0-9.-]*"
)
BINARY = {".png", ".jpg", ".webp", ".ico", ".woff2", ".mo", ".npz", ".pmtiles", ".pbf"}
LARGEST_BYTES = 2_000_000


def committed_files() -> list[Path]:
    """Give every file that git keeps and that still stands."""
    done = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        pytest.skip("This is no git checkout, so what is committed can't be listed.")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def text_of(path: Path) -> str:
    """Read a committed text file."""
    return "" if path.suffix in BINARY else path.read_text(encoding="utf-8", errors="replace")


def found_in(files: list[Path], pattern: re.Pattern[str]) -> list[str]:
    """Give "file:line: text" of each hit."""
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for path in files
        for number, line in enumerate(text_of(path).splitlines(), start=1)
        if pattern.search(line)
    ]


def test_no_committed_file_names_a_path_of_one_machine() -> None:
    assert found_in(committed_files(), MACHINE_PATHS) == []


def test_no_committed_file_names_the_host_of_a_package_registry() -> None:
    assert found_in(committed_files(), REGISTRY_HOSTS) == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (MACHINE_PATHS, 'open("/' + 'work/main/x")'),
        (MACHINE_PATHS, "/" + "root/.config"),
        (REGISTRY_HOSTS, "https://files.pytho" + "nhosted.org/packages"),
        (REGISTRY_HOSTS, "https://registry.npmj" + "s.org/vite"),
    ],
)
def test_the_patterns_find_what_they_are_for(pattern: re.Pattern[str], line: str) -> None:
    assert pattern.search(line)


def test_no_lock_names_a_host() -> None:
    names = {"uv.lock", "pylock.toml", "poetry.lock", "Pipfile.lock", "yarn.lock"}
    files = committed_files()
    assert [path.name for path in files if path.name in names] == []
    locks = [path for path in files if path.name == "package-lock.json"]
    assert found_in(locks, re.compile(r'"resolved":\s*"http')) == []


def test_no_committed_file_is_large() -> None:
    large = [p.relative_to(ROOT) for p in committed_files() if p.stat().st_size > LARGEST_BYTES]
    assert large == []


def test_licence_is_apache_2() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text


@pytest.mark.parametrize("name", ["requirements.in", "requirements-dev.in"])
def test_each_requirement_has_a_reason(name: str) -> None:
    heading, without = "", []
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line.strip() or line.startswith("-r"):
            heading = line.lstrip("# ").strip()
        elif "#" not in line and not heading:
            without.append(line)
    assert without == []


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_each_locked_package_has_its_hash(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [
        line for line in text.splitlines() if "==" in line and not line.strip().startswith("#")
    ]
    assert lines
    assert [line.split()[0] for line in lines if "--hash=sha256:" not in line] == []


def test_lock_holds_what_is_asked_for() -> None:
    for name in ("requirements", "requirements-dev"):
        asked = requirement_names((ROOT / f"{name}.in").read_text(encoding="utf-8"))
        locked = requirement_names((ROOT / f"{name}.txt").read_text(encoding="utf-8"))
        assert asked - locked == set(), f"run `make lock`: {name}.txt is behind"


def requirement_names(text: str) -> set[str]:
    """Give the names at the beginnings of lines, as package indexes write them."""
    found = re.findall(r"^([A-Za-z][\w.-]*)", text, flags=re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower() for name in found}


def test_package_and_changelog_say_the_same_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## {project['version']}" in changelog or "## Unreleased" in changelog
