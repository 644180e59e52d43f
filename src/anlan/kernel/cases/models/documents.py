"""Documents of a case: encrypted files outside the web root; here is what may stand in clear."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from anlan.kernel.cases.models.cases import Case
from anlan.kernel.sealing.classes import ColumnClass


class Document(models.Model):
    """One file: its space, kind and size. Its name is a sealed text, its bytes a sealed file.

    `sealed_key` is the file's own key under the space's key `case_key`; it goes when the document
    is removed, and the bytes with it.
    """

    column_classes: ClassVar = {
        "space": ColumnClass.KEY,
        "kind": ColumnClass.VOCABULARY,
        "media_type": ColumnClass.VOCABULARY,
        "size_bytes": ColumnClass.FIGURE,
        "stored_as": ColumnClass.KEY,
        "sealed_key": ColumnClass.SEALED,
        "name_text": ColumnClass.KEY,
        "cipher_hash": ColumnClass.KEY,
        "scan": ColumnClass.VOCABULARY,
        "added_by": ColumnClass.STAFF,
        "added_at": ColumnClass.TIME,
        "removed_at": ColumnClass.TIME,
    }

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="documents")
    space = models.CharField(max_length=12, blank=True)
    kind = models.CharField(max_length=40)
    media_type = models.CharField(max_length=40)
    size_bytes = models.PositiveIntegerField()
    stored_as = models.UUIDField(unique=True)
    case_key = models.ForeignKey(
        "sealing.CaseKey", on_delete=models.PROTECT, related_name="documents"
    )
    sealed_key = models.BinaryField(null=True)
    name_text = models.UUIDField()
    cipher_hash = models.CharField(max_length=64)
    scan = models.CharField(max_length=12)
    added_by = models.CharField(max_length=80)
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["case", "space"], name="cases_document_of_case")]

    def __str__(self) -> str:
        return f"document:{self.pk}"
