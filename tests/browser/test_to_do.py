"""What is to be done: found, read and said to be done by keyboard, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.accessibility import check
from tests.browser.conftest import WIDE
from tests.browser.test_cases import (  # noqa: F401
    IDS,
    LOOKS,
    CaseSite,
    case_site,
    open_page,
    sign_in,
    tab_to,
)

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("lang", "theme", "size"), LOOKS, ids=IDS)
def test_the_list_of_what_is_to_be_done_is_read_by_anyone(
    open_page: Callable[..., Page],  # noqa: F811
    lang: str,
    theme: str,
    size: Any,
) -> None:
    page = open_page("mediator-1", "to-do", lang=lang, theme=theme, size=size)
    tasks = page.locator("section[aria-labelledby='tasks'] tbody tr")
    expect(tasks).to_have_count(2)
    expect(tasks.first).to_contain_text("overdue" if lang == "en" else "逾期")
    check(page, "what is to be done")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= size["width"]
    tasks.locator("a").first.click()
    expect(page.locator("#to-do")).to_be_in_viewport()
    check(page, "a case with something to do")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= size["width"]


def test_telling_a_party_is_said_to_be_done_by_keyboard_alone(
    open_page: Callable[..., Page],  # noqa: F811
    case_site: CaseSite,  # noqa: F811
) -> None:
    page = open_page("mediator-2", "cases/mediation?mine=1", size=WIDE)  # the list is another's
    tab_to(page, ".case-to-do a")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("To do")
    tab_to(page, ".case-table tbody tr:nth-child(2) a")
    page.keyboard.press("Enter")
    expect(page.locator(".case-tasks li")).to_have_count(2)
    tab_to(page, ".case-tasks form button")
    page.keyboard.press("Enter")
    expect(page.locator(".case-said")).to_contain_text("A party was told another way")
    expect(page.locator(".case-tasks li")).to_have_count(1)
