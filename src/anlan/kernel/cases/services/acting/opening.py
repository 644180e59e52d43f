"""Opening a case of a type."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext as _

from anlan.kernel.cases.models import Case, Office
from anlan.kernel.cases.queries.cases import case_facts
from anlan.kernel.cases.registry import Registered, registered
from anlan.kernel.cases.rules.acting import check_opening, of_type
from anlan.kernel.cases.rules.facts import Asked, NewParty
from anlan.kernel.cases.rules.types import Confidentiality
from anlan.kernel.cases.services.acting.carrying import carry_out
from anlan.kernel.cases.services.acting.keeping import keep_asked
from anlan.kernel.cases.services.acting.outcome import Done, done_before, keep_done
from anlan.kernel.cases.services.doing import Doing
from anlan.kernel.cases.services.words import in_words
from anlan.kernel.ledger.services import write
from anlan.kernel.places.models import Town
from anlan.kernel.values import Actor, BadInput, RuleSays

CELL = re.compile(r"^88[0-9a-f]{13}$")


@in_words
def open_case(
    type: str,
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
    asked: Asked | None = None,
    office: str = "",
    confidentiality: Confidentiality = Confidentiality.NORMAL,
    cell: str = "",
    made_up: bool = False,
    parties: Sequence[NewParty] = (),
) -> Done:
    """Open a case of a type. Its first action is "opened", whose hook the area registers.

    Who may is the area's rule: its service checks before it calls this. Values and words are
    checked by the type's fields. With `parties` it is opened with them, numbered from 1;
    `asked.party` says into whose space words of a party's space go.
    """
    kind = registered(type)
    if cell and not CELL.match(cell):
        raise BadInput(_("An area cell is 15 letters of H3 at resolution 8."))
    filled = asked or Asked()
    filled = replace(filled, parties=(*filled.parties, *parties))
    with write(
        town=town_key,
        actor=actor,
        action=f"{type}.opened",
        at=at,
        recorded_at=recorded_at,
        client_key=client_key,
        asked={
            "asked": filled,
            "office": office,
            "confidentiality": confidentiality,
            "cell": cell,
            "made_up": made_up,
        },
    ) as entry:
        if entry.replayed:
            return done_before(entry)
        one = _new_case(kind, town_key=town_key, office=office, at=at)
        one.confidentiality, one.cell, one.made_up = confidentiality.value, cell, made_up
        one.save()
        facts = case_facts(one, at=at)
        try:
            check_opening(kind.type, facts, filled)
        except RuleSays as said:
            raise of_type(kind.type, said) from said.__cause__
        doing = Doing(one, kind.type, facts, "opened", filled, actor, entry)
        keep_asked(doing)
        carry_out(doing, kind, target=kind.type.initial, from_state="")
        added = keep_done(doing, entry)
    return Done(one.pk, one.version, parties=added)


def _new_case(kind: Registered, *, town_key: str, office: str, at: datetime) -> Case:
    town = Town.objects.get(key=town_key)
    where = None
    if office:
        where = Office.objects.filter(town=town, ident=office, closed_at__isnull=True).first()
        if where is None:
            raise BadInput(_("There is no office “{office}”.").format(office=office[:40]))
    return Case(
        town=town,
        office=where,
        type=kind.type.code,
        state=kind.type.initial,
        opened_at=at,
        state_since=at,
    )
