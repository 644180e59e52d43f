"""Documents of a case: looked into, sealed, stored outside the web root; opened by the one door."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from anlan.gateways import content
from anlan.kernel.cases.models import Case, Document, FollowLink
from anlan.kernel.cases.queries.access import visible_cases
from anlan.kernel.cases.queries.cases import no_such_case
from anlan.kernel.cases.queries.papers import is_shut
from anlan.kernel.cases.registry import case_type
from anlan.kernel.cases.rules import documents as rules
from anlan.kernel.cases.rules.acting import AnswerFault
from anlan.kernel.cases.rules.types import CaseType, Space
from anlan.kernel.cases.services.acting import acting
from anlan.kernel.cases.services.doing import Doing, space_ref
from anlan.kernel.cases.services.file_checks import look_into
from anlan.kernel.cases.services.reading import reader_of
from anlan.kernel.cases.services.words import in_words
from anlan.kernel.sealing import file_ciphers, files
from anlan.kernel.sealing import services as sealing
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.values import Actor, BadInput, Forbidden, Refused

ORPHAN_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class OpenedDocument:
    """A document in clear, in the hands of the person who opened it."""

    id: int
    name: str
    media_type: str
    data: bytes


@in_words
def add_document(
    case_id: int,
    *,
    data: bytes,
    name: str,
    kind: str,
    space: Space,
    party: int | None = None,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> int:
    """Look into a file, seal it, and add it to a space of a case; gives the document's id.

    Its type is what its content shows; of its name only the words are kept, sealed. A picture is
    kept without its metadata. Raises BadInput with what to do for a file that is not taken, and
    keeps nothing then. `party` is whose space it is; a link's is its own.
    """
    _check_seen(case_id, town_key=town_key, actor=actor)
    of = Case.objects.values_list("type", flat=True).get(pk=case_id)
    _check_kind(case_type(of), kind, by_link=actor.staff_ref.startswith("link:"))
    checked, scanned = look_into(data)
    sealed = _Sealed(checked, file_ciphers.seal_file(checked.data), scanned)
    with (
        _stored(sealed.file),
        acting(
            case_id,
            "document_added",
            town_key=town_key,
            actor=actor,
            at=at,
            recorded_at=recorded_at,
            client_key=client_key,
            told={"kind": kind, "space": space, "party": party, "name": name, "data": data},
        ) as doing,
    ):
        if doing.write.replayed:
            return int(doing.write.result["document"])
        whose = _whose(doing, space, party)
        _check_add(doing, kind, space, whose)
        one = _keep_document(doing, sealed, name=name, kind=kind, space=space, party=whose)
        doing.tell(party=whose, document=one.pk, document_kind=kind)
        doing.write.result = {"document": one.pk}
    return int(one.pk)


@dataclass(frozen=True, slots=True)
class _Sealed:
    """A file that was looked into and sealed, before any row names it."""

    checked: content.Checked
    file: file_ciphers.SealedFile
    scan: str


def _keep_document(
    doing: Doing, sealed: _Sealed, *, name: str, kind: str, space: Space, party: int | None
) -> Document:
    """Write the row of a stored file: its key wrapped by its space's, its name sealed there too."""
    ref = space_ref(doing.case.ref, space, party=party)
    key = files.seal_file_key(ref, sealed.file, at=doing.at)
    one = Document.objects.create(
        case=doing.case,
        space=ref.removeprefix(doing.case.ref).removeprefix(":"),
        kind=kind,
        media_type=sealed.checked.media_type,
        size_bytes=len(sealed.checked.data),
        stored_as=sealed.file.stored_as,
        case_key_id=key.case_key_id,
        sealed_key=key.sealed,
        name_text=doing.seal("document_name", rules.tidy_name(name), space=space, party=party),
        cipher_hash=sealed.file.cipher_hash,
        scan=sealed.scan,
        added_by=doing.actor.staff_ref,
        added_at=doing.at,
    )
    doing.write.record(
        subject=ref,
        about=[f"document:{one.pk}"],
        fields=["documents"],
        cipher_hash=sealed.file.cipher_hash,
        action=f"{doing.type.code}.document_stored",
    )
    return one


@in_words
def remove_document(
    document_id: int,
    *,
    reason: str,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> None:
    """Take a document out of its case: its bytes and its name are gone, that it was there stays."""
    one = Document.objects.filter(pk=document_id).first()
    if one is None:
        raise no_such_document()
    with acting(
        one.case_id,
        "document_removed",
        town_key=town_key,
        actor=actor,
        at=at,
        recorded_at=recorded_at,
        client_key=client_key,
        told={"document": document_id, "reason": reason},
    ) as doing:
        if doing.write.replayed:
            return
        one = _own_or_any(Document.objects.select_for_update().get(pk=document_id), doing)
        rules.check_may_remove(doing.type, doing.facts, actor, added_by=one.added_by)
        if reason not in {each.code for each in rules.REMOVAL_REASONS}:
            raise BadInput(_("Choose a reason."))
        one.removed_at, one.sealed_key = at, None
        one.save(update_fields=["removed_at", "sealed_key"])
        files.forget_text(str(one.name_text))
        doing.tell(reason=reason, document=one.pk, document_kind=one.kind)
        _remove_after_commit(one.stored_as)


def open_document(
    document_id: int,
    *,
    town_key: str,
    actor: Actor,
    purpose: Purpose,
    at: datetime,
    recorded_at: datetime,
) -> OpenedDocument:
    """Open one document for a named person and purpose, through the same door as the case's words.

    Raises Refused where there is none for this actor, or its case is sealed away.
    """
    (one,) = open_documents(
        [document_id],
        town_key=town_key,
        actor=actor,
        purpose=purpose,
        at=at,
        recorded_at=recorded_at,
    )
    return one


def open_documents(
    document_ids: Sequence[int],
    *,
    town_key: str,
    actor: Actor,
    purpose: Purpose,
    at: datetime,
    recorded_at: datetime,
) -> tuple[OpenedDocument, ...]:
    """Open documents of one case together, in one opening that names each; refused like one.

    Those that were sealed away before the case was reopened are left out: custodians hold them.
    Raises Refused ("sealed") where all of them are.

    Who may and for what is as with the case's words: one gate stands before both.
    """
    asked = Document.objects.filter(pk__in=document_ids).select_related("case", "case_key")
    found = asked.in_bulk()
    rows = [_there(found.get(each)) for each in document_ids]
    one = rows[0].case
    reader = reader_of(one.pk, town_key=town_key, actor=actor, purpose=purpose)
    if reader is None or any(each.case_id != one.pk for each in rows):
        raise no_such_document()
    if reader.deciding:  # a second person reads the words that were proposed, and no more
        raise Forbidden(_("A case is not opened for this purpose."), code="not_a_purpose")
    if not all(reader.may_open(each.space) for each in rows):
        raise Forbidden(_("Only who handles this case opens it for handling."), code="not_handler")
    rows = [each for each in rows if not is_shut(each)]
    if not rows:  # before anything is entered: a door that stays shut is not an opening
        raise sealing.is_sealed()
    texts = sealing.open_one(
        one.ref,
        town=town_key,
        actor=actor,
        purpose=purpose,
        at=at,
        recorded_at=recorded_at,
        spaces=tuple(dict.fromkeys(_space_of(each) for each in rows)),
        parts=tuple(f"document:{each.pk}" for each in rows),
        gate=reader.check_still,
    )
    names = {text.id: text.text for text in texts}
    return tuple(
        decrypt_document(
            each,
            case_key=files.service_key_of(each.case_key_id),
            name=names.get(str(each.name_text), ""),
        )
        for each in rows
    )


def decrypt_document(one: Document, *, case_key: bytes, name: str) -> OpenedDocument:
    """Give a document in clear to whoever holds its space's key; the opening was entered before."""
    with files.unaltered():
        data = file_ciphers.open_file(
            files.read_file(one.stored_as),
            bytes(one.sealed_key or b""),
            space_ref=_space_of(one),
            stored_as=one.stored_as,
            case_key=case_key,
        )
    return OpenedDocument(one.pk, rules.saved_name(name, one.media_type), one.media_type, data)


def erase_documents(doing: Doing) -> int:
    """Delete all documents of a case that is erased, and their files after the commit."""
    stored = list(Document.objects.filter(case=doing.case).values_list("stored_as", flat=True))
    Document.objects.filter(case=doing.case).delete()
    for each in stored:
        _remove_after_commit(each)
    return len(stored)


def _remove_after_commit(stored_as: uuid.UUID) -> None:
    """Take a file from the disk once its row is gone; where the disk refuses, the sweep does."""

    def remove() -> None:  # robust reports a failure by its function's name: no partial has one
        files.remove_file(stored_as)

    transaction.on_commit(remove, robust=True)


def sweep_files(*, real_now: datetime) -> int:
    """Take files from the disk that no document names: a process died before its transaction."""
    gone = 0
    for found in files.stored_files(older_than=real_now - ORPHAN_AFTER):
        names = {path: _uuid_of(path) for path in found}
        wanted = [each for each in names.values() if each is not None]
        kept = set(
            Document.objects.filter(stored_as__in=wanted, removed_at__isnull=True).values_list(
                "stored_as", flat=True
            )
        )
        for path, name in names.items():
            if name not in kept:
                path.unlink(missing_ok=True)
                gone += 1
    return gone


def no_such_document() -> Refused:
    """Give the refusal of a document that isn't there for this actor."""
    return Refused(_("There is no such document."), code="no_such_document")


# --- adding --------------------------------------------------------------------------------------


def _check_seen(case_id: int, *, town_key: str, actor: Actor) -> None:
    """Refuse before the costly part; the lock's own check comes after it."""
    if actor.staff_ref.startswith("link:"):
        link = FollowLink.objects.filter(pk=int(actor.staff_ref[5:]), ended_at__isnull=True)
        seen = link.filter(case_id=case_id).exists()
    else:
        seen = visible_cases(actor, town_key=town_key).filter(pk=case_id).exists()
    if not seen:
        raise no_such_case()


@contextlib.contextmanager
def _stored(sealed: file_ciphers.SealedFile) -> Iterator[None]:
    """Store a file for a row that is about to name it; without that row it goes again."""
    files.write_file(sealed)
    try:
        yield
    finally:
        # When the commit's answer was lost, the row decides; when that can't be asked, the sweep.
        with contextlib.suppress(DatabaseError):
            if not Document.objects.filter(stored_as=sealed.stored_as).exists():
                files.remove_file(sealed.stored_as)


def _whose(doing: Doing, space: Space, party: int | None) -> int | None:
    if space is not Space.PARTY:
        return None
    own = doing.asked.party
    if own is not None:
        if party not in (None, own):
            raise no_such_case()
        return own
    if doing.facts.party(party) is None:
        raise AnswerFault(
            gettext_noop("Say which party this document belongs to."),
            code="party_missing",
            field="space",
        )
    return party


def _check_kind(of: CaseType, kind: str, *, by_link: bool) -> None:
    """Refuse a kind that there is not; asked before the costly part, and again under the lock."""
    if kind not in {each.code for each in of.document_kinds}:
        raise AnswerFault(
            gettext_noop("Choose what kind of document this is."), code="bad_kind", field="kind"
        )
    if by_link and kind not in of.party_document_kinds:
        raise rules.no_such_kind()


def _check_add(doing: Doing, kind: str, space: Space, whose: int | None) -> None:
    rules.check_may_add(doing.type, doing.facts, doing.actor, space=space, party=whose)
    by_link = doing.actor.staff_ref.startswith("link:")
    _check_kind(doing.type, kind, by_link=by_link)
    there = Document.objects.filter(case=doing.case, removed_at__isnull=True)
    most = rules.MOST_OF_CASE
    if by_link:
        there, most = there.filter(added_by=doing.actor.staff_ref), rules.MOST_BY_LINK
    if there.count() >= most:
        raise Refused(
            _("There are {most} documents already, which is the most.").format(most=most),
            code="too_many",
        )


# --- finding -------------------------------------------------------------------------------------


def _there(one: Document | None) -> Document:
    if one is None or one.removed_at is not None:
        raise no_such_document()
    return one


def _own_or_any(one: Document, doing: Doing) -> Document:
    """Give a document that is there; to a link only one of its own space."""
    by_link = doing.actor.staff_ref.startswith("link:")
    if by_link and one.space != f"p{doing.asked.party}":
        raise no_such_document()
    return _there(one)


def _space_of(one: Document) -> str:
    return f"{one.case.ref}:{one.space}" if one.space else one.case.ref


def _uuid_of(path: Path) -> uuid.UUID | None:
    try:
        return uuid.UUID(path.name)
    except ValueError:
        return None
