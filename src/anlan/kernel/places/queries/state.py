"""A town's settings, active roads and closures, kept per process and followed by the ledger.

One small query tells whether anything was written since the last look; only entries that change
these rows make them be read again. Rows of a town are written with a ledger entry or not at all,
so nothing is missed. The folder's random name keeps one database's rows from passing as another's.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from anlan.kernel.ledger import queries as ledger
from anlan.kernel.ledger.models import LedgerEntry
from anlan.kernel.places.models import Closure, RoadSnapshot, Town
from anlan.kernel.places.queries.rows import TownRow
from anlan.kernel.places.queries.towns import row_of, town
from anlan.kernel.values import BadInput

_FAR_BEHIND = 1000
#: entries after which these rows may have changed
_CHANGES = ("town.", "roads.", "street.", "runcards.", "calls.")


@dataclass(frozen=True, slots=True)
class ClosureState:
    """A closure that was not lifted: which segment, how slow, from when to when."""

    segment: int
    forward: bool
    backward: bool
    speed_factor: float
    starts_at: datetime
    ends_at: datetime | None

    def in_force(self, at: datetime) -> bool:
        """Say whether it holds at a town time."""
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)


@dataclass(frozen=True, slots=True)
class TownState:
    """What a town is at a ledger id; `epoch` changes when any of it was read anew."""

    seen_id: int
    epoch: object
    town: TownRow
    folder: str
    closures: tuple[ClosureState, ...]


_states: dict[str, TownState] = {}
_lock = threading.Lock()


def town_state(town_key: str) -> TownState:
    """Give a town with roads as it is now; BadInput where it or its roads are missing."""
    latest, folder = _mark(town_key)
    held = _states.get(town_key)
    if held is not None and held.folder == folder and held.seen_id == latest:
        return held
    with _lock:
        held = _states.get(town_key)
        if held is not None and held.folder == folder and held.seen_id == latest:
            return held
        if held is not None and held.folder == folder and _untouched(held, town_key, latest):
            fresh = replace(held, seen_id=latest)
        else:
            fresh = _read(town_key, latest)
        _states[town_key] = fresh
        return fresh


def _mark(town_key: str) -> tuple[int, str]:
    """Give the latest ledger id of a town and its active folder, in one small query."""
    with connection.cursor() as cursor:
        cursor.execute(_MARK, [town_key, town_key])
        row = cursor.fetchone()
    if row is None:
        town(town_key)  # says so where not even the town is there
        raise BadInput(
            _(
                "The town {key} has no roads yet. Import them with: anlan roads import {key} FILE"
            ).format(key=town_key)
        )
    return int(row[0] or 0), str(row[1])


_MARK = (
    f"SELECT (SELECT MAX(e.id) FROM {LedgerEntry._meta.db_table} e WHERE e.town = %s), s.folder "
    f"FROM {RoadSnapshot._meta.db_table} s JOIN {Town._meta.db_table} t ON t.id = s.town_id "
    "WHERE t.key = %s AND s.active"
)


def _untouched(held: TownState, town_key: str, latest: int) -> bool:
    """Say whether no entry since the last look changes what is held."""
    if not held.seen_id <= latest <= held.seen_id + _FAR_BEHIND:
        return False
    entries = ledger.entries_after(town_key, held.seen_id, limit=_FAR_BEHIND)
    return not any(one.action.startswith(_CHANGES) for one in entries)


def _read(town_key: str, latest: int) -> TownState:
    snapshot = RoadSnapshot.objects.select_related("town").get(town__key=town_key, active=True)
    closures = Closure.objects.filter(snapshot=snapshot, lifted_at__isnull=True).order_by("pk")
    return TownState(
        seen_id=latest,
        epoch=object(),
        town=row_of(snapshot.town, snapshot),
        folder=snapshot.folder,
        closures=tuple(
            ClosureState(
                segment=one.segment,
                forward=one.forward,
                backward=one.backward,
                speed_factor=one.speed_factor,
                starts_at=one.starts_at,
                ends_at=one.ends_at,
            )
            for one in closures
        ),
    )
