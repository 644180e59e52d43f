"""What guards of hazards see beside the kernel's facts."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import F

from anlan.kernel.cases.models import Document


def extra_facts(case_id: int) -> Mapping[str, object]:
    """Give how many photos of afterwards staff added since it was said to be fixed.

    An owner's picture, a reporter's, and one of an earlier recheck show nothing of today.
    """
    photos = Document.objects.filter(
        case=case_id,
        kind="after",
        removed_at__isnull=True,
        added_by__startswith="staff:",
        added_at__gte=F("case__state_since"),
    )
    return {"after_photos": photos.count()}
