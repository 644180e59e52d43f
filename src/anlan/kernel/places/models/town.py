"""The town, its stored roads, and the streets that are closed or slowed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from anlan.kernel.sealing.classes import ColumnClass


def default_level_profiles() -> list[str]:
    """Give the service-level profiles that a new town runs its timers by."""
    return ["nfpa-1225-2022", "nfpa-1710"]


class Town(models.Model):
    """A town with its zone, its clock, and the factor between free flow and observed times."""

    column_classes: ClassVar = {
        "key": ColumnClass.THING,
        "name": ColumnClass.THING,
        "zone": ColumnClass.VOCABULARY,
        "country": ColumnClass.VOCABULARY,
        "part": ColumnClass.VOCABULARY,
        "made_up": ColumnClass.VOCABULARY,
        "made_up_note": ColumnClass.VOCABULARY,
        "clock_real_anchor": ColumnClass.TIME,
        "clock_town_anchor": ColumnClass.TIME,
        "clock_speed": ColumnClass.FIGURE,
        "factor": ColumnClass.FIGURE,
        "factor_error": ColumnClass.FIGURE,
        "level_profiles": ColumnClass.VOCABULARY,
        "created_at": ColumnClass.TIME,
    }
    json_classes: ClassVar = {
        "factor_error": {
            "n": ColumnClass.FIGURE,
            "p50_error_s": ColumnClass.FIGURE,
            "p90_error_s": ColumnClass.FIGURE,
            "mean_abs_pct_error": ColumnClass.FIGURE,
            "fitted_at": ColumnClass.TIME,
        },
        "level_profiles": {"[]": ColumnClass.VOCABULARY},
    }

    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    zone = models.CharField(max_length=64)
    country = models.CharField(max_length=2, blank=True)
    part = models.CharField(max_length=3, blank=True, help_text="of its country: BW of DE")
    made_up = models.BooleanField(default=False)
    made_up_note = models.CharField(max_length=40, blank=True)
    clock_real_anchor = models.DateTimeField()
    clock_town_anchor = models.DateTimeField()
    clock_speed = models.FloatField(default=1.0)
    factor = models.FloatField(default=1.0)
    factor_error = models.JSONField(default=dict, blank=True)
    level_profiles = models.JSONField(default=default_level_profiles)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(clock_speed__gt=0), name="town_clock_runs_forward"),
            models.CheckConstraint(condition=Q(factor__gt=0), name="town_factor_positive"),
        ]

    def __str__(self) -> str:
        return self.key


class RoadSnapshot(models.Model):
    """One import of roads; its arrays stand in a folder of the installation."""

    column_classes: ClassVar = {
        "folder": ColumnClass.THING,
        "nodes": ColumnClass.FIGURE,
        "edges": ColumnClass.FIGURE,
        "arcs": ColumnClass.FIGURE,
        "km": ColumnClass.FIGURE,
        "cut_off_nodes": ColumnClass.FIGURE,
        "restrictions": ColumnClass.FIGURE,
        "west": ColumnClass.FIGURE,
        "south": ColumnClass.FIGURE,
        "east": ColumnClass.FIGURE,
        "north": ColumnClass.FIGURE,
        "source": ColumnClass.VOCABULARY,
        "attribution": ColumnClass.VOCABULARY,
        "active": ColumnClass.VOCABULARY,
        "imported_at": ColumnClass.TIME,
    }

    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="road_snapshots")
    folder = models.CharField(max_length=60)
    nodes = models.PositiveIntegerField()
    edges = models.PositiveIntegerField()
    arcs = models.PositiveIntegerField()
    km = models.FloatField()
    cut_off_nodes = models.PositiveIntegerField()
    restrictions = models.PositiveIntegerField()
    west = models.FloatField()
    south = models.FloatField()
    east = models.FloatField()
    north = models.FloatField()
    source = models.CharField(max_length=20)
    attribution = models.CharField(max_length=20)
    active = models.BooleanField(default=False)
    imported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["town"], condition=Q(active=True), name="one_active_snapshot_per_town"
            ),
            models.UniqueConstraint(fields=["town", "folder"], name="snapshot_folder_once"),
        ]

    def __str__(self) -> str:
        return self.folder


class Closure(models.Model):
    """A street segment that is closed (speed factor 0) or slowed, for a time.

    The point on the street is kept, since segment numbers change when roads are imported anew.
    """

    column_classes: ClassVar = {
        "segment": ColumnClass.KEY,
        "forward": ColumnClass.VOCABULARY,
        "backward": ColumnClass.VOCABULARY,
        "speed_factor": ColumnClass.FIGURE,
        "lon": ColumnClass.PLACE,
        "lat": ColumnClass.PLACE,
        "starts_at": ColumnClass.TIME,
        "ends_at": ColumnClass.TIME,
        "reason_code": ColumnClass.VOCABULARY,
        "set_by": ColumnClass.STAFF,
        "lifted_at": ColumnClass.TIME,
    }

    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="closures")
    snapshot = models.ForeignKey(RoadSnapshot, on_delete=models.PROTECT, related_name="closures")
    segment = models.PositiveIntegerField()
    forward = models.BooleanField(default=True)
    backward = models.BooleanField(default=True)
    speed_factor = models.FloatField(default=0.0)
    lon = models.FloatField()
    lat = models.FloatField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    reason_code = models.CharField(max_length=20, blank=True)
    set_by = models.CharField(max_length=40)
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["town", "lifted_at"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(speed_factor__gte=0) & Q(speed_factor__lt=1),
                name="closure_factor_below_one",
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="closure_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"closure:{self.pk}"
