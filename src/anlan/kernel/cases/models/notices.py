"""The outbox: what is to be sent to a party, with its address and words as ciphertext."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from anlan.kernel.cases.models.cases import Case
from anlan.kernel.cases.rules.notices import NoticeState
from anlan.kernel.sealing.classes import ColumnClass


class Notice(models.Model):
    """One message. Address and words go once it was delivered or given up; the outcome stays.

    `ident` is what the receiver sees as the message's id, the same at every attempt. `next_at`,
    `leased_until` and `expires_at` are real time, since gateways know no other; `made_at` and
    `ended_at` are the town's.
    """

    column_classes: ClassVar = {
        "ident": ColumnClass.KEY,
        "party": ColumnClass.KEY,
        "channel": ColumnClass.VOCABULARY,
        "template": ColumnClass.VOCABULARY,
        "sealed": ColumnClass.SEALED,
        "state": ColumnClass.VOCABULARY,
        "outcome": ColumnClass.VOCABULARY,
        "attempts": ColumnClass.FIGURE,
        "next_at": ColumnClass.TIME,
        "leased_until": ColumnClass.TIME,
        "expires_at": ColumnClass.TIME,
        "made_at": ColumnClass.TIME,
        "ended_at": ColumnClass.TIME,
    }

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notices")
    ident = models.UUIDField(unique=True)
    party = models.PositiveSmallIntegerField(null=True, blank=True)
    channel = models.CharField(max_length=12)
    template = models.CharField(max_length=40)
    sealed = models.BinaryField(null=True)
    state = models.CharField(max_length=12, choices=[(s.value, s.value) for s in NoticeState])
    outcome = models.CharField(max_length=40, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["channel", "next_at"],
                condition=Q(state="waiting"),
                name="cases_notice_waiting",
            ),
            models.Index(
                fields=["expires_at"], condition=Q(state="waiting"), name="cases_notice_expires"
            ),
            models.Index(
                fields=["leased_until"], condition=Q(state="sending"), name="cases_notice_sending"
            ),
        ]

    def __str__(self) -> str:
        return f"notice:{self.pk}"
