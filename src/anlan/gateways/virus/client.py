"""Asking clamd whether it knows a file (its INSTREAM command), over a socket.

The file's bytes go over that socket in clear, so clamd belongs on the same machine or a network of
its own.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from dataclasses import dataclass

PIECE_BYTES = 64 * 1024
LONGEST_ANSWER = 4096


class Unreachable(Exception):
    """The scanner gave no verdict: it is away or too slow."""


class TooLong(Unreachable):
    """The file is longer than the scanner's own limit (StreamMaxLength): it never will look."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the scanner said; `name` is what it found, "" for nothing."""

    clean: bool
    name: str = ""


def scan(data: bytes, *, address: str, timeout_s: float = 20.0) -> Verdict:
    """Give clamd's verdict on a file; raises Unreachable where there is none.

    `address` is "unix:/run/clamav/clamd.ctl" or "host:3310". `timeout_s` is for the whole.
    """
    until = time.monotonic() + timeout_s
    try:
        with _connect(address, timeout_s) as line:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                _send(line, data, until)  # cut off in the middle: the answer may say why
            return _verdict(_read(line, until))
    except (OSError, ValueError) as error:
        raise Unreachable(str(error)) from error


def _send(line: socket.socket, data: bytes, until: float) -> None:
    line.sendall(b"zINSTREAM\0")
    for start in range(0, len(data), PIECE_BYTES):
        piece = data[start : start + PIECE_BYTES]
        line.settimeout(_left(until))
        line.sendall(struct.pack(">I", len(piece)) + piece)
    line.sendall(struct.pack(">I", 0))


def _connect(address: str, timeout_s: float) -> socket.socket:
    if address.startswith("unix:"):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(timeout_s)
        try:
            line.connect(address.removeprefix("unix:"))
        except OSError:
            line.close()
            raise
        return line
    host, _, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=timeout_s)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("The scanner took too long.")
    return left


def _read(line: socket.socket, until: float) -> str:
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
        line.settimeout(_left(until))
        piece = line.recv(LONGEST_ANSWER)
        if not piece:
            break
        answer += piece
    return answer.rstrip(b"\0\n").decode("ascii", "replace")


def _verdict(answer: str) -> Verdict:
    if answer == "stream: OK":
        return Verdict(clean=True)
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        return Verdict(clean=False, name=answer[len("stream: ") : -len(" FOUND")][:80])
    if "size limit exceeded" in answer:
        raise TooLong("The file is longer than the scanner takes.")
    raise ValueError("The scanner gave no verdict.")
