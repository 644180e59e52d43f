"""Opened words by space: whose they are, and which of several holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from anlan.kernel.cases.queries import EventRow
from anlan.kernel.cases.rules.types import CaseType
from anlan.kernel.cases.services import OpenedCase
from anlan.web.cases.shown import Words, field_label, opened_text


def spaces(
    opened: OpenedCase, words: Words, events: Sequence[EventRow] = ()
) -> list[dict[str, Any]]:
    """Give opened words by space: the common one, each party's, the handlers' notes last.

    Of a note that was written about a party, such as a talk with it, `events` tell which. Of words
    that a newer answer replaces they tell which holds, where there are several.
    """
    holds = _holding(opened, words.type, events)
    about = {text: one.party for one in events if one.party is not None for text in one.texts}
    found = []
    for name, texts in opened.spaces.items():
        party = int(name[1:]) if name[:1] == "p" else None
        found.append(
            {
                "kind": "case" if not name else "notes" if party is None else "party",
                "title": _space_title(name, party, words),
                "texts": [
                    {
                        "label": field_label(text.field, words),
                        "text": opened_text(text.field, text.text, words),
                        "at": words.local(text.written_at),
                        "by": words.name(text.author_ref),
                        "holds": holds.get(text.id),
                        "about": ""
                        if not name or party is not None
                        else words.parties.get(about.get(text.id, 0), ""),
                    }
                    for text in texts
                    if text.field != "document_name"  # stands with its document
                ],
            }
        )
    order = {"case": 0, "party": 1, "notes": 2}
    return sorted(found, key=lambda one: order[str(one["kind"])])


def _holding(opened: OpenedCase, kind: CaseType, events: Sequence[EventRow]) -> dict[str, bool]:
    """Say of each of several answers to one field whether it holds: the newest that was done."""
    order = {text: place for place, text in enumerate(t for one in events for t in one.texts)}
    several: dict[tuple[str, str], list[str]] = {}
    for name, texts in opened.spaces.items():
        for text in texts:
            field = kind.field(text.field)
            if field is not None and field.replaced and text.id in order:
                several.setdefault((name, text.field), []).append(text.id)
    return {
        each: each == max(ids, key=order.__getitem__)
        for ids in several.values()
        if len(ids) > 1
        for each in ids
    }


def _space_title(name: str, party: int | None, words: Words) -> str:
    if not name:
        return _("Common to all parties and handlers")
    if party is None:
        return _("Handlers' notes")
    title = words.parties.get(party, "")
    return _("{party}: its own space").format(party=title)


def names_of_parties(opened: OpenedCase | None) -> dict[int, str]:
    """Give the parties' names, where the case was opened."""
    found: dict[int, str] = {}
    for name, texts in ({} if opened is None else opened.spaces).items():
        for text in texts:
            if name[:1] == "p" and text.field == "name":
                found[int(name[1:])] = text.text
    return found
