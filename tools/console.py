"""What the set-up scripts say: one line a step, with seconds. Standard library only."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


class Missing(Exception):
    """Something this machine lacks: one sentence with the command that brings it."""


@contextmanager
def step(label: str) -> Iterator[None]:
    """Say what begins and, at its end, how many seconds it took."""
    print(f"{label} …", end=" ", flush=True)
    began = time.monotonic()
    try:
        yield
    except BaseException:
        print("stopped", flush=True)
        raise
    print(f"{time.monotonic() - began:.1f} s", flush=True)


def run(command: Sequence[str | Path], *, env: Mapping[str, str] | None = None) -> str:
    """Run a command quietly in the project's folder and give its output.

    Raises Missing with the end of what it printed when it fails.
    """
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env=None if env is None else dict(env),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode != 0:
        tail = "\n".join(done.stdout.strip().splitlines()[-15:])
        words = " ".join(str(part) for part in command[:4])
        raise Missing(f"“{words} …” ended with {done.returncode}:\n{tail}")
    return done.stdout


def exit_with_sentence(main: object) -> None:
    """Run a script's main function and end with its code; a known fault is one sentence."""
    assert callable(main)
    try:
        code = main()
    except Missing as missing:
        print(missing, file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(code or 0)
