"""Working days as the year's notice says them, by region ("CN", "CL", "US-CA")."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from anlan.kernel.sealing.classes import ColumnClass


class CalendarYear(models.Model):
    """That a region's year was loaded from its published notice: its due dates are final."""

    column_classes: ClassVar = {
        "region": ColumnClass.VOCABULARY,
        "year": ColumnClass.FIGURE,
        "loaded_at": ColumnClass.TIME,
    }

    region = models.CharField(max_length=10)
    year = models.PositiveSmallIntegerField()
    loaded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["region", "year"], name="cases_calendar_year_once"),
        ]

    def __str__(self) -> str:
        return f"{self.region} {self.year}"


class CalendarDay(models.Model):
    """A day that differs from its weekday: a holiday, or a make-up workday on a weekend."""

    column_classes: ClassVar = {"day": ColumnClass.TIME, "works": ColumnClass.FIGURE}

    year = models.ForeignKey(CalendarYear, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    works = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["year", "day"], name="cases_calendar_day_once"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {'works' if self.works else 'is free'}"
