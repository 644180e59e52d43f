"""What a party's own link opens, before and after its case was sealed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from anlan.kernel.sealing import ciphers, rules
from anlan.kernel.sealing.custody import wraps
from anlan.kernel.sealing.entering import enter_opening
from anlan.kernel.sealing.models import (
    CaseKey,
    Opening,
    SealedText,
)
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.sealing.services import (
    OpenedText,
    in_reading_order,
    is_sealed,
    unwrap_living,
)
from anlan.kernel.values import Actor

_COVERED_BY_ONE_OPENING = timedelta(hours=12)


def open_for_link(
    case_ref: str,
    *,
    town: str,
    actor: Actor,
    spaces: tuple[str, ...],
    identity: str,
    at: datetime,
    recorded_at: datetime,
    parts: tuple[str, ...] = (),
) -> tuple[OpenedText, ...]:
    """Open the texts that are a party's own to read, before and after the case was sealed.

    `actor` is the link; `identity` its age secret key, which its token gave. One entry covers half
    a day, part by part, of the texts that were there: a newer one, written by others, is entered
    anew. What was sealed before the link was made does not open by it. `parts` says closer what is
    taken where it is less than the spaces ("document:12").
    """
    if not actor.staff_ref.startswith("link:"):
        raise ValueError("By a link, only the link itself opens.")
    if any(each != case_ref and not each.startswith(f"{case_ref}:") for each in spaces):
        raise ValueError("One case at a time: this space belongs to another.")
    rows = CaseKey.objects.filter(case_ref__in=spaces).prefetch_related("texts", "wraps")
    keys = [(row, _key_for_link(row, holder=actor.staff_ref, identity=identity)) for row in rows]
    open_to_it = [(row, key) for row, key in keys if key is not None]
    if keys and not open_to_it:
        raise is_sealed()
    texts = [text for row, _key in open_to_it for text in row.texts.all()]
    parts = parts or rules.parts_of(case_ref, spaces)
    if not _covered(case_ref, actor, texts, parts=parts, now=recorded_at):
        fields = sorted({text.field for text in texts})
        enter_opening(
            case_ref,
            fields,
            parts=parts,
            town=town,
            actor=actor,
            role=rules.PARTY,
            purpose=Purpose.OWN_REQUEST,
            blocks=False,
            at=at,
            recorded_at=recorded_at,
        )
    opened = [_opened(row, key, text) for row, key in open_to_it for text in row.texts.all()]
    return in_reading_order(opened)


def key_for_link(case_key_id: int, *, actor: Actor, identity: str) -> bytes:
    """Give a space's key to a link's own request for a document; its opening was entered before."""
    row = CaseKey.objects.prefetch_related("wraps").get(pk=case_key_id)
    key = _key_for_link(row, holder=actor.staff_ref, identity=identity)
    if key is None:
        raise is_sealed()
    return key


def _key_for_link(row: CaseKey, *, holder: str, identity: str) -> bytes | None:
    if row.wrapped is not None:
        return unwrap_living(row)
    return _by_link(row, holder, identity)


def _by_link(row: CaseKey, holder: str, identity: str) -> bytes | None:
    wrap = next((each for each in row.wraps.all() if each.holder == holder), None)
    held = None if wrap is None else wraps.peel(bytes(wrap.wrapped), identity)
    return None if held is None else wraps.key_of(held, case_ref=row.case_ref)


def _opened(row: CaseKey, key: bytes, text: SealedText) -> OpenedText:
    place = ciphers.text_place(row.case_ref, text.field, text.pk)
    plain = ciphers.decrypt(key, bytes(text.cipher), bound_to=place).decode()
    return OpenedText(
        text.field, plain, text.written_at, text.author_ref, row.case_ref, str(text.pk)
    )


def _covered(
    case_ref: str,
    actor: Actor,
    texts: Sequence[SealedText],
    *,
    parts: tuple[str, ...],
    now: datetime,
) -> bool:
    """Say whether earlier openings stand for this one: of late, of its parts, nothing new since."""
    earlier = Opening.objects.filter(
        case_ref=case_ref,
        actor_ref=actor.staff_ref,
        recorded_at__gt=now - _COVERED_BY_ONE_OPENING,
    )
    last: dict[str, datetime] = {}
    for at, noted in earlier.order_by("opened_at").values_list("opened_at", "parts"):
        last |= dict.fromkeys(noted, at)
    if not last.keys() >= set(parts):
        return False
    since = min(last[part] for part in parts)
    own = actor.staff_ref
    return not any(text.written_at > since and text.author_ref != own for text in texts)
