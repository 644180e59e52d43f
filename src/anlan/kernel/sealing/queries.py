"""What may be known about sealed things without opening them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from anlan.kernel.ledger import queries as ledger
from anlan.kernel.ledger.entries import Entry
from anlan.kernel.sealing import ciphers
from anlan.kernel.sealing.custody.backups import LivingWrap
from anlan.kernel.sealing.held_keys import service_keys
from anlan.kernel.sealing.models import CaseKey, Custodian, KeyWrap, Opening, SealedText
from anlan.kernel.sealing.rules import CUSTODIANS
from anlan.kernel.values import BadInput

BUDGET_EXCEEDED = "sealing.budget_exceeded"
CUSTODIANS_SET = "custodians.set"


@dataclass(frozen=True, slots=True)
class OpeningRow:
    """Who opened a case, when and why: what its resident may read."""

    case_ref: str
    actor_ref: str
    role: str
    purpose: str
    opened_at: datetime
    parts: tuple[str, ...]  # “joint”, “notes”, “p1”, “document:12”; empty where it was not noted
    authority: str = ""  # for which kind of authority, "" where for none or not noted
    basis: str = ""


def sealed_fields(case_refs: Sequence[str]) -> dict[str, dict[str, int]]:
    """Count the sealed texts of each case by field, in one query: {case: {field: count}}."""
    counts: dict[str, dict[str, int]] = {ref: {} for ref in case_refs}
    rows = SealedText.objects.filter(key__case_ref__in=case_refs).values_list(
        "key__case_ref", "field"
    )
    for case_ref, field in rows:
        counts[case_ref][field] = counts[case_ref].get(field, 0) + 1
    return counts


def openings_of(case_ref: str, *, at: datetime) -> list[OpeningRow]:
    """Give the openings of a case that its party may read of at a time, oldest first.

    All of them, but for a disclosure of which a law forbids to tell until a day.
    """
    readable = Q(shown_from__isnull=True) | Q(shown_from__lte=at)
    rows = Opening.objects.filter(readable, case_ref=case_ref).order_by("id")
    return [
        OpeningRow(
            r.case_ref,
            r.actor_ref,
            r.role,
            r.purpose,
            r.opened_at,
            tuple(r.parts),
            r.authority,
            r.basis,
        )
        for r in rows
    ]


def opened_at_version(case_ref: str, *, version: int, part: str) -> frozenset[str]:
    """Give who opened a part of a case (“joint”) as it stands at a version, or later."""
    rows = Opening.objects.filter(case_ref=case_ref, version__gte=version)
    return frozenset(who for who, parts in rows.values_list("actor_ref", "parts") if part in parts)


def opened_with(case_ref: str, *, text_id: str, part: str) -> frozenset[str]:
    """Give who opened a part of a case (“joint”) as it stands with a text in it, or later."""
    version = SealedText.objects.filter(pk=text_id).values_list("version", flat=True).first()
    return opened_at_version(case_ref, version=version or 0, part=part)


@dataclass(frozen=True, slots=True)
class CustodianRow:
    """A custodian by name and public key."""

    ident: str
    recipient: str
    since: datetime


def custodians(town: str) -> tuple[CustodianRow, ...]:
    """Give who holds a town's closed cases from now on: its own custodians or the installation's.

    Empty where nobody set any: then closed cases stay with the service.
    """
    for of in dict.fromkeys((town, "")):
        rows = Custodian.objects.filter(town=of, until__isnull=True).order_by("ident")
        if rows:
            return tuple(CustodianRow(r.ident, r.recipient, r.since) for r in rows)
    return ()


def custodians_stand(town: str) -> bool:
    """Say whether custodians are set, and are those whom the ledger names.

    Else somebody wrote into the table beside the programme: what is sealed away then would open for
    whoever did, or stay here.
    """
    held = custodians(town)
    return bool(held) and not custodians_altered(town, held)


def custodians_altered(town: str, held: Sequence[CustodianRow]) -> bool:
    """Say whether these are others than the newest setting in the ledger names, or none at all."""
    newest = (ledger.newest_of(of, action=CUSTODIANS_SET) for of in dict.fromkeys((town, "")))
    named = next((set(each.about) for each in newest if each is not None), set())
    return {custodian_ref(each.ident, each.recipient) for each in held} != named


def custodian_ref(ident: str, recipient: str) -> str:
    """Name a custodian with the end of its public key, as the ledger does."""
    return f"custodian:{ident}:{recipient[-16:]}"


def living(kind: str) -> list[str]:
    """Give the references of a kind whose texts the service can still open."""
    found = CaseKey.objects.filter(case_ref__startswith=f"{kind}:", destroyed_at__isnull=True)
    return list(found.order_by("id").values_list("case_ref", flat=True))


def keys_of(case_ref: str) -> QuerySet[CaseKey]:
    """Give the keys of all spaces of a case, as a query."""
    return CaseKey.objects.filter(Q(case_ref=case_ref) | Q(case_ref__startswith=f"{case_ref}:"))


@dataclass(frozen=True, slots=True)
class OpeningEntry:
    """An opening, or an attempt past the budget, as the ledger has it; never what was read.

    `parts` is empty where it was not noted, and of a case that was erased since. With `as_file` a
    sealed case was written for two custodians, who alone open that.
    """

    id: int
    at: datetime
    actor_ref: str
    role: str
    case_ref: str
    purpose: str
    over_budget: bool
    parts: tuple[str, ...]
    as_file: bool = False


def openings_in(
    town: str,
    *,
    since: datetime,
    until: datetime | None = None,
    case_ref: str = "",
    purpose: str = "",
    over_budget_only: bool = False,
    before: int | None = None,
    limit: int = 1000,
) -> list[OpeningEntry]:
    """Give what was opened in a town since a moment, the newest first: for its supervisor.

    `until` is the first moment after, `before` an entry's id: older ones only.
    """
    asked: dict[str, Any] = {
        "since": since,
        "until": until,
        "reason_code": purpose,
        "before": before,
        "limit": limit,
    }
    found = ledger.entries_of(town, actions=[BUDGET_EXCEEDED], about=case_ref, **asked)
    if not over_budget_only:
        found += ledger.entries_of(town, actions=["sealing.opened"], subject=case_ref, **asked)
    newest = sorted(found, key=lambda each: -each.id)[:limit]
    noted = _noted_of(newest)
    return [
        OpeningEntry(
            each.id,
            each.at,
            each.actor_ref,
            each.actor_role,
            each.about[0] if each.action == BUDGET_EXCEEDED else each.subject,
            each.reason_code,
            each.action == BUDGET_EXCEEDED,
            *noted.get((each.subject, each.actor_ref, each.reason_code, each.at), ((), False)),
        )
        for each in newest
    ]


def _noted_of(
    entries: Sequence[Entry],
) -> dict[tuple[str, str, str, datetime], tuple[tuple[str, ...], bool]]:
    """Give which parts these entries' openings noted, and whether as a file for custodians.

    Both were written in one transaction.
    """
    if not entries:
        return {}
    refs = {each.subject for each in entries}
    since = min(each.at for each in entries)
    rows = Opening.objects.filter(case_ref__in=refs, opened_at__gte=since)
    return {
        (r.case_ref, r.actor_ref, r.purpose, r.opened_at): (
            tuple(r.parts),
            r.role == CUSTODIANS,
        )
        for r in rows
    }


def shut_to(holder: str, case_refs: Iterable[str]) -> bool:
    """Say whether words of some spaces were sealed away without a wrap for a link."""
    sealed = CaseKey.objects.filter(case_ref__in=list(case_refs), destroyed_at__isnull=False)
    held = KeyWrap.objects.filter(holder=holder).values("key_id")
    return sealed.filter(texts__isnull=False).exclude(pk__in=held).exists()


def living_wraps() -> list[LivingWrap]:
    """Give every living key's wrap, for a backup of its own."""
    found = CaseKey.objects.filter(destroyed_at__isnull=True).exclude(wrapped=b"").order_by("id")
    return [
        LivingWrap(row.pk, row.case_ref, row.created_at, row.service_key, bytes(row.wrapped or b""))
        for row in found
    ]


def check_service_key() -> None:
    """Raise a sentence when the key file is not the one that the open cases are wrapped with."""
    latest = CaseKey.objects.filter(destroyed_at__isnull=True).order_by("-id").first()
    keys = service_keys()
    if latest is not None and keys.wrapping_named(latest.service_key) is None:
        raise ciphers.wrong_key(have=keys.fingerprint, need=latest.service_key)


def lacking_wraps() -> list[str]:
    """Give the spaces whose living key has no wrap: put back from a copy without its keys."""
    living = CaseKey.objects.filter(destroyed_at__isnull=True)
    found = living.filter(Q(wrapped=b"") | Q(wrapped__isnull=True)).order_by("id")
    return list(found.values_list("case_ref", flat=True))


def failing_wraps(*, tried: int) -> list[str]:
    """Give the spaces whose living key the key file does not unwrap, of so many drawn at random."""
    living = CaseKey.objects.filter(destroyed_at__isnull=True, wrapped__isnull=False)
    drawn = list(living.exclude(wrapped=b"").order_by("?").values_list("pk", flat=True)[:tried])
    return [row.case_ref for row in CaseKey.objects.filter(pk__in=drawn) if not _unwraps(row)]


def _unwraps(row: CaseKey) -> bool:
    try:
        ciphers.unwrap(
            service_keys(),
            bytes(row.wrapped or b""),
            case_ref=row.case_ref,
            service_key=row.service_key,
        )
    except (BadInput, ciphers.Unreadable):
        return False
    return True
