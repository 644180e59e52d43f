"""Promises about the set-up: one sentence for what is missing, and an honest last line."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

TOOLS = Path(__file__).resolve().parents[3] / "tools"


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Import a script of tools/ as itself, and forget it again."""
    monkeypatch.syspath_prepend(str(TOOLS))
    names = {path.stem for path in TOOLS.glob("*.py")}
    before = {name: sys.modules.pop(name) for name in names & sys.modules.keys()}
    yield importlib.import_module
    for name in names:
        sys.modules.pop(name, None)
    sys.modules.update(before)


def sentence_of(module: ModuleType, call: object) -> str:
    """Give the sentence with which a step stops."""
    missing = importlib.import_module("console").Missing
    with pytest.raises(missing) as stopped:
        call()  # type: ignore[operator]
    return str(stopped.value)


def test_python_without_venv_is_one_sentence_with_the_command(
    tool: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    setup = tool("setup")  # type: ignore[operator]
    monkeypatch.setattr(setup.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(setup, "UV", tmp_path / "absent")
    sentence = sentence_of(setup, setup.check_python)
    assert "apt-get install python3-venv" in sentence
    assert "\n" not in sentence


def test_too_old_a_python_is_one_sentence(tool: object, monkeypatch: pytest.MonkeyPatch) -> None:
    setup = tool("setup")  # type: ignore[operator]
    monkeypatch.setattr(setup.sys, "version_info", (3, 9, 2))
    sentence = sentence_of(setup, setup.check_python)
    assert "found 3.9.2" in sentence
    assert "apt-get install" in sentence


def test_environment_is_ready_only_for_the_lock_it_was_made_from(
    tool: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    setup = tool("setup")  # type: ignore[operator]
    monkeypatch.setattr(setup, "VENV", tmp_path)
    assert not setup.venv_is_ready("run")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()
    (tmp_path / "stamp.json").write_text(setup.json.dumps(setup.stamp_of("dev")))
    assert setup.venv_is_ready("dev")
    assert setup.venv_is_ready("run"), "what a developer has is enough to run"
    (tmp_path / "stamp.json").write_text(setup.json.dumps(setup.stamp_of("run")))
    assert not setup.venv_is_ready("dev")
    lock = tmp_path / "changed.txt"
    lock.write_text("another==1.0\n")
    monkeypatch.setitem(setup.REQUIREMENTS, "run", lock)
    assert not setup.venv_is_ready("run")


@pytest.mark.parametrize(
    ("version", "enough"),
    [
        ("v18.19.0", False),
        ("v20.18.9", False),
        ("v20.19.0", True),
        ("v21.7.0", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v24.1.0", True),
        ("", False),
        ("nonsense", False),
    ],
)
def test_node_is_used_only_where_it_can_build(tool: object, version: str, enough: bool) -> None:
    assert tool("node").is_new_enough(version) is enough  # type: ignore[operator]


def test_last_line_counts_all_runs_and_every_failing_check(tool: object) -> None:
    run_tests = tool("run_tests")  # type: ignore[operator]
    whole = "........\n== 8 passed, 2 skipped, 1 deselected in 3.21s =="
    broken = "F\nFAILED x\n1 failed, 3 passed, 2 errors in 0.50s"
    steps = [
        run_tests.Step("unit", [], code=0, counts=run_tests.counts_of(whole)),
        run_tests.Step("rest", [], code=1, counts=run_tests.counts_of(broken)),
        run_tests.Step("types", [], code=1, counts=run_tests.counts_of("Found 2 errors")),
    ]
    line = run_tests.closing_line(steps, 12.0)
    assert "1 failed, 11 passed, 2 skipped, 1 deselected, 3 errors in 12.00s" in line


def test_numbers_before_the_last_line_are_not_counted(tool: object) -> None:
    counts = tool("run_tests").counts_of("5 passed in 1.00s\nmore\nmore\n3 passed in 2.00s")  # type: ignore[operator]
    assert counts == {"passed": 3}


def test_failed_command_tells_its_name_and_how_it_ended(tool: object) -> None:
    console = tool("console")  # type: ignore[operator]
    words = [sys.executable, "-c", "print('why'); raise SystemExit(3)"]
    sentence = sentence_of(console, lambda: console.run(words))
    assert "ended with 3" in sentence
    assert "why" in sentence


def test_what_apt_cannot_bring_is_one_sentence_with_the_command(
    tool: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = tool("system")  # type: ignore[operator]
    monkeypatch.setitem(system.HAS, "chromium", lambda: False)
    monkeypatch.setattr(system, "as_root", lambda: None)
    assert "apt-get install chromium fonts-noto-cjk" in system.ensure("chromium")


def test_locks_of_the_set_up_are_pinned_by_hash() -> None:
    for lock in sorted((TOOLS / "locks").glob("*.txt")):
        text = lock.read_text(encoding="utf-8")
        assert "==" in text, lock.name
        assert "--hash=sha256:" in text, lock.name
        assert (lock.with_suffix(".in")).exists(), lock.name
