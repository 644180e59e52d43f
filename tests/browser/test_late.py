"""What comes late, or while somebody types, never changes what the next key or click does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import APIResponse, BrowserContext, Page, Route, expect
from tests.browser.conftest import PATIENCE_MS, Opener, Site
from tests.browser.test_board import choose, written
from tests.browser.test_connection import begin_call, take_a_call

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("quiet_town")]


class Held:
    """Requests that wait until they are let go, as on a slow line."""

    def __init__(self, page: Page, pattern: str, *, method: str = "POST", after: int = 0) -> None:
        self.page, self.method, self.after = page, method, after
        self.waiting: list[tuple[Route, APIResponse | None]] = []
        page.route(pattern, self._take)

    def _take(self, route: Route) -> None:
        if route.request.method != self.method or self.after > 0:
            self.after -= route.request.method == self.method
            route.continue_()
        elif self.method == "GET":  # answered as things are now, and told later
            self.waiting.append((route, route.fetch()))
        else:
            self.waiting.append((route, None))

    def wait(self) -> None:
        """Wait until a request is held."""
        for _ in range(PATIENCE_MS // 50):
            if self.waiting:
                return
            self.page.wait_for_timeout(50)
        raise AssertionError("nothing was asked")

    def let_go(self) -> None:
        """Let go what is held, and hold nothing more."""
        self.after = 1_000
        for route, answer in self.waiting:
            if answer is None:
                route.continue_()
            else:
                with self.page.expect_response(route.request.url):
                    route.fulfill(response=answer)
        self.page.wait_for_timeout(200)  # it is taken in and drawn


def add_to(page: Page, field: str, words: str) -> None:
    page.locator(field).focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(words)


def units_of(plan: dict[str, Any]) -> str:
    return " ".join(one["unit"] for one in plan["units"])


def test_a_plan_that_goes_before_the_key_is_pressed_sends_no_other(open_board: Opener) -> None:
    page = open_board()
    gone: list[str] = []

    def told(route: Route) -> None:
        answer = route.fetch().json()
        plans = [one for one in answer["plans"] if units_of(one) not in gone]
        route.fulfill(json={**answer, "plans": plans})

    page.route("**/recommendation*", told)
    take_a_call(page)
    expect(page.locator("#dispatch")).to_be_visible()
    gone.append(page.locator(".plan[aria-checked=true] .plan-units").inner_text())
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator(".advice .callout")).to_contain_text("Choose a plan: the one chosen before")
    sent = written(page)
    page.keyboard.press("d")
    expect(page.locator("#dispatch")).to_have_count(0)
    assert sent == [], "units were sent that nobody chose"
    second = page.locator(".plan-units").first.inner_text()
    page.keyboard.press("1")
    page.keyboard.press("d")
    expect(page.locator(".crew-row strong")).to_have_text(second.split())


def test_a_late_answer_proposes_nobody_once_units_were_sent(open_board: Opener) -> None:
    page = open_board()
    asked = Held(page, "**/recommendation*", method="GET", after=1)
    take_a_call(page)
    expect(page.locator("#dispatch")).to_be_visible()
    asked.after = 0
    page.get_by_role("button", name="Ask again").click()
    asked.wait()
    page.keyboard.press("d")
    expect(page.locator(".crew-row").first).to_be_visible()
    asked.let_go()
    expect(page.get_by_role("button", name="Ask which units to send more")).to_be_visible()
    expect(page.locator("#dispatch")).to_have_count(0)


def test_what_is_typed_while_a_call_is_on_its_way_goes_on_as_its_note(
    open_board: Opener, site: Site
) -> None:
    page = open_board()
    before = {row["id"] for row in site.incidents()}
    posted = Held(page, "**/incidents")
    take_a_call(page)
    posted.wait()
    add_to(page, "#intake-words", " dark smoke")
    page.keyboard.press("Control+Enter")  # impatience makes no second call
    posted.let_go()
    expect(page.locator("#note")).to_be_focused()
    page.keyboard.type(", door closed")
    expect(page.locator("#note")).to_have_value("dark smoke, door closed")
    assert len({row["id"] for row in site.incidents()} - before) == 1


def test_whoever_went_on_while_a_call_is_on_its_way_stays_there(
    open_board: Opener, site: Site
) -> None:
    other = site.call()
    page = open_board()
    posted = Held(page, "**/incidents")
    take_a_call(page)
    posted.wait()
    page.get_by_role("button", name="Keep for later").click()
    card = page.locator(f"[data-incident='{other['id']}']")
    card.click()
    add_to(page, "#note", "second floor")
    posted.let_go()
    expect(page.locator(".notice-done")).to_contain_text("New call")
    expect(page.locator("#note")).to_be_focused()
    expect(page.locator("#note")).to_have_value("second floor")
    expect(card).to_have_attribute("aria-current", "true")


def test_a_kept_call_that_arrives_leaves_the_next_one_in_its_fields(
    contexts: Callable[..., BrowserContext], open_board: Opener
) -> None:
    context = contexts()
    page = open_board(context)
    context.set_offline(True)
    take_a_call(page)
    expect(page.locator(".unsent")).to_be_visible()
    begin_call(page)
    add_to(page, "#intake-words", " next door")
    context.set_offline(False)
    expect(page.locator(".unsent")).to_have_count(0)
    expect(page.locator("#intake-words")).to_be_focused()
    page.keyboard.type(" too")
    expect(page.locator("#intake-words")).to_have_value("a caller's own words next door too")


def test_a_note_stays_with_its_incident_and_keeps_what_is_typed_while_it_is_added(
    open_board: Opener, site: Site
) -> None:
    first, second = site.call(), site.call()
    page = open_board()
    card = page.locator(f"[data-incident='{first['id']}']")
    card.click()
    posted = Held(page, "**/notes")
    add_to(page, "#note", "gate is shut")
    page.get_by_role("button", name="Add note").click()
    posted.wait()
    add_to(page, "#note", ", key at no. 4")
    page.locator(f"[data-incident='{second['id']}']").click()
    add_to(page, "#note", "another one's")
    posted.let_go()
    expect(page.locator("#note")).to_have_value("another one's")
    card.click()
    expect(page.locator("#note")).to_have_value(", key at no. 4")


def test_letters_for_a_field_that_a_change_took_away_are_no_commands(
    open_board: Opener, site: Site
) -> None:
    row = site.call()
    page = open_board()
    choose(page, "E3")
    expect(page.locator(".unit-bar strong")).to_have_text("E3")
    add_to(page, "#note", "ask for ")
    sent = written(page)
    site.other.post(f"/incidents/{row['id']}/close", {"result_code": "resolved"})
    expect(page.locator("#note")).to_have_count(0)
    page.keyboard.type("a veto")
    expect(page.locator(".notice-warning")).to_contain_text("The field you typed in is gone.")
    expect(page.locator("#intake-type")).to_have_count(0)
    assert sent == [], "a letter was taken for a key"
    page.keyboard.press("Escape")
    page.keyboard.press("x")
    expect(page.locator(".unit-bar .status[aria-pressed=true]")).to_contain_text("Out of service")


def test_the_field_for_others_keeps_the_focus_while_somebody_else_sends(
    open_board: Opener, site: Site
) -> None:
    row = site.call()
    page = open_board()
    expect(page.locator("#dispatch")).to_be_visible()
    page.keyboard.press("s")
    page.keyboard.type("E1 ")
    site.other.post(f"/incidents/{row['id']}/dispatch", {"units": ["E3"]})
    expect(page.locator(".crew-row")).to_be_visible()
    page.keyboard.type("M1")
    expect(page.locator("#also")).to_have_value("E1 M1")


def test_the_answer_to_a_sent_plan_leaves_what_is_typed_since(open_board: Opener) -> None:
    page = open_board()
    take_a_call(page)
    expect(page.locator("#dispatch")).to_be_visible()
    posted = Held(page, "**/dispatch")
    page.keyboard.press("d")
    posted.wait()
    page.keyboard.press("s")
    page.keyboard.type("E5 M")
    posted.let_go()
    expect(page.locator(".crew-row").first).to_be_visible()
    expect(page.locator("#also")).to_have_value("E5 M")


def without_stream(page: Page, *first: str) -> None:
    """Let the stream tell no more than this."""
    told = list(first)

    def end(route: Route) -> None:
        if told:
            route.fulfill(content_type="text/event-stream", body=told.pop(0))
        else:
            route.abort()

    page.route("**/live/**", end)
    page.reload()
    expect(page.get_by_role("heading", name="Waiting for a crew")).to_be_visible()


def test_a_board_that_was_read_before_a_write_takes_nothing_back(
    open_board: Opener, site: Site
) -> None:
    site.other.post("/shift/close")
    page = open_board()
    without_stream(page)
    take_a_call(page)
    expect(page.locator("#dispatch")).to_be_visible()
    board = Held(page, "**/board", method="GET")
    page.locator(".bar .shift").click()
    board.wait()
    page.keyboard.press("d")
    expect(page.locator(".crew-row").first).to_be_visible()
    board.let_go()
    expect(page.locator(".bar .shift")).to_contain_text("On shift")
    expect(page.locator(".crew-row").first).to_be_visible()
    expect(page.locator("#dispatch")).to_have_count(0)


def test_a_board_that_is_asked_for_while_it_is_read_is_read_once_more(
    open_board: Opener, site: Site
) -> None:
    site.other.post("/shift/close")
    page = open_board()
    board = Held(page, "**/api/**/board", method="GET", after=1)
    without_stream(page, "event: reload\ndata: {}\n\n")
    board.wait()
    with page.expect_response("**/shift/open"):
        page.locator(".bar .shift").click()
    page.wait_for_timeout(200)
    board.let_go()
    expect(page.locator(".bar .shift")).to_contain_text("On shift")


def test_a_call_that_comes_later_is_not_put_under_the_keys(open_board: Opener, site: Site) -> None:
    site.other.post("/shift/close")
    page = open_board()
    expect(page.locator("#detail .empty")).to_be_visible()
    row = site.call()
    expect(page.locator(f"[data-incident='{row['id']}']")).to_be_visible()
    with page.expect_response("**/api/**/board"):
        page.locator(".bar .shift").click()
    expect(page.locator(".bar .shift")).to_contain_text("On shift")
    expect(page.locator("#detail .empty")).to_be_visible()


def test_a_second_click_presses_nothing_that_came_into_the_place_of_the_first(
    open_board: Opener, site: Site
) -> None:
    site.other.post("/shift/close")
    site.call()
    page = open_board()
    words = page.get_by_role("region", name="Words")
    box = words.get_by_role("button", name="Open shift").bounding_box()
    assert box
    sent = written(page)
    page.mouse.click(box["x"] + 12, box["y"] + 12)
    opener = words.get_by_role("button", name="Open the sealed words")
    expect(opener).to_be_visible()
    page.mouse.down(click_count=2)
    page.mouse.up(click_count=2)
    page.wait_for_timeout(300)
    assert [one for one in sent if one.endswith("/open")] == sent[:1], "sealed words were opened"
    opener.click()
    expect(page.locator(".texts")).to_be_visible()


def test_a_button_in_a_list_becomes_no_other_units_while_it_has_the_focus(
    open_board: Opener, site: Site
) -> None:
    for unit in ("E2", "E4"):
        answer = site.other.post(f"/units/{unit}/move-up", {"post": "fire 2"})
        assert answer.status_code < 300, answer.text
    page = open_board()
    page.keyboard.press("g")
    back = page.locator(".standing").get_by_role("button")
    expect(back).to_have_count(2)
    first = back.first.inner_text()
    back.first.focus()
    site.other.post(f"/units/{first.split()[1]}/move-up/end", {})
    expect(back).to_have_count(1)
    expect(back).not_to_have_text(first)
    expect(back).not_to_be_focused()


def test_enter_takes_no_street_of_what_was_typed_before(open_board: Opener) -> None:
    page = open_board()
    streets = [{"label": "Mill Lane", "lon": 0.5, "lat": 0.5}]
    page.route("**/streets?q=Mi", lambda route: route.fulfill(json=streets))
    later: list[Route] = []
    page.route("**/streets?q=Mint", lambda route: later.append(route))
    page.keyboard.press("n")
    page.locator("#intake-place").focus()
    page.keyboard.type("Mi")
    expect(page.locator("#street-0")).to_have_text("Mill Lane")
    with page.expect_request("**/streets?q=Mint"):
        page.keyboard.type("nt")
        page.keyboard.press("Enter")
    expect(page.locator("#intake-place")).to_have_value("Mint")
    later[0].fulfill(json=[{"label": "Mint Street", "lon": 0.6, "lat": 0.6}])
    expect(page.locator("#street-0")).to_have_text("Mint Street")
    page.keyboard.press("Enter")
    expect(page.locator("#place-found")).to_contain_text("0.60000, 0.60000")


def test_a_key_that_is_held_down_writes_once(open_board: Opener) -> None:
    page = open_board()
    choose(page, "E3")
    sent = written(page)
    page.keyboard.down("x")
    expect(page.locator(".unit-bar .status[aria-pressed=true]")).to_contain_text("Out of service")
    page.keyboard.down("x")
    page.wait_for_timeout(300)
    page.keyboard.up("x")
    assert len(sent) == 1


def test_the_buttons_of_a_units_statuses_stay_where_they_are(
    open_board: Opener, site: Site
) -> None:
    row = site.call()
    page = open_board()
    choose(page, "E3")
    send = page.get_by_role("button", name=f"Send E3 to #{row['number']}")
    expect(send).to_be_visible()
    status = page.locator(".statuses .status").first
    left = status.evaluate("e => [e.offsetLeft, e.offsetTop - e.parentElement.offsetTop]")
    site.other.post(f"/incidents/{row['id']}/dispatch", {"units": ["E3"]})
    expect(send).to_have_count(0)
    assert left == status.evaluate("e => [e.offsetLeft, e.offsetTop - e.parentElement.offsetTop]")


def test_a_status_is_seen_as_soon_as_it_is_answered(open_board: Opener) -> None:
    page = open_board()
    without_stream(page)
    choose(page, "E3")
    page.keyboard.press("x")
    expect(page.locator(".unit-bar .status[aria-pressed=true]")).to_contain_text("Out of service")
    expect(page.locator("[data-unit=E3]")).to_have_attribute(
        "title", "E3 · Out of service · fire 2"
    )


def test_a_cover_panel_that_is_opened_early_lets_choose_a_move(
    open_board: Opener, site: Site
) -> None:
    for unit in ("E1", "E3", "E5"):
        site.other.post(f"/units/{unit}/status", {"status": "out_of_service"})
    page = open_board()
    cover = Held(page, "**/cover", method="GET")
    page.reload()
    expect(page.locator(".connection-live")).to_be_visible()
    cover.wait()
    page.keyboard.press("g")
    cover.let_go()
    expect(page.locator(".cover .plan").first).to_be_visible()
    expect(page.get_by_text("Choose a move.", exact=True)).to_be_visible()
    page.keyboard.press("1")
    expect(page.locator("#move-up")).to_be_visible()
