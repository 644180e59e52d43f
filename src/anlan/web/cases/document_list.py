"""Documents of a case, and nothing opened: what its page lists, and the form that adds one."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from anlan.kernel.cases import queries
from anlan.kernel.cases.queries import CaseRow, DocumentRow
from anlan.kernel.cases.rules import documents as rules
from anlan.kernel.cases.rules.acting import is_in_it
from anlan.kernel.cases.rules.facts import CaseFacts
from anlan.kernel.cases.rules.types import CaseType
from anlan.kernel.cases.services import OpenedCase
from anlan.web.cases import shown
from anlan.web.cases.entering import Entered
from anlan.web.cases.openers import role_words
from anlan.web.cases.shown import Words


@dataclass(frozen=True, slots=True)
class SentDocument:
    """An upload that was refused: the sentence, the field it is about, and what was chosen.

    A browser gives the chosen file itself never back.
    """

    sentence: str
    field: str = "file"
    kind: str = ""
    space: str = ""


def documents_shown(
    entered: Entered,
    kind: CaseType,
    row: CaseRow,
    *,
    facts: CaseFacts,
    opened: OpenedCase | None,
    words: Words,
    purposes: Sequence[tuple[str, str]],
    sent: SentDocument | None = None,
) -> dict[str, Any] | None:
    """Give what `cases/documents.html` draws; None for a type without documents.

    Names stand there only on a page whose words were opened.
    """
    if not kind.document_kinds:
        return None
    found = queries.documents_of(row.id, town_key=entered.town.key, actor=entered.actor)
    names = _names_in(opened)
    in_it = is_in_it(facts, entered.actor)
    choices = _spaces(facts, words, notes=in_it)
    refusal = rules.why_not_add(kind, facts, entered.actor)
    return {
        "rows": [
            _line(one, kind, words, name=names.get(one.name_text, ""))
            | {"mine": in_it or one.added_by == entered.actor.staff_ref}
            for one in found
        ],
        "kinds": [(one.code, one.label.in_language(words.language)) for one in kind.document_kinds],
        "spaces": choices,
        "reasons": [
            (one.code, one.label.in_language(words.language)) for one in rules.REMOVAL_REASONS
        ],
        "purposes": purposes,
        "refusal": shown.refusal_sentence(refusal),
        "may_remove": facts.state not in kind.ends,
        "most_mb": settings.ANLAN_UPLOAD_MB,
        "accept": ",".join(rules.ENDINGS),
        "client_key": str(uuid.uuid4()),
        "sent": sent,
    }


def _names_in(opened: OpenedCase | None) -> dict[str, str]:
    spaces: Mapping[str, Any] = {} if opened is None else opened.spaces
    return {text.id: text.text for texts in spaces.values() for text in texts}


def _line(one: DocumentRow, kind: CaseType, words: Words, *, name: str) -> dict[str, Any]:
    labels = {each.code: each.label.in_language(words.language) for each in kind.document_kinds}
    party = int(one.space[1:]) if one.space[:1] == "p" else None
    return {
        "id": one.id,
        "shut": one.shut,
        "number": one.number,
        "kind": labels.get(one.kind, one.kind),
        "name": name,
        "space": _space_words(one.space, party, words),
        "form": rules.ENDINGS.get(one.media_type, "").lstrip(".").upper(),
        "size": filesizeformat(one.size_bytes),
        "at": words.local(one.added_at),
        "by": words.name(one.added_by),
        "role": role_words().get(one.by_role, ""),
        "scanned": one.scan == "clean",
    }


def _spaces(facts: CaseFacts, words: Words, *, notes: bool) -> list[tuple[str, str]]:
    """Give where a document may be put: parties' parts first; what all read can't be unread."""
    found = [
        (f"p{one.number}", _space_words(f"p{one.number}", one.number, words))
        for one in facts.parties
        if not one.left
    ]
    found.append(("case", _space_words("", None, words)))
    return [*found, ("notes", _space_words("notes", None, words))] if notes else found


def _space_words(space: str, party: int | None, words: Words) -> str:
    if party is not None:
        return words.parties.get(party, space)
    return _("the handlers' notes") if space == "notes" else _("for all parties")
