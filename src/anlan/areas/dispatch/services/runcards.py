"""A town's own run cards from a TOML file.

A change of run cards needs a second person in the end (scope.md, rail 6). Until that stands only
administrators may do it, and the ledger says who did: `check_may` is the seam.
"""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext as _

from anlan.areas.dispatch.models import RunCard
from anlan.areas.dispatch.rules import check_may, incident_catalogue, parse_cards
from anlan.areas.dispatch.services.writing import Stamp, in_words, writing
from anlan.kernel.places import queries as places
from anlan.kernel.places.catalogue import unit_catalogue
from anlan.kernel.values import Actor, BadInput

LARGEST_FILE = 1_000_000


@in_words
def import_run_cards(
    town_key: str,
    path: Path,
    *,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> dict[str, object]:
    """Replace a town's cards of the types that the file names; whole or nothing."""
    check_may(actor, "import_run_cards")
    town = places.town(town_key)
    cards = parse_cards(
        _read(path), types=incident_catalogue().types, capabilities=unit_catalogue().capabilities
    )
    stamp = Stamp(town_key, actor, at, recorded_at, client_key)
    with writing(stamp, "runcards.imported", {"types": sorted(cards)}) as entry:
        if not entry.replayed:
            RunCard.objects.filter(town_id=town.id, type__in=cards).delete()
            RunCard.objects.bulk_create(
                RunCard(
                    town_id=town.id,
                    type=card.type,
                    alarm_level=level,
                    needs=[{"capability": n.capability, "count": n.count} for n in lines],
                    imported_at=recorded_at,
                )
                for card in cards.values()
                for level, lines in enumerate(card.levels, start=1)
            )
            entry.record(
                subject=f"town:{town_key}",
                about=[f"runcard:{code}" for code in sorted(cards)],
                fields=["run_cards"],
            )
    return {"cards": len(cards), "types": sorted(cards)}


def _read(path: Path) -> dict[str, object]:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise BadInput(_("{file} is larger than 1 MB.").format(file=path.name))
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadInput(_("There is no file {file}.").format(file=path)) from error
    except UnicodeDecodeError as error:
        raise BadInput(_("{file} is not UTF-8 text.").format(file=path.name)) from error
    except tomllib.TOMLDecodeError as error:
        raise BadInput(_("{file} is not TOML: {why}.").format(file=path.name, why=error)) from error
