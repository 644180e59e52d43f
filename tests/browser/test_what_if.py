"""The what-if pages: read by anyone, in both languages and themes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Route, expect
from tests.api.conftest import KEY
from tests.browser.accessibility import check
from tests.browser.conftest import PHONE, WIDE, Site

pytestmark = pytest.mark.browser

LOOKS = [("en", "light", WIDE), ("zh-hans", "dark", WIDE), ("zh-hans", "light", PHONE)]


def let(route: Route, *, on: bool) -> None:
    """Let pages through, but what a page asks for by itself only once that is so."""
    if on or route.request.resource_type != "fetch":
        route.continue_()
    else:
        route.abort()


@pytest.mark.parametrize(
    ("lang", "theme", "size"), LOOKS, ids=["en-light", "zh-dark", "zh-light-phone"]
)
def test_a_study_is_asked_followed_and_stopped_by_anyone(
    contexts: Callable[..., BrowserContext], site: Site, lang: str, theme: str, size: Any
) -> None:
    page = contexts(lang=lang, theme=theme, size=size).new_page()
    page.goto(f"{site.address}/towns/{KEY}/what-if")
    expect(page.locator("input[name=close]").first).to_be_visible()
    check(page, "what if")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= size["width"]
    page.locator("input[name=close]").first.check()
    compare = page.locator("form.what-if-form button.primary")
    expect(compare).to_be_disabled()  # this town has no log, as the sentence above the form says
    compare.evaluate("button => { button.disabled = false }")  # the study's own page is tried too
    seen: list[bool] = []  # without a log it ends by itself: not before it was seen and stopped
    page.route("**/what-if/*", lambda route: let(route, on=bool(seen)))
    compare.click()
    expect(page.locator("progress")).to_be_visible()
    check(page, "a study that waits or runs")
    seen.append(True)
    page.locator("main form button").click()
    expect(page.locator("progress")).to_have_count(0, timeout=60_000)
    check(page, "a study that was stopped")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= size["width"]
