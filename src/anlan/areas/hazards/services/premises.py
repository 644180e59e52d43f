"""The register of premises: one by one or from a CSV file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext as _

from anlan.areas.hazards.models import Inspection, Premises
from anlan.areas.hazards.rules.premises import check_keeper, check_premises
from anlan.kernel.cases.services.words import in_words, sentence_of
from anlan.kernel.ledger.services import Stamp, Write, write_once
from anlan.kernel.places import queries as places
from anlan.kernel.places.queries.rows import TownRow
from anlan.kernel.places.services.tables import (
    BadRow,
    Report,
    Row,
    check_datum,
    check_near_roads,
    read_rows,
)
from anlan.kernel.values import Actor, BadInput, Refused, RuleSays

NEEDED = ("ident", "class", "name", "lon", "lat", "risk")
IDENT = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")
LONGEST_NAME = 120


@in_words
def register_premises(
    ident: str,
    *,
    class_code: str,
    name: str,
    lon: float,
    lat: float,
    risk: str,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
    made_up: bool = False,
) -> int:
    """Register premises of a listed class and give their number; a home is refused.

    Those that were taken off the register come back with their history.
    """
    check_keeper(actor)
    said = _said(ident, class_code=class_code, name=name, lon=lon, lat=lat, risk=risk)
    town = places.town(town_key)
    check_near_roads(town, lon, lat)

    def register(entry: Write) -> int:
        if Premises.objects.filter(town_id=town.id, ident=ident, ended_on=None).exists():
            raise Refused(
                _("There are premises “{ident}” already.").format(ident=ident),
                code="premises_there",
            )
        one, _new = Premises.objects.update_or_create(
            town_id=town.id,
            ident=ident,
            defaults={
                **said,
                "registered_on": at.astimezone(town.tz).date(),
                "ended_on": None,
                "made_up": made_up,
            },
        )
        entry.record(subject=one.ref, fields=["class_code", "name", "place", "risk"])
        return int(one.pk)

    return write_once(
        register,
        action="premises.registered",
        asked={"premises": ident, **said, "made_up": made_up},
        stamp=Stamp(town_key, actor, at, recorded_at, client_key),
    )


def _said(
    ident: str, *, class_code: str, name: str, lon: float, lat: float, risk: str
) -> dict[str, object]:
    """Check what is said of premises, and give it as the register keeps it, by its columns."""
    found = check_premises(class_code, name=name, risk=risk, ident=ident)
    if not IDENT.match(ident):
        raise BadInput(_("A short code is 1 to 40 letters, digits, dots and dashes."))
    if not 0 < len(name.strip()) <= LONGEST_NAME or not name.isprintable():
        raise BadInput(_("A name is 1 to 120 characters."))
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise BadInput(_("A point is a longitude from -180 to 180 and a latitude from -90 to 90."))
    return {
        "class_code": found.code,
        "name": name.strip(),
        "lon": lon,
        "lat": lat,
        "risk": risk,
    }


@in_words
def correct_premises(
    ident: str,
    *,
    class_code: str,
    name: str,
    lon: float,
    lat: float,
    risk: str,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> None:
    """Correct what the register says of premises; their ident, their history and plans stay."""
    check_keeper(actor)
    said = _said(ident, class_code=class_code, name=name, lon=lon, lat=lat, risk=risk)
    town = places.town(town_key)
    check_near_roads(town, lon, lat)

    def correct(entry: Write) -> None:
        one = _standing(town.id, ident)
        changed = [field for field, value in said.items() if getattr(one, field) != value]
        for field in changed:
            setattr(one, field, said[field])
        one.save()
        entry.record(subject=one.ref, fields=changed)

    write_once(
        correct,
        action="premises.corrected",
        asked={"premises": ident, **said},
        stamp=Stamp(town_key, actor, at, recorded_at, client_key),
    )


@in_words
def end_premises(
    ident: str,
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> None:
    """Take premises off the register: planned inspections fall away, the history stays."""
    check_keeper(actor)
    town = places.town(town_key)

    def end(entry: Write) -> None:
        one = _standing(town.id, ident)
        one.ended_on = at.astimezone(town.tz).date()
        one.save()
        Inspection.objects.filter(
            premises=one, done_at__isnull=True, called_off_at__isnull=True
        ).update(called_off_at=at, called_off_for="premises_ended")
        entry.record(subject=one.ref, fields=["ended_on"])

    write_once(
        end,
        action="premises.ended",
        asked={"premises": ident},
        stamp=Stamp(town_key, actor, at, recorded_at, client_key),
    )


def _standing(town_id: int, ident: str) -> Premises:
    one = Premises.objects.filter(town_id=town_id, ident=ident, ended_on__isnull=True).first()
    if one is None:
        raise BadInput(_("There are no premises “{ident}” here.").format(ident=ident[:40]))
    return one


@in_words
def import_premises(
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
    """Import premises from CSV; columns ident, class, name, lon, lat, risk.

    Premises that stand there already by their ident are changed. Rows that can't be taken (homes
    among them) are in the report with line and reason.
    """
    check_keeper(actor)
    town = places.town(town_key)
    check_datum(town, datum)
    report = Report()
    wanted = _read(path, town, report)

    def take_in(entry: Write) -> None:
        on = at.astimezone(town.tz).date()
        _store(town, wanted, report, {"registered_on": on, "made_up": made_up})
        entry.record(subject=f"town:{town_key}", fields=["premises"])

    write_once(
        take_in,
        action="premises.imported",
        asked={"file": path, "datum": datum, "made_up": made_up},
        stamp=Stamp(town_key, actor, at, recorded_at, client_key),
    )
    return report.as_dict()


def _read(path: Path, town: TownRow, report: Report) -> dict[str, dict[str, object]]:
    wanted: dict[str, dict[str, object]] = {}
    for row in read_rows(path, needed=NEEDED):
        report.rows += 1
        try:
            one = _row(row)
            ident = str(one["ident"])
            if ident in wanted:
                raise BadRow(_("“{ident}” stands twice in the file.").format(ident=ident))
            check_near_roads(town, float(str(one["lon"])), float(str(one["lat"])))
        except (BadRow, BadInput) as bad:
            report.reject(row.line, str(bad))
            continue
        wanted[ident] = one
    return wanted


def _row(row: Row) -> dict[str, object]:
    ident = row.needed("ident", longest=40)
    try:
        said = _said(
            ident,
            class_code=row.needed("class", longest=30),
            name=row.needed("name", longest=LONGEST_NAME),
            lon=row.number("lon", low=-180, high=180),
            lat=row.number("lat", low=-90, high=90),
            risk=row.needed("risk", longest=12).casefold(),
        )
    except (BadInput, RuleSays) as refused:
        words = sentence_of(refused) if isinstance(refused, RuleSays) else str(refused)
        raise BadRow(words) from refused
    return {"ident": ident, **said}


def _store(
    town: TownRow,
    wanted: Mapping[str, Mapping[str, object]],
    report: Report,
    new: Mapping[str, object],
) -> None:
    there = {one.ident: one for one in Premises.objects.filter(town_id=town.id)}
    fresh: list[Premises] = []
    for ident, values in wanted.items():
        known = there.get(ident)
        if known is None:
            fresh.append(Premises(town_id=town.id, **values, **new))
        elif known.ended_on is None and all(
            getattr(known, name) == value for name, value in values.items()
        ):
            report.unchanged += 1
        else:
            Premises.objects.filter(pk=known.pk).update(**values, ended_on=None)
            report.changed += 1
    Premises.objects.bulk_create(fresh)  # one after another, others would wait ten times as long
    report.added = len(fresh)
