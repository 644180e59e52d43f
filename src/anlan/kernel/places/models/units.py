"""Posts, units, and when a unit is on duty."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from anlan.kernel.places.models.town import Town
from anlan.kernel.sealing.classes import ColumnClass


class PostKind(models.TextChoices):
    """What kind of post it is; the words a post is named by ("fire 7")."""

    FIRE = "fire"
    POLICE = "police"
    HOSPITAL = "hospital"
    AMBULANCE = "ambulance"


class Post(models.Model):
    """A place where units stand, or a hospital: a facility with a public address, a thing."""

    column_classes: ClassVar = {
        "ident": ColumnClass.THING,
        "kind": ColumnClass.VOCABULARY,
        "name": ColumnClass.THING,
        "address": ColumnClass.THING,
        "lon": ColumnClass.PLACE,
        "lat": ColumnClass.PLACE,
        "made_up": ColumnClass.VOCABULARY,
    }

    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="posts")
    ident = models.CharField(max_length=80)
    kind = models.CharField(max_length=20, choices=PostKind.choices)
    name = models.CharField(max_length=120)
    address = models.CharField(max_length=200, blank=True)
    lon = models.FloatField()
    lat = models.FloatField()
    made_up = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["town", "kind", "ident"], name="post_once_per_town"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.ident}"


class Unit(models.Model):
    """A crew's vehicle: what it can do and where it belongs."""

    column_classes: ClassVar = {
        "ident": ColumnClass.THING,
        "kind": ColumnClass.VOCABULARY,
        "capabilities": ColumnClass.VOCABULARY,
        "lon": ColumnClass.PLACE,
        "lat": ColumnClass.PLACE,
        "on_time": ColumnClass.TIME,
        "off_time": ColumnClass.TIME,
        "inferred": ColumnClass.VOCABULARY,
        "made_up": ColumnClass.VOCABULARY,
    }
    json_classes: ClassVar = {"capabilities": {"[]": ColumnClass.VOCABULARY}}

    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="units")
    ident = models.CharField(max_length=20)
    kind = models.CharField(max_length=30)
    capabilities = models.JSONField(default=list)
    post = models.ForeignKey(
        Post, on_delete=models.PROTECT, null=True, blank=True, related_name="units"
    )
    lon = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)
    on_time = models.TimeField(null=True, blank=True)
    off_time = models.TimeField(null=True, blank=True)
    inferred = models.BooleanField(default=False)
    made_up = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["town", "ident"], name="unit_once_per_town"),
            models.CheckConstraint(
                condition=Q(lon__isnull=True, lat__isnull=True)
                | Q(lon__isnull=False, lat__isnull=False),
                name="unit_point_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.ident


class DutyPeriod(models.Model):
    """A span of time in which a unit is on duty, half-open; inferred from a log or entered."""

    column_classes: ClassVar = {
        "starts_at": ColumnClass.TIME,
        "ends_at": ColumnClass.TIME,
        "inferred": ColumnClass.VOCABULARY,
    }

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="duty_periods")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    inferred = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["unit", "starts_at"])]
        constraints = [
            models.UniqueConstraint(fields=["unit", "starts_at"], name="duty_period_once"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="duty_period_not_empty"
            ),
        ]

    def __str__(self) -> str:
        return f"duty:{self.pk}"
