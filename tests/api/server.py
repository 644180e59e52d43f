"""A real server process on a small town, and a browser's worth of HTTP to talk to it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from tests.api.conftest import KEY, write_files

READY_S = 600  # on a busy machine that compiles everything anew


class Browser:
    """A signed-in session over real HTTP."""

    def __init__(self, address: str, username: str, password: str) -> None:
        self.http = httpx.Client(base_url=address, timeout=30)
        self.http.get("/accounts/login/").raise_for_status()
        form = {"csrfmiddlewaretoken": self.token, "login": username, "password": password}
        answer = self.http.post("/accounts/login/", data=form)
        assert answer.status_code == 302, answer.text[:2000]

    @property
    def token(self) -> str:
        return self.http.cookies["csrftoken"]

    def post(self, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        document = {"client_key": uuid4().hex, **(body or {})}
        return self.http.post(
            f"/api/towns/{KEY}{path}", json=document, headers={"X-CSRFToken": self.token}
        )

    def get(self, path: str) -> httpx.Response:
        return self.http.get(f"/api/towns/{KEY}{path}")

    @contextmanager
    def live(self, last: int | None = None) -> Iterator[Iterator[tuple[str, dict[str, Any]]]]:
        """Follow the live feed as (event, data)."""
        query = {} if last is None else {"last": str(last)}
        with self.http.stream("GET", f"/live/{KEY}", params=query) as answer:
            assert answer.status_code == 200, answer.read()
            yield _events(answer)


def _events(answer: httpx.Response) -> Iterator[tuple[str, dict[str, Any]]]:
    event = ""
    for line in answer.iter_lines():
        if line.startswith("event: "):
            event = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield event, json.loads(line.removeprefix("data: "))


class Server:
    """`anlan serve` as a user starts it."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "anlan.cli.main", "serve", KEY, "--port", "0", "--json"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.noise: list[str] = []
        threading.Thread(target=self._listen, daemon=True).start()
        self.said = self._first_words()
        self.address = self.said["address"].split("/towns/")[0]

    def _listen(self) -> None:
        assert self.process.stderr is not None
        self.noise.extend(self.process.stderr)

    def _first_words(self) -> dict[str, Any]:
        watch = threading.Timer(READY_S, self.process.kill)
        watch.start()
        text, decoder = "", json.JSONDecoder()
        assert self.process.stdout is not None
        for line in self.process.stdout:
            text += line
            try:
                document, _ = decoder.raw_decode(text)
            except json.JSONDecodeError:
                continue
            watch.cancel()
            return dict(document)
        watch.cancel()
        raise AssertionError(f"The server said nothing: {''.join(self.noise)}")

    def kill(self) -> None:
        """End it as a power cut does."""
        self.process.kill()
        self.process.wait(30)

    def interrupt(self) -> int:
        """End it as Ctrl-C does; gives the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


@contextmanager
def running(environment: dict[str, str]) -> Iterator[Server]:
    """Run a server until the end of the block."""
    server = Server(environment)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.kill()


def installation(folder: Path, *, database_url: str = "") -> dict[str, str]:
    """Make a small town by the command line; gives the environment that serves it."""
    files = folder / "files"
    files.mkdir(parents=True)
    write_files(files)
    environment = {
        **os.environ,
        "ANLAN_DATA": str(folder / "data"),
        "ANLAN_KEY_FILE": str(folder / "town.key"),
        "DJANGO_SETTINGS_MODULE": "anlan.project.settings",
    }
    environment.pop("ANLAN_DATABASE_URL", None)
    if database_url:
        environment["ANLAN_DATABASE_URL"] = database_url
    anlan(environment, "town", "create", KEY, "--name", "Littleton", "--zone", "Europe/Madrid")
    anlan(environment, "roads", "import", KEY, str(files / "nodes.csv"), str(files / "edges.csv"))
    anlan(environment, "posts", "import", KEY, str(files / "posts.csv"))
    anlan(environment, "units", "import", KEY, str(files / "units.csv"))
    return environment


def anlan(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """Run one command, which has to go well."""
    done = subprocess.run(
        [sys.executable, "-m", "anlan.cli.main", *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=READY_S,
    )
    assert done.returncode == 0, done.stderr
    return done
