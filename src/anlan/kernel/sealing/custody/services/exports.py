"""One sealed case as a file for two custodians."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from anlan.kernel.sealing import queries, rules
from anlan.kernel.sealing.custody import packages
from anlan.kernel.sealing.entering import Door, Opens, enter_opening
from anlan.kernel.sealing.models import (
    CaseKey,
)
from anlan.kernel.sealing.rules import EXPORT_PURPOSES, AskedBy, Purpose, Standing
from anlan.kernel.sealing.services import (
    standing_of,
)
from anlan.kernel.values import Actor, BadInput, Refused, Role, check_role


def export_case(
    case_ref: str,
    *,
    town: str,
    actor: Actor,
    purpose: Purpose,
    at: datetime,
    recorded_at: datetime,
    granted: bool = False,
    shown_from: datetime | None = None,
    asked_by: AskedBy | None = None,
) -> str:
    """Write one sealed case as a file for two custodians: doubly wrapped keys, ciphertexts.

    Nothing is read by this, yet it is entered as an opening, counts against the budget and shows
    on the party's page. The handlers' notes are in no export. For an authority it is written by a
    granted disclosure only, to the person who handles it: `granted`, `shown_from` and `asked_by`
    are the door's own (`open_one`), passed by the area of oversight alone.
    """

    def look() -> Door[list[packages.PackedKey]]:
        standing = _check_export(case_ref, town=town, actor=actor, purpose=purpose, granted=granted)
        keys = _exported(case_ref)
        fields = sorted({text.field for key in keys for text in key.texts})
        return Door(fields, keys, blocks=rules.budget_blocks(purpose, standing=standing))

    opens = Opens(
        case_ref,
        rules.parts_of(case_ref, dict.fromkeys(key.ref for key in look().behind)),
        town=town,
        actor=actor,
        role=rules.CUSTODIANS,
        purpose=purpose,
        at=at,
        recorded_at=recorded_at,
        shown_from=shown_from,
        asked_by=asked_by,
    )
    keys = enter_opening(opens, look)
    return packages.pack(
        case_ref, town=town, purpose=purpose.value, exported_at=recorded_at, keys=keys
    )


def _check_export(
    case_ref: str, *, town: str, actor: Actor, purpose: Purpose, granted: bool
) -> Standing:
    """Give the case's standing, or refuse; for an authority as the one door does."""
    standing = standing_of(case_ref)
    if purpose is Purpose.DISCLOSURE:
        return rules.check_open(
            actor, purpose=purpose, town=town, standing=standing, granted=granted
        )
    check_role(actor, Role.ADMINISTRATOR, Role.SUPERVISOR)
    if purpose not in EXPORT_PURPOSES:
        known = ", ".join(one.value for one in EXPORT_PURPOSES)
        raise BadInput(_("Custodians open for one of: {known}.").format(known=known))
    if standing is None or standing.town != town:
        raise Refused(_("There is no such case in this town."), code="no_such_case")
    return standing


def _exported(case_ref: str) -> list[packages.PackedKey]:
    rows: QuerySet[CaseKey] = queries.keys_of(case_ref).filter(wraps__holder__contains="+")
    found = []
    for row in rows.distinct().order_by("id").prefetch_related("texts", "wraps"):
        if row.case_ref == f"{case_ref}:{rules.NOTES}":
            continue  # sealed by an older version, which wrapped it
        held = {each.holder: bytes(each.wrapped) for each in row.wraps.all() if "+" in each.holder}
        texts = [
            packages.PackedText(str(text.pk), text.field, text.written_at, bytes(text.cipher))
            for text in row.texts.all()
        ]
        found.append(packages.PackedKey(row.case_ref, row.created_at, held, texts))
    if not found:
        raise Refused(
            _("Custodians hold nothing of this case: it was not sealed yet, or is erased."),
            code="nothing_sealed",
        )
    return found
