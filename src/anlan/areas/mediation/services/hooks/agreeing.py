"""The agreement: written, read back, confirmed by each, in force; and what comes after it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from anlan.areas.mediation.models import Agreement, AgreementState, Confirmation, Talk
from anlan.areas.mediation.rules.agreement import hash_of
from anlan.areas.mediation.rules.fields import AGREEMENT_PARTS, TOLD_STAFF
from anlan.areas.mediation.rules.guards import is_party
from anlan.areas.mediation.services.hooks.telling import tell
from anlan.kernel.cases.models import Party
from anlan.kernel.cases.rules.acting import day_of
from anlan.kernel.cases.rules.facts import Consent
from anlan.kernel.cases.services import Doing
from anlan.kernel.places.queries import town


def drafted(doing: Doing) -> None:
    """Freeze what was written as the next version; whoever confirmed an earlier one is asked anew.

    An agreement that holds goes on to hold until the new one is signed.
    """
    _new_version(doing, form="written", state=AgreementState.DRAFT)
    Party.objects.filter(case=doing.case).update(confirmed_at=None)
    tell(doing, "news")


def _new_version(doing: Doing, *, form: str, state: AgreementState) -> Agreement:
    Agreement.objects.filter(case=doing.case, state=AgreementState.DRAFT.value).update(
        state=AgreementState.REPLACED.value
    )
    version = Agreement.objects.filter(case=doing.case).count() + 1
    parts = _parts(doing.asked.texts)
    texts = list(doing.sealed)  # the parts alone: their hash is sealed after them
    sealed_hash = doing.seal(
        "agreement_hash", hash_of(doing.case.ref, version=version, parts=parts)
    )
    return Agreement.objects.create(
        case=doing.case,
        version=version,
        form=form,
        state=state.value,
        texts=texts,
        hash_text=sealed_hash,
        drafted_at=doing.at,
    )


def _parts(texts: Mapping[str, str]) -> dict[str, str]:
    return {code: texts[code] for code in AGREEMENT_PARTS if texts.get(code, "").strip()}


def read_back(doing: Doing) -> None:
    """Keep that this text was read back to a party."""
    one = _confirmation(doing)
    one.heard_at = one.heard_at or doing.at
    one.save()


def confirmed(doing: Doing) -> None:
    """Keep that a party confirmed this text, by its link or in person."""
    one = _confirmation(doing)
    one.heard_at = one.heard_at or doing.at
    one.confirmed_at = one.confirmed_at or doing.at
    one.how = "link" if is_party(doing.actor) else "in_person"
    one.save()
    party = doing.party()
    party.confirmed_at = doing.at
    party.save()


def _confirmation(doing: Doing) -> Confirmation:
    draft = Agreement.objects.get(case=doing.case, state=AgreementState.DRAFT.value)
    return Confirmation.objects.get_or_create(agreement=draft, party=doing.party().number)[0]


def signed(doing: Doing) -> None:
    """Put the confirmed text in force in the place of an earlier one."""
    draft = Agreement.objects.get(case=doing.case, state=AgreementState.DRAFT.value)
    _put_in_force(doing, draft)
    doing.answer(form="written", applied_on=None, court_answer=None)
    tell(doing, "news")


def agreed_orally(doing: Doing) -> None:
    """Record an oral agreement: it holds from the day on which all agreed (Law 28, 30)."""
    one = _new_version(doing, form="oral", state=AgreementState.DRAFT)
    for party in Party.objects.filter(case=doing.case, left_at__isnull=True):
        Confirmation.objects.create(
            agreement=one,
            party=party.number,
            heard_at=doing.at,
            confirmed_at=doing.at,
            how="orally",
        )
        party.confirmed_at = doing.at
        party.save()
    _put_in_force(doing, one)
    doing.answer(form="oral", applied_on=None, court_answer=None)
    tell(doing, "news")


def _put_in_force(doing: Doing, one: Agreement) -> None:
    Agreement.objects.filter(case=doing.case, state=AgreementState.IN_FORCE.value).update(
        state=AgreementState.REPLACED.value
    )
    one.state, one.in_force_at = AgreementState.IN_FORCE.value, doing.at
    one.save()
    doing.answer(in_force_at=doing.at.isoformat())  # the days to ask the court count from it


def kept(doing: Doing) -> None:
    """Leave the agreement that holds as it is: what was to take its place is given up."""
    Agreement.objects.filter(case=doing.case, state=AgreementState.DRAFT.value).update(
        state=AgreementState.REPLACED.value
    )
    tell(doing, "news")


def follow_up_planned(doing: Doing) -> None:
    """Ask the mediator to see on a day whether it was carried out."""
    day = day_of(doing.asked.values, "due_on")
    if day is not None:
        zone = town(doing.case.town.key).tz
        due = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)
        doing.add_task("follow_up", due_at=due, staff_ref=doing.facts.handler or "")


def followed_up(doing: Doing) -> None:
    """End what was to be looked at first, with what was seen; later follow-ups stay."""
    doing.end_first_task("follow_up", outcome=str(doing.asked.values["performed"]))


def rated(doing: Doing) -> None:
    """Mark an answer that staff entered, as a party told them; until it answers itself."""
    party = doing.party()
    kept = {name: each for name, each in party.answers.items() if name != TOLD_STAFF}
    party.answers = kept if is_party(doing.actor) else {**kept, TOLD_STAFF: True}
    party.save()


def reopened(doing: Doing) -> None:
    """Begin anew: each party is spoken to alone and asked again; who says so has agreed."""
    Talk.objects.filter(case=doing.case).update(valid=False)
    Party.objects.filter(case=doing.case).update(
        consent=Consent.NOT_ASKED.value, consent_at=None, confirmed_at=None
    )
    party = doing.party()
    party.consent, party.consent_at = Consent.GIVEN.value, doing.at
    party.save()
    doing.answer(taken_up=None, tries=None, performed=None, asked_at=doing.at.isoformat())
