"""Entering a case: the lock, and whether this actor may see it."""

from __future__ import annotations

from dataclasses import replace

from anlan.kernel.cases.models import Case, FollowLink
from anlan.kernel.cases.queries.access import visible_cases
from anlan.kernel.cases.queries.cases import no_such_case
from anlan.kernel.cases.rules.facts import Asked
from anlan.kernel.values import Actor


def type_of(case_id: int) -> str:
    """Give a case's type, or say that there is no such case."""
    code = Case.objects.filter(pk=case_id).values_list("type", flat=True).first()
    if code is None:
        raise no_such_case()
    return code


def enter(case_id: int, *, town_key: str, actor: Actor, asked: Asked) -> tuple[Case, Asked]:
    """Lock a case that the actor may see; a party's link acts in its own case, for itself."""
    one = (
        Case.objects.select_for_update(of=("self",))
        .select_related("town")
        .filter(pk=case_id, town__key=town_key)
        .first()
    )
    if actor.staff_ref.startswith("link:"):
        link = FollowLink.objects.filter(
            pk=int(actor.staff_ref[5:]), case_id=case_id, ended_at__isnull=True
        ).first()
        seen, party = link is not None, None if link is None else link.party
        if asked.party not in (None, party):
            raise no_such_case()
        asked = replace(asked, party=party)
    else:
        of_type = None if one is None else one.type  # one type's reach is quicker asked than all
        seen = visible_cases(actor, town_key=town_key, type=of_type).filter(pk=case_id).exists()
    if one is None or not seen or one.erased_at is not None:
        raise no_such_case()
    return one, asked
