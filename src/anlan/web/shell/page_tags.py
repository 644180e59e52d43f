"""Template tags: the one JSON block that a page's script reads, lists of names, choices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html_join, json_script
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from anlan.web.shell.drafts import page_data
from anlan.web.shell.words import listed

BLOCK = "anlan-page"
#: what scripts of pages for anybody may say; the whole catalogue would be as long as such a page
PUBLIC_WORDS = (
    "Not sent: there is no network. Everything stays here; send it again.",
    "Not sent: your session has ended. Everything stays here: "
    "sign in in another tab, then send it again.",
    "Sign in",
    "What you typed here before is back.",
    "This file is too large: at most {most} MB.",
    "Copied.",
    "It couldn't be copied; choose the text of the link.",
    "Remove the point",
    "Your point can't be read here. Allow it in the browser, or describe the place in words.",
)
register = template.Library()
register.filter("listed", listed)


@register.simple_tag(takes_context=True)
def staff_page_data(context: Context) -> SafeString:
    """Give the block of a town's page for staff: its script then loses no word typed there.

    A page that a browser keeps for a round brings its own as `page`, which holds no key.
    """
    if own := context.get("page"):
        return json_script(own, BLOCK)
    request, town = context.get("request"), context.get("town")
    if request is None or town is None or not request.user.is_authenticated:
        return SafeString("")
    return json_script(page_data(request, town.key), BLOCK)


@register.simple_tag
def public_page_data() -> SafeString:
    """Give the block of a page for anybody: no town and no key, so no session begins by it."""
    words = {word: gettext(word) for word in PUBLIC_WORDS}
    return json_script({"lang": get_language(), "words": words}, BLOCK)


@register.simple_tag(takes_context=True)
def options(context: Context, words: Mapping[str, str], chosen: str = "") -> SafeString:
    """Give a select's options by code, one chosen; a list draws the same ones line after line."""
    kept: Any = context.render_context  # no longer than this page is drawn
    drawn: dict[tuple[int, str], SafeString] = kept.setdefault("options", {})
    known = id(words), chosen
    if known not in drawn:
        marked = {code: SafeString(" selected") if code == chosen else "" for code in words}
        drawn[known] = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((code, marked[code], word) for code, word in words.items()),
        )
    return drawn[known]
