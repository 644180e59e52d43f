"""What a dispatcher does on the board, and that everyone can do it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.accessibility import check
from tests.browser.conftest import PHONE, PLACE, WIDE, Opener, Site

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("quiet_town")]

POINT = f"{PLACE[0]:.5f},{PLACE[1]:.5f}"
WORDS = {
    "en": {
        "type": "medical",
        "take": "Take the call",
        "close": "Close…",
        "done": "Close",
        "send": "Dispatch ",
    },
    "zh-hans": {
        "type": "急救",
        "take": "受理警情",
        "close": "结案…",
        "done": "结案",
        "send": "派出 ",
    },
}


def show(page: Page, pane: str, size: Any) -> None:
    """On a phone, turn to a part of the board by its tab."""
    if size == PHONE:
        tab = page.locator(".tab").nth({"queue": 0, "map": 1, "units": 2, "detail": 3}[pane])
        tab.click()
        expect(tab).to_have_attribute("aria-current", "page")


def take_call(page: Page, words: dict[str, str]) -> None:
    """Take a call by the intake: a type and a point."""
    if page.locator(".intake").count() == 0:
        page.locator(".new-call").click()
    page.locator("#intake-type").fill(words["type"])
    page.locator("#intake-type").press("Enter")
    page.locator("#intake-place").fill(POINT)
    page.get_by_role("button", name=words["take"]).click()
    expect(page.locator("#dispatch")).to_be_visible()


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
def test_call_to_close_is_accessible_at_every_step(
    open_board: Opener, lang: str, theme: str, size: Any
) -> None:
    words = WORDS[lang]
    page = open_board(lang=lang, theme=theme, size=size)
    check(page, "the empty board")
    page.locator(".new-call").click()
    page.locator("#intake-type").fill(words["type"])
    expect(page.locator("#type-options [role=option]").first).to_be_visible()
    check(page, "intake with its list open")
    page.locator("#intake-type").press("Escape")
    page.locator("#intake-type").fill("")
    page.locator("#intake-type").blur()
    page.get_by_role("button", name=words["take"]).click()
    expect(page.locator("#type-wrong")).to_be_visible()
    check(page, "intake without a type")
    take_call(page, words)
    check(page, "the recommendation")
    page.locator("#dispatch").click()
    expect(page.locator(".crew-row").first).to_be_visible()
    expect(page.locator("#dispatch")).to_have_count(0)
    check(page, "crews on their way")
    page.locator(".crew-row").first.click()
    show(page, "units", size)
    expect(page.locator(".unit-bar")).to_be_visible()
    check(page, "a unit's statuses")
    en_route = page.locator(".statuses .status").nth(2)  # off duty, available, en route …
    en_route.click()
    expect(en_route).to_have_attribute("aria-pressed", "true")
    show(page, "map", size)
    check(page, "the map")
    show(page, "detail", size)
    page.get_by_role("button", name=words["close"], exact=False).first.click()
    page.locator("#result").select_option("resolved")
    check(page, "closing")
    page.get_by_role("button", name=words["done"], exact=True).click()
    expect(page.locator(".end-form")).to_have_count(0)
    check(page, "closed")


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["1280x720", "390x844"])
def test_nothing_overflows(open_board: Opener, size: Any) -> None:
    page = open_board(size=size, has_touch=size == PHONE)
    take_call(page, WORDS["en"])
    for pane in ("detail", "queue", "map", "units"):
        show(page, pane, size)
        wide = page.evaluate("[document.scrollingElement.scrollWidth, innerWidth]")
        assert wide[0] <= wide[1], pane
        over = page.evaluate(
            """() => [...document.querySelectorAll('.pane, .bar, .tabs')]
                .filter((one) => one.offsetParent && one.scrollWidth > one.clientWidth + 1)
                .map((one) => one.className)"""
        )
        assert over == [], pane


def test_main_actions_on_a_phone_are_44_pixels_high(open_board: Opener) -> None:
    page = open_board(size=PHONE, has_touch=True)
    small = []
    take_call(page, WORDS["en"])
    page.locator("#dispatch").click()
    page.locator(".crew-row").first.click()
    show(page, "units", PHONE)
    for name in (".tab", ".status", ".chip"):
        expect(page.locator(name).first).to_be_visible()
        for box in page.locator(name).all():
            size = box.bounding_box()
            if size and size["height"] < 44:
                small.append((name, size["height"]))
    assert small == []


def test_a_call_is_sent_by_keys_while_the_focus_is_on_the_map(
    open_board: Opener, site: Site
) -> None:
    page = open_board()
    before = {row["id"] for row in site.incidents()}
    page.keyboard.press("n")
    page.keyboard.type("SF")
    page.keyboard.press("Enter")
    page.keyboard.type(POINT)
    page.evaluate("document.activeElement.blur()")  # where a click on the map leaves it
    page.keyboard.press("Control+Enter")
    expect(page.locator("#dispatch")).to_be_visible()
    assert len({row["id"] for row in site.incidents()} - before) == 1


def test_a_call_is_taken_sent_followed_and_closed_by_keyboard_alone(
    open_board: Opener, site: Site
) -> None:
    page = open_board()
    page.keyboard.press("n")
    expect(page.locator("#intake-type")).to_be_focused()
    page.keyboard.type("SF")
    page.keyboard.press("Enter")
    expect(page.locator("#intake-place")).to_be_focused()
    page.keyboard.type(POINT)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#dispatch")).to_be_visible()
    page.keyboard.press("2")
    expect(page.locator(".plan").nth(1)).to_have_attribute("aria-checked", "true")
    page.keyboard.press("1")
    page.keyboard.press("d")
    expect(page.locator(".crew-row").first).to_be_visible()
    number = page.locator(".incident-head h2 .muted").inner_text().lstrip("#")
    row = next(one for one in site.incidents() if str(one["number"]) == number)
    unit = row["units"][0]
    page.keyboard.press("u")
    page.keyboard.type(unit)
    page.keyboard.press("Enter")
    expect(page.locator(".unit-bar strong")).to_have_text(unit)
    expect(page.locator(".unit-bar")).to_be_focused()
    page.keyboard.press("e")
    expect(page.locator(".unit-bar .status[aria-pressed=true]")).to_contain_text("En route")
    page.keyboard.press("o")
    expect(page.locator(".unit-bar .status[aria-pressed=true]")).to_contain_text("On scene")
    page.keyboard.press("c")
    expect(page.locator("#result")).to_be_focused()
    page.locator("#result").select_option("resolved")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Reopen")).to_be_visible()


def choose(page: Page, letters: str) -> None:
    page.keyboard.press("u")
    page.locator("#unit-filter").fill(letters)
    page.keyboard.press("Enter")


def test_a_unit_that_is_chosen_by_its_letters_stays_chosen(open_board: Opener, site: Site) -> None:
    """The focus goes to its bar, whose first button changes when the stream tells of a call."""
    page = open_board()
    choose(page, "E3")
    expect(page.locator(".unit-bar strong")).to_have_text("E3")
    expect(page.locator(".unit-bar")).to_be_focused()
    row = site.call()
    assert site.other.post(f"/incidents/{row['id']}/dispatch", {"units": ["E3"]}).status_code < 300
    expect(page.locator(".unit-bar .link")).to_contain_text(f"#{row['number']}")
    expect(page.locator(".unit-bar")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("e")
    expect(page.locator(".unit-bar .status[aria-pressed=true]")).to_contain_text("En route")


def test_letters_that_fit_no_unit_leave_the_one_before_as_it_is(open_board: Opener) -> None:
    """A status key that follows them would else go to a unit that nobody meant."""
    page = open_board()
    choose(page, "E3")
    expect(page.locator(".unit-bar strong")).to_have_text("E3")
    choose(page, "Q9")
    expect(page.locator("#say")).to_have_text("No unit fits the filter.")
    expect(page.locator("#unit-filter")).to_be_focused()
    page.keyboard.press("e")
    expect(page.locator("#unit-filter")).to_have_value("Q9e")
    expect(page.locator(".unit-bar .status[aria-pressed=true]")).to_contain_text("Available")


def written(page: Page) -> list[str]:
    """Give a list that grows with what a page sends to be written."""
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.url) if one.method == "POST" else None)
    return sent


def test_letters_typed_into_a_field_are_no_commands(open_board: Opener, site: Site) -> None:
    incident = site.call("structure_fire")
    page = open_board()
    expect(page.locator("#dispatch")).to_be_visible()
    sent = written(page)
    page.keyboard.press("n")
    page.locator("#intake-words").fill("")
    page.locator("#intake-words").focus()
    page.keyboard.type("d 1 c u n dispatch")
    expect(page.locator("#intake-words")).to_have_value("d 1 c u n dispatch")
    row = next(one for one in site.incidents() if one["id"] == incident["id"])
    assert row["units"] == []
    assert sent == [], "what is on its way is in no answer yet"


def test_a_new_call_never_takes_the_focus_or_a_letter(open_board: Opener, site: Site) -> None:
    page = open_board()
    page.keyboard.press("n")
    words = page.locator("#intake-words")
    words.focus()
    page.keyboard.type("smoke from ")
    incident = site.call()
    expect(page.locator(f"[data-incident='{incident['id']}']")).to_be_visible()
    page.keyboard.type("the roof")
    expect(words).to_be_focused()
    expect(words).to_have_value("smoke from the roof")
    expect(page.locator("#say")).to_contain_text("New call")


def test_shortcuts_can_be_turned_off(open_board: Opener) -> None:
    page = open_board()
    page.keyboard.press("?")
    page.get_by_label("Single-letter keys", exact=False).uncheck()
    page.locator("#main").focus()
    page.keyboard.press("n")
    expect(page.locator("#intake-type")).to_have_count(0)


def test_words_are_sealed_until_opened_and_then_shown(open_board: Opener) -> None:
    page = open_board()
    page.keyboard.press("n")
    page.locator("#intake-words").fill("caller hears an alarm")
    take_call(page, WORDS["en"])
    expect(page.get_by_text("caller hears an alarm")).to_have_count(0)
    words = page.get_by_role("region", name="Words")
    opener = words.get_by_role("button", name="Open the sealed words")
    if not opener.is_visible():
        words.get_by_role("button", name="Open shift").click()
    opener.click()
    expect(page.locator(".texts dd").first).to_be_visible()
    expect(page.get_by_text("caller hears an alarm")).to_be_visible()


@pytest.mark.parametrize(("key", "field"), [("u", "unit-filter"), ("n", "intake-type")])
def test_a_shortcut_puts_the_focus_before_another_key_can_be_typed(
    open_board: Opener, key: str, field: str
) -> None:
    page = open_board()
    held = page.evaluate(
        """key => {
            const press = { key, bubbles: true, cancelable: true };
            document.body.dispatchEvent(new KeyboardEvent("keydown", press));
            return document.activeElement.id;
        }""",
        key,
    )
    assert held == field


MEDIATION = {
    "en": ("Take the request", "The request is taken"),
    "zh-hans": ("登记申请", "申请已登记"),
}


@pytest.mark.parametrize(
    ("lang", "theme", "size"),
    [("en", "light", WIDE), ("zh-hans", "dark", PHONE)],
    ids=["en-light", "zh-dark-phone"],
)
def test_a_party_in_a_dispute_gets_its_mediation_by_keys_from_the_board(
    open_board: Opener, site: Site, lang: str, theme: str, size: Any
) -> None:
    row = site.call("dispute")
    page = open_board(lang=lang, theme=theme, size=size)
    page.locator(f"[data-incident='{row['id']}']").first.click()
    way = page.locator("#to-mediation")
    expect(way).to_be_visible()
    check(page, "a dispute that may become a mediation")
    way.focus()
    page.keyboard.press("Enter")
    button, said = MEDIATION[lang]
    expect(page.get_by_role("button", name=button, exact=True)).to_be_visible()
    check(page, "a request out of an incident")
    for name, value in (("asked_alone", "yes"), ("violence_at_home", "no"), ("asked_for", "yes")):
        page.locator(f"#id_{name}").select_option(value)
    page.locator("#id_category").select_option("neighbours")
    page.locator("#id_difficulty").select_option("simple")
    page.locator("#id_asker_minor").select_option("no")
    page.locator("#id_other_unknown").check()
    page.locator("#id_asker_name").fill("金丝雀 Li Wen")
    page.locator("#id_asker_name").press("Enter")
    expect(page.locator("[role=status]")).to_contain_text(said)
    check(page, "taken")
    expect(
        page.get_by_role("link", name={"en": "Board", "zh-hans": "调度台"}[lang]).first
    ).to_be_visible()


@pytest.mark.parametrize("kind", ["domestic_violence", "medical"])
def test_no_other_incident_offers_a_mediation(open_board: Opener, site: Site, kind: str) -> None:
    row = site.call(kind)
    page = open_board()
    page.locator(f"[data-incident='{row['id']}']").first.click()
    expect(page.locator("article.incident")).to_contain_text(f"#{row['number']}")
    expect(page.locator("#to-mediation")).to_have_count(0)


BAR = """() => [...document.querySelectorAll('.bar > *, .bar-live > *')]
  .filter(e => !e.matches('.bar-live, .bar-space') && e.getBoundingClientRect().width > 1)
  .map(e => { const b = e.getBoundingClientRect();
    return [e.className || e.tagName, b.left, b.top, b.right, b.bottom]; })"""


@pytest.mark.parametrize("width", [1024, 1280, 1440])
@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_nothing_in_the_bar_lies_over_its_neighbour(
    open_board: Opener, lang: str, width: int
) -> None:
    page = open_board(lang=lang, size={"width": width, "height": 720})
    page.evaluate("document.querySelector('.town-name h1').textContent += ' and its long valley'")
    parts = page.evaluate(BAR)
    assert len(parts) > 5
    for one, left, top, right, bottom in parts:
        assert left >= 0, one
        assert right <= width, one
        for other, left2, top2, right2, bottom2 in parts:
            beside = right <= left2 + 1 or right2 <= left + 1
            above = bottom <= top2 + 1 or bottom2 <= top + 1
            assert one == other or beside or above, (one, other)
