"""A recheck with its photo, and the photos of before and after, opened beside each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext as _

from anlan.areas.hazards.rules.guards import order_stands
from anlan.areas.hazards.rules.hazard import CODE
from anlan.kernel.cases import queries
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.queries import DocumentRow
from anlan.kernel.cases.rules.facts import Asked, CaseFacts
from anlan.kernel.cases.rules.types import Space
from anlan.kernel.cases.services import Done, OpenedDocument
from anlan.kernel.cases.services.words import in_words
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.values import Actor, BadInput, Refused

PASSED, FAILED, STILL_STOPPED = "recheck_passed", "recheck_failed", "still_stopped"
PICTURES = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"}
MOST_SHOWN = 4  # of before, and of after: the latest
MOST_BYTES = 12_000_000  # of all that one page shows; the rest is handed out one by one


@dataclass(frozen=True, slots=True)
class Photos:
    """What shows a hazard before it was fixed and after; `left_out` is how many are not here."""

    before: tuple[OpenedDocument, ...]
    after: tuple[OpenedDocument, ...]
    left_out: int


@in_words
def record_recheck(
    case_id: int,
    *,
    passed: bool,
    asked: Asked,
    photo: bytes | None = None,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> Done:
    """Keep a recheck with its photo: of afterwards where it is fixed, else of how it still is.

    Nothing is kept of who may not recheck. Should what was answered be refused once the photo is
    in, the photo stays; the same form sent again, or one without a photo, ends it.
    """
    facts = queries.facts_of(case_id, town_key=town_key, actor=actor, at=at)
    action = PASSED if passed else FAILED
    if action == FAILED and not order_stands(facts):
        action = STILL_STOPPED  # there is no order whose day could be set anew
        values = {code: value for code, value in asked.values.items() if code != "remedy_by"}
        asked = replace(asked, values=values)
    if photo is not None:
        _check_possible(facts, action, actor=actor)
        if not photo.startswith(tuple(PICTURES.values())):
            raise BadInput(_("Choose a picture: JPEG or PNG."))
        cases.add_document(
            case_id,
            data=photo,
            name=f"{action}.jpg",
            kind="after" if passed else "before",
            space=Space.CASE,
            town_key=town_key,
            actor=actor,
            at=at,
            recorded_at=recorded_at,
            client_key=None if client_key is None else f"{client_key[:57]}.photo",
        )
    return cases.apply(
        case_id,
        action,
        asked=asked,
        town_key=town_key,
        actor=actor,
        at=at,
        recorded_at=recorded_at,
        client_key=client_key,
    )


def _check_possible(facts: CaseFacts, action: str, *, actor: Actor) -> None:
    """Refuse before a photo is kept; a photo that came before the line broke is let through."""
    if facts.type != CODE:
        raise BadInput(_("This case is no hazard."))
    offered = {one.action.code: one.refusal for one in queries.offered(facts, actor=actor)}
    refusal = offered.get(action)
    if action not in offered:
        raise Refused(_("Your role may not do this in a case of this kind."), code="role_missing")
    done_by_me = facts.last_done_by.get(action) == actor.staff_ref
    if refusal is not None and not (refusal.code == "wrong_state" and done_by_me):
        raise refusal


def open_photos(
    case_id: int,
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
) -> Photos:
    """Open the latest photos of before and after for who handles the case or works on it too.

    Through the one door, as all that is opened; one opening for handling covers them.
    """
    found = [
        one
        for one in queries.documents_of(case_id, town_key=town_key, actor=actor)
        if one.media_type in PICTURES and one.kind in ("before", "after") and not one.shut
    ]
    shown = _latest(found)
    if not shown:
        return Photos((), (), len(found))
    opened = {
        one.id: one
        for one in cases.open_documents(
            [one.id for one in shown],
            purpose=Purpose.HANDLING,
            town_key=town_key,
            actor=actor,
            at=at,
            recorded_at=recorded_at,
        )
    }
    of = {
        kind: tuple(opened[one.id] for one in shown if one.kind == kind)
        for kind in ("before", "after")
    }
    return Photos(of["before"], of["after"], len(found) - len(shown))


def _latest(found: Iterable[DocumentRow]) -> list[DocumentRow]:
    """Give the latest of each kind as far as they fit on one page, oldest first."""
    kept: list[DocumentRow] = []
    for one in sorted(found, key=lambda row: -row.id):
        of_kind = sum(each.kind == one.kind for each in kept)
        in_all = sum(each.size_bytes for each in kept)
        if of_kind < MOST_SHOWN and in_all + one.size_bytes <= MOST_BYTES:
            kept.append(one)
    return sorted(kept, key=lambda row: row.id)
