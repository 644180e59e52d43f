"""Sign-in and the pages around the board: accessible, in both languages and themes."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from tests.browser.accessibility import check
from tests.browser.conftest import PHONE, WIDE, Site

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("lang", "theme", "size"),
    [("en", "light", WIDE), ("zh-hans", "dark", WIDE), ("zh-hans", "light", PHONE)],
    ids=["en-light", "zh-dark", "zh-light-phone"],
)
def test_sign_in_and_what_is_never_stored(
    chromium: Browser, site: Site, lang: str, theme: str, size: Any
) -> None:
    context = chromium.new_context(viewport=size, color_scheme=theme)
    cookie = {"name": "django_language", "value": lang, "domain": "127.0.0.1", "path": "/"}
    context.add_cookies([cookie])
    page = context.new_page()
    page.goto(site.board)
    check(page, "sign-in")
    page.locator("#id_login").fill("nobody-here")
    page.locator("#id_password").fill("not the password")
    page.locator("form.stack button").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    check(page, "sign-in refused")
    page.locator("#display-menu summary").click()
    check(page, "display menu")
    page.goto(f"{site.address}/privacy/")
    check(page, "what is never stored")
    expect(page.locator("html")).to_have_attribute("lang", lang)
    page.goto(f"{site.address}/towns/nowhere/board")
    check(page, "an address that holds nothing")
    context.close()


def test_language_and_theme_are_chosen_on_the_page(chromium: Browser, site: Site) -> None:
    context = chromium.new_context(color_scheme="light")
    page = context.new_page()
    page.goto(f"{site.address}/privacy/")
    page.locator("#display-menu summary").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.locator("#display-menu summary").click()
    page.get_by_role("button", name="简体中文").click()
    expect(page.get_by_role("heading", name="我们会问什么，绝不保存什么")).to_be_visible()
    context.close()
