"""Nothing goes silently stale, and nothing that was typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect
from tests.browser.conftest import PLACE, Opener, Site, until_kept

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("quiet_town")]

POINT = f"{PLACE[0]:.5f},{PLACE[1]:.5f}"
SECRET = "a caller's own words"


def begin_call(page: Page) -> None:
    """Fill the intake without sending it."""
    page.keyboard.press("n")
    page.locator("#intake-type").fill("medical")
    page.locator("#intake-type").press("Enter")
    page.locator("#intake-place").fill(POINT)
    page.locator("#intake-words").fill(SECRET)


def test_a_draft_survives_a_reload_and_is_unreadable_on_disk(open_board: Opener) -> None:
    page = open_board()
    begin_call(page)
    kept = page.locator("#intake-words")
    until_kept(page, SECRET)
    stored = page.evaluate("JSON.stringify({...sessionStorage, ...localStorage})")
    assert "anlan:" in stored
    assert SECRET not in stored
    page.reload()
    expect(page.locator(".connection-live")).to_be_visible()
    page.keyboard.press("n")
    expect(kept).to_have_value(SECRET)
    expect(page.locator("#intake-place")).to_have_value(POINT)


def test_a_call_taken_without_connection_is_kept_and_arrives_once(
    contexts: Callable[..., BrowserContext], open_board: Opener, site: Site
) -> None:
    context = contexts()
    page = open_board(context)
    before = {row["id"] for row in site.incidents()}
    context.set_offline(True)
    begin_call(page)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".unsent")).to_be_visible()
    expect(page.locator("#detail .empty .callout")).to_be_visible()  # and no other incident
    context.set_offline(False)
    expect(page.locator(".unsent")).to_have_count(0)
    fresh = [row for row in site.incidents() if row["id"] not in before]
    assert len(fresh) == 1
    expect(page.locator(f'[data-incident="{fresh[0]["id"]}"][aria-current="true"]')).to_be_visible()


def test_an_ended_session_is_said_whatever_was_asked(
    contexts: Callable[..., BrowserContext], open_board: Opener
) -> None:
    context = contexts()
    page = open_board(context)
    context.clear_cookies(name="sessionid")
    page.keyboard.press("n")
    page.locator("#intake-place").fill("a street")
    expect(page.locator(".banner-lost")).to_contain_text("You are signed out")
    expect(page.locator(".banner-lost a")).to_have_text("Sign in")


def test_a_server_that_hangs_is_seen_at_once_and_a_call_arrives_once(
    open_board: Opener, site: Site
) -> None:
    page = open_board()
    before = {row["id"] for row in site.incidents()}
    site.pause()
    begin_call(page)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".banner-lost")).to_be_visible()
    expect(page.locator(".unsent")).to_be_visible()
    site.go_on()
    expect(page.locator(".banner-lost")).to_have_count(0)
    expect(page.locator(".unsent")).to_have_count(0)
    fresh = [row for row in site.incidents() if row["id"] not in before]
    assert len(fresh) == 1


def take_a_call(page: Page) -> None:
    begin_call(page)
    page.keyboard.press("Control+Enter")


def test_an_answer_that_breaks_off_is_asked_again(open_board: Opener) -> None:
    page = open_board()
    asked: list[str] = []

    def cut_once(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) == 1:
            route.fulfill(status=200, content_type="application/json", body='{"type":"struc')
        else:
            route.continue_()

    page.route("**/recommendation*", cut_once)
    take_a_call(page)
    expect(page.locator("#detail .plan").first).to_be_visible()
    assert len(asked) >= 2


def test_a_fault_in_one_pane_stops_no_other(open_board: Opener) -> None:
    """An answer of a wrong form breaks the pane that shows it, and nothing else."""
    page = open_board()
    page.route("**/recommendation*", lambda route: route.fulfill(json={}))
    take_a_call(page)
    expect(page.locator("#detail .pane-fault")).to_be_visible()
    running = page.locator("#queue .timer").first
    shown = running.text_content()
    expect(running).not_to_have_text(str(shown))
    page.keyboard.press("n")  # another thing in the same pane is drawn
    expect(page.locator("#intake-type")).to_be_visible()
    expect(page.locator(".pane-fault")).to_have_count(0)


def test_a_board_that_was_away_catches_up(
    contexts: Callable[..., BrowserContext], open_board: Opener, site: Site
) -> None:
    context = contexts()
    page = open_board(context)
    context.route("**/live/**", lambda route: route.abort())
    page.reload()
    expect(page.get_by_role("heading", name="Waiting for a crew")).to_be_visible()
    missed = [site.call()["id"] for _ in range(3)]
    expect(page.locator(f"[data-incident='{missed[0]}']")).to_have_count(0)
    context.unroute("**/live/**")
    for one in missed:
        expect(page.locator(f"[data-incident='{one}']")).to_be_visible()


def test_tabs_of_one_browser_share_one_stream_and_hand_it_on(
    contexts: Callable[..., BrowserContext], open_board: Opener, site: Site
) -> None:
    context = contexts()
    streams: list[str] = []
    context.on("request", lambda sent: streams.append(sent.url) if "/live/" in sent.url else None)
    first, second = open_board(context), open_board(context)
    seen = site.call()["id"]
    for page in (first, second):
        expect(page.locator(f"[data-incident='{seen}']")).to_be_visible()
    assert len(streams) == 1
    first.close()
    later = site.call()["id"]
    expect(second.locator(f"[data-incident='{later}']")).to_be_visible()
    assert len(streams) == 2


def test_no_other_host_is_asked_and_the_policy_blocks_nothing(
    contexts: Callable[..., BrowserContext], site: Site
) -> None:
    context = contexts()
    hosts: set[str] = set()
    said: list[str] = []
    context.on("request", lambda sent: hosts.add(urlsplit(sent.url).netloc))
    page = context.new_page()
    page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    answer = page.goto(site.board)
    for drawn in (".maplibregl-canvas", ".connection-live", ".cover-strip"):
        expect(page.locator(drawn)).to_be_visible()
    page.wait_for_timeout(1500)
    assert said == []
    assert hosts - {"", urlsplit(site.address).netloc} == set()
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
