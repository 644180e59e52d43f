"""Asking the child process what a file is: with a time limit, and two at a time."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass

TIMEOUT_S = 30.0
AT_A_TIME = 2  # so that uploads never take every core from the desk
PASSED_ON = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "LANG")  # no secret of the service's

_turn = threading.BoundedSemaphore(AT_A_TIME)


class Unfit(Exception):
    """A file that is not taken; `code` is the checker's, or "too_much" when it gave no answer."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Checked:
    """A file as it may be kept: its type by content, and its bytes without metadata."""

    media_type: str
    data: bytes


def look_into(data: bytes, *, timeout_s: float = TIMEOUT_S) -> Checked:
    """Have a file looked into in a process of its own; raises Unfit with the reason's code."""
    words = [sys.executable, "-m", "anlan.gateways.content.checker"]
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    if not _turn.acquire(timeout=timeout_s):
        raise Unfit("busy")
    try:
        ended = subprocess.run(
            words,
            input=data,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unfit("too_much") from error
    finally:
        _turn.release()
    return _answer(ended.stdout) if ended.returncode == 0 else _died()


def _answer(out: bytes) -> Checked:
    line, _, body = out.partition(b"\n")
    told = json.loads(line)
    if not told.get("cut_off"):
        _say_once()
    if "fault" in told:
        raise Unfit(str(told["fault"]))
    return Checked(str(told["media_type"]), body)


@functools.cache
def _say_once() -> None:
    """Say that this system lets the child reach networks; its limits of memory and time hold."""
    import structlog  # here: the child imports this package too, for each file, and logs nothing

    structlog.get_logger("anlan.gateways.content").warning("uploads.child_not_cut_off")


def _died() -> Checked:
    """The child ran out of memory or time, or a decoder fell over: the file is not taken."""
    raise Unfit("too_much")
