"""What crews are told of a place, from the inspector's page to the board of who sends them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from tests.api.conftest import KEY, SOUTH, WEST
from tests.browser.accessibility import check
from tests.browser.conftest import PATIENCE_MS, PHONE, PLACE, WIDE
from tests.browser.test_board import WORDS, show
from tests.browser.test_round import served, visit

__all__ = ["served"]
pytestmark = pytest.mark.browser
LOOKS = [
    ("en", "light", WIDE),
    ("zh-hans", "dark", WIDE),
    ("en", "dark", PHONE),
    ("zh-hans", "light", PHONE),
]
IDS = ["en-light", "zh-dark", "en-dark-phone", "zh-light-phone"]
SAID = {
    "en": ["Warning: gas cylinders (rear)", "UN 1263 (inside, floor -1, 500 kg to 5 t)", "12 m"],
    "zh-hans": ["警示：气瓶（背面）", "UN 1263", "500 公斤至 5 吨", "12 m"],
}
WARNED = {"en": "Warning: gas cylinders", "zh-hans": "警示：气瓶"}
KNOWN = {"en": "What is known here", "zh-hans": "此处已知情况"}
ELSEWHERE = (WEST + 0.018, SOUTH + 0.016)
FACTS: tuple[dict[str, str], ...] = (
    {"s-fact": "warning:gas_cylinders", "s-side": "rear"},
    {
        "s-fact": "goods:un_goods",
        "s-side": "inside",
        "s-floor": "-1",
        "s-un": "1263",
        "s-amount": "large",
    },
    {"s-fact": "water:hydrant_outside", "s-side": "right", "s-far": "12"},
    {"s-fact": "shutoff:power", "s-side": "left"},
)


class Desk:
    """Browsers of people of one town."""

    def __init__(self, chromium: Browser, address: str, accounts: dict[str, str]) -> None:
        self.chromium, self.address, self.accounts = chromium, address, accounts
        self.states: dict[str, Any] = {}
        self.made: list[BrowserContext] = []

    def page(self, name: str, path: str, **how: Any) -> Page:
        if name not in self.states:
            context = visit(self.chromium, None)
            page = context.new_page()
            page.goto(f"{self.address}/accounts/login/")
            page.locator("#id_login").fill(name)
            page.locator("#id_password").fill(self.accounts[name])
            page.locator("form.stack button").click()
            expect(page.locator("#id_password")).to_have_count(0)
            self.states[name] = context.storage_state()
            context.close()
        context = visit(self.chromium, self.states[name], **{"viewport": WIDE, **how})
        self.made.append(context)
        page = context.new_page()
        page.goto(f"{self.address}/towns/{KEY}/{path}")
        return page


@pytest.fixture(scope="module")
def desk(chromium: Browser, served: tuple[str, dict[str, str]]) -> Iterator[Desk]:
    """Let an inspector register a depot with facts and, beside it, a shop without any."""
    one = Desk(chromium, *served)
    page = one.page("inspector-1", "premises")
    for ident, name, west in (("d-1", "Paint depot 油漆仓库", 0.0), ("m-1", "Market", 0.0002)):
        page.goto(f"{one.address}/towns/{KEY}/premises")
        page.locator("#n-class").select_option("depot" if ident == "d-1" else "market")
        page.locator("#n-risk").select_option("low")
        page.locator("#n-ident").fill(ident)
        page.locator("#n-name").fill(name)
        page.locator("#n-lon").fill(f"{PLACE[0] - west:.6f}")
        page.locator("#n-lat").fill(f"{PLACE[1]:.6f}")
        page.get_by_role("button", name="Register", exact=True).click()
        expect(page.get_by_role("heading", name=name)).to_be_visible()
    page.goto(f"{one.address}/towns/{KEY}/premises/d-1")
    for number, fact in enumerate(FACTS, start=1):
        for field, value in fact.items():
            box = page.locator(f"#{field}")
            if field in ("s-fact", "s-side", "s-amount"):
                box.select_option(value)
            else:
                box.fill(value)
        page.get_by_role("button", name="State it as seen today").click()
        expect(page.locator("table tbody tr")).to_have_count(number)
    yield one
    for context in one.made:
        context.close()


def take(page: Page, lang: str, point: tuple[float, float]) -> None:
    """Take a call at a point."""
    page.locator(".new-call").click()
    page.locator("#intake-type").fill(WORDS[lang]["type"])
    page.locator("#intake-type").press("Enter")
    page.locator("#intake-place").fill(f"{point[0]:.5f},{point[1]:.5f}")
    page.get_by_role("button", name=WORDS[lang]["take"]).click()
    expect(page.locator("#dispatch, .detail").first).to_be_visible()


def close(page: Page, lang: str) -> None:
    page.get_by_role("button", name=WORDS[lang]["close"]).first.click()
    page.locator("#result").select_option("resolved")
    page.get_by_role("button", name=WORDS[lang]["done"], exact=True).click()
    expect(page.locator(".end-form")).to_have_count(0)
    expect(page.locator(".preplans")).to_have_count(0)


@pytest.fixture
def board(desk: Desk) -> Iterator[Callable[..., Page]]:
    """Give an opener of boards that end with the test: each that stays open goes on drawing."""

    def open_it(**how: Any) -> Page:
        page = desk.page("dispatcher-1", "board", **how)
        expect(page.locator(".connection-live")).to_be_visible()
        return page

    yield open_it
    for context in desk.made:
        context.close()
    desk.made.clear()


@pytest.mark.parametrize(("lang", "theme", "size"), LOOKS, ids=IDS)
def test_who_sends_a_crew_sees_what_is_known_there(
    board: Callable[..., Page], tmp_path: Path, lang: str, theme: str, size: Any
) -> None:
    page = board(lang=lang, color_scheme=theme, viewport=size)
    take(page, lang, PLACE)
    show(page, "detail", size)
    panel = page.locator(".preplans")
    expect(panel.get_by_role("heading", name=KNOWN[lang])).to_be_visible()
    expect(panel.locator("li")).to_have_count(len(FACTS))
    for words in SAID[lang]:
        expect(panel).to_contain_text(words)
    expect(panel.locator("li").first).to_have_class("warning")
    expect(panel).not_to_contain_text("Market")  # nothing is stated of it
    warning = page.locator(".preplan-warning")  # read before anybody is sent
    expect(warning).to_contain_text(WARNED[lang])
    first = "e => e.compareDocumentPosition(document.querySelector('.advice'))"
    assert warning.evaluate(first) & 4, "it stands above the recommendation"
    until = panel.locator("li > .small").nth(1)
    assert until.evaluate("e => e.offsetHeight") < 26, "a day stands on one line"
    check(page, "the board with what is known")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    panel.scroll_into_view_if_needed()
    page.screenshot(path=str(tmp_path / "board.png"))
    page.reload()
    expect(page.locator(".connection-live")).to_be_visible()
    show(page, "queue", size)
    page.locator(".card").first.click()
    expect(page.locator(".preplans li")).to_have_count(len(FACTS))
    close(page, lang)


def test_a_home_and_a_place_far_from_it_have_nothing_known(board: Callable[..., Page]) -> None:
    page = board()
    asking = page.expect_response(  # the whole of taking the call is in it
        lambda one: one.url.endswith("/preplans"), timeout=4 * PATIENCE_MS
    )
    with asking as asked:
        take(page, "en", ELSEWHERE)
    assert asked.value.json() == []
    expect(page.locator(".preplans")).to_have_count(0)
    close(page, "en")


PRESSED = """() => addEventListener("click", (event) => {
  window.pressed ||= event.target.closest(".preplans-failed button") !== null;
}, { capture: true })"""


def test_what_could_not_be_asked_for_is_not_taken_for_nothing_known(
    board: Callable[..., Page],
) -> None:
    page = board()
    page.evaluate(PRESSED)

    def until_pressed(route: Route) -> None:
        """Fail what the board asks by itself again, so that only the button is answered."""
        if page.evaluate("window.pressed"):
            route.continue_()
        else:
            route.abort()

    page.route("**/preplans", until_pressed)
    take(page, "en", PLACE)
    failed = page.locator(".preplans-failed")
    expect(failed).to_contain_text("What is known here is not loaded.")
    check(page, "the board without what is known")
    expect(page.locator(".preplans")).to_have_count(0)
    failed.get_by_role("button", name="Try again").click()
    expect(page.locator(".preplans li")).to_have_count(len(FACTS))
    expect(failed).to_have_count(0)
    close(page, "en")


def test_a_home_is_never_put_into_the_register(desk: Desk) -> None:
    page = desk.page("inspector-1", "premises")
    offered = page.locator("#n-class option").all_inner_texts()
    assert offered
    assert not [one for one in offered if one.lower() in ("home", "flat", "house", "dwelling")]
    page.locator("#n-class").evaluate("e => e.add(new Option('home', 'home', true, true))")
    page.locator("#n-risk").select_option("low")
    page.locator("#n-ident").fill("h-1")
    page.locator("#n-name").fill("Somewhere")
    page.locator("#n-lon").fill(f"{PLACE[0]:.6f}")
    page.locator("#n-lat").fill(f"{PLACE[1]:.6f}")
    page.get_by_role("button", name="Register", exact=True).click()
    expect(page.locator("[role=alert]")).to_contain_text("home")
    expect(page.locator("#n-ident")).to_have_value("h-1")
    check(page, "a home that was refused")
