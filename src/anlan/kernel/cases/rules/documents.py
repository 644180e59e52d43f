"""Who may add and remove a case's documents, and what a document's name may be. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from anlan.kernel.cases.rules.acting import is_in_it, may_link
from anlan.kernel.cases.rules.facts import CaseFacts
from anlan.kernel.cases.rules.types import CaseType, Choice, Space
from anlan.kernel.places.catalogue import Label
from anlan.kernel.values import Actor, Refused, RuleForbids, RuleSays, gettext_noop

MOST_OF_CASE = 200
MOST_BY_LINK = 20
LONGEST_NAME = 120
ENDINGS: Mapping[str, str] = {
    "application/pdf": ".pdf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "text/plain": ".txt",
}
REMOVAL_REASONS = (
    Choice("wrong_file", Label(en="a wrong file", zh="文件有误")),
    Choice("not_needed", Label(en="it is not needed", zh="不再需要")),
    Choice("party_asked", Label(en="the party asked for it", zh="当事人要求")),
)


def check_may_add(
    kind: CaseType,
    facts: CaseFacts,
    actor: Actor,
    *,
    space: Space,
    party: int | None,
) -> None:
    """Raise the sentence that says why this actor can't add a document to this space now.

    A party adds to its own space alone: what all may read there, a handler decides.
    """
    check_open_case(kind, facts)
    if actor.staff_ref.startswith("link:"):
        _check_party_adds(kind, facts, space=space, party=party)
    elif not actor.has(*kind.document_roles):
        raise RuleForbids(
            gettext_noop("Your role may not do this in a case of this kind."), code="role_missing"
        )
    elif kind.document_guard is not None:
        kind.document_guard(facts, actor)
    if space is Space.NOTES and not is_in_it(facts, actor):
        raise RuleForbids(
            gettext_noop("The notes are for who handles the case alone."), code="not_handler"
        )


def _check_party_adds(kind: CaseType, facts: CaseFacts, *, space: Space, party: int | None) -> None:
    own = facts.party(party)
    if space is not Space.PARTY or own is None:
        raise RuleForbids(
            gettext_noop("You add documents to your own part of the case."), code="not_yours"
        )
    if own.left:
        raise RuleSays(gettext_noop("You have left this case."), code="party_left")
    not_yet = may_link(kind, facts, party)
    if not_yet is not None:
        raise not_yet
    if not kind.party_document_kinds:
        raise no_such_kind()


def no_such_kind() -> RuleSays:
    """Give the refusal of a document of a kind that this actor doesn't add."""
    return RuleSays(gettext_noop("You add no documents of this kind."), code="not_yours")


def why_not_add(
    kind: CaseType, facts: CaseFacts, actor: Actor, *, party: int | None = None
) -> Refused | None:
    """Give why an actor adds no document to a case now, None when it can."""
    try:
        check_may_add(kind, facts, actor, space=Space.PARTY, party=party)
    except Refused as said:
        return said
    return None


def check_may_remove(kind: CaseType, facts: CaseFacts, actor: Actor, *, added_by: str) -> None:
    """Raise unless this actor added the document or handles the case."""
    check_open_case(kind, facts)
    if actor.staff_ref != added_by and not is_in_it(facts, actor):
        raise RuleForbids(
            gettext_noop("Who added a document, or handles the case, removes it."),
            code="not_handler",
        )


def check_open_case(kind: CaseType, facts: CaseFacts) -> None:
    """Raise when the case has ended: what is kept of it then stays as it is."""
    if facts.state in kind.ends:
        raise RuleSays(gettext_noop("This case has ended; reopen it first."), code="case_ended")


def tidy_name(name: str) -> str:
    """Give a file's name as words: no folders, no control or turning signs, not too long.

    It is shown and sealed, and never names a file on the server.
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(
        sign if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Zl", "Zp") else " "
        for sign in last
    )
    return " ".join(kept.split()).strip(". ")[:LONGEST_NAME] or "document"


def saved_name(name: str, media_type: str) -> str:
    """Give the name under which a document is handed out: its ending is its content's."""
    stem, dot, ending = name.rpartition(".")
    bare = stem if dot and len(ending) <= 5 and stem else name
    return bare + ENDINGS.get(media_type, "")
