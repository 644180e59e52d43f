"""What guards know of a mediation: read once for each action."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

from anlan.areas.mediation.models import Agreement, AgreementState, Session, Talk
from anlan.areas.mediation.rules import Known, SessionFact
from anlan.kernel.cases.models import Case, CaseClock, CaseEvent, CaseStaff, Party
from anlan.kernel.cases.rules.facts import IN_IT, Part
from anlan.kernel.cases.rules.types import Confidentiality
from anlan.kernel.sealing import queries as sealing
from anlan.kernel.sealing.rules import JOINT


def extra_facts(case_id: int) -> Mapping[str, object]:
    """Give codes and counts of the area's tables, under the area's name."""
    talks = list(Talk.objects.filter(case_id=case_id).values_list("party", "sign", "valid"))
    sessions = Session.objects.filter(case_id=case_id).order_by("number")
    versions = {
        one.state: one
        for one in Agreement.objects.filter(case_id=case_id).exclude(
            state=AgreementState.REPLACED.value
        )
    }
    draft = versions.get(AgreementState.DRAFT.value)
    holds = versions.get(AgreementState.IN_FORCE.value)
    heard, confirmed = _confirmations(draft)
    confidentiality, zone, tier = Case.objects.values_list(
        "confidentiality", "town__zone", "office__tier"
    ).get(pk=case_id)
    asked, asked_anew = _asked(case_id)
    return {
        "mediation": Known(
            talked=frozenset(party for party, _sign, valid in talks if valid),
            sign=any(sign for _party, sign, _valid in talks),  # nothing takes one away
            signs=frozenset(party for party, sign, _valid in talks if sign),
            asked=asked,
            asked_anew=asked_anew,
            sessions=tuple(
                SessionFact(*row)
                for row in sessions.values_list("number", "kind", "state", "starts_at", "party")
            ),
            drafted=0 if draft is None else draft.version,
            heard=heard,
            confirmed=confirmed,
            opened_by=_opened_by(case_id, draft),
            in_force=0 if holds is None else holds.version,
            written=holds is not None and holds.form == "written",
            court_until=_court_until(case_id),
            agreed_on=_day(holds, zone),
            mediated=_mediated(case_id),
            restricted=confidentiality == Confidentiality.RESTRICTED.value,
            tier=tier or "",
        )
    }


def _asked(case_id: int) -> tuple[dict[int, str], frozenset[int]]:
    """Give by which action each party was first asked, and who was since the last opening.

    All that were in the case are asked together; one that was added later is asked alone, a minor
    with its guardian.
    """
    telling = ("invite", "ask_party", "add_party", "not_fixed")
    events = CaseEvent.objects.filter(case_id=case_id, action__in=telling).order_by("seq")
    guardians = dict(
        Party.objects.filter(case_id=case_id).values_list("number", "guardian__number")
    )
    rows = list(events.values_list("action", "party"))
    there = set(guardians) - {party for action, party in rows if action == "add_party"}
    asked, anew = dict[int, str](), set[int]()
    for action, party in rows:
        if action == "add_party":
            there.update(one for one in guardians if one == party)
        elif action == "not_fixed":
            anew.clear()
        else:
            whom = [one for one in there if party in (None, one, guardians[one])]
            asked = {one: action for one in whom} | asked
            anew.update(whom)
    return asked, frozenset(anew)


def _mediated(case_id: int) -> frozenset[str]:
    """Give who ever led the case, or helped since somebody did: before that, the desk had it."""
    rows = list(
        CaseStaff.objects.filter(case_id=case_id, part__in=[each.value for each in IN_IT])
        .order_by("since")
        .values_list("staff_ref", "part", "since")
    )
    begun = next((since for _ref, part, since in rows if part == Part.HANDLER.value), None)
    return frozenset(ref for ref, _part, since in rows if begun is not None and since >= begun)


def _day(holds: Agreement | None, zone: str) -> date | None:
    if holds is None or holds.in_force_at is None:
        return None
    return holds.in_force_at.astimezone(ZoneInfo(zone)).date()


def _confirmations(draft: Agreement | None) -> tuple[frozenset[int], frozenset[int]]:
    if draft is None:
        return frozenset(), frozenset()
    rows = list(draft.confirmations.values_list("party", "heard_at", "confirmed_at"))
    heard = frozenset(party for party, at, _confirmed in rows if at is not None)
    return heard, frozenset(party for party, _heard, at in rows if at is not None)


def _opened_by(case_id: int, draft: Agreement | None) -> frozenset[str]:
    if draft is None:
        return frozenset()
    return sealing.opened_with(f"mediation:{case_id}", text_id=draft.hash_text, part=JOINT)


def _court_until(case_id: int) -> date | None:
    """Give the last day of the clock that counts to the court's confirmation."""
    clock = CaseClock.objects.filter(case_id=case_id, code="judicial", stopped_at__isnull=True)
    how = clock.values_list("how", flat=True).first()
    return None if not how or "ends_on" not in how else date.fromisoformat(how["ends_on"])
