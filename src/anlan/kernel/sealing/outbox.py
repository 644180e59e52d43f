"""What the outbox needs of the sealing: a contact handed on, and a notice kept until it is sent.

A notice stands under a key that comes from the service's own: whoever runs the server can read what
is in the outbox, as scope.md (rail 2) and the public page say. It is erased once it is delivered
or given up.
"""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Mapping
from typing import Any

from anlan.kernel.sealing import ciphers
from anlan.kernel.sealing.entering import check_writing
from anlan.kernel.sealing.held_keys import service_keys
from anlan.kernel.sealing.keyfile import hkdf_sha256
from anlan.kernel.sealing.models import SealedText
from anlan.kernel.sealing.services import unwrap_living

CONTACT = "contact"


def contact_of(space_ref: str) -> str:
    """Give the newest contact in a party's space, "" where there is none that opens.

    Read by the service on behalf of who sends a notice, and shown to nobody: the caller enters
    that it was used. Part of a write.
    """
    check_writing()
    row = (
        SealedText.objects.filter(
            key__case_ref=space_ref, field=CONTACT, key__wrapped__isnull=False
        )
        .select_related("key")
        .order_by("-written_at", "-key_id")
        .first()
    )
    if row is None:
        return ""
    place = ciphers.text_place(space_ref, CONTACT, row.pk)
    return ciphers.decrypt(unwrap_living(row.key), bytes(row.cipher), bound_to=place).decode()


def seal_notice(ident: uuid.UUID, told: Mapping[str, Any]) -> bytes:
    """Seal a notice's address and words under the outbox's key."""
    plain = json.dumps(told, ensure_ascii=False).encode()
    return ciphers.encrypt(_outbox_key(service_keys().wrapping), plain, bound_to=_place(ident))


def open_notice(ident: uuid.UUID, sealed: bytes) -> dict[str, Any]:
    """Give a notice to the job that sends it; raises Unreadable under another key."""
    keys = service_keys()
    for wrapping in keys.earlier:  # while the wrapping key is being changed
        with contextlib.suppress(ciphers.Unreadable):
            plain = ciphers.decrypt(_outbox_key(wrapping), sealed, bound_to=_place(ident))
            return dict(json.loads(plain))
    plain = ciphers.decrypt(_outbox_key(keys.wrapping), sealed, bound_to=_place(ident))
    return dict(json.loads(plain))


def needs_earlier_key(ident: uuid.UUID, sealed: bytes) -> bool:
    """Say whether a notice opens only while the wrapping key is being changed."""
    keys = service_keys()
    if _opens(keys.wrapping, ident, sealed):
        return False
    return any(_opens(wrapping, ident, sealed) for wrapping in keys.earlier)


def _opens(wrapping: bytes, ident: uuid.UUID, sealed: bytes) -> bool:
    try:
        ciphers.decrypt(_outbox_key(wrapping), sealed, bound_to=_place(ident))
    except ciphers.Unreadable:
        return False
    return True


def _outbox_key(wrapping: bytes) -> bytes:
    return hkdf_sha256(wrapping, info=b"anlan outbox v1", length=ciphers.KEY_BYTES)


def _place(ident: uuid.UUID) -> bytes:
    return f"anlan notice|{ident}".encode()
