"""The pages of cases: by keyboard alone, read by anyone, and no typed word lost to a reload."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.api.conftest import KEY
from tests.api.server import running
from tests.browser.accessibility import check
from tests.browser.conftest import (
    PHONE,
    WIDE,
    Cases,
    drafts,
    until,
    until_forgotten,
    until_kept,
)

pytestmark = pytest.mark.browser

LOOKS = [("en", "light", WIDE), ("zh-hans", "dark", WIDE), ("zh-hans", "light", PHONE)]
IDS = ["en-light", "zh-dark", "zh-light-phone"]
HANDLERS = {"mediation": "mediator-1", "hazard": "inspector-1"}


@dataclass(frozen=True)
class CaseSite:
    """A served town with people who handle cases, and the number of a case of each type."""

    address: str
    accounts: dict[str, str]
    mediation: list[int]
    hazard: int

    def case(self, type: str) -> str:
        number = self.mediation[0] if type == "mediation" else self.hazard
        return f"cases/{type}/{number}"


@pytest.fixture(scope="module")
def case_site(cases_made: Cases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CaseSite]:
    """Serve a small town with cases in it."""
    with running(cases_made.copy(tmp_path_factory.mktemp("cases"))) as server:
        of = cases_made
        yield CaseSite(server.address, of.accounts, of.mediation, of.hazard)


@pytest.fixture(scope="module")
def sign_in(chromium: Browser, case_site: CaseSite) -> Callable[[str], Any]:
    """Give what a browser keeps of somebody's sign-in, made once."""
    kept: dict[str, Any] = {}

    def state_of(name: str) -> Any:
        if name not in kept:
            context = chromium.new_context()
            page = context.new_page()
            page.goto(f"{case_site.address}/accounts/login/")
            page.locator("#id_login").fill(name)
            page.locator("#id_password").fill(case_site.accounts[name])
            page.locator("form.stack button").click()
            expect(page.locator("#main")).to_be_visible()
            expect(page.locator("#id_password")).to_have_count(0)
            kept[name] = context.storage_state()
            context.close()
        return kept[name]

    return state_of


@pytest.fixture
def open_page(
    chromium: Browser, case_site: CaseSite, sign_in: Callable[[str], Any]
) -> Iterator[Callable[..., Page]]:
    """Give an opener of a page of the town for somebody."""
    made: list[BrowserContext] = []

    def open_it(
        name: str, path: str, *, lang: str = "en", theme: str = "light", size: Any = WIDE
    ) -> Page:
        context = chromium.new_context(
            viewport=size, color_scheme=theme, storage_state=sign_in(name)
        )
        cookie = {"name": "django_language", "value": lang, "domain": "127.0.0.1", "path": "/"}
        context.add_cookies([cookie])
        made.append(context)
        page = context.new_page()
        page.goto(f"{case_site.address}/towns/{KEY}/{path}")
        return page

    yield open_it
    for context in made:
        context.close()


@pytest.mark.parametrize(("lang", "theme", "size"), LOOKS, ids=IDS)
@pytest.mark.parametrize("type", HANDLERS)
def test_lists_and_cases_are_read_by_anyone(
    open_page: Callable[..., Page], case_site: CaseSite, type: str, lang: str, theme: str, size: Any
) -> None:
    page = open_page(HANDLERS[type], f"cases/{type}", lang=lang, theme=theme, size=size)
    expect(page.locator(".case-table tbody tr").first).to_be_visible()
    check(page, f"{type}: the list")
    page.goto(f"{case_site.address}/towns/{KEY}/{case_site.case(type)}")
    check(page, f"{type}: a case, unopened")
    for one in page.locator(".case-actions details").all():
        one.evaluate("e => { e.removeAttribute('name'); e.open = true; }")
    check(page, f"{type}: every form of it")
    page.locator(".case-open button").click()
    expect(page.locator(".space").first).to_be_visible()
    check(page, f"{type}: its words")
    page.get_by_role("button", name="Hide" if lang == "en" else "隐藏").click()
    expect(page.locator(".case-open button")).to_be_visible()
    wide = page.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= size["width"]


@pytest.mark.parametrize(("lang", "size"), [("en", WIDE), ("zh-hans", PHONE)], ids=["en", "zh"])
def test_offices_are_read_by_anyone(open_page: Callable[..., Page], lang: str, size: Any) -> None:
    page = open_page("administrator-1", "offices", lang=lang, size=size)
    expect(page.locator(".office").first).to_be_visible()
    check(page, "offices")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= size["width"]


def test_what_was_refused_is_still_typed_where_the_page_draws_it_empty(
    open_page: Callable[..., Page],
) -> None:
    page = open_page("administrator-1", "offices")
    for _ in range(2):  # refused once more it is there all the same
        page.locator("#add-t-1").fill("nobody-of-that-name")
        with page.expect_navigation():
            page.locator("section.office", has=page.locator("#add-t-1")).get_by_role(
                "button", name="Let it work here"
            ).click()
        expect(page.get_by_role("alert")).to_be_visible()
        expect(page.locator("#add-t-1")).to_have_value("nobody-of-that-name")
    expect(page.get_by_text("What you typed here before is back.")).to_have_count(0)


def test_a_case_is_found_opened_and_acted_in_by_keyboard_alone(
    open_page: Callable[..., Page], case_site: CaseSite
) -> None:
    page = open_page("mediator-1", "cases/mediation?mine=1")
    number = case_site.mediation[1]
    tab_to(page, f'a[href$="/cases/mediation/{number}"]')
    page.keyboard.press("Enter")
    expect(page.locator(".case-head")).to_be_visible()
    tab_to(page, ".case-open button")
    page.keyboard.press("Enter")
    expect(page.locator(".space-party").first).to_contain_text("金丝雀")
    tab_to(page, "#do-hear summary")
    page.keyboard.press("Enter")
    tab_to(page, "#hear-party")
    page.keyboard.press("ArrowDown")
    tab_to(page, "#hear-field-account")
    page.keyboard.type("By keyboard alone.")
    tab_to(page, "#do-hear button")
    page.keyboard.press("Enter")
    expect(page.locator(".case-said")).to_contain_text("Written down how a party sees it.")
    expect(page.locator(".space-party").first).to_contain_text("By keyboard alone.")
    expect(page).not_to_have_url(re.compile("done="))
    expect(page.locator(".case-said")).to_be_focused()  # and from there two keys to what is next
    page.keyboard.press("Tab")
    expect(page.locator(".case-jump a")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(".case-actions summary").first).to_be_focused()


def test_a_link_to_a_form_opens_it(open_page: Callable[..., Page], case_site: CaseSite) -> None:
    page = open_page("mediator-1", f"{case_site.case('mediation')}#do-hear")
    expect(page.locator("#do-hear > summary")).to_be_focused()
    expect(page.locator("#hear-field-account")).to_be_visible()


@pytest.mark.parametrize(("lang", "size"), [("en", WIDE), ("zh-hans", PHONE)], ids=["en", "zh"])
def test_what_is_next_is_found_first_and_done_by_keyboard_alone(
    open_page: Callable[..., Page], case_site: CaseSite, lang: str, size: Any
) -> None:
    path = f"cases/mediation/{case_site.mediation[0]}"
    page = open_page("mediator-1", path, lang=lang, size=size)
    expect(page.locator(".case-next h3")).to_have_text("Next" if lang == "en" else "下一步")
    first = page.locator(".case-actions summary").first
    assert first.evaluate("e => e.closest('.case-next') !== null")
    tab_to(page, ".case-next #do-talk > summary")
    page.keyboard.press("Enter")
    tab_to(page, "#talk-party")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#talk-party")).to_have_value("1")
    tab_to(page, "#not-now > summary")
    page.keyboard.press("Enter")
    expect(page.locator("#no-invite")).to_be_visible()
    check(page, "what is next, and what can't be done")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= size["width"]


def test_a_form_that_was_only_looked_at_says_nothing_of_words_that_are_back(
    open_page: Callable[..., Page], case_site: CaseSite
) -> None:
    page = open_page("mediator-1", f"cases/mediation/{case_site.mediation[1]}")
    page.locator("#do-book_alone summary").click()
    expect(page.locator("#book_alone-field-minutes")).to_have_value("60")
    page.locator("#book_alone-field-minutes").fill("90")
    page.locator("#book_alone-field-minutes").fill("60")
    page.locator("#do-write_note summary").click()
    page.locator("#write_note-field-note").fill("  ")
    heard(page, "Typed last, and more than looked at.")
    until_kept(page, "Typed last")  # what was typed before it would be kept by now
    assert len(drafts(page)) == 1
    page.reload()
    expect(page.get_by_text("What you typed here before is back.")).to_have_count(1)
    expect(page.locator("details.action[open]")).to_have_count(1)
    expect(page.locator("#hear-field-account")).to_have_value(re.compile("Typed last"))


def tab_to(page: Page, selector: str, *, most: int = 120) -> None:
    """Press Tab until the focus is there."""
    for _ in range(most):
        if page.evaluate("s => document.activeElement?.matches(s)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reached {selector}")


def test_what_lacks_gets_the_focus_and_its_sentence(open_page: Callable[..., Page]) -> None:
    page = open_page("mediator-1", "cases/mediation?mine=1")
    page.locator(".case-table tbody a").first.click()
    page.locator("#do-hear summary").click()
    page.locator("#hear-field-account").fill("Said without saying who.")
    page.locator("#do-hear button").click()
    expect(page.locator("#hear-party")).to_be_focused()
    expect(page.locator("#hear-party")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#hear-party_error")).to_contain_text("Say which party")
    expect(page.locator("#hear-field-account")).to_have_value("Said without saying who.")
    check(page, "a form that came back")


def test_what_was_typed_survives_a_reload_and_goes_once_it_is_done(
    open_page: Callable[..., Page], case_site: CaseSite
) -> None:
    page = open_page("mediator-1", case_site.case("mediation"))
    page.locator("#do-hear summary").click()
    page.locator("#hear-party").select_option("1")
    page.locator("#hear-field-account").fill("Kept in this tab. 金丝雀")
    expect(page.locator("#do-hear .counter")).to_have_text("21 / 4000")
    until_kept(page, "金丝雀")
    assert "金丝雀" not in stored(page)
    page.reload()
    expect(page.locator("#hear-field-account")).to_have_value("Kept in this tab. 金丝雀")
    expect(page.locator("#hear-party")).to_have_value("1")
    expect(page.locator("#do-hear")).to_have_attribute("open", "")
    page.locator("#do-hear button").click()
    expect(page.locator(".case-said")).to_contain_text("Written down how a party sees it.")
    until_forgotten(page)
    page.reload()
    expect(page.locator("#hear-field-account")).to_have_value("")
    page.go_back()  # what was sent stands in no form, where sending it again would write it twice
    expect(page.locator("#hear-field-account")).to_have_value("")


LATE = """
const decrypt = crypto.subtle.decrypt.bind(crypto.subtle);
crypto.subtle.decrypt = (...how) =>
  new Promise((go) => setTimeout(go, 2000)).then(() => decrypt(...how)).finally(() => {
    document.documentElement.dataset.opened = "yes";
  });
"""


def test_what_is_typed_before_a_slow_device_has_opened_what_was_kept_stays(
    open_page: Callable[..., Page], case_site: CaseSite
) -> None:
    page = open_page("mediator-1", f"cases/mediation/{case_site.mediation[1]}")
    heard(page, "Of before.")
    until_kept(page, "Of before.")
    page.add_init_script(LATE)
    page.reload()
    heard(page, "Typed at once.")
    expect(page.locator("html")).to_have_attribute("data-opened", "yes")
    expect(page.locator("#hear-field-account")).to_have_value("Typed at once.")
    until_kept(page, "Typed at once.")


@pytest.mark.parametrize(("lang", "size"), [("en", WIDE), ("zh-hans", PHONE)], ids=["en", "zh"])
def test_a_partys_page_is_read_by_anyone_and_a_refused_file_comes_back_to_it(
    open_page: Callable[..., Page], case_site: CaseSite, lang: str, size: Any
) -> None:
    path = f"cases/mediation/{case_site.mediation[0]}/links"
    page = open_page("mediator-1", path, lang=lang, size=size)
    page.locator("#party").select_option("1")
    page.locator("form.stack button.primary").click()
    page.goto(page.locator("[role=status] code").inner_text())
    expect(page.locator("#can")).to_be_visible()
    for one in page.locator("details").all():
        one.evaluate("e => { e.removeAttribute('name'); e.open = true; }")
    check(page, "a party's page with every form of it")
    wrong = {"name": "page.png", "mimeType": "image/png", "buffer": b"<svg onload='x()'/>"}
    page.locator("#document-file").set_input_files([wrong])
    page.locator("#document-kind").select_option(index=1)
    page.locator("#add-document button.primary").click()
    expect(page.locator("#document-fault")).to_be_visible()
    expect(page.locator("#document-file")).to_be_focused()
    expect(page.locator("#stands")).to_be_visible()
    check(page, "a party's file that was not taken")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= size["width"]


def test_two_people_on_one_case_lose_no_word(
    open_page: Callable[..., Page], case_site: CaseSite
) -> None:
    path = f"cases/mediation/{case_site.mediation[1]}"
    first, second = open_page("mediator-1", path), open_page("clerk-1", path)
    for page, words in ((second, "The clerk was first."), (first, "The mediator was second.")):
        page.locator("#do-hear summary").click()
        page.locator("#hear-party").select_option("2")
        page.locator("#hear-field-account").fill(words)
    second.locator("#do-hear button").click()
    expect(second.locator(".case-said")).to_contain_text("Written down how a party sees it.")
    first.locator("#do-hear button").click()
    expect(first.locator("#trouble")).to_be_focused()
    expect(first.locator("#trouble")).to_contain_text("clerk-1")
    expect(first.locator("#hear-field-account")).to_have_value("The mediator was second.")
    check(first, "a case that somebody else changed")
    first.locator("#do-hear button").click()
    expect(first.locator(".case-said")).to_contain_text("Written down how a party sees it.")


def heard(page: Page, words: str) -> None:
    """Fill in what a party says, unsent."""
    page.locator("#do-hear").evaluate("e => { e.open = true; }")
    page.locator("#hear-party").select_option("1")
    page.locator("#hear-field-account").fill(words)


def test_a_session_that_ends_amid_a_form_takes_no_word_and_no_file(
    open_page: Callable[..., Page], case_site: CaseSite
) -> None:
    page = open_page("mediator-1", case_site.case("mediation"))
    heard(page, "Said when the shift was over. 金丝雀")
    page.context.clear_cookies(name="sessionid")
    page.locator("#do-hear button.primary").click()
    expect(page.locator("#do-hear .not-sent")).to_contain_text("your session has ended")
    expect(page.locator("#hear-field-account")).to_have_value(
        "Said when the shift was over. 金丝雀"
    )
    check(page, "a form whose session ended")
    page.locator("#add-document").evaluate("e => { e.open = true; }")
    file = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"kept"}
    page.locator("#document-file").set_input_files([file])
    page.locator("#document-kind").select_option(index=1)
    page.locator("#document-space").select_option(index=1)
    page.locator("#add-document button.primary").click()
    expect(page.locator("#add-document .not-sent")).to_be_visible()
    with page.context.expect_page() as opened:
        page.locator("#do-hear").get_by_role("link", name="Sign in").click()
    there = opened.value
    there.locator("#id_login").fill("mediator-1")
    there.locator("#id_password").fill(case_site.accounts["mediator-1"])
    there.locator("form.stack button").click()
    expect(there.locator("#id_password")).to_have_count(0)
    page.locator("#add-document button.primary").click()
    expect(page.locator(".case-documents li")).to_contain_text(["TXT"])
    heard(page, "Said when the shift was over. 金丝雀")
    page.locator("#do-hear button.primary").click()
    expect(page.locator(".case-said")).to_contain_text("Written down how a party sees it.")


def test_a_form_without_a_network_stays_and_a_double_click_sends_it_once(
    open_page: Callable[..., Page], case_site: CaseSite
) -> None:
    page = open_page("mediator-1", f"cases/mediation/{case_site.mediation[1]}")
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.url) if one.method == "POST" else None)
    heard(page, "In the cellar.")
    page.context.set_offline(True)
    page.locator("#do-hear button.primary").click()
    expect(page.locator("#do-hear .not-sent")).to_contain_text("no network")
    page.context.set_offline(False)
    page.locator("#do-hear button.primary").dblclick()
    expect(page.locator(".case-said")).to_contain_text("Written down how a party sees it.")
    assert len(sent) == 1


def test_a_form_that_came_back_is_a_page_that_can_be_opened_anew(
    open_page: Callable[..., Page], case_site: CaseSite
) -> None:
    page = open_page("mediator-1", case_site.case("mediation"))
    heard(page, "")
    page.locator("#do-hear button.primary").click()
    expect(page.locator("#hear-field-account")).to_be_focused()
    assert page.url.endswith("/do/hear")
    page.goto(page.url)
    expect(page.locator(".case-head")).to_be_visible()
    assert page.url.endswith(case_site.case("mediation"))


def request_taken_down(page: Page, words: str) -> None:
    """Fill in a whole request, unsent."""
    page.locator("[name=violence_at_home]").select_option("no")
    page.locator("[name=asked_for]").select_option("yes")
    for name in ("source", "category", "difficulty"):
        page.locator(f"[name={name}]").select_option(index=1)
    page.locator("[name=asker_minor]").select_option("no")
    page.locator("[name=asker_name]").fill("Lin")
    page.locator("[name=request]").fill(words)
    page.locator("[name=other_unknown]").check()


def test_a_guardian_is_asked_for_where_a_party_is_under_age(open_page: Callable[..., Page]) -> None:
    page = open_page("clerk-1", "mediation/new")
    guardian = page.locator("[name=asker_guardian_name]")
    expect(guardian).to_be_hidden()
    page.locator("[name=asker_minor]").select_option("yes")
    expect(guardian).to_be_visible()
    expect(page.locator("[name=other_guardian_name]")).to_be_hidden()
    guardian.fill("Aunt")
    page.locator("[name=asker_minor]").select_option("no")
    expect(guardian).to_be_visible()  # what was typed there is sent: it can be seen
    guardian.fill("")
    expect(guardian).to_be_hidden()


@pytest.mark.parametrize("cookie", ["sessionid", "csrftoken"])
def test_a_request_outlives_a_reload_and_the_session_that_ended(
    open_page: Callable[..., Page], case_site: CaseSite, cookie: str
) -> None:
    page = open_page("clerk-1", "mediation/new")
    request_taken_down(page, "The wall leans. 金丝雀")
    until_kept(page, "金丝雀")
    assert "金丝雀" not in stored(page)
    page.reload()
    expect(page.locator("[name=request]")).to_have_value("The wall leans. 金丝雀")
    expect(page.locator("[name=asked_for]")).to_have_value("yes")
    page.context.clear_cookies(name=cookie)
    page.locator("form.case-form button.primary").click()
    if cookie == "sessionid":
        expect(page.locator(".not-sent")).to_contain_text("your session has ended")
        expect(page.locator("[name=request]")).to_have_value("The wall leans. 金丝雀")
        with page.context.expect_page() as opened:
            page.get_by_role("link", name="Sign in").click()
        there = opened.value
        there.locator("#id_login").fill("clerk-1")
        there.locator("#id_password").fill(case_site.accounts["clerk-1"])
        there.locator("form.stack button").click()
        expect(there.locator("#id_password")).to_have_count(0)
        page.locator("form.case-form button.primary").click()
    expect(page.locator(".case-head")).to_be_visible()
    until_forgotten(page)
    page.goto(f"{case_site.address}/towns/{KEY}/mediation/new")
    expect(page.locator("[name=request]")).to_have_value("")


def test_violence_at_home_leaves_no_word_behind(open_page: Callable[..., Page]) -> None:
    page = open_page("clerk-1", "mediation/new")
    request_taken_down(page, "Never to be seen.")
    until_kept(page, "Never to be seen.")
    page.locator("[name=violence_at_home]").select_option("yes")
    until_forgotten(page)
    page.reload()
    expect(page.locator("[name=request]")).to_have_value("")
    request_taken_down(page, "Never to be seen.")
    until_kept(page, "Never to be seen.")
    page.locator("[name=violence_at_home]").select_option("yes")
    page.locator("form.case-form button.primary").click()
    expect(page.locator(".case-trouble")).to_be_visible()
    until(lambda: stored(page) == "{}", "something is left")


def stored(page: Page) -> str:
    """Give all that a tab keeps, as it lies there."""
    page.wait_for_load_state()
    return str(page.evaluate("() => JSON.stringify(sessionStorage)"))


def test_a_report_outlives_a_reload_in_its_tab_alone(
    chromium: Browser, case_site: CaseSite
) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{case_site.address}/report/{KEY}/hazard")
    page.locator("[name=kind]").select_option(index=1)
    page.locator("[name=spot]").fill("Reed Lane, second step")
    page.locator("[name=words]").fill("A loose step. 金丝雀")
    until(lambda: "金丝雀" in stored(page), "the report is not kept")
    page.reload()
    expect(page.locator("[name=words]")).to_have_value("A loose step. 金丝雀")
    assert page.evaluate("() => localStorage.length") == 0
    assert "sessionid" not in {one["name"] for one in context.cookies()}
    page.locator("form.office button.primary").click()
    expect(page.locator(".own-link a")).to_be_visible()
    until(lambda: stored(page) == "{}", "something is left")
    context.close()
