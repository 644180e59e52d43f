"""Units from a CSV file: kind, capabilities, where they belong, their daily hours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path

from django.utils.translation import gettext as _

from anlan.kernel.ledger.services import Stamp, Write, write_once
from anlan.kernel.places.catalogue import unit_catalogue
from anlan.kernel.places.models import Post, Unit
from anlan.kernel.places.queries.rows import TownRow
from anlan.kernel.places.queries.towns import town as town_row
from anlan.kernel.places.services.tables import (
    BadRow,
    Report,
    Row,
    check_datum,
    far_off,
    read_rows,
)
from anlan.kernel.values import Actor, Role, check_role

NEEDED = ("unit", "kind")
IDENT = re.compile(r"[\w.+-]{1,20}")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class _Posts:
    """Posts by their reference ("fire 7") and by ident alone."""

    by_ref: Mapping[str, int]
    by_ident: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, town_id: int) -> _Posts:
        by_ref: dict[str, int] = {}
        by_ident: dict[str, tuple[str, ...]] = {}
        for one in Post.objects.filter(town_id=town_id):
            by_ref[str(one).casefold()] = one.pk
            key = one.ident.casefold()
            by_ident[key] = (*by_ident.get(key, ()), str(one))
        return cls(by_ref, by_ident)

    def find(self, raw: str) -> int:
        """Find a post by "fire 7", "fire:7" or, where only one has it, "7"."""
        as_it_is = " ".join(raw.split()).casefold()
        parted = " ".join(raw.replace(":", " ", 1).split()).casefold()
        wanted = as_it_is if as_it_is in self.by_ref else parted
        if wanted in self.by_ref:
            return self.by_ref[wanted]
        named = self.by_ident.get(wanted, ())
        if len(named) == 1:
            return self.by_ref[named[0].casefold()]
        if named:
            raise BadRow(
                _("“{raw}” names several posts; write one of: {posts}.").format(
                    raw=raw, posts=", ".join(named)
                )
            )
        raise BadRow(_("There is no post “{raw}”; import posts first.").format(raw=raw[:60]))


def import_units(
    town_key: str,
    path: Path,
    *,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
    datum: str | None = None,
    made_up: bool = False,
) -> dict[str, object]:
    """Import units; columns unit, kind, and optionally capabilities, post or lon/lat, on, off.

    Capabilities are parted by ; or space; without any, the kind's own count. `on` and `off` are
    daily local HH:MM, both or neither. A unit that stands there by its ident is changed.
    """
    check_role(actor, Role.ADMINISTRATOR)
    town = town_row(town_key)
    report = Report()
    posts = _Posts.of(town.id)
    wanted: dict[str, dict[str, object]] = {}
    for row in read_rows(path, needed=NEEDED):
        report.rows += 1
        try:
            one = _unit(row, posts)
            if str(one["ident"]) in wanted:
                raise BadRow(_("{unit} stands twice in the file.").format(unit=one["ident"]))
        except BadRow as bad:
            report.reject(row.line, str(bad))
            continue
        wanted[str(one["ident"])] = one
        if one["post_id"] is None and one["lon"] is None:
            report.warn(row.line, "no_place", _("It has no post and no point."))
        if one["lon"] is not None and far_off(town, float(str(one["lon"])), float(str(one["lat"]))):
            report.warn(
                row.line, "far_from_roads", _("It lies far outside the roads; check lon and lat.")
            )
    if any(one["lon"] is not None for one in wanted.values()):
        check_datum(town, datum)

    def take_in(entry: Write) -> None:
        _store(town, wanted, report, made_up=made_up)
        entry.record(subject=f"town:{town_key}", fields=["units"])

    write_once(
        take_in,
        action="units.imported",
        asked={"file": path, "datum": datum, "made_up": made_up},
        stamp=Stamp(town_key, actor, at, recorded_at, client_key),
    )
    return report.as_dict()


def _unit(row: Row, posts: _Posts) -> dict[str, object]:
    ident = row.needed("unit", longest=20)
    if not IDENT.fullmatch(ident):
        raise BadRow(_("“unit” is letters, digits, dots, + and -, such as E7."))
    kinds = unit_catalogue().kinds
    kind = row.needed("kind", longest=30).casefold()
    if kind not in kinds:
        raise BadRow(
            _("“{kind}” is no kind of unit; give one of: {kinds}.").format(
                kind=kind, kinds=", ".join(kinds)
            )
        )
    post_id, lon, lat = _place(row, posts)
    on_time, off_time = _clock(row, "on"), _clock(row, "off")
    if (on_time is None) != (off_time is None):
        raise BadRow(_("Give both “on” and “off”, or neither."))
    return {
        "ident": ident,
        "kind": kind,
        "capabilities": _capabilities(row, kinds[kind].capabilities),
        "post_id": post_id,
        "lon": lon,
        "lat": lat,
        "on_time": on_time,
        "off_time": off_time,
    }


def _capabilities(row: Row, of_kind: tuple[str, ...]) -> list[str]:
    named = re.split(r"[;\s,]+", row.text("capabilities").casefold().strip(" ;,"))
    chosen = list(dict.fromkeys(one for one in named if one)) or list(of_kind)
    known = unit_catalogue().capabilities
    for one in chosen:
        if one not in known:
            raise BadRow(
                _("“{capability}” is no known capability; give some of: {known}.").format(
                    capability=one[:40], known=", ".join(known)
                )
            )
    return chosen


def _place(row: Row, posts: _Posts) -> tuple[int | None, float | None, float | None]:
    has_point = bool(row.text("lon") or row.text("lat"))
    post_id = posts.find(row.text("post")) if row.text("post") else None
    if not has_point:
        return post_id, None, None
    lon = row.number("lon", low=-180, high=180)
    return post_id, lon, row.number("lat", low=-90, high=90)


def _clock(row: Row, name: str) -> time | None:
    raw = row.text(name)
    if not raw:
        return None
    found = _CLOCK.fullmatch(raw)
    if found is None:
        raise BadRow(
            _("“{name}” is “{raw}”; write a time such as 07:30.").format(name=name, raw=raw[:20])
        )
    return time(int(found[1]), int(found[2]))


def _store(
    town: TownRow, wanted: Mapping[str, Mapping[str, object]], report: Report, *, made_up: bool
) -> None:
    there = {one.ident: one for one in Unit.objects.filter(town_id=town.id)}
    fresh = []
    for ident, unit in wanted.items():
        values = {**unit, "made_up": made_up, "inferred": False}
        known = there.get(ident)
        if known is None:
            fresh.append(Unit(town_id=town.id, **values))
        elif any(getattr(known, name) != value for name, value in values.items()):
            Unit.objects.filter(pk=known.pk).update(**values)
            report.changed += 1
        else:
            report.unchanged += 1
    Unit.objects.bulk_create(fresh, batch_size=500)
    report.added += len(fresh)
