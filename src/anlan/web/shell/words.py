"""Words of the front end: one mechanism for both, Django's catalogue.

`BOARD_WORDS` is written by `tools/compile_messages.py --collect` from the t("…") calls in
frontend/src; a test compares. The page carries their translations in its one JSON block.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import get_language, gettext

from anlan.web.shell.board_words import BOARD_WORDS


def page_words() -> dict[str, str]:
    """Give each word of the front end in the reader's language; empty for English."""
    if (get_language() or "en").startswith("en"):
        return {}
    return {word: gettext(word) for word in BOARD_WORDS}


def listed(names: Iterable[object]) -> str:
    """Give these names as a list in a sentence, with the comma of the reader's language.

    Names that hold such a comma themselves are parted by semicolons.
    """
    said, comma = [str(one) for one in names], gettext(", ")
    return (gettext("; ") if any(comma in one for one in said) else comma).join(said)
