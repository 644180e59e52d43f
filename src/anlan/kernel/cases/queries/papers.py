"""A case's documents and notices as rows, and how the outbox stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db.models import Count, Min

from anlan.kernel.cases.models import Case, Document, Notice
from anlan.kernel.cases.queries.access import visible_cases
from anlan.kernel.cases.queries.cases import no_such_case
from anlan.kernel.cases.queries.links import reads_common, wards_of
from anlan.kernel.cases.queries.openings import is_in_it
from anlan.kernel.cases.registry import case_type
from anlan.kernel.sealing.custody.packages import CHUNK_BYTES, PackedFile
from anlan.kernel.sealing.files import file_chunks
from anlan.kernel.sealing.outbox import needs_earlier_key
from anlan.kernel.staff.queries import members_of
from anlan.kernel.values import Actor, whole_number


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document without its name, which stands sealed as the text `name_text`.

    `number` counts within its space, those that were removed too: it stays, and tells nobody how
    much stands in another's space. `by_role` is the role of the account that added it, "" by link.
    One that is `shut` was sealed away before its case was reopened: custodians hold its key.
    """

    id: int
    number: int
    space: str
    kind: str
    media_type: str
    size_bytes: int
    scan: str
    added_by: str
    added_at: datetime
    name_text: str
    by_role: str
    shut: bool


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice without its address and words."""

    id: int
    party: int | None
    channel: str
    template: str
    state: str
    outcome: str
    attempts: int
    made_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """How many notices of a channel stand so, and since when the oldest was made."""

    channel: str
    state: str
    outcome: str
    count: int
    oldest: datetime


def documents_of(case_id: int, *, town_key: str, actor: Actor) -> list[DocumentRow]:
    """Give the documents of a case that an actor may see; the notes' to who handles it alone."""
    if not visible_cases(actor, town_key=town_key).filter(pk=case_id).exists():
        raise no_such_case()
    spaces = None
    if not is_in_it(case_id, actor):
        spaces = {
            each
            for each in Document.objects.filter(case_id=case_id).values_list("space", flat=True)
            if each != "notes"
        }
    return _documents(case_id, spaces)


def documents_of_party(case_id: int, *, party: int | None) -> list[DocumentRow]:
    """Give the documents that a party's link may see: its own, its wards' and those for all.

    Those for all only where the common space is open to it.
    """
    if party is None:
        return []
    own = {f"p{number}" for number in (party, *wards_of(case_id, party))}
    return _documents(case_id, own | {""} if reads_common(case_id, party=party) else own)


def documents_without_notes(case_id: int) -> list[DocumentRow]:
    """Give a case's documents but the handlers' notes': what an authority may be shown."""
    every = Document.objects.filter(case_id=case_id).values_list("space", flat=True)
    return _documents(case_id, {each for each in every if each != "notes"})


def files_for_custodians(case_ref: str) -> Iterator[PackedFile]:
    """Give a case's documents as ciphertext, for the package that two custodians open.

    Their bytes are read when they are written out, a piece at a time.

    The handlers' notes are in no export, and neither are their documents.
    """
    number = whole_number(case_ref.partition(":")[2])
    found = Document.objects.filter(case_id=number or 0)
    for one in found.filter(removed_at__isnull=True).exclude(space="notes").order_by("id"):
        yield PackedFile(
            ref=f"{case_ref}:{one.space}" if one.space else case_ref,
            stored_as=one.stored_as,
            name_text=str(one.name_text),
            media_type=one.media_type,
            sealed_key=bytes(one.sealed_key or b""),
            chunks=partial(file_chunks, one.stored_as, size=CHUNK_BYTES),
        )


def notices_of(case_id: int) -> list[NoticeRow]:
    """Give the notices of a case, oldest first."""
    return [
        NoticeRow(
            id=one.pk,
            party=one.party,
            channel=one.channel,
            template=one.template,
            state=one.state,
            outcome=one.outcome,
            attempts=one.attempts,
            made_at=one.made_at,
            ended_at=one.ended_at,
        )
        for one in Notice.objects.filter(case_id=case_id).order_by("id")
    ]


def notices_under_earlier_key() -> int:
    """Count what waits in every town's outbox and opens by an earlier wrapping key alone."""
    found = Notice.objects.filter(sealed__isnull=False).values_list("ident", "sealed")
    return sum(needs_earlier_key(ident, bytes(sealed or b"")) for ident, sealed in found.iterator())


def outbox(town_key: str) -> list[OutboxRow]:
    """Count a town's notices by channel, state and outcome; no addresses, no words."""
    found = (
        Notice.objects.filter(case__town__key=town_key)
        .order_by("channel", "state", "outcome")
        .values_list("channel", "state", "outcome")
        .annotate(Count("pk"), Min("made_at"))
    )
    return [OutboxRow(*each) for each in found]


def _documents(case_id: int, spaces: set[str] | None) -> list[DocumentRow]:
    """Give the documents of some spaces, of all where none is named, each with its number."""
    found = Document.objects.filter(case_id=case_id).select_related("case_key").order_by("id")
    if spaces is not None:
        found = found.filter(space__in=spaces)
    counted: Counter[str] = Counter()
    numbered = []
    for one in found:
        counted[one.space] += 1
        if one.removed_at is None:
            numbered.append((counted[one.space], one))
    roles = _roles_of({one.added_by for _number, one in numbered}, case_id)
    return [_document(one, number, roles.get(one.added_by, "")) for number, one in numbered]


def _roles_of(refs: set[str], case_id: int) -> dict[str, str]:
    """Give for each account the first of its roles in the case's town that adds documents."""
    if not any(ref.startswith("staff:") for ref in refs):
        return {}
    key, type = Case.objects.values_list("town__key", "type").get(pk=case_id)
    held = {one.staff_ref: one.roles for one in members_of(key) if one.staff_ref in refs}
    adding = case_type(type).document_roles
    return {
        ref: next((role.value for role in adding if role.value in roles), "")
        for ref, roles in held.items()
    }


def _document(one: Document, number: int, by_role: str) -> DocumentRow:
    return DocumentRow(
        id=one.pk,
        number=number,
        space=one.space,
        kind=one.kind,
        media_type=one.media_type,
        size_bytes=one.size_bytes,
        scan=one.scan,
        added_by=one.added_by,
        added_at=one.added_at,
        name_text=str(one.name_text),
        by_role=by_role,
        shut=is_shut(one),
    )


def is_shut(one: Document) -> bool:
    """Say whether the service has lost the key of a document, whatever its case stands at now."""
    return one.case_key.destroyed_at is not None
