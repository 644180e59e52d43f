"""Scanners for tests: one in place of `scan`, and one that speaks clamd's language on a socket."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from pathlib import Path
from types import TracebackType

from anlan.gateways.virus.client import Unreachable, Verdict

# What every scanner takes for a virus, in two parts so that none finds it here.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD" + b"-ANTIVIRUS-TEST-FILE!$H+H*"


class FakeScanner:
    """Stands in for `scan`: finds the test virus."""

    def __call__(self, data: bytes, *, address: str, timeout_s: float = 20.0) -> Verdict:
        """Say whether the test virus stands in the file."""
        return Verdict(False, "Eicar-Test-Signature") if EICAR in data else Verdict(True)


class AbsentScanner:
    """Stands in for a scanner that is set and away."""

    def __call__(self, data: bytes, *, address: str, timeout_s: float = 20.0) -> Verdict:
        """Give no verdict."""
        raise Unreachable("nobody there")


class FakeClamd:
    """A clamd on a unix socket that knows one virus; `hangs` makes it never answer.

    Like clamd 1.4 it hangs up in the middle of a file above `longest` bytes, and says so.
    """

    def __init__(self, path: Path, *, hangs: bool = False, longest: int = 25_000_000) -> None:
        self._longest = longest
        self.address = f"unix:{path}"
        self._hangs = hangs
        self._let_go = threading.Event()
        self._door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._door.bind(str(path))
        self._door.listen(4)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> FakeClamd:
        """Begin to answer."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self._let_go.set()
        self._door.close()

    def _serve(self) -> None:
        while not self._let_go.is_set():
            try:
                line, _ = self._door.accept()
            except OSError:
                return
            with line, contextlib.suppress(BrokenPipeError):  # who asked has gone
                self._answer(line)

    def _answer(self, line: socket.socket) -> None:
        stream = line.makefile("rb")
        if stream.read(10) != b"zINSTREAM\0":
            return
        data = b""
        while length := struct.unpack(">I", stream.read(4))[0]:
            data += stream.read(length)
            if len(data) > self._longest:
                line.sendall(b"INSTREAM size limit exceeded. ERROR\0")
                return
        if self._hangs:
            self._let_go.wait(30)
        found = EICAR in data
        line.sendall(b"stream: Eicar-Test-Signature FOUND\0" if found else b"stream: OK\0")
