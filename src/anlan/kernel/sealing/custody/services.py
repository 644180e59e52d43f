"""Custodians, wrapping anew when a case is sealed, opening by a party's link, destroying."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from anlan.kernel.ledger import services as ledger
from anlan.kernel.sealing import ciphers, queries
from anlan.kernel.sealing.custody import packages, wraps
from anlan.kernel.sealing.custody.backups import LivingWrap
from anlan.kernel.sealing.held_keys import service_keys
from anlan.kernel.sealing.models import (
    CUSTODIAN_PATTERN,
    CaseKey,
    Custodian,
    KeyWrap,
    Opening,
    SealedText,
)
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.sealing.services import (
    OpenedText,
    budget_exceeded,
    is_sealed,
    over_budget,
    standing_of,
    unwrap_living,
)
from anlan.kernel.values import Actor, BadInput, Refused, Role, check_role

LEAST_CUSTODIANS = 3
MOST_CUSTODIANS = 7  # each pair has a wrap of its own: 21 wraps for each key
NEVER_EXPORTED = ("notes",)  # the handlers' own space
EXPORT_PURPOSES = (Purpose.OWN_REQUEST, Purpose.REVIEW, Purpose.CORRECTION)
_COVERED_BY_ONE_OPENING = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class LinkHolder:
    """A party's living link: its age public key and the spaces that are its own to read."""

    ref: str
    recipient: str
    spaces: tuple[str, ...]


# --- custodians ----------------------------------------------------------------------------------


def set_custodians(
    recipients: Mapping[str, str], *, town: str, actor: Actor, at: datetime, recorded_at: datetime
) -> None:
    """Set who holds closed cases' keys from now on: at least three, by name and age public key.

    What was sealed before stays with those who held it then.
    """
    check_role(actor, Role.ADMINISTRATOR)
    checked = _check_custodians(recipients)
    with ledger.write(
        town=town, actor=actor, action="custodians.set", at=at, recorded_at=recorded_at
    ) as write:
        Custodian.objects.filter(town=town, until__isnull=True).update(until=at)
        Custodian.objects.bulk_create(
            Custodian(town=town, ident=ident, recipient=recipient, since=at)
            for ident, recipient in checked.items()
        )
        write.record(
            subject=f"town:{town or 'installation'}",
            about=[f"custodian:{ident}:{recipient[-16:]}" for ident, recipient in checked.items()],
            fields=["recipient"],
        )


def _check_custodians(recipients: Mapping[str, str]) -> dict[str, str]:
    if not LEAST_CUSTODIANS <= len(recipients) <= MOST_CUSTODIANS:
        raise BadInput(
            _("Name {least} to {most} custodians: any two of them open a closed case.").format(
                least=LEAST_CUSTODIANS, most=MOST_CUSTODIANS
            )
        )
    for ident in recipients:
        if not re.match(CUSTODIAN_PATTERN, ident):
            raise BadInput(
                _("A custodian's name is an office, in small letters, digits and dashes: court.")
            )
    checked = {ident: wraps.check_recipient(text) for ident, text in recipients.items()}
    if len(set(checked.values())) < len(checked):
        raise BadInput(_("Two custodians have the same key; each holds one of its own."))
    return checked


# --- sealing a case away -------------------------------------------------------------------------


def rewrap(case_ref: str, *, town: str, links: Sequence[LinkHolder] = (), at: datetime) -> int:
    """Wrap every living key of a case for each pair of custodians and for the parties' links, and
    destroy the service's copies; gives how many keys.

    Must run inside `ledger.services.write`. Raises Refused (code "no_custodians"), and changes
    nothing, where no custodians are set: words are not sealed away so that nobody can open them.
    """
    _check_writing()
    holders = {one.ident: one.recipient for one in queries.custodians(town)}
    if not holders:
        raise no_custodians()
    living = list(queries.keys_of(case_ref).filter(destroyed_at__isnull=True).select_for_update())
    made = []
    for row in living:
        key = unwrap_living(row)
        made += _wraps_of(row, key, holders, links, at=at)
    KeyWrap.objects.bulk_create(made)
    CaseKey.objects.filter(pk__in=[row.pk for row in living]).update(wrapped=None, destroyed_at=at)
    return len(living)


def no_custodians() -> Refused:
    """Give the refusal to seal away what nobody could open."""
    return Refused(
        _("No custodians are set, so closed cases stay with the service: anlan custodians set."),
        code="no_custodians",
    )


def _wraps_of(
    row: CaseKey,
    key: bytes,
    holders: Mapping[str, str],
    links: Sequence[LinkHolder],
    *,
    at: datetime,
) -> list[KeyWrap]:
    recipients = {
        f"{one}+{two}": [holders[one], holders[two]] for one, two in wraps.pairs_of(holders)
    }
    recipients |= {link.ref: [link.recipient] for link in links if row.case_ref in link.spaces}
    return [
        KeyWrap(
            key=row,
            holder=holder,
            wrapped=wraps.wrap_for(theirs, key, case_ref=row.case_ref),
            made_at=at,
        )
        for holder, theirs in recipients.items()
    ]


# --- a party's link ------------------------------------------------------------------------------


def open_for_link(
    case_ref: str,
    *,
    town: str,
    actor: Actor,
    spaces: tuple[str, ...],
    identity: str,
    at: datetime,
    recorded_at: datetime,
) -> tuple[OpenedText, ...]:
    """Open the texts that are a party's own to read, before and after the case was sealed.

    `actor` is the link; `identity` its age secret key, which its token gave. One entry covers half
    a day. What was sealed before the link was made does not open by it.
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
    if not _covered(case_ref, actor, now=recorded_at):
        fields = sorted({text.field for row, _key in open_to_it for text in row.texts.all()})
        _enter_opening(
            case_ref,
            fields,
            town=town,
            actor=actor,
            role="party",
            purpose=Purpose.OWN_REQUEST,
            at=at,
            recorded_at=recorded_at,
        )
    opened = [_opened(row, key, text) for row, key in open_to_it for text in row.texts.all()]
    return tuple(sorted(opened, key=lambda text: text.written_at))


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


def _covered(case_ref: str, actor: Actor, *, now: datetime) -> bool:
    return Opening.objects.filter(
        case_ref=case_ref,
        actor_ref=actor.staff_ref,
        recorded_at__gt=now - _COVERED_BY_ONE_OPENING,
    ).exists()


def end_wraps(link_ref: str) -> int:
    """Destroy what a link could open; gives how many wraps went. Inside `ledger.services.write`."""
    _check_writing()
    return KeyWrap.objects.filter(holder=link_ref).delete()[0]


# --- what custodians open ------------------------------------------------------------------------


def export_case(
    case_ref: str,
    *,
    town: str,
    actor: Actor,
    purpose: Purpose,
    at: datetime,
    recorded_at: datetime,
) -> str:
    """Write one sealed case as a file for two custodians: doubly wrapped keys, ciphertexts.

    Nothing is read by this, yet it is entered as an opening, counts against the budget and shows
    on the party's page. The handlers' notes are in no export.
    """
    check_role(actor, Role.ADMINISTRATOR, Role.SUPERVISOR)
    if purpose not in EXPORT_PURPOSES:
        known = ", ".join(one.value for one in EXPORT_PURPOSES)
        raise BadInput(_("Custodians open for one of: {known}.").format(known=known))
    standing = standing_of(case_ref)
    if standing is None or standing.town != town:
        raise Refused(_("There is no such case in this town."), code="no_such_case")
    keys = _exported(case_ref)
    if not keys:
        raise Refused(
            _("Custodians hold nothing of this case: it was not sealed yet, or is erased."),
            code="nothing_sealed",
        )
    fields = sorted({text.field for key in keys for text in key.texts})
    _enter_opening(
        case_ref,
        fields,
        town=town,
        actor=actor,
        role="custodians",
        purpose=purpose,
        at=at,
        recorded_at=recorded_at,
    )
    return packages.pack(
        case_ref, town=town, purpose=purpose.value, exported_at=recorded_at, keys=keys
    )


def _exported(case_ref: str) -> list[packages.PackedKey]:
    rows: QuerySet[CaseKey] = queries.keys_of(case_ref).filter(wraps__holder__contains="+")
    found = []
    for row in rows.distinct().order_by("id").prefetch_related("texts", "wraps"):
        if row.case_ref.removeprefix(case_ref).lstrip(":") in NEVER_EXPORTED:
            continue
        held = {each.holder: bytes(each.wrapped) for each in row.wraps.all() if "+" in each.holder}
        texts = [
            packages.PackedText(str(text.pk), text.field, text.written_at, bytes(text.cipher))
            for text in row.texts.all()
        ]
        found.append(packages.PackedKey(row.case_ref, row.created_at, held, texts))
    return found


def _enter_opening(
    case_ref: str,
    fields: Sequence[str],
    *,
    town: str,
    actor: Actor,
    role: str,
    purpose: Purpose,
    at: datetime,
    recorded_at: datetime,
) -> None:
    """Enter an opening; past the budget it is told and refused, save for a party's own link."""
    with ledger.write(
        town=town, actor=actor, action="sealing.opened", at=at, recorded_at=recorded_at
    ) as write:
        blocked = role != "party" and over_budget(actor, now=recorded_at)
        if blocked:
            write.record(
                subject=actor.staff_ref if ":" in actor.staff_ref else f"job:{actor.staff_ref}",
                about=[case_ref],
                reason_code=purpose.value,
                action="sealing.budget_exceeded",
            )
        else:
            write.record(subject=case_ref, fields=fields, reason_code=purpose.value)
            Opening.objects.create(
                town=town,
                case_ref=case_ref,
                actor_ref=actor.staff_ref,
                role=role,
                purpose=purpose.value,
                opened_at=at,
                recorded_at=recorded_at,
            )
    if blocked:
        raise budget_exceeded()


# --- erasing -------------------------------------------------------------------------------------


def destroy(case_ref: str) -> int:
    """Destroy every wrap of every key of a case, and its texts; gives how many keys went.

    Must run inside `ledger.services.write`. Copies of the ciphertext elsewhere stay shut for good.
    """
    _check_writing()
    keys = queries.keys_of(case_ref)
    refs = list(keys.values_list("pk", flat=True))
    KeyWrap.objects.filter(key__in=refs).delete()
    SealedText.objects.filter(key__in=refs).delete()
    Opening.objects.filter(case_ref=case_ref).delete()
    CaseKey.objects.filter(pk__in=refs).delete()
    return len(refs)


def _check_writing() -> None:
    if not ledger.is_writing():
        raise RuntimeError("This is part of a write: call it inside ledger.services.write.")


def overwrite_log() -> None:
    """Let the database overwrite what it keeps of destroyed wraps, as far as it can be told to.

    SQLite's write-ahead log is copied and cut to nothing; PostgreSQL's dead rows are cleared. The
    disk beneath and a server's own archive may hold older bytes until they are used again.
    """
    tables = [model._meta.db_table for model in (CaseKey, SealedText)]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        elif not connection.in_atomic_block:
            cursor.execute(f"VACUUM {', '.join(tables)}")


# --- changing the service's wrapping key ---------------------------------------------------------


def wrap_living_anew(*, actor: Actor, at: datetime, recorded_at: datetime) -> int:
    """Wrap every living key with the service's current wrapping key; gives how many had another."""
    check_role(actor, Role.ADMINISTRATOR)
    keys = service_keys()
    with ledger.write(
        town="", actor=actor, action="keys.wrapped_anew", at=at, recorded_at=recorded_at
    ) as write:
        stale = CaseKey.objects.filter(destroyed_at__isnull=True).exclude(wrapped=b"")
        rows = list(stale.exclude(service_key=keys.fingerprint).select_for_update())
        for row in rows:
            row.wrapped = ciphers.wrap(keys, unwrap_living(row), case_ref=row.case_ref)
            row.service_key = keys.fingerprint
        CaseKey.objects.bulk_update(rows, ["wrapped", "service_key"], batch_size=500)
        write.record(subject="town:installation", fields=["wrapped"])
    return len(rows)


# --- backups of keys -----------------------------------------------------------------------------


def restore_wraps(
    wraps_kept: Sequence[LivingWrap], *, actor: Actor, at: datetime, recorded_at: datetime
) -> int:
    """Put wraps back to living keys that lack theirs; gives how many. Nothing else is touched:
    a case that was sealed away or erased since stays so.
    """
    check_role(actor, Role.ADMINISTRATOR)
    with ledger.write(
        town="", actor=actor, action="keys.restored", at=at, recorded_at=recorded_at
    ) as write:
        back = 0
        for each in wraps_kept:
            lacking = CaseKey.objects.filter(
                pk=each.key_id,
                case_ref=each.case_ref,
                created_at=each.created_at,
                destroyed_at__isnull=True,
                wrapped=b"",
            )
            back += lacking.update(wrapped=each.wrapped, service_key=each.service_key)
        write.record(subject="town:installation", fields=["wrapped"])
    return back
