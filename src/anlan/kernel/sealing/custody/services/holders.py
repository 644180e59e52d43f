"""Custodians, and wrapping a case's keys anew for them and for the parties' links."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from anlan.kernel.ledger import services as ledger
from anlan.kernel.sealing import queries, rules
from anlan.kernel.sealing.custody import wraps
from anlan.kernel.sealing.entering import check_writing
from anlan.kernel.sealing.models import (
    CUSTODIAN_PATTERN,
    CaseKey,
    Custodian,
    KeyWrap,
    Opening,
    SealedText,
)
from anlan.kernel.sealing.services import (
    unwrap_living,
)
from anlan.kernel.values import Actor, BadInput, Refused, Role, check_role

LEAST_CUSTODIANS = 3
MOST_CUSTODIANS = 7  # each pair has a wrap of its own: 21 wraps for each key


@dataclass(frozen=True, slots=True)
class LinkHolder:
    """A party's living link: its age public key and the spaces that are its own to read."""

    ref: str
    recipient: str
    spaces: tuple[str, ...]


def set_custodians(
    recipients: Mapping[str, str], *, town: str, actor: Actor, at: datetime, recorded_at: datetime
) -> None:
    """Set who holds closed cases' keys from now on: at least three, by name and age public key.

    What was sealed before stays with those who held it then.
    """
    check_role(actor, Role.ADMINISTRATOR)
    checked = _check_custodians(recipients)
    with ledger.write(
        town=town, actor=actor, action=queries.CUSTODIANS_SET, at=at, recorded_at=recorded_at
    ) as write:
        Custodian.objects.filter(town=town, until__isnull=True).update(until=at)
        Custodian.objects.bulk_create(
            Custodian(town=town, ident=ident, recipient=recipient, since=at)
            for ident, recipient in checked.items()
        )
        write.record(
            subject=f"town:{town or 'installation'}",
            about=[queries.custodian_ref(*each) for each in checked.items()],
            fields=["recipient"],
        )


def _check_custodians(recipients: Mapping[str, str]) -> dict[str, str]:
    if not LEAST_CUSTODIANS <= len(recipients) <= MOST_CUSTODIANS:
        raise BadInput(
            _("Name {least} to {most} custodians: any two of them open a closed case.").format(
                least=LEAST_CUSTODIANS, most=MOST_CUSTODIANS
            )
        )
    for ident in recipients:
        if not re.match(CUSTODIAN_PATTERN, ident):
            raise BadInput(
                _("A custodian's name is an office, in small letters, digits and dashes: court.")
            )
    checked = {ident: wraps.check_recipient(text) for ident, text in recipients.items()}
    if len(set(checked.values())) < len(checked):
        raise BadInput(_("Two custodians have the same key; each holds one of its own."))
    return checked


def rewrap(case_ref: str, *, town: str, links: Sequence[LinkHolder] = (), at: datetime) -> int:
    """Wrap every living key of a case for each pair of custodians and for the parties' links, and
    destroy the service's copies; gives how many keys.

    The handlers' notes are wrapped for nobody: no export holds them, so their key ends here, and a
    case that is opened again begins new notes.

    Must run inside `ledger.services.write`. Raises Refused, and changes nothing, where no
    custodians are set (code "no_custodians"): words are not sealed away so that nobody can open
    them; and where they are others than the ledger names ("custodians_altered").
    """
    check_writing()
    held = queries.custodians(town)
    if queries.custodians_altered(town, held):
        raise _others_than_set()
    if not held:
        raise no_custodians()
    holders = {one.ident: one.recipient for one in held}
    living = list(queries.keys_of(case_ref).filter(destroyed_at__isnull=True).select_for_update())
    made = []
    for row in living:
        if row.case_ref == f"{case_ref}:{rules.NOTES}":
            continue
        key = unwrap_living(row)
        made += _wraps_of(row, key, holders, links, at=at)
    KeyWrap.objects.bulk_create(made)
    CaseKey.objects.filter(pk__in=[row.pk for row in living]).update(wrapped=None, destroyed_at=at)
    return len(living)


def no_custodians() -> Refused:
    """Give the refusal to seal away what nobody could open."""
    return Refused(
        _("No custodians are set, so closed cases stay with the service: anlan custodians set."),
        code="no_custodians",
    )


def _others_than_set() -> Refused:
    """Give the refusal to seal away for those whom nobody set by the command."""
    return Refused(
        _(
            "The custodians in the database are not those that were set: nothing is sealed away. "
            "Find out who changed them, then set them anew: anlan custodians set."
        ),
        code="custodians_altered",
    )


def _wraps_of(
    row: CaseKey,
    key: bytes,
    holders: Mapping[str, str],
    links: Sequence[LinkHolder],
    *,
    at: datetime,
) -> list[KeyWrap]:
    recipients = {
        f"{one}+{two}": [holders[one], holders[two]] for one, two in wraps.pairs_of(holders)
    }
    recipients |= {link.ref: [link.recipient] for link in links if row.case_ref in link.spaces}
    return [
        KeyWrap(
            key=row,
            holder=holder,
            wrapped=wraps.wrap_for(theirs, key, case_ref=row.case_ref),
            made_at=at,
        )
        for holder, theirs in recipients.items()
    ]


def end_wraps(link_ref: str) -> int:
    """Destroy what a link could open; gives how many wraps went. Inside `ledger.services.write`."""
    check_writing()
    return KeyWrap.objects.filter(holder=link_ref).delete()[0]


def destroy(case_ref: str) -> int:
    """Destroy every wrap of every key of a case, and its texts; gives how many keys went.

    Must run inside `ledger.services.write`. Copies of the ciphertext elsewhere stay shut for good.
    """
    check_writing()
    keys = queries.keys_of(case_ref)
    refs = list(keys.values_list("pk", flat=True))
    KeyWrap.objects.filter(key__in=refs).delete()
    SealedText.objects.filter(key__in=refs).delete()
    Opening.objects.filter(case_ref=case_ref).delete()
    CaseKey.objects.filter(pk__in=refs).delete()
    return len(refs)
