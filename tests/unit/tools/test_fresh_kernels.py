"""Promises about compiled kernels: none of them outlives an edit of what was compiled into it."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]
KERNEL = """
from numba import njit
from anlan.far.numbers import FACTOR

@njit(cache=True)
def twice(x):
    return 2 * FACTOR * x
"""


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """Import the script as itself."""
    spec = importlib.util.spec_from_file_location("fresh", ROOT / "tools/fresh_kernels.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Give a tree with a kernel that takes a constant from another file."""
    for name, text in {
        "anlan/__init__.py": "",
        "anlan/far/__init__.py": "",
        "anlan/far/numbers.py": "from anlan.far.more import FACTOR\n",
        "anlan/far/more.py": "FACTOR = 3\n",
        "anlan/far/other.py": "NOTHING = 0\n",
        "anlan/near/__init__.py": "",
        "anlan/near/kernels.py": KERNEL,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def twice(source: Path) -> int:
    """Ask a process of its own, as another start of the server is."""
    code = "from anlan.near.kernels import twice; print(twice(1))"
    env = {**os.environ, "PYTHONPATH": str(source), "NUMBA_CACHE_DIR": ""}
    said = subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True)
    return int(said.stdout)


def test_a_kernel_is_compiled_anew_after_an_edit_of_what_it_imports(
    tool: ModuleType, source: Path
) -> None:
    assert twice(source) == 6
    assert tool.forget_stale(source) == []
    (source / "anlan/far/other.py").write_text("NOTHING = 1\n")
    assert tool.forget_stale(source) == [], "it imports nothing of this"
    (source / "anlan/far/more.py").write_text("FACTOR = 5\n")
    assert twice(source) == 6, "numba itself does not see it"
    assert tool.forget_stale(source) == ["anlan/near/kernels.py"]
    assert list(source.rglob("*.nb?")) == []
    assert twice(source) == 10


def test_an_old_form_beside_a_newer_one_and_a_kernel_that_is_gone_are_forgotten(
    tool: ModuleType, source: Path
) -> None:
    cache = source / "anlan/near/__pycache__"
    cache.mkdir()
    for name in ("kernels.twice-5.py311.nbi", "kernels.twice-5.py311.2.nbc", "gone.f-1.py311.nbi"):
        (cache / name).touch()
    old = cache / "kernels.twice-5.py311.1.nbc"
    old.touch()
    os.utime(old, (1, 1))
    assert tool.forget_stale(source) == ["anlan/near/gone.py", "anlan/near/kernels.py"]
    assert list(cache.iterdir()) == []


def test_every_kernel_of_the_engine_names_its_sources(tool: ModuleType) -> None:
    engine = ROOT / "src/anlan/engine"
    found = tool.sources_of(engine / "simulation/ways/kernels.py")
    assert engine / "simulation/columns.py" in found
    assert engine / "pairing/kernels.py" in tool.sources_of(engine / "assignment/kernels.py")
