"""Set up .venv from the locked requirements: `python3 tools/setup.py run|dev`.

Runs before .venv exists, so it uses the standard library only. It leaves a stamp, so that the
second run takes no time and needs no network.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console import ROOT, Missing, exit_with_sentence, run, step
from fresh_kernels import forget_stale

BOOT = ROOT / ".boot"
VENV = ROOT / ".venv"
CACHE = ROOT / ".cache"
UV = BOOT / "bin" / "uv"
LOCKS = ROOT / "tools" / "locks"
REQUIREMENTS = {"run": ROOT / "requirements.txt", "dev": ROOT / "requirements-dev.txt"}
MESSAGES = ROOT / "src" / "anlan" / "locale"


def check_python() -> None:
    """Refuse a Python that is too old or can't make a virtual environment."""
    if sys.version_info < (3, 11):  # noqa: UP036 - the machine's own Python may be older
        found = ".".join(str(part) for part in sys.version_info[:3])
        raise Missing(
            f"Anlan needs Python 3.11 or newer and found {found}: apt-get install python3.11 "
            "python3.11-venv, or name one: make PYTHON=/path/to/python3.11"
        )
    if importlib.util.find_spec("ensurepip") is None and not UV.exists():
        raise Missing(
            "This Python can't make a virtual environment: apt-get install python3-venv "
            "(as root, or with sudo), then try again."
        )


@contextmanager
def only_one() -> Iterator[None]:
    """Hold the set-up's lock, so that two commands started at once don't set up twice."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "setup.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def digest(*paths: Path) -> str:
    """Give one hash over these files' contents."""
    total = hashlib.sha256()
    for path in paths:
        total.update(path.read_bytes())
    return total.hexdigest()


def read_stamp(path: Path) -> str:
    """Give a stamp's text, or nothing where there is none."""
    return path.read_text(encoding="utf-8") if path.exists() else ""


def ensure_boot() -> None:
    """Make .boot with uv in it, pinned by hash."""
    stamp, want = BOOT / "stamp", digest(LOCKS / "boot.txt")
    if UV.exists() and read_stamp(stamp) == want:
        return
    with step("uv, which installs the packages"):
        run([sys.executable, "-m", "venv", "--clear", BOOT])
        pip = [BOOT / "bin" / "python", "-m", "pip", "install", "--quiet"]
        run([*pip, "--no-deps", "--require-hashes", "-r", LOCKS / "boot.txt"])
    stamp.write_text(want, encoding="utf-8")


def stamp_of(kind: str) -> dict[str, str]:
    """Say what .venv holds once this kind of set-up is done."""
    return {"kind": kind, "locked": digest(REQUIREMENTS[kind], ROOT / "pyproject.toml")}


def venv_is_ready(kind: str) -> bool:
    """Say whether .venv already holds what this kind needs; the developer's holds the runner's."""
    text = read_stamp(VENV / "stamp.json")
    if not text or not (VENV / "bin" / "python").exists():
        return False
    kinds = (kind, "dev")
    return json.loads(text) in [stamp_of(one) for one in kinds]


def ensure_venv(kind: str) -> None:
    """Make .venv, install exactly the locked packages, and the project itself in editable form."""
    if venv_is_ready(kind):
        return
    stamp = VENV / "stamp.json"
    stamp.unlink(missing_ok=True)
    env = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "VIRTUAL_ENV": str(VENV)}
    if not (VENV / "bin" / "python").exists():
        with step("Python environment .venv"):
            run([UV, "venv", "--quiet", "--python", sys.executable, VENV], env=env)
    with step(f"Python packages ({REQUIREMENTS[kind].name})"):
        python = ["--python", VENV / "bin" / "python"]
        # Compiled here, since where PYTHONDONTWRITEBYTECODE is set each start would read all anew.
        sync = [UV, "pip", "sync", *python, "--require-hashes", "--compile-bytecode"]
        run([*sync, REQUIREMENTS[kind]], env=env)
        editable = ["--no-deps", "--no-build-isolation", "--editable", ROOT]
        run([UV, "pip", "install", *python, *editable], env=env)
    stamp.write_text(json.dumps(stamp_of(kind)), encoding="utf-8")


def ensure_messages() -> None:
    """Compile the translations whose text is newer than what was compiled."""
    script = ROOT / "tools" / "compile_messages.py"
    sources = sorted(MESSAGES.rglob("*.po"))
    stale = [
        one
        for one in sources
        if not one.with_suffix(".mo").exists()
        or one.with_suffix(".mo").stat().st_mtime < one.stat().st_mtime
    ]
    if stale and script.exists():
        run([VENV / "bin" / "python", script])


def set_up(kind: str) -> None:
    """Bring this machine's .venv to what the lock says."""
    check_python()
    with only_one():
        if not venv_is_ready(kind):
            ensure_boot()
        ensure_venv(kind)
        ensure_messages()
        forget_stale()
        run([VENV / "bin" / "python", "-m", "compileall", "-q", ROOT / "src"])


def main() -> int:
    """Set up for running (`run`) or for working on Anlan (`dev`)."""
    kind = sys.argv[1] if len(sys.argv) > 1 else "run"
    if kind not in REQUIREMENTS:
        raise Missing(f"Say run or dev, not “{kind}”.")
    set_up(kind)
    return 0


if __name__ == "__main__":
    exit_with_sentence(main)
