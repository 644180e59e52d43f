"""Sealing texts under their case's own key, and the one door through which they are opened."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from django.db import IntegrityError
from django.utils.translation import gettext as _

from anlan.kernel.ledger.rules import FIELD_PATTERN, REFERENCE_PATTERN, check_word
from anlan.kernel.sealing import ciphers, rules
from anlan.kernel.sealing.entering import Door, Gate, Opens, check_writing, enter_opening
from anlan.kernel.sealing.held_keys import service_keys
from anlan.kernel.sealing.models import CaseKey, Opening, SealedText
from anlan.kernel.sealing.opened import OpenedText, decrypt_texts
from anlan.kernel.sealing.personal_fields import OF_EVERY_CASE, SEALED_FIELDS
from anlan.kernel.sealing.rules import AskedBy, Purpose, Standing
from anlan.kernel.values import Actor, BadInput, Refused

MAX_TEXT_BYTES = 100_000

StandingOf = Callable[[str], Standing | None]
_case_kinds: dict[str, StandingOf] = {}


@dataclass(frozen=True, slots=True)
class SealedRef:
    """A sealed text's id and its ciphertext, whose hash goes into the ledger."""

    id: str
    cipher: bytes
    cipher_hash: str


def register_case_kind(kind: str, *, standing_of: StandingOf) -> None:
    """Let an area answer for its cases: `standing_of("incident:12")` gives town and liveness.

    Called once from the area's AppConfig.ready. Without it no case of that kind opens.
    """
    _case_kinds[kind] = standing_of


def standing_of(case_ref: str) -> Standing | None:
    """Give what the area says about its case, None where it is unknown."""
    answers = _case_kinds.get(case_ref.partition(":")[0])
    return None if answers is None else answers(case_ref)


def seal(
    case_ref: str,
    field: str,
    text: str,
    *,
    actor: Actor,
    at: datetime,
    version: int | None = None,
) -> SealedRef:
    """Seal one text under its case's key, making that key at first use.

    `version` is the case's from which on the text stands: whoever opened an earlier one did not
    read it, whatever the clocks said.
    Must run inside `ledger.services.write`; pass `cipher` of the answer to `write.record`.
    """
    check_writing()
    check_word(REFERENCE_PATTERN, case_ref, what="case reference")
    check_word(FIELD_PATTERN, field, what="field name")
    fields = SEALED_FIELDS.get(case_ref.partition(":")[0])
    if fields is None or field not in fields | OF_EVERY_CASE:
        raise ValueError(f"{field} is missing in kernel/sealing/personal_fields.py.")
    plain = text.encode()
    if len(plain) > MAX_TEXT_BYTES:
        raise Refused("This text is too long; shorten it.", code="text_too_long")
    row, key = _living_key(case_ref, at=at)
    text_id = uuid.uuid4()
    cipher = ciphers.encrypt(key, plain, bound_to=ciphers.text_place(case_ref, field, text_id))
    SealedText.objects.create(
        id=text_id,
        key=row,
        field=field,
        cipher=cipher,
        written_at=at,
        author_ref=actor.staff_ref,
        version=version,
    )
    return SealedRef(id=str(text_id), cipher=cipher, cipher_hash=ciphers.hash_of(cipher))


def open_one(
    case_ref: str,
    *,
    town: str,
    actor: Actor,
    purpose: Purpose,
    at: datetime,
    recorded_at: datetime,
    spaces: tuple[str, ...] = (),
    parts: tuple[str, ...] = (),
    granted: bool = False,
    decides: bool = False,
    shown_from: datetime | None = None,
    asked_by: AskedBy | None = None,
    version: int | None = None,
    gate: Gate = None,
) -> tuple[OpenedText, ...]:
    """Open one case's sealed texts for a named person and purpose, oldest first.

    `spaces` are the references of the case's spaces that this person may read ("mediation:12",
    "mediation:12:p1"), each under a key of its own; without it the case has one space, its own.

    The opening notes which spaces; `parts` says it closer where less is taken ("document:12").

    `granted` says that a disclosure of this case was granted, which the area of oversight alone
    passes; `decides` that something waits in it for this actor as its second person, which the
    case kernel alone passes.

    `version` is the case's as it stood when it was looked up: what is changed from then on was not
    read by this opening, whenever that was committed. `gate` is what the caller asked before.

    With `shown_from` the party's link shows the opening from then on, since a law forbids it
    before; the ledger has it at once. `asked_by` is for which authority, as the party reads it.

    Writes an Opening and a ledger entry before anything is decrypted; for a live incident once per
    person, incident and shift, and what is added meanwhile is covered. Handling is covered for half
    a day, part by part, so that a new part alone is noted; what one `decides` on, as it stands.
    Going past the hour's budget is entered for the supervisor, and blocks all but handling what is
    open, and whatever purpose there is in an open incident.
    """
    check_word(REFERENCE_PATTERN, case_ref, what="case reference")
    refs = _spaces_of(case_ref, spaces)
    opens = Opens(
        case_ref,
        parts or rules.parts_of(case_ref, refs),
        town=town,
        actor=actor,
        role=rules.role_shown(actor, purpose),
        purpose=purpose,
        at=at,
        recorded_at=recorded_at,
        shown_from=shown_from,
        version=version,
        asked_by=asked_by,
    )
    look = partial(_look, opens, refs, granted=granted, decides=decides)
    uncovered = partial(_uncovered, opens, as_it_stands=decides)
    return decrypt_texts(_openable(_enter_uncovered(uncovered, opens, look, gate)))


def _look(
    opens: Opens, refs: Sequence[str], *, granted: bool, decides: bool
) -> Door[list[CaseKey]]:
    """Give the keys of some spaces, or raise the sentence that says why they don't open."""
    standing = rules.check_open(
        opens.actor,
        purpose=opens.purpose,
        town=opens.town,
        standing=standing_of(opens.case_ref),
        granted=granted,
        decides=decides,
    )
    keys = list(CaseKey.objects.filter(case_ref__in=refs).prefetch_related("texts").order_by("id"))
    _check_openable(keys)
    fields = sorted({text.field for row in keys for text in row.texts.all()})
    return Door(fields, keys, blocks=rules.budget_blocks(opens.purpose, standing=standing))


def _enter_uncovered(
    uncovered: Callable[[], tuple[str, ...]],
    opens: Opens,
    look: Callable[[], Door[list[CaseKey]]],
    gate: Gate,
) -> list[CaseKey]:
    door = look()  # what is refused holds nobody up
    parts = uncovered()
    if opens.parts and not parts:  # an opening that names no part is covered by none
        return door.behind
    try:
        return enter_opening(replace(opens, parts=parts), look, gate=gate)
    except IntegrityError:  # the same person's other window was quicker: that one covers this
        if uncovered():
            raise
    return door.behind


def _living_key(case_ref: str, *, at: datetime) -> tuple[CaseKey, bytes]:
    keys = service_keys()
    row = CaseKey.objects.filter(case_ref=case_ref, destroyed_at__isnull=True).first()
    if row is not None:
        return row, unwrap_living(row)
    key = ciphers.new_key()
    row = CaseKey.objects.create(
        case_ref=case_ref,
        wrapped=ciphers.wrap(keys, key, case_ref=case_ref),
        service_key=keys.fingerprint,
        created_at=at,
    )
    return row, key


def unwrap_living(row: CaseKey) -> bytes:
    """Give a living key in clear: for the sealing itself, never for an area."""
    if row.wrapped is None:
        raise is_sealed()
    if not row.wrapped:
        raise _without_keys()
    try:
        return ciphers.unwrap(
            service_keys(),
            bytes(row.wrapped),
            case_ref=row.case_ref,
            service_key=row.service_key,
        )
    except ciphers.Unreadable as fault:
        raise Refused(
            _(
                "This case's key was altered in the database, so its words don't open here; tell "
                "whoever runs the server."
            ),
            code="key_altered",
        ) from fault


def _check_openable(keys: list[CaseKey]) -> None:
    """Refuse before the opening is entered: a door that stays shut is not an opening."""
    if keys and all(row.wrapped is None for row in keys):
        raise is_sealed()
    if any(row.wrapped is not None and not row.wrapped for row in keys):
        raise _without_keys()


def _without_keys() -> BadInput:
    return BadInput(_("This database was put back without its keys; run: anlan keys restore FILE"))


def is_sealed() -> Refused:
    """Give the refusal for a case whose keys the service no longer has."""
    return Refused(
        _(
            "This case is sealed: its words are with the custodians, "
            "two of whom open them together."
        ),
        code="sealed",
    )


def _spaces_of(case_ref: str, spaces: tuple[str, ...]) -> list[str]:
    for space in spaces:
        if space != case_ref and not space.startswith(f"{case_ref}:"):
            raise ValueError("One case at a time: this space belongs to another.")
    return list(spaces) or [case_ref]


def _uncovered(opens: Opens, *, as_it_stands: bool) -> tuple[str, ...]:
    """Give the parts of this opening that no earlier one of this person covers.

    With `as_it_stands` only those of the case's version or a later one do: who decides as a second
    person is asked whether it read what stands now.
    """
    earlier = Opening.objects.filter(
        case_ref=opens.case_ref, actor_ref=opens.actor.staff_ref, purpose=opens.purpose.value
    )
    if opens.purpose is Purpose.LIVE_INCIDENT:
        covered = earlier.filter(shift_ref=opens.actor.shift_ref or "").exists()
        return () if covered else opens.parts
    if opens.purpose is Purpose.HANDLING:
        of_late = earlier.filter(recorded_at__gt=opens.recorded_at - rules.STANDS_FOR)
        if as_it_stands and opens.version is not None:
            of_late = of_late.filter(version__gte=opens.version)
        noted = {part for each in of_late.values_list("parts", flat=True) for part in each}
        return tuple(part for part in opens.parts if part not in noted)
    return opens.parts


def _openable(keys: Iterable[CaseKey]) -> Iterator[tuple[CaseKey, bytes]]:
    """Give the keys in clear; what was sealed before a reopening is with the custodians."""
    for row in keys:
        if row.wrapped is not None:
            yield row, unwrap_living(row)
