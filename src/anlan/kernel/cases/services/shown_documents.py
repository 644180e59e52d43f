"""A document in clear for whom its area opened it by the one door, beside a case's own readers."""

from __future__ import annotations

from collections.abc import Iterable

from anlan.kernel.cases.models import Document
from anlan.kernel.cases.services.documents import (
    OpenedDocument,
    decrypt_document,
    no_such_document,
)
from anlan.kernel.sealing import files
from anlan.kernel.sealing.services import OpenedText


def document_in(document_id: int, *, case_ref: str, opened: Iterable[OpenedText]) -> OpenedDocument:
    """Give a document of a case in clear, its name among the words that were `opened` for it.

    The opening of its space was entered before, and named this document.
    """
    kind, _colon, number = case_ref.partition(":")
    there = Document.objects.filter(removed_at__isnull=True, case_id=int(number), case__type=kind)
    one = there.filter(pk=document_id).select_related("case").first()
    if one is None:
        raise no_such_document()
    names = {text.id: text.text for text in opened}
    key = files.service_key_of(one.case_key_id)
    return decrypt_document(one, case_key=key, name=names.get(str(one.name_text), ""))
