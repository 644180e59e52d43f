"""Texts in clear, in the hands of who opened them: for the sealing itself, which entered that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from anlan.kernel.sealing import ciphers
from anlan.kernel.sealing.models import CaseKey
from anlan.kernel.sealing.personal_fields import reading_place
from anlan.kernel.values import Refused


@dataclass(frozen=True, slots=True)
class OpenedText:
    """A text in clear, in the hands of the person who opened it."""

    field: str
    text: str
    written_at: datetime
    author_ref: str
    space: str = ""  # the reference whose key it stood under
    id: str = ""


def decrypt_texts(keys: Iterable[tuple[CaseKey, bytes]]) -> tuple[OpenedText, ...]:
    """Give all texts under some keys in clear; one sentence where one was altered since."""
    opened = []
    for row, key in keys:
        for text in row.texts.all():
            place = ciphers.text_place(row.case_ref, text.field, text.pk)
            try:
                plain = ciphers.decrypt(key, bytes(text.cipher), bound_to=place).decode()
            except ciphers.Unreadable as fault:
                raise _altered() from fault
            opened.append(
                OpenedText(
                    text.field, plain, text.written_at, text.author_ref, row.case_ref, str(text.pk)
                )
            )
    return in_reading_order(opened)


def _altered() -> Refused:
    return Refused(
        _(
            "A text of this case was altered in the database, so its words don't open here; tell "
            "whoever runs the server."
        ),
        code="text_altered",
    )


def in_reading_order(opened: Iterable[OpenedText]) -> tuple[OpenedText, ...]:
    """Give texts oldest first, those of one moment as their fields are declared."""
    return tuple(
        sorted(
            opened,
            key=lambda each: (each.written_at, reading_place(each.space, each.field), each.id),
        )
    )
