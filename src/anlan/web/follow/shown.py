"""A party's case put into plain words: public states, dates, roles and purposes, never a name."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.template.defaultfilters import filesizeformat
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from anlan.areas.oversight.rules import AUTHORITIES, BASES
from anlan.kernel.cases import queries
from anlan.kernel.cases.queries import DocumentRow, EventRow, Followed, LinkRow, OpenedWhen
from anlan.kernel.cases.rules.types import FieldKind
from anlan.kernel.cases.services import OpenedCase
from anlan.kernel.sealing.services import OpenedText
from anlan.web.cases.openers import purpose_words_to_party, role_words_to_party
from anlan.web.cases.shown import Words, done_label, due_moment, field_label, value_words
from anlan.web.shell.words import listed

#: who a party is and how it is reached: of each the newest holds, as for a notice
PARTICULARS = frozenset({"name", "contact", "address"})


def part_words() -> dict[str, str]:
    """Say what of a case was opened, to a party."""
    return {
        "own": _("your own words"),
        "joint": _("what all parties may read"),
        "document": _("a document"),
        "notes": _("the handlers' notes"),
    }


def followed(one: Followed, link: LinkRow, words: Words) -> dict[str, Any]:
    """Give what a party reads before anything is opened."""
    kind, case = words.type, one.case
    steps = _steps(queries.happened(link, one.facts), words)
    acts = [_act(each, link, words) for each in queries.own_acts(link, one.facts)]
    return {
        "title": capfirst(kind.label.in_language(words.language)),
        "number": case.id,
        "purpose": kind.purpose.in_language(words.language),
        "state": _public(case.state, words),
        # since when it reads so: two states that read the same are one, here as in the steps
        "since": words.local(steps[-1][1] if steps else case.state_since),
        "ended": case.ended_at is not None,
        "sealed": case.sealed_at is not None,
        "erase_on": "" if case.erase_on is None else case.erase_on.isoformat(),
        "left": one.left,
        "older_shut": one.older_shut,
        "dues": [
            {
                "label": _clock(code, words),
                "when": due_moment(due, words),
                "late": words.at >= due,
                "moves": moves,
                "right": _right(code, due, words),
            }
            for code, due, moves in one.dues
            if words.at < due or not _right(code, due, words)
        ],
        "last_act": acts[-1] if acts else None,
        "steps": _in_turn(steps, acts, words),
        "openings": [
            {
                "who": _("You, by this link")
                if each.own
                else role_words_to_party().get(each.role, _("A member of staff")),
                "what": listed(part_words()[part] for part in each.parts),
                "why": _why(each, words.language),
                "when": words.local(each.opened_at),
            }
            for each in one.openings
        ],
        "custodians": listed(one.custodians),
    }


def _why(one: OpenedWhen, language: str) -> str:
    """Say for what it was opened; for an authority also for which kind, and on which basis."""
    said = purpose_words_to_party().get(one.purpose, one.purpose)
    if not one.authority:
        return said
    lists = ((AUTHORITIES, one.authority), (BASES, one.basis))
    found = [c.label.in_language(language) for of, code in lists for c in of if c.code == code]
    return _("{why} ({what})").format(why=said, what=listed(found))


def _steps(states: Sequence[tuple[str, datetime]], words: Words) -> list[tuple[str, datetime]]:
    """Give where a case stood, in turn; several states that read the same are one line.

    Only the last is where it stands: what an earlier one asked for is asked no more.
    """
    lines: list[tuple[str, datetime]] = []
    for code, at in states:
        if not lines or _public(lines[-1][0], words) != _public(code, words):
            lines.append((code, at))
    earlier = [(_told(code, words), at) for code, at in lines[:-1]]
    return [*earlier, *((_public(code, words), at) for code, at in lines[-1:])]


def _act(one: EventRow, link: LinkRow, words: Words) -> dict[str, Any]:
    """Give one thing that the party did: what, to which version or with which answer, by whom."""
    fields = ((words.type.field(code), value) for code, value in one.values.items())
    said = [
        value_words(value, each.code, words)
        for each, value in fields
        if each is not None and (each.refers_to or each.kind is FieldKind.CHOICE)
    ]
    own = one.actor_ref == link.actor.staff_ref
    return {
        "at": one.at,
        "label": " · ".join([done_label(one.action, words), *said]),
        "when": words.local(one.at),
        "by": _("You, by this link") if own else _author(one.actor_ref, link, words),
    }


def _in_turn(
    steps: Sequence[tuple[str, datetime]], acts: Sequence[dict[str, Any]], words: Words
) -> list[dict[str, Any]]:
    """Give where a case stood and what the party did, in turn; an act before what it led to."""
    stood = [{"at": at, "label": said, "when": words.local(at)} for said, at in steps]
    return sorted([*acts, *stood], key=lambda each: each["at"])


def _public(code: str, words: Words) -> str:
    for state in words.type.states:
        if state.code == code:
            return state.public.in_language(words.language)
    return code


def _told(code: str, words: Words) -> str:
    found = next((one for one in words.type.states if one.code == code), None)
    return code if found is None else found.as_told.in_language(words.language)


def _clock(code: str, words: Words) -> str:
    clock = words.type.clock(code)
    return code if clock is None else clock.label.in_language(words.language)


def _right(code: str, due: datetime, words: Words) -> str:
    """Say until when the parties may do what is their right; "" of what is somebody's duty."""
    clock = words.type.clock(code)
    if clock is None or clock.own_label is None:
        return ""
    return clock.own_label.in_language(words.language).format(when=due_moment(due, words))


def spaces(
    opened: OpenedCase, link: LinkRow, words: Words, *, besides: Collection[str] = ()
) -> list[dict[str, Any]]:
    """Give the opened words: the party's own space first, then what all parties may read.

    `earlier` are a party's particulars that newer ones took the place of; what stands elsewhere
    on the page (`besides`, by id) isn't repeated.
    """
    found = []
    for name, texts in opened.spaces.items():
        # a document's name stands with its document
        rest = [one for one in texts if one.field != "document_name" and one.id not in besides]
        newest = {one.field: one for one in sorted(rest, key=lambda each: each.written_at)}
        holds = [one for one in rest if one.field not in PARTICULARS or one is newest[one.field]]
        found.append(
            {
                "title": _space_title(name, link),
                "texts": [_text(one, link, words) for one in holds],
                "earlier": [_text(one, link, words) for one in rest if one not in holds],
                "own": bool(name),
            }
        )
    return sorted(found, key=lambda each: not each["own"])


def _text(one: OpenedText, link: LinkRow, words: Words) -> dict[str, str]:
    return {
        "label": field_label(one.field, words),
        "text": one.text,
        "at": words.local(one.written_at),
        "by": _author(one.author_ref, link, words),
    }


def _space_title(name: str, link: LinkRow) -> str:
    if not name:
        return _("What all parties may read")
    if name == f"p{link.party}":
        return _("Your own words")
    return _("Words of the minor for whom you stand")


def _author(author_ref: str, link: LinkRow, words: Words) -> str:
    if author_ref == link.actor.staff_ref:
        return _("written by you, by this link")
    if author_ref.startswith("link:"):
        return words.name(author_ref)
    return _("written down by a member of staff")


def documents(
    rows: Sequence[DocumentRow], opened: OpenedCase | None, words: Words, *, link: LinkRow
) -> list[dict[str, Any]]:
    """Give the documents that a party may open; their names only once the words are open."""
    names = {
        text.id: text.text
        for texts in ({} if opened is None else opened.spaces).values()
        for text in texts
    }
    kinds = {one.code: one.label.in_language(words.language) for one in words.type.document_kinds}
    return [
        {
            "id": one.id,
            "kind": kinds.get(one.kind, one.kind),
            "name": names.get(str(one.name_text), ""),
            "number": one.number,
            "size": filesizeformat(one.size_bytes),
            "at": words.local(one.added_at)[:10],
            "by": _added_by(one, link, words),
        }
        for one in rows
    ]


def _added_by(one: DocumentRow, link: LinkRow, words: Words) -> str:
    """Say who added a document: a role, never a name."""
    if one.added_by == link.actor.staff_ref:
        return _("added by you, by this link")
    if one.added_by.startswith("link:"):
        return words.name(one.added_by)
    return role_words_to_party().get(one.by_role, _("A member of staff"))


def not_now() -> str:
    """Say that an action is not offered now."""
    return _("This can't be done now; look below at where your case stands.")


def attachment(name: str) -> str:
    """Give the header by which a browser saves a file under its name."""
    return f"attachment; filename=\"document\"; filename*=UTF-8''{quote(name)}"
