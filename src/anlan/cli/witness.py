"""The HTTP door of a witness (c2sp.org/tlog-witness): add-checkpoint, and its public key."""

from __future__ import annotations

import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from anlan.cli.output import Output
from anlan.kernel.ledger.witness import Declined, Witness
from anlan.kernel.values import BadInput

BODY_AT_MOST = 64 * 1024


class Door(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    timeout = 30  # a client that says nothing more is let go
    witness: Witness

    def do_POST(self) -> None:
        """Cosign a submitted head, or say why not."""
        length = self.headers.get("Content-Length", "")
        if self.path.rstrip("/") != "/add-checkpoint":
            self._answer(404, "Only add-checkpoint is answered here.\n", "text/plain")
            return
        if not length.isascii() or not length.isdecimal() or int(length) > BODY_AT_MOST:
            self.close_connection = True
            self._answer(413, "A submission has a length, of 64 kB at most.\n", "text/plain")
            return
        body = self.rfile.read(int(length))
        try:
            line = self.witness.add_checkpoint(body, at=int(time.time()))
        except Declined as no:
            self._answer(no.status, no.body, no.content_type)
        else:
            self._answer(200, line, "text/plain")

    def do_GET(self) -> None:
        """Give the public key."""
        self._answer(200, f"{self.witness.key}\n", "text/plain")

    def log_message(self, format: str, *args: object) -> None:
        """Keep no log of who asked."""

    def _answer(self, status: int, text: str, content_type: str) -> None:
        data = text.encode()
        self.send_response(status)
        kind = content_type if content_type != "text/plain" else "text/plain; charset=utf-8"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def serve(witness: Witness, *, host: str, port: int, out: Output) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    door = type("DoorOfOne", (Door,), {"witness": witness})
    try:
        server = ThreadingHTTPServer((host, port), door)
    except (OSError, OverflowError) as error:
        raise BadInput(f"Port {port} of {host} can't be used; name another by --port.") from error
    server.daemon_threads = True
    # From a thread: shutdown waits for serve_forever, which runs here.
    stop = lambda *_: threading.Thread(target=server.shutdown).start()  # noqa: E731
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    address = f"http://{host}:{server.server_address[1]}"
    key = str(witness.key)
    out.result(
        {"address": address, "key": key},
        f"{witness.name} listens on {address}\nIts public key: {key}\nCtrl-C stops it.",
    )
    with server:
        server.serve_forever(poll_interval=0.1)
    out.note("Stopped.")
