"""A town's own run cards: a file proposes them, a second person lets them work (rail 6)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from django.utils.translation import gettext as _

from anlan.areas.dispatch.models import RunCard, RunCardChange
from anlan.areas.dispatch.rules import check_may, incident_catalogue, parse_cards
from anlan.areas.dispatch.rules.catalogue import Card
from anlan.areas.dispatch.rules.changes import (
    card_data,
    card_of_data,
    check_decides,
    check_urgent,
)
from anlan.areas.dispatch.services.writing import Stamp, in_words, writing
from anlan.kernel.places import queries as places
from anlan.kernel.places.catalogue import unit_catalogue
from anlan.kernel.values import Actor, BadInput, Refused

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
    urgent: bool = False,
) -> dict[str, object]:
    """Propose cards for the types that a file names; whole or nothing.

    They work once a second person agreed. What can't wait is `urgent`: by a duty officer on shift,
    it works at once and falls away after a day without a second person.
    """
    check_may(actor, "import_run_cards")
    if urgent:
        check_urgent(actor)
    town = places.town(town_key)
    cards = parse_cards(
        _read(path), types=incident_catalogue().types, capabilities=unit_catalogue().capabilities
    )
    stamp = Stamp(town_key, actor, at, recorded_at, client_key)
    proposed = [card_data(card) for _type, card in sorted(cards.items())]
    with writing(stamp, "runcards.proposed", {"cards": proposed, "urgent": urgent}) as entry:
        if not entry.replayed:
            one = RunCardChange.objects.create(
                town_id=town.id,
                cards=proposed,
                urgent=urgent,
                proposed_by=actor.staff_ref,
                proposed_at=at,
            )
            entry.record(
                subject=f"runcard_change:{one.pk}",
                about=[f"runcard:{code}" for code in sorted(cards)],
                fields=["run_cards"],
                reason_code="urgent" if urgent else "",
            )
            entry.result = {"change": one.pk}
        change = entry.result["change"]
    return {"cards": len(cards), "types": sorted(cards), "change": change, "urgent": urgent}


@in_words
def decide_run_cards(
    change_id: int,
    *,
    agree: bool,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> None:
    """Let a proposed change of run cards work for good, or drop it: never one's own."""
    check_may(actor, "decide_run_cards")
    stamp = Stamp(town_key, actor, at, recorded_at, client_key)
    name = "runcards.agreed" if agree else "runcards.declined"
    with writing(stamp, name, {"change": change_id, "agree": agree}) as entry:
        if entry.replayed:
            return
        one = (
            RunCardChange.objects.select_for_update()
            .filter(pk=change_id, town__key=town_key)
            .first()
        )
        if one is None:
            raise Refused(_("There is no such change in this town."), code="no_such_change")
        check_decides(actor, proposed_by=one.proposed_by, decided=one.decided_at is not None)
        one.decided_by, one.decided_at, one.agreed = actor.staff_ref, at, agree
        one.save()
        cards = [card_of_data(each) for each in one.cards]
        if agree:
            _replace(one.town_id, cards, recorded_at=recorded_at)
        entry.record(
            subject=f"runcard_change:{one.pk}",
            about=[f"runcard:{card.type}" for card in cards],
            fields=["run_cards"],
        )


def _replace(town_id: int, cards: Iterable[Card], *, recorded_at: datetime) -> None:
    held = list(cards)
    RunCard.objects.filter(town_id=town_id, type__in=[card.type for card in held]).delete()
    RunCard.objects.bulk_create(
        RunCard(
            town_id=town_id,
            type=card.type,
            alarm_level=level,
            needs=[{"capability": n.capability, "count": n.count} for n in lines],
            imported_at=recorded_at,
        )
        for card in held
        for level, lines in enumerate(card.levels, start=1)
    )


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
