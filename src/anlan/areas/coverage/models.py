"""Tables of coverage planning: what was asked, and how far the machine is with it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from anlan.kernel.sealing.classes import ColumnClass


class StudyState(models.TextChoices):
    """Where a study stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


class Study(models.Model):
    """A what-if that somebody asked: the town as it is against one scenario, run in the background.

    A scenario is made of choices; nobody's words stand in it. The report is a file of the
    installation, towns/KEY/studies/ID/report.json. `beat_at` tells that its process lives.
    """

    column_classes: ClassVar = {
        "new_lon": ColumnClass.PLACE,
        "new_lat": ColumnClass.PLACE,
        "replications": ColumnClass.FIGURE,
        "seed": ColumnClass.FIGURE,
        "state": ColumnClass.VOCABULARY,
        "share": ColumnClass.FIGURE,
        "stop_asked": ColumnClass.VOCABULARY,
        "fault_code": ColumnClass.VOCABULARY,
        "asked_at": ColumnClass.TIME,
        "beat_at": ColumnClass.TIME,
        "ended_at": ColumnClass.TIME,
    }
    json_classes: ClassVar = {
        "scenario": {
            "close[]": ColumnClass.KEY,
            "remove[]": ColumnClass.KEY,
            "move_unit": ColumnClass.KEY,
            "move_to": ColumnClass.KEY,
            "new_kind": ColumnClass.VOCABULARY,
            "source": ColumnClass.VOCABULARY,
            "dispatch": ColumnClass.VOCABULARY,
            "move_up": ColumnClass.VOCABULARY,
        }
    }

    town = models.ForeignKey("places.Town", on_delete=models.PROTECT, related_name="studies")
    scenario = models.JSONField(default=dict)
    new_lon = models.FloatField(null=True)
    new_lat = models.FloatField(null=True)
    replications = models.PositiveIntegerField()
    seed = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=StudyState.choices, default=StudyState.QUEUED)
    share = models.FloatField(default=0.0)
    stop_asked = models.BooleanField(default=False)
    fault_code = models.CharField(max_length=20, blank=True)
    asked_at = models.DateTimeField()
    beat_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["town", "state"], name="study_by_state")]
        constraints = [
            models.CheckConstraint(
                condition=Q(new_lon__isnull=True, new_lat__isnull=True)
                | Q(new_lon__isnull=False, new_lat__isnull=False),
                name="study_point_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"study:{self.pk}"
