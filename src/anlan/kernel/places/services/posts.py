"""Posts from a CSV file: fire and police stations, ambulance posts, hospitals."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext as _

from anlan.kernel.ledger.services import Stamp, Write, write_once
from anlan.kernel.places.models import Post
from anlan.kernel.places.models.units import PostKind
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

NEEDED = ("kind", "ident", "lon", "lat")
IDENT = re.compile(r"[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*")
_NAMES: Mapping[str, str] = {
    "fire": "Fire station {ident}",
    "police": "Police station {ident}",
    "hospital": "{ident}",
    "ambulance": "Ambulance post {ident}",
}


def import_posts(
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
    """Import posts; columns kind, ident, lon, lat, and optionally name and address.

    A post that stands there already by kind and ident is changed. Rows that can't be taken are in
    the report with line and reason; a file that is not what it says is refused whole.
    """
    check_role(actor, Role.ADMINISTRATOR)
    town = town_row(town_key)
    check_datum(town, datum)
    report = Report()
    wanted = _read(path, town, report)

    def take_in(entry: Write) -> None:
        _store(town, wanted, report, made_up=made_up)
        entry.record(subject=f"town:{town_key}", fields=["posts"])

    write_once(
        take_in,
        action="posts.imported",
        asked={"file": path, "datum": datum, "made_up": made_up},
        stamp=Stamp(town_key, actor, at, recorded_at, client_key),
    )
    return report.as_dict()


def _read(path: Path, town: TownRow, report: Report) -> dict[tuple[str, str], dict[str, object]]:
    wanted: dict[tuple[str, str], dict[str, object]] = {}
    for row in read_rows(path, needed=NEEDED):
        report.rows += 1
        try:
            post = _post(row)
            where = (str(post["kind"]), str(post["ident"]))
            if where in wanted:
                raise BadRow(
                    _("{kind} {ident} stands twice in the file.").format(
                        kind=where[0], ident=where[1]
                    )
                )
        except BadRow as bad:
            report.reject(row.line, str(bad))
            continue
        wanted[where] = post
        if far_off(town, float(str(post["lon"])), float(str(post["lat"]))):
            report.warn(
                row.line, "far_from_roads", _("It lies far outside the roads; check lon and lat.")
            )
    return wanted


def _post(row: Row) -> dict[str, object]:
    kind = row.needed("kind", longest=20).casefold()
    if kind not in PostKind.values:
        raise BadRow(
            _("“{kind}” is no kind of post; give one of: {kinds}.").format(
                kind=kind, kinds=", ".join(PostKind.values)
            )
        )
    ident = row.needed("ident", longest=80)
    if not IDENT.fullmatch(ident):
        raise BadRow(_("“ident” holds a control character."))
    return {
        "kind": kind,
        "ident": ident,
        "name": (row.text("name") or _NAMES[kind].format(ident=ident))[:120],
        "address": row.text("address")[:200],
        "lon": row.number("lon", low=-180, high=180),
        "lat": row.number("lat", low=-90, high=90),
    }


def _store(
    town: TownRow,
    wanted: Mapping[tuple[str, str], Mapping[str, object]],
    report: Report,
    *,
    made_up: bool,
) -> None:
    there = {(one.kind, one.ident): one for one in Post.objects.filter(town_id=town.id)}
    for where, post in wanted.items():
        values = {**post, "made_up": made_up}
        known = there.get(where)
        if known is None:
            Post.objects.create(town_id=town.id, **values)
            report.added += 1
        elif any(getattr(known, name) != value for name, value in values.items()):
            Post.objects.filter(pk=known.pk).update(**values)
            report.changed += 1
        else:
            report.unchanged += 1
