"""Versions of an agreement and who confirmed which."""

from __future__ import annotations

from anlan.areas.mediation.models import Agreement
from anlan.areas.mediation.queries.rows import AgreementRow, ConfirmationRow


def agreements_of(case_id: int) -> list[AgreementRow]:
    """Give every version of a case's agreement, the oldest first."""
    found = Agreement.objects.filter(case_id=case_id).order_by("version")
    return [
        AgreementRow(
            id=one.pk,
            version=one.version,
            form=one.form,
            state=one.state,
            drafted_at=one.drafted_at,
            in_force_at=one.in_force_at,
            confirmations=tuple(
                ConfirmationRow(each.party, each.heard_at, each.confirmed_at, each.how)
                for each in sorted(one.confirmations.all(), key=lambda row: row.party)
            ),
        )
        for one in found.prefetch_related("confirmations")
    ]


def versions_of_texts(case_id: int) -> dict[str, tuple[int, str]]:
    """Give of which version of the agreement each sealed text is, and that version's state."""
    found = {}
    for one in Agreement.objects.filter(case_id=case_id):
        for text in (*one.texts, one.hash_text):
            found[text] = (one.version, one.state)
    return found
