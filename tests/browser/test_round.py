"""An inspector's round on a phone: filled in without a network, sent once when it is back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect
from tests.api.conftest import KEY, SOUTH, WEST
from tests.api.server import running
from tests.browser.accessibility import check
from tests.browser.conftest import PHONE, WIDE, Cases, until

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def served(
    cases_made: Cases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, dict[str, str]]]:
    """Serve a small town with an inspector in it; gives its address and passwords."""
    with running(cases_made.copy(tmp_path_factory.mktemp("round"))) as server:
        yield server.address, cases_made.accounts


@pytest.fixture(scope="module")
def round_of_one(chromium: Browser, served: tuple[str, dict[str, str]]) -> tuple[object, str]:
    """Sign the inspector in, register a thing, plan its inspection; gives the sign-in and page."""
    address, accounts = served
    context = chromium.new_context(viewport=PHONE)
    page = context.new_page()
    page.goto(f"{address}/towns/{KEY}/premises")
    page.locator("#id_login").fill("inspector-1")
    page.locator("#id_password").fill(accounts["inspector-1"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#id_password")).to_have_count(0)
    there = planned(page, address, "s-1", "North school")
    state = context.storage_state()
    context.close()
    return state, there


def planned(page: Page, address: str, ident: str, name: str) -> str:
    """Register a thing and plan its inspection; gives the page of its checklist."""
    page.goto(f"{address}/towns/{KEY}/premises")
    page.locator("#n-ident").fill(ident)
    page.locator("#n-name").fill(name)
    page.locator("#n-class").select_option("school")
    page.locator("#n-risk").select_option("low")
    page.locator("#n-lon").fill(f"{WEST + 0.006:.6f}")
    page.locator("#n-lat").fill(f"{SOUTH + 0.004:.6f}")
    page.get_by_role("button", name="Register", exact=True).click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    page.goto(f"{address}/towns/{KEY}/inspections")
    page.locator("#p-ident").select_option(ident)
    page.get_by_role("button", name="Plan", exact=True).click()
    link = page.locator("tr", has_text=name).locator("th a").first
    expect(link).to_be_visible()
    return f"{address}{link.get_attribute('href')}"


def visit(chromium: Browser, state: object, **how: object) -> BrowserContext:
    lang = how.pop("lang", "en")
    context = chromium.new_context(storage_state=state, **how)
    host = {"domain": "127.0.0.1", "path": "/"}
    context.add_cookies([{"name": "django_language", "value": str(lang), **host}])
    return context


def fill(page: Page, **bad: str) -> None:
    """Answer every question: the first choice, which is in order, but where it is named."""
    for select in page.locator("#checklist select").all():
        name = select.get_attribute("name") or ""
        if name in bad:
            select.select_option(bad[name])
        else:
            select.select_option(index=1)


@pytest.mark.parametrize(
    ("lang", "theme", "size"), [("en", "light", WIDE), ("zh-hans", "dark", PHONE)]
)
@pytest.mark.parametrize("path", ["premises", "premises/s-1", "inspections", "checklists"])
def test_pages_are_read_by_anyone(chromium, served, round_of_one, path, lang, theme, size):
    context = visit(chromium, round_of_one[0], lang=lang, viewport=size, color_scheme=theme)
    page = context.new_page()
    page.goto(f"{served[0]}/towns/{KEY}/{path}")
    expect(page.locator("h1")).to_be_visible()
    check(page, path)
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{wide} pixels stand out"
    context.close()


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_anyone_reports_a_hazard_on_a_phone_by_keyboard(chromium, served, lang):
    context = visit(chromium, None, lang=lang, viewport=PHONE)
    page = context.new_page()
    page.goto(f"{served[0]}/report/{KEY}/hazard")
    check(page, "report")
    page.locator("#r-kind").select_option("wiring")
    page.locator("#r-spot").fill("behind the market")
    page.locator("#r-words").focus()
    page.keyboard.type("a bare wire hangs down")
    page.locator("form.office button.primary").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".own-link a")).to_be_visible()
    check(page, "reported")
    context.close()


@pytest.mark.parametrize(
    ("lang", "theme", "said"),
    [("en", "light", "there is no network"), ("zh-hans", "dark", "没有网络")],
)
def test_what_anyone_sends_without_a_network_stays_in_its_form(chromium, served, lang, theme, said):
    context = visit(chromium, None, lang=lang, viewport=PHONE, color_scheme=theme)
    page = context.new_page()
    page.goto(f"{served[0]}/report/{KEY}/hazard")
    page.locator("#r-kind").select_option("wiring")
    page.locator("#r-spot").fill("behind the market")
    page.locator("#r-words").fill("a bare wire hangs down")
    context.set_offline(True)
    page.locator("form.office button.primary").click()
    expect(page.locator("form.office .not-sent")).to_contain_text(said)
    check(page, "a report that was not sent")
    expect(page.locator("#r-words")).to_have_value("a bare wire hangs down")
    context.set_offline(False)
    page.locator("form.office button.primary").click()
    page.locator(".own-link a").click()
    page.wait_for_url("**/follow/**", wait_until="load")  # with its script, before the network goes
    opening = page.locator('form[action$="/words#words"]')
    context.set_offline(True)
    opening.locator("button").click()
    expect(opening.locator(".not-sent")).to_contain_text(said)
    check(page, "a party's page without a network")
    context.set_offline(False)
    opening.locator("button").click()
    expect(page.locator("blockquote", has_text="a bare wire hangs down")).to_be_visible()
    context.close()


def test_a_checklist_is_filled_in_without_a_network_and_sent_once(chromium, round_of_one):
    state, there = round_of_one
    context = visit(chromium, state, viewport=PHONE)
    page = context.new_page()
    page.goto(there.rpartition("/")[0])
    page.get_by_role("button", name="Keep this round for work without a network").click()
    expect(
        page.get_by_text(re.compile(r"Pages kept on this device: (\d+) of \1\."))
    ).to_be_visible()
    page.goto(there)
    check(page, "checklist")
    sent: list[str] = []
    told: list[datetime] = []

    def note(answer: Response) -> None:
        if answer.request.method == "POST":
            sent.append(f"{answer.status} {answer.url.rpartition('/')[2]}")
            told.append(datetime.fromisoformat(answer.request.post_data_json["filled_at"]))

    context.on("response", note)
    context.set_offline(True)
    page.reload()
    expect(page.get_by_role("heading", name="North school")).to_be_visible()
    fill(page, exits="blocked", gas="danger")
    page.get_by_role("button", name="Send the checklist").click()
    expect(page.get_by_text("Checklists waiting on this device: 1.")).to_be_visible()
    page.reload()
    expect(page.locator("#q-exits")).to_have_value("blocked")
    handed = datetime.now(UTC)
    context.set_offline(False)
    opened = page.get_by_role("heading", name="Hazards that this opened")
    expect(opened).to_be_visible()
    expect(page.get_by_text("Gas: smell, leak, cylinders")).to_be_visible()
    assert page.evaluate("localStorage.getItem('anlan-round-queue')") is None
    assert sent == ["200 record"], "a form is sent once"
    assert told[0] < handed, "it says when it was filled in, not when it was sent"
    context.close()


def test_a_form_waits_for_who_filled_it_in_when_a_colleague_signs_in_beside_it(
    chromium, served, round_of_one
):
    address, accounts = served
    context = visit(chromium, round_of_one[0], viewport=PHONE)
    page = context.new_page()
    page.goto(planned(page, address, "s-2", "South school"))  # North school's is of the test above
    fill(page, exits="blocked")
    tab = context.new_page()
    context.clear_cookies(name="sessionid")
    tab.goto(f"{address}/towns/{KEY}/inspections")
    _keep_something(tab)
    tab.goto(f"{address}/accounts/login/")
    kept = "caches.keys().then((names) => names.length)"
    until(lambda: tab.evaluate(kept) == 0, "What was kept for the round is not forgotten.")
    tab.locator("#id_login").fill("inspector-2")
    tab.locator("#id_password").fill(accounts["inspector-2"])
    tab.get_by_role("button", name="Sign in").click()
    expect(tab.locator("#id_password")).to_have_count(0)
    page.get_by_role("button", name="Send the checklist").click()
    expect(page.get_by_text("A colleague is signed in on this device now.")).to_be_visible()
    check(page, "a form that waits for who filled it in")
    tab.goto(page.url)
    expect(tab.locator("#checklist")).to_be_visible()  # nothing was recorded in anybody's name
    expect(tab.locator("#q-exits")).to_have_value("")  # nor does a colleague find another's draft
    context.clear_cookies(name="sessionid")
    tab.goto(page.url)
    tab.locator("#id_login").fill("inspector-1")
    tab.locator("#id_password").fill(accounts["inspector-1"])
    tab.get_by_role("button", name="Sign in").click()
    expect(tab.get_by_role("heading", name="Hazards that this opened")).to_be_visible()
    context.close()


def _keep_something(page: Page) -> None:
    """Leave a page of somebody's round on the device, as the worker keeps it."""
    page.evaluate(
        "caches.open('anlan-round-1')"
        ".then((kept) => kept.put('/towns/x/inspections', new Response('')))"
    )
    assert page.evaluate("caches.keys()") == ["anlan-round-1"]


def test_the_box_changes_in_place_and_a_browser_that_keeps_nothing_says_so(
    chromium, served, round_of_one
):
    context = visit(chromium, round_of_one[0], viewport=PHONE)
    page = context.new_page()
    page.add_init_script(
        "navigator.serviceWorker.register = () => Promise.reject(new Error('private'))"
    )
    page.goto(f"{served[0]}/towns/{KEY}/inspections")
    page.locator("#p-ident").select_option("s-1")
    with page.expect_navigation():
        page.get_by_role("button", name="Plan", exact=True).click()
    expect(page.locator("table th a").first).to_be_visible()
    keep = page.get_by_role("button", name="Keep this round for work without a network")
    keep.click()
    expect(page.get_by_text("This browser keeps no pages")).to_be_visible()
    expect(keep).to_be_enabled()
    keep.focus()
    with page.expect_request("**/towns/*/inspections/*/record"):
        page.evaluate(
            """() => {
              const { me, town } = JSON.parse(document.getElementById("anlan-page").textContent);
              localStorage.setItem("anlan-round-queue", JSON.stringify([{
                me, town, inspection: 999999, form_number: 0, client_key: "k", answers: {},
                filled_at: new Date().toISOString(), ident: "s-1", name: "North school", failed: [],
              }]));
              dispatchEvent(new Event("online"));
            }"""
        )
    expect(page.locator(".not-taken")).to_contain_text("North school")
    expect(keep).to_be_focused()
    context.close()


def test_a_resident_puts_the_point_in_and_takes_it_out_again(chromium, served):
    context = visit(chromium, None, viewport=PHONE)
    page = context.new_page()
    page.goto(f"{served[0]}/report/{KEY}/hazard")
    page.get_by_role("button", name="It is where I stand").click()
    expect(page.get_by_text("Your point can't be read here.")).to_be_visible()
    check(page, "a point that can't be read")
    context.grant_permissions(["geolocation"])
    context.set_geolocation({"longitude": WEST + 0.006, "latitude": SOUTH + 0.004})
    page.get_by_role("button", name="It is where I stand").click()
    expect(page.locator("#here [role=status]")).to_contain_text("✓")
    expect(page.locator("[name=lon]")).to_have_value(f"{WEST + 0.006:.6f}")
    page.get_by_role("button", name="Remove the point").click()
    expect(page.locator("[name=lon]")).to_have_value("")
    expect(page.get_by_role("button", name="It is where I stand")).to_be_focused()
    expect(page.get_by_role("button", name="Remove the point")).to_have_count(0)
    context.close()
