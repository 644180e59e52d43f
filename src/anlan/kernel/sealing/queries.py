"""What may be known about sealed things without opening them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from anlan.kernel.sealing import ciphers
from anlan.kernel.sealing.models import CaseKey, Opening, SealedText


@dataclass(frozen=True, slots=True)
class OpeningRow:
    """Who opened a case, when and why: what its resident may read."""

    case_ref: str
    actor_ref: str
    purpose: str
    opened_at: datetime


def sealed_fields(case_refs: Sequence[str]) -> dict[str, dict[str, int]]:
    """Count the sealed texts of each case by field, in one query: {case: {field: count}}."""
    counts: dict[str, dict[str, int]] = {ref: {} for ref in case_refs}
    rows = SealedText.objects.filter(key__case_ref__in=case_refs).values_list(
        "key__case_ref", "field"
    )
    for case_ref, field in rows:
        counts[case_ref][field] = counts[case_ref].get(field, 0) + 1
    return counts


def openings_of(case_ref: str) -> list[OpeningRow]:
    """Give every opening of a case, oldest first."""
    rows = Opening.objects.filter(case_ref=case_ref).order_by("id")
    return [OpeningRow(r.case_ref, r.actor_ref, r.purpose, r.opened_at) for r in rows]


def check_service_key() -> None:
    """Raise a sentence when the key file is not the one that the open cases are wrapped with."""
    latest = CaseKey.objects.filter(destroyed_at__isnull=True).order_by("-id").first()
    have = settings.ANLAN_KEYS.fingerprint
    if latest is not None and latest.service_key != have:
        raise ciphers.wrong_key(have=have, need=latest.service_key)
