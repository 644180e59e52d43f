"""Tables of dispatch: incidents, who was sent, unit statuses, run cards, figures of arrivals.

No workflow here. The constraint `one_open_assignment_per_unit` is what decides a race for a unit.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from anlan.kernel.places.models import Post, Town, Unit
from anlan.kernel.sealing.classes import ColumnClass


class Incident(models.Model):
    """What happened, without any text: type, state, times, area cell. Words are sealed."""

    column_classes: ClassVar = {
        "number": ColumnClass.KEY,
        "type": ColumnClass.VOCABULARY,
        "priority": ColumnClass.VOCABULARY,
        "state": ColumnClass.VOCABULARY,
        "alarm_level": ColumnClass.VOCABULARY,
        "cell": ColumnClass.FIGURE,
        "received_at": ColumnClass.TIME,
        "triaged_at": ColumnClass.TIME,
        "first_dispatched_at": ColumnClass.TIME,
        "first_en_route_at": ColumnClass.TIME,
        "first_on_scene_at": ColumnClass.TIME,
        "working_at": ColumnClass.TIME,
        "requeued_at": ColumnClass.TIME,
        "closed_at": ColumnClass.TIME,
        "result_code": ColumnClass.VOCABULARY,
        "merged_into": ColumnClass.KEY,
        "made_up": ColumnClass.VOCABULARY,
        "version": ColumnClass.FIGURE,
    }

    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="incidents")
    number = models.PositiveIntegerField()
    type = models.CharField(max_length=40)
    priority = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=20)
    alarm_level = models.PositiveSmallIntegerField(default=1)
    cell = models.CharField(max_length=15)
    received_at = models.DateTimeField()
    triaged_at = models.DateTimeField(null=True, blank=True)
    first_dispatched_at = models.DateTimeField(null=True, blank=True)
    first_en_route_at = models.DateTimeField(null=True, blank=True)
    first_on_scene_at = models.DateTimeField(null=True, blank=True)
    working_at = models.DateTimeField(null=True, blank=True)
    requeued_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    result_code = models.CharField(max_length=30, blank=True)
    merged_into = models.PositiveIntegerField(null=True, blank=True)
    made_up = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["town", "number"], name="incident_number_once"),
        ]
        indexes = [
            models.Index(fields=["town", "state"]),
            models.Index(fields=["town", "closed_at"]),
        ]

    def __str__(self) -> str:
        return f"incident:{self.pk}"


class IncidentPlace(models.Model):
    """Where an open incident is: the one table with its point in clear; the row goes on sealing."""

    column_classes: ClassVar = {
        "lon": ColumnClass.PLACE,
        "lat": ColumnClass.PLACE,
        "segment": ColumnClass.PLACE,
        "snap_m": ColumnClass.FIGURE,
        "street": ColumnClass.PLACE,
    }

    incident = models.OneToOneField(
        Incident, on_delete=models.CASCADE, related_name="place", primary_key=True
    )
    lon = models.FloatField()
    lat = models.FloatField()
    segment = models.IntegerField(default=-1)
    snap_m = models.FloatField(default=0.0)
    street = models.CharField(max_length=160, blank=True)

    class Meta:
        db_table = "incident_place"

    def __str__(self) -> str:
        return f"place of incident:{self.incident_id}"


class Assignment(models.Model):
    """A unit sent to an incident, with the times that its statuses wrote."""

    column_classes: ClassVar = {
        "recommended": ColumnClass.VOCABULARY,
        "rank": ColumnClass.FIGURE,
        "travel_s": ColumnClass.FIGURE,
        "free_flow_s": ColumnClass.FIGURE,
        "reason_code": ColumnClass.VOCABULARY,
        "dispatched_at": ColumnClass.TIME,
        "en_route_at": ColumnClass.TIME,
        "on_scene_at": ColumnClass.TIME,
        "transporting_at": ColumnClass.TIME,
        "at_hospital_at": ColumnClass.TIME,
        "cleared_at": ColumnClass.TIME,
        "outcome": ColumnClass.VOCABULARY,
    }

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="assignments")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="assignments")
    recommended = models.BooleanField(default=False)
    rank = models.PositiveSmallIntegerField(default=0)
    travel_s = models.FloatField(null=True, blank=True)
    free_flow_s = models.FloatField(null=True, blank=True)
    reason_code = models.CharField(max_length=30, blank=True)
    dispatched_at = models.DateTimeField()
    en_route_at = models.DateTimeField(null=True, blank=True)
    on_scene_at = models.DateTimeField(null=True, blank=True)
    transporting_at = models.DateTimeField(null=True, blank=True)
    at_hospital_at = models.DateTimeField(null=True, blank=True)
    cleared_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unit"],
                condition=Q(cleared_at__isnull=True),
                name="one_open_assignment_per_unit",
            ),
        ]
        indexes = [models.Index(fields=["incident", "cleared_at"])]

    def __str__(self) -> str:
        return f"assignment:{self.pk}"


class UnitState(models.Model):
    """A unit's status now and where its vehicle was last (the latest point only, no history).

    `covering` is the post that it stands by at instead of its own, until it goes back.
    """

    column_classes: ClassVar = {
        "status": ColumnClass.VOCABULARY,
        "since": ColumnClass.TIME,
        "lon": ColumnClass.PLACE,
        "lat": ColumnClass.PLACE,
        "position_at": ColumnClass.TIME,
        "covering_due_at": ColumnClass.TIME,
        "version": ColumnClass.FIGURE,
    }

    unit = models.OneToOneField(
        Unit, on_delete=models.CASCADE, related_name="dispatch_state", primary_key=True
    )
    status = models.CharField(max_length=20)
    since = models.DateTimeField()
    incident = models.ForeignKey(
        Incident, on_delete=models.SET_NULL, null=True, blank=True, related_name="unit_states"
    )
    lon = models.FloatField(null=True, blank=True)
    lat = models.FloatField(null=True, blank=True)
    position_at = models.DateTimeField(null=True, blank=True)
    covering = models.ForeignKey(
        Post, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    covering_due_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"state of unit:{self.unit_id}"


class RunCard(models.Model):
    """A town's own run card for a type: replaces the shipped one, level by level."""

    column_classes: ClassVar = {
        "type": ColumnClass.VOCABULARY,
        "alarm_level": ColumnClass.VOCABULARY,
        "needs": ColumnClass.VOCABULARY,
        "imported_at": ColumnClass.TIME,
    }
    json_classes: ClassVar = {
        "needs": {
            "[].capability": ColumnClass.VOCABULARY,
            "[].count": ColumnClass.FIGURE,
        },
    }

    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="run_cards")
    type = models.CharField(max_length=40)
    alarm_level = models.PositiveSmallIntegerField(default=1)
    needs = models.JSONField(default=list)
    imported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["town", "type", "alarm_level"], name="run_card_once_per_level"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.alarm_level}"


class RunCardChange(models.Model):
    """A change of run cards that waits for its second person, or was decided (rail 6).

    An urgent one works at once, and no longer than `URGENT_LASTS` without a second person.
    """

    column_classes: ClassVar = {
        "urgent": ColumnClass.FIGURE,
        "proposed_by": ColumnClass.STAFF,
        "proposed_at": ColumnClass.TIME,
        "decided_by": ColumnClass.STAFF,
        "decided_at": ColumnClass.TIME,
        "agreed": ColumnClass.FIGURE,
    }
    json_classes: ClassVar = {
        "cards": {
            "[].type": ColumnClass.VOCABULARY,
            "[].levels[][].capability": ColumnClass.VOCABULARY,
            "[].levels[][].count": ColumnClass.FIGURE,
        },
    }

    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="run_card_changes")
    cards = models.JSONField(default=list)
    urgent = models.BooleanField(default=False)
    proposed_by = models.CharField(max_length=80)
    proposed_at = models.DateTimeField()
    decided_by = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    agreed = models.BooleanField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["town"], condition=Q(decided_at__isnull=True), name="run_card_change_open"
            )
        ]

    def __str__(self) -> str:
        return f"runcard_change:{self.pk}"


class ArrivalFigure(models.Model):
    """What is learned from an arrival: figures without a point, a person or an incident."""

    column_classes: ClassVar = {
        "cell": ColumnClass.FIGURE,
        "hour_band": ColumnClass.FIGURE,
        "post_ref": ColumnClass.THING,
        "unit_kind": ColumnClass.VOCABULARY,
        "free_flow_s": ColumnClass.FIGURE,
        "observed_s": ColumnClass.FIGURE,
    }

    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="arrival_figures")
    cell = models.CharField(max_length=15)
    hour_band = models.PositiveSmallIntegerField()
    post_ref = models.CharField(max_length=64, blank=True)
    unit_kind = models.CharField(max_length=30)
    free_flow_s = models.FloatField()
    observed_s = models.FloatField()

    class Meta:
        indexes = [models.Index(fields=["town", "hour_band"])]

    def __str__(self) -> str:
        return f"arrival:{self.pk}"
