"""How often something came of late, counted in one place for every process."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from anlan.kernel.sealing.classes import ColumnClass


class Pace(models.Model):
    """A count that begins anew when its time is over. Its name tells no address (services)."""

    column_classes: ClassVar = {
        "name": ColumnClass.KEY,
        "count": ColumnClass.FIGURE,
        "until": ColumnClass.TIME,
    }

    name = models.CharField(max_length=64, unique=True)
    count = models.PositiveIntegerField()
    until = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.count} until {self.until}"
