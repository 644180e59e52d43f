"""Imported call logs: what was called for and which units answered; no word about a person."""

from __future__ import annotations

from django.db import models

from anlan.kernel.sealing.classes import ColumnClass


class LoggedCall(models.Model):
    """One call of an imported log. Its point is the middle of a block, never an address.

    `points` says how the log's own points came: "block" (the publisher's midpoint, kept) or
    "exact" (moved to the block's middle at import, the exact point never stored).
    """

    town = models.ForeignKey("places.Town", on_delete=models.PROTECT, related_name="logged_calls")
    number = models.CharField(max_length=40)
    mapping = models.CharField(max_length=40)
    type = models.CharField(max_length=40)
    priority = models.CharField(max_length=8, blank=True)
    ringing_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    entered_at = models.DateTimeField(null=True)
    points = models.CharField(max_length=8)
    lon = models.FloatField()
    lat = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["town", "number"], name="logged_call_once_per_town")
        ]
        indexes = [models.Index(fields=["town", "received_at"], name="logged_call_by_time")]

    column_classes = {
        "number": ColumnClass.KEY,
        "mapping": ColumnClass.VOCABULARY,
        "type": ColumnClass.VOCABULARY,
        "priority": ColumnClass.VOCABULARY,
        "ringing_at": ColumnClass.TIME,
        "received_at": ColumnClass.TIME,
        "entered_at": ColumnClass.TIME,
        "points": ColumnClass.VOCABULARY,
        "lon": ColumnClass.PLACE,
        "lat": ColumnClass.PLACE,
    }

    def __str__(self) -> str:
        return f"{self.town_id}:{self.number}"


class LoggedResponse(models.Model):
    """One unit's answer to one logged call; a time that the log lacks is null."""

    call = models.ForeignKey(LoggedCall, on_delete=models.CASCADE, related_name="responses")
    unit = models.ForeignKey("places.Unit", on_delete=models.PROTECT, related_name="+")
    sequence = models.PositiveIntegerField(null=True)
    watch_on = models.DateField(null=True)
    dispatched_at = models.DateTimeField(null=True)
    en_route_at = models.DateTimeField(null=True)
    on_scene_at = models.DateTimeField(null=True)
    transporting_at = models.DateTimeField(null=True)
    at_hospital_at = models.DateTimeField(null=True)
    available_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["call", "unit", "dispatched_at"], name="logged_response_once"
            )
        ]
        indexes = [models.Index(fields=["unit", "watch_on"], name="logged_response_by_watch")]

    column_classes = {
        "sequence": ColumnClass.FIGURE,
        "watch_on": ColumnClass.TIME,
        "dispatched_at": ColumnClass.TIME,
        "en_route_at": ColumnClass.TIME,
        "on_scene_at": ColumnClass.TIME,
        "transporting_at": ColumnClass.TIME,
        "at_hospital_at": ColumnClass.TIME,
        "available_at": ColumnClass.TIME,
    }

    def __str__(self) -> str:
        return f"{self.call_id}:{self.unit_id}"
