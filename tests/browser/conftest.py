"""A real server on a small town, and Debian's Chromium to look at it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect
from tests.api.conftest import KEY, SOUTH, WEST
from tests.api.server import Browser as Caller
from tests.api.server import Server, installation, running

FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE = {"width": 1280, "height": 720}
PHONE = {"width": 390, "height": 844}
PATIENCE_MS = 30_000
PLACE = (WEST + 0.006, SOUTH + 0.004)
BUILT = Path(__file__).resolve().parents[2] / "src/anlan/web/static/build/.vite/manifest.json"

expect.set_options(timeout=PATIENCE_MS)


@dataclass(frozen=True)
class Site:
    """A served town, its first account, and a second dispatcher who works by API."""

    address: str
    username: str
    password: str
    other: Caller
    server: Server

    def pause(self) -> None:
        """Let the server hang, as a machine without breath does."""
        self.server.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.server.process.send_signal(signal.SIGCONT)

    @property
    def board(self) -> str:
        return f"{self.address}/towns/{KEY}/board"

    def call(self, kind: str = "medical") -> dict[str, Any]:
        """Take a call as the other dispatcher; gives the incident."""
        answer = self.other.post("/incidents", {"type": kind, "lon": PLACE[0], "lat": PLACE[1]})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def incidents(self) -> list[dict[str, Any]]:
        return list(self.other.get("/board").json()["incidents"])


def until(is_so: Callable[[], bool], otherwise: str) -> None:
    """Wait for what no element of a page tells; a page's own `wait_for_function` is an eval."""
    for _ in range(PATIENCE_MS // 100):
        if is_so():
            return
        time.sleep(0.1)
    raise AssertionError(otherwise)


KEPT = """async () => {
  const page = JSON.parse(document.getElementById("anlan-page").textContent);
  const bytes = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  const raw = bytes(page.draft_key);
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["decrypt"]);
  const drafts = Object.entries(sessionStorage).filter(([name]) => name !== "anlan-sent");
  return Promise.all(drafts.map(async ([, whole]) => {
    const [iv, sealed] = whole.split(".").map(bytes);
    const plain = crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, sealed);
    return plain.then((text) => new TextDecoder().decode(text), () => "of another session");
  }));
}"""


def drafts(page: Page) -> list[str]:
    """Open what a signed-in page keeps: it is sealed a while after each letter that is typed."""
    page.wait_for_load_state()
    return list(page.evaluate(KEPT))


def until_kept(page: Page, words: str) -> None:
    until(lambda: any(words in one for one in drafts(page)), f"{words} is not kept")


def until_forgotten(page: Page) -> None:
    until(lambda: not drafts(page), "a draft is still kept")


def missing(sentence: str) -> None:
    """Skip with a sentence; where everything is set up by itself, fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(sentence)
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Give Debian's Chromium, started once."""
    path = shutil.which("chromium")
    if path is None:
        missing("Chromium is absent: apt-get install chromium fonts-noto-cjk brings it.")
    browser = playwright.chromium.launch(executable_path=path, args=FLAGS, timeout=4 * PATIENCE_MS)
    yield browser
    browser.close()


def copied(environment: dict[str, str], folder: Path) -> dict[str, str]:
    """Copy an installation into a folder; gives the environment that serves the copy."""
    environment = dict(environment)
    for name in ("ANLAN_DATA", "ANLAN_KEY_FILE"):
        made = Path(environment[name])
        environment[name] = str(folder / made.name)
        copy = shutil.copytree if made.is_dir() else shutil.copy2
        copy(made, folder / made.name)
    return environment


@pytest.fixture(scope="session")
def town_made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Make the small town that is served in copies."""
    if not BUILT.exists():
        missing("The front end is not built: make frontend builds it.")
    return installation(tmp_path_factory.mktemp("town-made"))


@pytest.fixture(scope="session")
def site(town_made: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve a small town as a user does."""
    environment = copied(town_made, tmp_path_factory.mktemp("site"))
    with running(environment) as server:
        name, password = server.said["username"], server.said["password"]
        other = Caller(server.address, name, password)
        yield Site(server.address, name, password, other, server)
        other.http.close()


@dataclass(frozen=True)
class Cases:
    """A town with people who handle cases, made once; each file of tests serves its own copy."""

    environment: dict[str, str]
    accounts: dict[str, str]
    mediation: list[int]
    hazard: int

    def copy(self, folder: Path) -> dict[str, str]:
        """Copy the installation; gives the environment that serves the copy."""
        return copied(self.environment, folder)


@pytest.fixture(scope="session")
def cases_made(town_made: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Cases:
    """Make the town that files about cases serve copies of."""
    environment = copied(town_made, tmp_path_factory.mktemp("cases-made"))
    done = subprocess.run(
        [sys.executable, "-m", "tests.browser.case_people"],
        env=environment,
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return Cases(environment, **json.loads(done.stdout.splitlines()[-1]))


@pytest.fixture(scope="session")
def signed_in(chromium: Browser, site: Site) -> Any:
    """Sign in once by the page; gives what the browser keeps of it."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(site.board)
    page.locator("#id_login").fill(site.username)
    page.locator("#id_password").fill(site.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Waiting for a crew")).to_be_visible()
    state = context.storage_state()
    context.close()
    return state


Opener = Callable[..., Page]


@pytest.fixture
def contexts(chromium: Browser, signed_in: Any) -> Iterator[Callable[..., BrowserContext]]:
    """Give a maker of signed-in browser profiles that end with the test."""
    made: list[BrowserContext] = []

    def make(*, lang: str = "en", theme: str = "light", size: Any = WIDE, **more: Any) -> Any:
        context = chromium.new_context(
            viewport=size, color_scheme=theme, storage_state=signed_in, **more
        )
        host = {"domain": "127.0.0.1", "path": "/"}
        context.add_cookies([{"name": "django_language", "value": lang, **host}])
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture
def open_board(contexts: Callable[..., BrowserContext], site: Site) -> Opener:
    """Give an opener of the board that waits until it shows the town and hears the stream."""

    def open_it(context: BrowserContext | None = None, **how: Any) -> Page:
        page = (context or contexts(**how)).new_page()
        page.goto(site.board)
        expect(page.locator(".connection-live")).to_be_visible()
        return page

    return open_it


@pytest.fixture
def quiet_town(site: Site) -> Iterator[None]:
    """Leave no open incident behind."""
    yield
    site.go_on()
    for row in site.incidents():
        if row["state"] in {"received", "triaged", "dispatched", "working"}:
            site.other.post(f"/incidents/{row['id']}/close", {"result_code": "resolved"})
    for unit in site.other.get("/board").json()["units"]:
        if unit["covering"]:
            site.other.post(f"/units/{unit['ident']}/move-up/end", {})
            unit["status"] = "returning"
        if unit["status"] != "available":
            site.other.post(f"/units/{unit['ident']}/status", {"status": "available"})
