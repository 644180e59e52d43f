"""Pre-plans: stating a physical fact for crews, and taking one away before it expires."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from anlan.areas.hazards.models import Premises, PreplanFact
from anlan.areas.hazards.rules.preplans import STATERS, Fact, check_fact, expires_on
from anlan.kernel.cases.services.words import in_words
from anlan.kernel.ledger.services import Stamp, Write, write_once
from anlan.kernel.places import queries as places
from anlan.kernel.values import Actor, BadInput, check_role


@in_words
def state_fact(
    ident: str,
    *,
    fact: Fact,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> int:
    """State a fact about premises as seen today; one that says the same is replaced."""
    kind = check_fact(fact, actor=actor)
    town = places.town(town_key)
    today = at.astimezone(town.tz).date()

    def state(entry: Write) -> int:
        one = Premises.objects.filter(town_id=town.id, ident=ident, ended_on__isnull=True).first()
        if one is None:
            raise BadInput(_("There are no premises “{ident}” here.").format(ident=ident[:40]))
        same = {"kind": fact.kind, "what": fact.what, "side": fact.side, "floor": fact.floor}
        PreplanFact.objects.filter(premises=one, un_number=fact.un_number, **same).delete()
        stated = PreplanFact.objects.create(
            premises=one,
            **same,
            distance_m=fact.distance_m,
            un_number=fact.un_number,
            amount=fact.amount,
            stated_by=actor.staff_ref,
            checked_on=today,
            expires_on=expires_on(kind, checked_on=today),
        )
        entry.record(subject=one.ref, fields=[f"preplan.{fact.kind}"])
        return int(stated.pk)

    return write_once(
        state,
        action="preplan.stated",
        asked={"premises": ident, "fact": fact},
        stamp=Stamp(town_key, actor, at, recorded_at, client_key),
    )


def remove_fact(
    fact_id: int,
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> None:
    """Take a fact away that is no longer so."""
    check_role(actor, *STATERS)

    def remove(entry: Write) -> None:
        one = PreplanFact.objects.filter(pk=fact_id, premises__town__key=town_key).first()
        if one is None:
            raise BadInput(_("There is no such fact here."))
        entry.record(subject=f"premises:{one.premises_id}", fields=[f"preplan.{one.kind}"])
        one.delete()

    write_once(
        remove,
        action="preplan.removed",
        asked={"fact": fact_id},
        stamp=Stamp(town_key, actor, at, recorded_at, client_key),
    )
