"""Photos on an inspector's round, on a phone: from a failed question to the recheck by another."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.api.conftest import KEY, SOUTH, WEST
from tests.browser.accessibility import check
from tests.browser.conftest import PATIENCE_MS, PHONE, until
from tests.browser.test_round import fill, served, visit
from tests.unit.gateways import hostile

__all__ = ["served"]
pytestmark = pytest.mark.browser
SENTENCE = {
    "en": "This photo can't be read here. Take it anew, or choose a JPEG or PNG picture.",
    "zh-hans": "此处无法读取这张照片。请重新拍摄，或选择 JPEG、PNG 图片。",
}


@dataclass
class Round:
    """Inspectors' browsers, and inspections that wait for them."""

    chromium: Browser
    address: str
    accounts: dict[str, str]
    made: list[BrowserContext]
    states: dict[str, Any]
    places: int = 0

    def go(self, path: str) -> str:
        return f"{self.address}/towns/{KEY}/{path}"

    def of(self, name: str, **how: Any) -> BrowserContext:
        """Give a signed-in browser of somebody."""
        if name not in self.states:
            context = visit(self.chromium, None)
            sign_in(context.new_page(), self, name)
            self.states[name] = context.storage_state()
            context.close()
        context = visit(self.chromium, self.states[name], **{"viewport": PHONE, **how})
        self.made.append(context)
        return context

    def inspection(self) -> str:
        """Register a thing and plan its inspection; gives the page's address."""
        self.places += 1
        page = self.of("inspector-1").new_page()
        page.goto(self.go("premises"))
        page.locator("#n-ident").fill(f"p-{self.places}")
        page.locator("#n-name").fill(f"School {self.places}")
        page.locator("#n-class").select_option("school")
        page.locator("#n-risk").select_option("low")
        page.locator("#n-lon").fill(f"{WEST + 0.002 * self.places:.6f}")
        page.locator("#n-lat").fill(f"{SOUTH + 0.004:.6f}")
        page.get_by_role("button", name="Register", exact=True).click()
        expect(page.get_by_role("heading", name=f"School {self.places}")).to_be_visible()
        page.goto(self.go("inspections"))
        page.locator("#p-ident").select_option(f"p-{self.places}")
        page.get_by_role("button", name="Plan", exact=True).click()
        link = page.locator("tr", has_text=f"School {self.places}").locator("th a").first
        expect(link).to_be_visible()
        return f"{self.address}{link.get_attribute('href')}"


def sign_in(page: Page, site: Round, name: str) -> None:
    page.goto(f"{site.address}/accounts/login/")
    page.locator("#id_login").fill(name)
    page.locator("#id_password").fill(site.accounts[name])
    page.locator("form.stack button").click()
    expect(page.locator("#id_password")).to_have_count(0)


@pytest.fixture(scope="module")
def states() -> dict[str, Any]:
    return {}


@pytest.fixture
def rounds(chromium: Browser, served: Any, states: dict[str, Any]) -> Iterator[Round]:
    made: list[BrowserContext] = []
    places = states.setdefault("places", 0)
    site = Round(chromium, served[0], served[1], made, states.setdefault("browsers", {}), places)
    yield site
    states["places"] = site.places
    for context in made:
        context.close()


def choose(page: Page, selector: str, data: bytes, name: str = "IMG_1.jpg") -> None:
    kind = "image/heic" if name.endswith("heic") else "image/jpeg"
    page.locator(selector).set_input_files([{"name": name, "mimeType": kind, "buffer": data}])


def download(page: Page, row: Any) -> bytes:
    with page.expect_download() as waiting:
        row.get_by_role("button", name="Download").click()
    return Path(waiting.value.path()).read_bytes()


def is_later(page: Page) -> bool:
    """Say whether the one form that waits on this device, as a tab reads it, is the later one."""
    (one,) = json.loads(page.evaluate("localStorage.getItem('anlan-round-queue')"))
    return bool(one["answers"]["gas"] == "danger")


def open_do(page: Page, action: str) -> None:
    page.locator(f"#do-{action} > summary").click()


def do(page: Page, action: str) -> None:
    with page.expect_navigation():  # what was done before may still stand there as done
        page.locator(f"#do-{action} button.primary").click()
    expect(page.locator(".case-said")).not_to_be_empty()


def test_a_photo_goes_from_the_round_to_the_recheck_by_another(rounds: Round) -> None:
    there = rounds.inspection()
    page = rounds.of("inspector-1").new_page()
    page.goto(there)
    expect(page.locator("#f-exits")).to_be_hidden()
    fill(page, exits="blocked")
    expect(page.locator("#f-exits")).to_be_visible()
    choose(page, "#f-exits", hostile.picture(size=(2400, 1200)))
    check(page, "a checklist with a photo")
    page.get_by_role("button", name="Send the checklist").click()
    page.get_by_role("link", name="open the case").click()
    row = page.locator(".case-documents li").first
    expect(row).to_contain_text("photo before")
    case = page.url
    page.locator(".case-open button").click()
    expect(page.locator(".space").first).to_be_visible()  # what is pressed before it would be lost
    seen = download(page, page.locator(".case-documents li").first)
    with Image.open(io.BytesIO(seen)) as picture:
        assert picture.size == (800, 1600), "turned as the camera was held, and small"
        assert not picture.getexif()
    assert hostile.SECRET.encode() not in seen
    _owner_is_told(page)
    open_do(page, "serve_order")
    page.locator("#serve_order-field-grade").select_option("ordinary")
    page.locator("#serve_order-field-remedy_by").fill(_in_two_weeks())
    page.locator("#serve_order-field-served").select_option("handed")
    page.locator("#serve_order-field-order_words").fill("Clear the way out. 金丝雀")
    do(page, "serve_order")
    link = _link_of(page, case)
    _owner_says_fixed(rounds, link)
    other = rounds.of("inspector-2").new_page()
    other.goto(case)
    _recheck(other)
    page.goto(case)
    shown = page.locator(".hazard-photos img")
    expect(shown).to_have_count(3)  # before; after, by the owner and by who rechecked
    widths = shown.evaluate_all("every => every.map((one) => one.naturalWidth)")
    assert min(widths) > 0, "a picture that the page may not show has no width"
    check(page, "photos of before and after beside each other")
    open_do(page, "close")
    do(page, "close")
    check(page, "a closed hazard")
    visitor = visit(rounds.chromium, None, viewport=PHONE).new_page()
    visitor.goto(link)
    expect(visitor.locator("main strong").first).to_have_text("It is fixed and closed.")
    expect(visitor.locator("section[aria-labelledby=who] li").first).to_contain_text("inspector")
    check(visitor, "the owner's page")
    visitor.context.close()


def _in_two_weeks() -> str:
    return str((datetime.now(UTC) + timedelta(days=14)).date())


def _owner_is_told(page: Page) -> None:
    open_do(page, "add_party")
    page.locator("#add_party-field-party_role").select_option("owner")
    page.locator("#add_party-field-name").fill("Littleton School 小镇学校")
    page.locator("#add_party-field-contact").fill("owner@example.org")
    do(page, "add_party")


def _link_of(page: Page, case: str) -> str:
    page.goto(f"{case.partition('?')[0].partition('#')[0]}/links")
    page.get_by_role("button", name="Make a link").click()
    link = page.locator("p[role=status] code").inner_text()
    assert "/follow/" in link
    return link


def _owner_says_fixed(rounds: Round, link: str) -> None:
    context = visit(rounds.chromium, None, viewport=PHONE)
    page = context.new_page()
    page.goto(link)
    page.locator("#add-document").get_by_text("Add a photo").click()
    photo = hostile.picture(size=(2400, 1800))
    assert len(photo) > 1_500_000, "as a phone takes it: no script makes it smaller here"
    choose(page, "#document-file", photo, "整改后.jpg")
    page.locator("#document-kind").select_option("after")
    check(page, "the owner's form")
    page.get_by_role("button", name="Add it").click()
    expect(page.get_by_text("this was received")).to_be_visible()
    page.locator("details", has_text="It is fixed").locator("summary").click()
    page.get_by_role("button", name="It is fixed", exact=True).click()
    expect(page.locator("main strong").first).to_have_text("It is said to be fixed; we check.")
    context.close()


def _recheck(page: Page) -> None:
    """Recheck as another inspector, with a photo of one's own."""
    page.get_by_role("link", name="Recheck, with a photo").click()
    page.get_by_label("It is fixed", exact=True).check()
    choose(page, "#r-photo", hostile.picture(size=(900, 600)), "after.jpg")
    check(page, "a recheck with its photo")
    page.get_by_role("button", name="Keep the recheck").click()
    expect(page.locator(".case-said")).to_contain_text("Rechecked: it is fixed")
    expect(page.locator(".case-documents")).to_contain_text("photo after")


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200), "IMG_2.heic"),
        (hostile.picture()[:300], "cut.jpg"),
        (b"", "empty.jpg"),
    ],
    ids=["heic", "cut", "empty"],
)
def test_a_photo_that_cant_be_read_is_said_at_once_and_the_form_stays(
    rounds: Round, data: bytes, name: str, lang: str
) -> None:
    page = rounds.of("inspector-1", lang=lang).new_page()
    page.goto(_standing(rounds))
    fill(page, exits="blocked")
    choose(page, "#f-exits", data, name)
    expect(page.locator("#f-exits-fault")).to_have_text(SENTENCE[lang])
    expect(page.locator("#f-exits")).to_be_focused()
    check(page, "a photo that can't be read")
    expect(page.locator("#q-exits")).to_have_value("blocked")
    expect(page.locator("#checklist button.primary")).to_be_enabled()
    choose(page, "#f-exits", hostile.picture())
    expect(page.locator("#f-exits-kept")).to_be_visible()
    expect(page.locator("#f-exits-fault")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


STANDING: list[str] = []


def _standing(rounds: Round) -> str:
    if not STANDING:
        STANDING.append(rounds.inspection())
    return STANDING[0]


def photos_left(page: Page) -> int:
    return int(
        page.evaluate(
            """() => new Promise((resolve) => {
              const ask = indexedDB.open("anlan-round", 1);
              ask.onsuccess = () => {
                const names = ask.result.objectStoreNames;
                if (!names.contains("photos")) { ask.result.close(); return resolve(0); }
                const all = ask.result.transaction("photos").objectStore("photos").count();
                all.onsuccess = () => { ask.result.close(); resolve(all.result); };
              };
            })"""
        )
    )


def test_a_photo_taken_without_a_network_waits_sealed_and_goes_with_its_form(
    rounds: Round,
) -> None:
    there = rounds.inspection()
    context = rounds.of("inspector-1")
    page = context.new_page()
    page.goto(there.rpartition("/")[0])
    page.get_by_role("button", name="Keep this round for work without a network").click()
    expect(page.get_by_text("Pages kept on this device:")).to_be_visible()
    page.goto(there)
    context.set_offline(True)
    page.reload()
    fill(page, exits="blocked", gas="danger")
    choose(page, "#f-exits", hostile.picture())
    choose(page, "#f-gas", hostile.picture(size=(80, 60)))
    page.get_by_role("button", name="Send the checklist").click()
    expect(page.get_by_text("Checklists waiting on this device: 1.")).to_be_visible()
    expect(page.get_by_text("Photos waiting on this device: 2.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Photos waiting on this device: 2.")).to_be_visible()
    context.set_offline(False)
    expect(page.get_by_role("heading", name="Hazards that this opened")).to_be_visible()
    _until(page, lambda: photos_left(page) == 0)
    expect(page.locator("section li a")).to_have_count(2)
    for link in [one.get_attribute("href") for one in page.locator("section li a").all()]:
        page.goto(f"{rounds.address}{link}")
        expect(page.locator(".case-documents li")).to_have_count(1)


def _until(page: Page, true: Callable[[], bool]) -> None:
    for _ in range(PATIENCE_MS // 100):
        if true():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it never came true")


def test_a_photo_outlives_the_session_that_ended_before_it_was_sent(rounds: Round) -> None:
    there = rounds.inspection()
    context = rounds.of("inspector-1")
    page = context.new_page()
    page.goto(there)
    fill(page, exits="blocked")
    choose(page, "#f-exits", hostile.picture())
    away = [True]  # a route that is taken off amid a request leaves that one hanging
    context.route("**/photo", lambda route: route.abort() if away[0] else route.continue_())
    page.get_by_role("button", name="Send the checklist").click()
    expect(page.get_by_role("heading", name="Hazards that this opened")).to_be_visible()
    expect(page.get_by_text("Photos waiting on this device: 1.")).to_be_visible()
    context.clear_cookies(name="sessionid")
    away[0] = False
    expect(page.get_by_text("Your session has ended")).to_be_visible()
    check(page, "a round whose session ended")
    assert photos_left(page) == 1
    page.locator("#round").get_by_role("link", name="Sign in").click()
    page.locator("#id_login").fill("inspector-1")
    page.locator("#id_password").fill(rounds.accounts["inspector-1"])
    page.locator("form.stack button").click()
    page.get_by_role("link", name="open the case").wait_for()
    _until(page, lambda: photos_left(page) == 0)
    page.get_by_role("link", name="open the case").click()
    expect(page.locator(".case-documents li")).to_have_count(1)


def test_two_inspectors_of_one_inspection_lose_no_photo_in_silence(rounds: Round) -> None:
    there = rounds.inspection()
    first = rounds.of("inspector-1").new_page()
    second = rounds.of("inspector-2").new_page()
    for page, bad in ((first, "exits"), (second, "gas")):
        page.goto(there)
        fill(page, **{bad: {"exits": "blocked", "gas": "danger"}[bad]})
        choose(page, f"#f-{bad}", hostile.picture())
    first.get_by_role("button", name="Send the checklist").click()
    expect(first.get_by_role("heading", name="Hazards that this opened")).to_be_visible()
    second.get_by_role("button", name="Send the checklist").click()
    expect(second.get_by_role("heading", name="Hazards that this opened")).to_be_visible()
    second.wait_for_load_state()  # what went wrong is said by the script
    _until(second, lambda: photos_left(second) == 0)
    expect(second.locator("#round [role=alert]")).to_have_count(0)
    second.goto(rounds.go("premises") + f"/p-{rounds.places}")  # both inspections are in the books
    expect(second.get_by_text("failed: 1")).to_have_count(2)


def test_a_refused_checklist_stays_by_name_with_a_way_to_each_hazard(rounds: Round) -> None:
    there = rounds.inspection()
    second = rounds.of("inspector-2").new_page()
    second.goto(there)
    fill(second, gas="danger")
    choose(second, "#f-gas", hostile.picture())
    sentence = "The checklist was changed meanwhile; open the inspection again."
    no = {"sentence": sentence, "code": "form_changed"}
    second.route("**/record", lambda route: route.fulfill(status=409, json=no))
    second.get_by_role("button", name="Send the checklist").click()
    expect(second.locator("#round [role=alert]")).to_contain_text("Not taken by the server")
    mine = second.locator(".not-taken > li")
    expect(mine).to_contain_text(f"School {rounds.places}")
    expect(mine).to_contain_text(sentence)
    check(second, "a checklist that was refused")
    second.goto(rounds.go("inspections"))  # it is told on every page of the round, with its photo
    expect(second.get_by_text("Photos waiting on this device: 1.")).to_be_visible()
    with second.expect_download() as saved:
        mine.get_by_role("button", name="Save photo 1").click()
    with Image.open(saved.value.path()) as picture:
        assert picture.format == "JPEG"
    mine.locator("li a").click()
    expect(second.locator("#h-where")).to_have_value(f"p-{rounds.places}")
    expect(second.locator("#h-kind")).to_have_value("gas")
    expect(second.locator("[name=imminent]")).to_be_checked()
    second.get_by_role("button", name="Open the case").click()
    expect(second.locator(".case-head")).to_be_visible()
    _on_a_slow_device(second.context.new_page(), rounds.go("inspections"))
    second.goto(rounds.go("inspections"))
    mine.locator("summary").click()
    mine.get_by_role("button", name="Take it off, with its photos").click()
    expect(mine).to_have_count(0)
    _until(second, lambda: photos_left(second) == 0)


LATE = """
const read = IDBObjectStore.prototype.getAll;
IDBObjectStore.prototype.getAll = function () {
  const asked = read.call(this);
  const late = {};
  asked.onsuccess = () => setTimeout(() => {
    late.result = asked.result;
    late.onsuccess();
  }, 3000);
  return late;
};
"""


def _on_a_slow_device(page: Page, address: str) -> None:
    """Open what was refused where its photos are read late: what is opened there stays open."""
    page.add_init_script(LATE)
    page.goto(address)
    page.locator(".not-taken summary").click()
    expect(page.get_by_text("Photos waiting on this device: 1.")).to_be_visible()
    way = page.get_by_role("button", name="Take it off, with its photos")
    assert way.is_visible(), "it was shut again"
    page.close()


def test_a_photo_is_kept_as_soon_as_it_is_chosen(rounds: Round) -> None:
    there = rounds.inspection()
    context = rounds.of("inspector-1")
    page = context.new_page()
    page.goto(there)
    fill(page, exits="blocked", gas="danger")
    kept = page.locator("#f-exits-kept")
    for side in (60, 90):  # the second takes the first one's place
        choose(page, "#f-exits", hostile.picture(size=(side, side)))
        expect(kept).to_be_visible()
        _until(page, lambda: photos_left(page) == 1)
    choose(page, "#f-gas", hostile.picture())
    expect(page.locator("#f-gas-kept")).to_be_visible()
    page.close()  # as a telephone drops a page that it has no room for
    page = context.new_page()
    page.goto(there)
    expect(page.locator("#q-exits")).to_have_value("blocked")
    expect(page.locator("#f-exits-kept")).to_be_visible()
    check(page, "a checklist whose photos are kept")
    page.locator("#f-gas-kept").get_by_role("button", name="Remove the photo").click()
    expect(page.locator("#f-gas-kept")).to_be_hidden()
    assert photos_left(page) == 1
    page.get_by_role("button", name="Send the checklist").click()
    expect(page.get_by_role("heading", name="Hazards that this opened")).to_be_visible()
    _until(page, lambda: photos_left(page) == 0)
    page.get_by_role("link", name="open the case").first.click()
    expect(page.locator(".case-documents li")).to_have_count(1)


def test_a_full_device_says_that_a_checklist_is_not_kept(rounds: Round) -> None:
    page = rounds.of("inspector-1").new_page()
    page.add_init_script("Storage.prototype.setItem = () => { throw new Error('full'); }")
    page.goto(_standing(rounds))
    fill(page)
    page.get_by_role("button", name="Send the checklist").click()
    expect(page.locator(".no-room")).to_contain_text("it is not kept")
    check(page, "a device without room")
    expect(page.locator("#checklist button.primary")).to_be_enabled()


def test_a_file_of_any_size_gets_a_sentence_in_a_real_browser(
    rounds: Round, tmp_path: Path
) -> None:
    page = rounds.of("inspector-1").new_page()
    page.goto(_standing(rounds).rpartition("/inspections")[0] + "/hazards/new")
    page.locator("#h-kind").select_option("wiring")
    page.get_by_role("button", name="Open the case").click()
    expect(page.locator(".case-head")).to_be_visible()
    page.wait_for_load_state()  # the script weighs what is chosen
    for megabytes, said in ((21, "too large: at most 20 MB"), (40, "The request is too large")):
        page.locator("#add-document > summary").click()
        file = tmp_path / f"{megabytes}.jpg"  # read by the browser: by the driver it takes long
        file.write_bytes(bytes(megabytes * 1_000_000))
        page.locator("#document-file").set_input_files(file)
        page.locator("#document-kind").select_option(index=1)
        page.locator("#document-space").select_option(index=1)
        told = page.locator("#document-file").evaluate("e => e.validationMessage")
        assert told == "This file is too large: at most 20 MB.", "before it travels"
        page.locator("#document-file").evaluate("e => e.setCustomValidity('')")  # as without script
        page.locator("#add-document button.primary").click()
        expect(page.get_by_text(said)).to_be_visible()
        check(page, f"{megabytes} MB")
        page.go_back()


def test_a_checklist_in_two_tabs_is_kept_once_and_both_tabs_say_so(rounds: Round) -> None:
    there = rounds.inspection()
    context = rounds.of("inspector-1")
    tabs = [context.new_page(), context.new_page()]
    for page in tabs:
        page.goto(there)
    context.set_offline(True)
    for page, bad in zip(tabs, ({"exits": "blocked"}, {"gas": "danger"}), strict=True):
        fill(page, **bad)
        page.get_by_role("button", name="Send the checklist").click()
        expect(page.get_by_text("Checklists waiting on this device: 1.")).to_be_visible()
    for page in tabs:  # "1." stands in both since the first: only this tells which of them waits
        until(partial(is_later, page), "The later form does not wait.")
    context.set_offline(False)
    for page in tabs:
        expect(page.get_by_role("heading", name="Hazards that this opened")).to_be_visible()
        # the later one took the earlier's place
        expect(page.locator("section li")).to_have_count(1)


@pytest.mark.parametrize("script", [True, False])
def test_a_photo_is_added_where_a_report_was_sent_with_a_script_or_without(
    chromium, served, script
):
    """Here and not beside the reports of the round's file: a network sends five an hour."""
    context = visit(chromium, None, viewport=PHONE, java_script_enabled=script)
    page = context.new_page()
    page.goto(f"{served[0]}/report/{KEY}/hazard")
    page.locator("#r-kind").select_option("wiring")
    page.locator("#r-spot").fill("behind the market")
    page.locator("form.office button.primary").click()
    choose(page, "#r-photo", hostile.picture(), "wire.jpg")
    send = page.get_by_role("button", name="Add the photo")
    if script:
        context.set_offline(True)
        send.click()
        expect(page.locator("form.office .not-sent")).to_contain_text("there is no network")
        check(page, "a photo that was not sent")
        context.set_offline(False)
    send.click()
    expect(page.get_by_role("button", name="photo before 1")).to_be_visible()
    context.close()
