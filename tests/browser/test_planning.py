"""The planning pages: usable by keyboard, read by anyone, in both languages and themes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect
from tests.api.conftest import KEY
from tests.browser.accessibility import check
from tests.browser.conftest import PHONE, WIDE, Site

pytestmark = pytest.mark.browser

LOOKS = [("en", "light", WIDE), ("zh-hans", "dark", WIDE), ("zh-hans", "light", PHONE)]
IDS = ["en-light", "zh-dark", "zh-light-phone"]


@pytest.fixture
def open_page(contexts: Callable[..., BrowserContext], site: Site) -> Callable[..., Page]:
    """Give an opener of a page of the town that waits for what must be seen on it."""

    def open_it(path: str, wait_for: str, **how: Any) -> Page:
        page = contexts(**how).new_page()
        page.goto(f"{site.address}/towns/{KEY}/{path}")
        expect(page.locator(wait_for).first).to_be_visible()
        return page

    return open_it


@pytest.mark.parametrize(("lang", "theme", "size"), LOOKS, ids=IDS)
def test_coverage_is_read_by_anyone(
    open_page: Callable[..., Page], lang: str, theme: str, size: Any
) -> None:
    page = open_page("coverage?minutes=1,2", ".gap", lang=lang, theme=theme, size=size)
    check(page, "coverage")
    table = page.locator(".figures").evaluate("e => e.getBoundingClientRect().right")
    panel = page.locator("#panel").evaluate("e => e.getBoundingClientRect().right")
    assert table <= panel
    page.locator(".gap").first.click()
    expect(page.locator(".gap[aria-pressed=true]")).to_have_count(1)
    check(page, "coverage with a gap chosen")
    wide = page.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= size["width"]


@pytest.mark.parametrize(("lang", "theme", "size"), LOOKS, ids=IDS)
def test_siting_is_read_by_anyone(
    open_page: Callable[..., Page], lang: str, theme: str, size: Any
) -> None:
    where = "siting?weights=people&minutes=2&model=mclp"
    page = open_page(where, "button.primary", lang=lang, theme=theme, size=size)
    check(page, "siting before a search")
    page.locator("button.primary").click()
    expect(page.locator(".plan-proof")).to_be_visible()
    expect(page.locator("#answer-title")).to_be_focused()
    expect(page.locator("#answer-title")).to_be_in_viewport()
    check(page, "siting with an answer")
    wide = page.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= size["width"]


def test_the_question_is_asked_by_keyboard_and_stands_in_the_address(
    open_page: Callable[..., Page],
) -> None:
    page = open_page("coverage?minutes=1,2", ".gap")
    minutes = page.get_by_role("textbox", name="Minutes")
    minutes.fill("1, 3")
    minutes.press("Tab")
    expect(page.locator(".figures tbody tr").nth(1)).to_contain_text("3 min")
    assert "minutes=1%2C3" in page.url
    minutes.fill("3,1")
    minutes.press("Tab")
    expect(page.get_by_role("alert")).to_contain_text("rising whole minutes")
    expect(minutes).to_have_attribute("aria-invalid", "true")
    page.reload()
    expect(page.get_by_role("textbox", name="Minutes")).to_have_value("1,3")


def test_a_question_that_is_refused_says_why_and_can_be_asked_anew(
    open_page: Callable[..., Page],
) -> None:
    page = open_page("siting?weights=calls", "button.primary")
    page.locator("button.primary").click()
    expect(page.get_by_role("alert")).to_contain_text("no call that counts")
    expect(page.locator("button.primary")).to_be_focused()
    page.get_by_label("Judged by").select_option("people")
    page.locator("button.primary").click()
    expect(page.locator(".plan-proof")).to_contain_text("proven")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_an_answer_takes_no_focus_from_who_changes_the_question(
    open_page: Callable[..., Page],
) -> None:
    page = open_page("siting?weights=people&minutes=2&model=mclp", "button.primary")
    held: list[Route] = []
    page.route("**/siting?*seconds*", lambda route: held.append(route))
    with page.expect_request("**/siting?*seconds*"):
        page.locator("button.primary").click()
    minutes = page.get_by_role("spinbutton", name="Minutes")
    minutes.fill("")
    page.keyboard.type("1")
    held[0].continue_()
    expect(page.locator(".plan-proof")).to_be_visible()
    page.keyboard.type("2")
    expect(minutes).to_have_value("12")


def test_the_map_is_taken_along_as_files(open_page: Callable[..., Page]) -> None:
    page = open_page("coverage?minutes=1,2", ".download")
    for ending in ("GeoJSON", "GeoPackage", "Picture (PNG)"):
        with page.expect_download() as waiting:
            page.get_by_role("link", name=ending).click()
        assert waiting.value.suggested_filename.startswith(f"{KEY}-fire-1-2-all.")


def test_one_goes_between_the_towns_pages_by_links(open_page: Callable[..., Page]) -> None:
    page = open_page("coverage", ".figures")
    page.get_by_role("link", name="Siting").click()
    expect(page.get_by_label("What is wanted")).to_be_visible()
    page.get_by_role("link", name="Board").click()
    expect(page.locator(".connection-live")).to_be_visible()
    page.get_by_role("link", name="Coverage").click()
    expect(page.locator(".figures")).to_be_visible()
