"""What a party's own link opens, before and after its case was sealed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from anlan.kernel.sealing import rules
from anlan.kernel.sealing.custody import wraps
from anlan.kernel.sealing.entering import Door, Gate, Opens, enter_opening
from anlan.kernel.sealing.models import (
    CaseKey,
    Opening,
    SealedText,
)
from anlan.kernel.sealing.opened import OpenedText, decrypt_texts
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.sealing.services import (
    is_sealed,
    unwrap_living,
)
from anlan.kernel.values import Actor


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
    version: int,
    gate: Gate = None,
) -> tuple[OpenedText, ...]:
    """Open the texts that are a party's own to read, before and after the case was sealed.

    `actor` is the link; `identity` its age secret key, which its token gave. One entry covers half
    a day, part by part, of the texts that were there: a newer one, written by others, is entered
    anew. What was there the case's `version` says, as it stood when it was looked up, and no clock.
    What was sealed before the link was made does not open by it. `parts` says closer what is taken
    where it is less than the spaces ("document:12"); `gate` is what the caller asked before.
    """
    if not actor.staff_ref.startswith("link:"):
        raise ValueError("By a link, only the link itself opens.")
    if any(each != case_ref and not each.startswith(f"{case_ref}:") for each in spaces):
        raise ValueError("One case at a time: this space belongs to another.")
    opens = Opens(
        case_ref,
        parts or rules.parts_of(case_ref, spaces),
        town=town,
        actor=actor,
        role=rules.PARTY,
        purpose=Purpose.OWN_REQUEST,
        at=at,
        recorded_at=recorded_at,
        version=version,
    )
    look = partial(_look, spaces, holder=actor.staff_ref, identity=identity)
    keys = look().behind
    if not _covered(opens, [text for row, _key in keys for text in row.texts.all()]):
        keys = enter_opening(opens, look, gate=gate)
    return decrypt_texts(keys)


def _look(
    spaces: Sequence[str], *, holder: str, identity: str
) -> Door[list[tuple[CaseKey, bytes]]]:
    rows = CaseKey.objects.filter(case_ref__in=spaces).prefetch_related("texts", "wraps")
    keys = [(row, _key_for_link(row, holder=holder, identity=identity)) for row in rows]
    open_to_it = [(row, key) for row, key in keys if key is not None]
    if keys and not open_to_it:
        raise is_sealed()
    fields = sorted({text.field for row, _key in open_to_it for text in row.texts.all()})
    return Door(fields, open_to_it)


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


def _covered(opens: Opens, texts: Sequence[SealedText]) -> bool:
    """Say whether earlier openings stand for this one: of late, of its parts, nothing new since."""
    own = opens.actor.staff_ref
    earlier = Opening.objects.filter(
        case_ref=opens.case_ref,
        actor_ref=own,
        recorded_at__gt=opens.recorded_at - rules.STANDS_FOR,
        version__isnull=False,
    )
    last: dict[str, int] = {}
    for version, noted in earlier.order_by("version").values_list("version", "parts"):
        last |= dict.fromkeys(noted, version or 0)
    if not last.keys() >= set(opens.parts):
        return False
    since = min(last[part] for part in opens.parts)
    return not any((text.version or 0) > since and text.author_ref != own for text in texts)
