"""A party's link to its own case: a token whose hash alone is kept."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from anlan.kernel.cases.models.cases import Case
from anlan.kernel.sealing.classes import ColumnClass


class FollowLink(models.Model):
    """That whoever holds a token may follow a case, as one of its parties.

    `recipient` is the link's age public key, for which the case's keys are wrapped when it is
    sealed; `identity` its secret key, which only the token opens.
    """

    column_classes: ClassVar = {
        "party": ColumnClass.KEY,
        "token_hash": ColumnClass.KEY,
        "recipient": ColumnClass.KEY,
        "identity": ColumnClass.SEALED,
        "made_at": ColumnClass.TIME,
        "ended_at": ColumnClass.TIME,
    }

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="links")
    party = models.PositiveSmallIntegerField(null=True, blank=True)
    token_hash = models.CharField(max_length=64, unique=True)
    recipient = models.CharField(max_length=62, blank=True, default="")
    identity = models.BinaryField(default=b"")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"link:{self.pk}"
