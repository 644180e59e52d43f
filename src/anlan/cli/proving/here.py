"""The town's own installation, as the attacks look at it: read only, by tables and files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Here:
    """An installation: its folder, the real moment, and the towns that are looked at."""

    data: Path
    now: datetime
    towns: tuple[str, ...]

    def at(self, town: str) -> datetime:
        """Give the moment by a town's own clock."""
        from anlan.kernel.places import queries

        return queries.town(town).clock.at(self.now)


def rows_of(label: str, **where: Any) -> Any:
    """Give the rows of a table by its label ("cases.Case"), as a thief of the database has them."""
    from django.apps import apps

    return apps.get_model(label)._base_manager.filter(**where)


def few(names: list[str], *, most: int = 3) -> str:
    """Name the first few of what was found."""
    more = f" (+{len(names) - most})" if len(names) > most else ""
    return "; ".join(names[:most]) + more
