"""Tasks: what somebody has to do in a case by when. Words about it stand sealed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from anlan.kernel.cases.models.cases import Case
from anlan.kernel.sealing.classes import ColumnClass


class Task(models.Model):
    """One thing to do: its kind out of the type's list, for whom, until when."""

    column_classes: ClassVar = {
        "kind": ColumnClass.VOCABULARY,
        "party": ColumnClass.KEY,
        "for_role": ColumnClass.VOCABULARY,
        "staff_ref": ColumnClass.STAFF,
        "due_at": ColumnClass.TIME,
        "made_at": ColumnClass.TIME,
        "done_at": ColumnClass.TIME,
        "done_by": ColumnClass.STAFF,
        "outcome": ColumnClass.VOCABULARY,
    }

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="tasks")
    kind = models.CharField(max_length=40)
    party = models.PositiveSmallIntegerField(null=True, blank=True)
    for_role = models.CharField(max_length=20, blank=True)
    staff_ref = models.CharField(max_length=80, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.CharField(max_length=80, blank=True)
    outcome = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["staff_ref", "due_at"],
                condition=Q(done_at__isnull=True),
                name="cases_task_open",
            ),
        ]

    def __str__(self) -> str:
        return f"task:{self.pk}"
