"""Documents on a case's page in a real browser: added by keyboard, opened as a download."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.accessibility import check
from tests.browser.conftest import PHONE, WIDE
from tests.browser.test_cases import CaseSite, case_site, open_page, sign_in
from tests.unit.gateways import hostile

__all__ = ["case_site", "open_page", "sign_in"]
pytestmark = pytest.mark.browser
SAID = {"en": "Add a document", "zh-hans": "添加文件"}


def add(page: Page, name: str, data: bytes) -> None:
    """Add a file as a person does: open the form, choose, send."""
    page.locator("#add-document > summary").focus()
    page.keyboard.press("Enter")
    file = {"name": name, "mimeType": "image/png", "buffer": data}
    page.locator("#document-file").set_input_files([file])
    for field in ("kind", "space"):  # a choice that must be made
        box = page.locator(f"#document-{field}")
        if not box.input_value():
            box.select_option(index=1)
    page.locator("#add-document button.primary").focus()
    with page.expect_navigation():  # an earlier document may stand there already
        page.keyboard.press("Enter")


@pytest.mark.parametrize(
    ("lang", "theme", "size"), [("en", "light", WIDE), ("zh-hans", "dark", PHONE)], ids=["en", "zh"]
)
def test_a_picture_is_added_listed_and_handed_out_without_where_it_was_taken(
    open_page: Callable[..., Page],
    case_site: CaseSite,
    tmp_path: Path,
    lang: str,
    theme: str,
    size: Any,
) -> None:
    case = case_site.case("mediation")
    page = open_page("mediator-1", case, lang=lang, theme=theme, size=size)
    expect(page.locator("#add-document > summary")).to_have_text(SAID[lang])
    add(page, "现场.png", hostile.picture())
    row = page.locator(".case-documents li").last
    expect(row).to_contain_text("JPG")
    page.locator("#add-document").evaluate("e => { e.open = true; }")
    check(page, "a case with a document")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= size["width"]
    page.locator(".case-documents").screenshot(path=str(tmp_path / "documents.png"))
    page.locator("#add-document").evaluate("e => { e.open = false; }")
    with page.expect_download() as waiting:
        row.locator("form.row button").click()
    saved = tmp_path / "saved.jpg"
    waiting.value.save_as(saved)
    data = saved.read_bytes()
    assert data.startswith(b"\xff\xd8\xff")
    assert b"Exif" not in data
    assert hostile.SECRET.encode() not in data
    page.locator("#add-document > summary").click()
    page.locator("#document-kind").select_option("identity")
    page.locator("#add-document > summary").click()
    add(page, "page.png", b"<svg onload='x()'/>")
    expect(page.locator("#document-file-fault")).to_be_visible()
    expect(page.locator("#document-file")).to_be_focused()
    expect(page.locator("#document-kind")).to_have_value("identity")
    expect(page.locator(".case-head")).to_be_visible()
    check(page, "a file that was not taken")
    page.screenshot(path=str(tmp_path / "fault.png"))


@pytest.mark.parametrize(("lang", "said"), [("en", "too large"), ("zh-hans", "文件过大")])
def test_a_file_that_is_too_large_is_said_before_it_travels(
    open_page: Callable[..., Page], case_site: CaseSite, tmp_path: Path, lang: str, said: str
) -> None:
    page = open_page("mediator-1", case_site.case("mediation"), lang=lang)
    large = tmp_path / "large.pdf"
    large.write_bytes(b"%PDF-1.4\n" + b"0" * 20_000_001)
    page.locator("#add-document > summary").click()
    file = page.locator("#document-file")
    file.set_input_files(large)
    assert said in file.evaluate("e => e.validationMessage")
    file.set_input_files([{"name": "a.txt", "mimeType": "text/plain", "buffer": b"small"}])
    assert file.evaluate("e => e.validationMessage") == ""
