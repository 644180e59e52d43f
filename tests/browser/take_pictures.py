"""Take the pictures of the board for README and docs from a running demo.

    make demo                                        in one terminal; leave it running some minutes
    .venv/bin/python -m tests.browser.take_pictures  in another

Writes docs/images/board.png, board-dark.png (in Chinese) and board-phone.png.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

from PIL import Image  # comes with matplotlib
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
STILL_MS = 7000
WIDE = {"width": 1440, "height": 810}
PHONE = {"width": 390, "height": 844}


def sign_in(browser: Browser, address: str, account: dict[str, str]) -> Any:
    """Sign in once; gives what the browser keeps of it."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}/accounts/login/")
    page.locator("#id_login").fill(account["username"])
    page.locator("#id_password").fill(account["password"])
    page.locator("form.stack button").click()
    expect(page.locator(".card").first).to_be_visible(timeout=60_000)
    state = context.storage_state()
    board = page.url
    context.close()
    return state, board


def take_call(page: Page) -> None:
    """Take a call in the middle of the map, so that a recommendation is to be seen."""
    page.wait_for_timeout(STILL_MS)
    page.keyboard.press("n")
    page.locator("#intake-type").fill("SF")
    page.locator("#intake-type").press("Enter")
    page.locator(".place-found button").click()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#dispatch")).to_be_visible(timeout=20_000)
    page.wait_for_timeout(1500)


def picture(
    browser: Browser, state: Any, board: str, out: Path, *, lang: str, theme: str, size: Any
) -> None:
    """Take one picture."""
    context = browser.new_context(
        viewport=size, color_scheme=theme, storage_state=state, device_scale_factor=1.5
    )
    host = board.split("/")[2].split(":")[0]
    cookie = {"name": "django_language", "value": lang, "domain": host, "path": "/"}
    context.add_cookies([cookie])
    page = context.new_page()
    page.goto(board)
    expect(page.locator(".connection-live")).to_be_visible(timeout=60_000)
    take_call(page)
    page.screenshot(path=str(out))
    shrink(out)
    page.locator("#dispatch").click()
    page.wait_for_timeout(1000)
    context.close()


def shrink(path: Path) -> None:
    """Keep 200 colours: a third of the size, and nobody sees it."""
    whole = Image.open(path).convert("RGB")
    few = whole.quantize(200, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--address", default="http://127.0.0.1:8000", help="where the demo answers")
    parser.add_argument("--data", type=Path, default=ROOT / ".demo", help="the demo's folder")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images")
    args = parser.parse_args()
    account = json.loads((args.data / "demo-sign-in.json").read_text(encoding="utf-8"))
    args.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        state, board = sign_in(browser, args.address, account)
        for name, lang, theme, size in (
            ("board", "en", "light", WIDE),
            ("board-dark", "zh-hans", "dark", WIDE),
            ("board-phone", "en", "light", PHONE),
        ):
            out = args.out / f"{name}.png"
            picture(browser, state, board, out, lang=lang, theme=theme, size=size)
            print(out)
        browser.close()


if __name__ == "__main__":
    main()
