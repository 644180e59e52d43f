"""Offices: who handles cases, on which tier. An office is a thing of the town, not a person."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from anlan.kernel.cases.rules.types import Tier
from anlan.kernel.places.models import Town
from anlan.kernel.sealing.classes import ColumnClass
from anlan.kernel.staff.models import Staff


class Office(models.Model):
    """A committee, station or team that handles cases, on one tier."""

    column_classes: ClassVar = {
        "ident": ColumnClass.KEY,
        "name": ColumnClass.THING,
        "telephone": ColumnClass.THING,
        "tier": ColumnClass.VOCABULARY,
        "made_up": ColumnClass.FIGURE,
        "closed_at": ColumnClass.TIME,
    }

    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="offices")
    ident = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    telephone = models.CharField(max_length=30, blank=True, default="")  # where residents call
    tier = models.CharField(max_length=10, choices=[(t.value, t.value) for t in Tier])
    made_up = models.BooleanField(default=False)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["town", "ident"], name="cases_office_once"),
        ]

    def __str__(self) -> str:
        return f"office:{self.pk}"


class OfficeMember(models.Model):
    """That an account works at an office: it sees what its role may see there."""

    column_classes: ClassVar = {"since": ColumnClass.TIME}

    office = models.ForeignKey(Office, on_delete=models.CASCADE, related_name="members")
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["office", "staff"], name="cases_office_member_once"),
        ]

    def __str__(self) -> str:
        return f"member of office:{self.office_id}"
