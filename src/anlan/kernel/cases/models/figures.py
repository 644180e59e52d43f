"""Published counts: what was let out, so that the audit can look at all of it together."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from anlan.kernel.places.models import Town
from anlan.kernel.sealing.classes import ColumnClass


class Release(models.Model):
    """One table of counts as published: subject, period and cells; a withheld cell is null.

    `counted` holds the grid as it was counted then, withheld counts too, and is never shown: a
    year is the sum of its quarters as they were published.
    """

    column_classes: ClassVar = {
        "subject": ColumnClass.VOCABULARY,
        "period_from": ColumnClass.TIME,
        "period_to": ColumnClass.TIME,
        "released_at": ColumnClass.TIME,
    }
    json_classes: ClassVar = {
        "cells": {"[].key": ColumnClass.VOCABULARY, "[].count": ColumnClass.FIGURE},
        "counted": {"[].key": ColumnClass.VOCABULARY, "[].count": ColumnClass.FIGURE},
    }

    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(max_length=40)
    period_from = models.DateField()
    period_to = models.DateField()
    released_at = models.DateTimeField()
    cells = models.JSONField(default=list)
    counted = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["town", "subject", "period_from", "period_to"], name="cases_release_once"
            ),
        ]

    def __str__(self) -> str:
        return f"release:{self.pk}"
