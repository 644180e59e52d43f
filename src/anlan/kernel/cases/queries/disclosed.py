"""What stands beside the words of the one case that an authority is shown; no handlers' notes.

Whether it may be shown is asked before, by the disclosure that was granted.
"""

from __future__ import annotations

from dataclasses import dataclass

from anlan.kernel.cases.models import Case
from anlan.kernel.cases.queries.cases import parties_of, row_of_case
from anlan.kernel.cases.queries.papers import DocumentRow, documents_without_notes
from anlan.kernel.cases.queries.rows import CaseRow, PartyRow
from anlan.kernel.values import whole_number


@dataclass(frozen=True, slots=True)
class ShownCase:
    """A case's head, its parties by number and its documents, unopened."""

    row: CaseRow
    parties: tuple[PartyRow, ...]
    documents: tuple[DocumentRow, ...]


def shown_case(case_ref: str) -> ShownCase | None:
    """Give a case by its reference; None for what is no case of the kernel's, as an incident."""
    kind, _colon, number = case_ref.partition(":")
    one = Case.objects.filter(pk=whole_number(number) or 0, type=kind).first()
    if one is None:
        return None
    documents = documents_without_notes(one.pk)
    return ShownCase(row_of_case(one), tuple(parties_of(one.pk)), tuple(documents))
