"""Cover on the board: seen at a glance, read by everyone, and moved only by a person's key."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.accessibility import check
from tests.browser.conftest import PHONE, WIDE, Opener, Site, until
from tests.browser.test_board import written

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("quiet_town")]

EAST = ("E1", "E3", "E5")  # the engines of Station 2


@pytest.fixture
def thin_town(site: Site) -> None:
    """Take the engines of Station 2 out of service; Station 1 has three to spare."""
    for ident in EAST:
        site.other.post(f"/units/{ident}/status", {"status": "out_of_service"})
    # All boards share one answer for 2 s; a move chosen from the test before's would be gone again.
    until(lambda: ("E2", "fire 2") in proposed(site), "E2 is not proposed to Station 2")


def proposed(site: Site) -> list[tuple[str, str]]:
    """Give the moves that the server proposes: (unit, post)."""
    services = site.other.get("/cover").json()["services"]
    return [(move["unit"], move["post"]) for one in services for move in one["moves"]]


def state_of(page: Page, word: str) -> Any:
    return page.locator(f".cover-strip .cover-share.cover-{word}").first


def test_cover_falls_on_the_board_as_units_leave(open_board: Opener, site: Site) -> None:
    page = open_board()
    expect(state_of(page, "good")).to_contain_text("Engines")
    page.evaluate("window.whole = document.activeElement")
    for ident in EAST:
        site.other.post(f"/units/{ident}/status", {"status": "out_of_service"})
    weakest = page.locator(".cover-weakest")
    expect(weakest).to_contain_text(re.compile(r"Station 2, Engines \d min \(usually \d\)"))
    expect(page.locator(".cover-propose")).to_contain_text("Move E2 to Station 2")
    assert page.evaluate("window.whole === document.activeElement"), "the focus was taken"


@pytest.mark.usefixtures("thin_town")
@pytest.mark.parametrize(
    ("lang", "theme", "size"),
    [
        ("en", "light", WIDE),
        ("zh-hans", "dark", WIDE),
        ("en", "dark", PHONE),
        ("zh-hans", "light", PHONE),
    ],
    ids=["en-light", "zh-dark", "en-dark-phone", "zh-light-phone"],
)
def test_cover_is_accessible_at_every_step(
    open_board: Opener, lang: str, theme: str, size: Any
) -> None:
    page = open_board(lang=lang, theme=theme, size=size)
    expect(page.locator(".cover-weakest")).to_be_visible()
    check(page, "the strip")
    page.locator(".cover-open").click()
    expect(page.locator(".cover .plan").first).to_be_visible()
    check(page, "the panel with a move")
    page.locator(".cover-service .wide").first.click()
    if size == PHONE:
        page.locator(".tab").nth(1).click()
    expect(page.locator(".cover-legend")).to_be_visible()
    check(page, "the map with what is not reached")
    if size == PHONE:
        page.locator(".tab").nth(3).click()
    page.locator("#move-up").click()
    expect(page.locator(".standing li")).to_have_count(1)
    check(page, "a unit under way")
    wide = page.evaluate("[document.scrollingElement.scrollWidth, innerWidth]")
    assert wide[0] <= wide[1]


@pytest.mark.usefixtures("thin_town")
def test_a_move_is_made_by_keys_and_undone_by_a_button(open_board: Opener, site: Site) -> None:
    page = open_board()
    expect(page.locator(".cover-propose")).to_be_visible()
    sent = written(page)
    page.keyboard.press("y")  # the panel is closed: nothing is carried out
    page.keyboard.press("g")
    expect(page.locator("#move-up")).to_contain_text("Move E2 to Station 2")
    assert not covering(site)
    assert sent == [], "a key that does nothing was sent"
    page.keyboard.press("y")
    expect(page.locator(".standing li")).to_contain_text("E2 drives to Station 2")
    assert covering(site) == {"E2": "fire 2"}
    chip = page.locator("[data-unit=E2]")
    expect(chip).to_have_attribute("title", re.compile("E2 drives to Station 2"))
    page.get_by_role("button", name="Send E2 back").first.click()
    expect(page.locator(".standing li")).to_have_count(0)
    assert not covering(site)


@pytest.mark.usefixtures("thin_town")
@pytest.mark.parametrize("size", [{"width": 1280, "height": 800}, PHONE], ids=["1280", "phone"])
def test_what_is_usual_stands_in_the_strip_and_nothing_runs_out_of_it(
    open_board: Opener, size: Any
) -> None:
    page = open_board(size=size)
    expect(page.locator(".cover-weakest")).to_be_visible()
    expect(page.locator(".cover-usual").first).to_be_visible()
    for usual in page.locator(".cover-usual").all():
        box = usual.bounding_box()
        assert box is not None
        assert box["width"] > 20, "the usual share is hidden"
        assert box["x"] + box["width"] <= size["width"]
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= size["width"]


def test_closing_the_panel_gives_the_focus_back(open_board: Opener) -> None:
    page = open_board()
    page.locator(".cover-open").click()
    page.locator(".cover-service .wide").first.focus()
    page.keyboard.press("Escape")
    expect(page.locator(".cover-open")).to_be_focused()
    expect(page.locator(".cover-open")).to_have_attribute("aria-expanded", "false")


@pytest.mark.usefixtures("thin_town")
def test_no_key_moves_a_unit_while_someone_types(open_board: Opener, site: Site) -> None:
    page = open_board()
    expect(page.locator(".cover-propose")).to_be_visible()  # only a move that is known is chosen
    page.keyboard.press("g")
    expect(page.locator("#move-up")).to_be_visible()
    sent = written(page)
    page.locator("#unit-filter").fill("")
    page.locator("#unit-filter").press_sequentially("gy")
    expect(page.locator("#unit-filter")).to_have_value("gy")
    expect(page.locator("#move-up")).to_be_visible()
    assert not covering(site)
    assert sent == [], "a letter was sent as a key"


def test_a_dispatcher_lets_any_free_unit_stand_by_anywhere(open_board: Opener, site: Site) -> None:
    page = open_board()
    page.locator("[data-unit=T1]").click()
    page.locator(".stand-by select").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".stand-by button")).to_be_visible()
    assert not covering(site), "an arrow key moved a unit"
    page.locator(".stand-by select").select_option("fire 2")
    page.get_by_role("button", name="Move T1").click()
    expect(page.locator(".unit-bar .covering")).to_contain_text("T1 drives to Station 2")
    assert covering(site) == {"T1": "fire 2"}
    page.keyboard.press("v")  # it is there
    expect(page.locator(".unit-bar .covering")).to_contain_text("T1 stands by at Station 2")


@pytest.mark.usefixtures("thin_town")
def test_cover_that_is_old_says_so(open_board: Opener, site: Site) -> None:
    page = open_board()
    expect(page.locator(".cover-weakest")).to_be_visible()
    expect(page.locator(".cover-old")).to_have_count(0)
    site.pause()
    expect(page.locator(".cover-strip.old .cover-old")).to_contain_text("as of")
    site.go_on()
    expect(page.locator(".cover-strip.old")).to_have_count(0)


def covering(site: Site) -> dict[str, str]:
    units = site.other.get("/board").json()["units"]
    return {one["ident"]: one["covering"] for one in units if one["covering"]}
