"""Opening an agreement and a case's dossier: through the one door, the spaces that are due only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.translation import gettext as _

from anlan.areas.mediation import queries
from anlan.areas.mediation.models import Agreement, AgreementState
from anlan.areas.mediation.queries.rows import AgreementRow, SessionRow
from anlan.areas.mediation.rules.agreement import hash_of
from anlan.areas.mediation.rules.dossier import LINKS, is_told
from anlan.areas.mediation.rules.fields import AGREEMENT_PARTS
from anlan.areas.mediation.rules.states import DRAFTED
from anlan.kernel.cases import queries as cases
from anlan.kernel.cases.queries import LinkRow
from anlan.kernel.cases.queries.rows import CaseRow, EventRow, PartyRow
from anlan.kernel.cases.services import open_by_link, open_words
from anlan.kernel.cases.services.words import in_words
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.sealing.services import OpenedText
from anlan.kernel.values import Actor, BadInput, Refused


@dataclass(frozen=True, slots=True)
class AgreementText:
    """An agreement in clear, part by part; `intact` says that its seal still fits the text."""

    row: AgreementRow
    parts: Mapping[str, str]
    sha256: str
    intact: bool


@dataclass(frozen=True)
class Dossier:
    """What a case's file holds: the common space and, asked for, one party's own; never notes.

    Neither is a session with one party alone in it, nor a way into an online room. Agreements stand
    by weight: what holds, what waits to be confirmed, what held; of one that never did it says
    that it was written, without its words, which were offers.
    """

    case: CaseRow
    parties: Sequence[PartyRow]
    events: Sequence[EventRow]
    sessions: Sequence[SessionRow]
    agreements: Sequence[AgreementText]
    common: Sequence[OpenedText]
    party: int | None
    own: Sequence[OpenedText]
    agreement_alone: bool = False


@in_words
def open_agreement(
    case_id: int,
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    version: int | None = None,
    purpose: Purpose = Purpose.HANDLING,
) -> AgreementText:
    """Open one version of a case's agreement, the newest where none is named."""
    rows = queries.agreements_of(case_id)
    if version is not None:
        rows = [one for one in rows if one.version == version]
    cases.case(case_id, town_key=town_key, actor=actor)
    if not rows:
        raise Refused(_("There is no such agreement in this case."), code="no_agreement")
    opened = open_words(
        case_id,
        town_key=town_key,
        actor=actor,
        purpose=purpose,
        at=at,
        recorded_at=recorded_at,
        only=("",),
    )
    return _text_of(rows[-1], opened.spaces.get("", ()))


def _text_of(row: AgreementRow, texts: Sequence[OpenedText]) -> AgreementText:
    one = Agreement.objects.select_related("case").get(pk=row.id)
    by_id = {each.id: each for each in texts}
    found = [by_id[each] for each in one.texts if each in by_id]
    parts = {each.field: each.text for each in found if each.field in AGREEMENT_PARTS}
    sealed = by_id.get(one.hash_text)
    kept = "" if sealed is None else sealed.text
    computed = hash_of(one.case.ref, version=one.version, parts=parts)
    return AgreementText(row, parts, kept, kept == computed)


@in_words
def open_dossier(
    case_id: int,
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    party: int | None = None,
    agreement_alone: bool = False,
    purpose: Purpose = Purpose.HANDLING,
) -> Dossier:
    """Open what a case's file holds, for its mediator or a party's own request.

    With `party` that party's own space is in it too. Neither the mediator's notes nor another
    party's space is opened at all. With `agreement_alone` it holds the agreement in force and
    nothing else: what a court confirms.
    """
    row = cases.case(case_id, town_key=town_key, actor=actor)
    if row.type != "mediation":
        raise BadInput(_("This case is no mediation."))
    parties = cases.parties_of(case_id)
    if party is not None and party not in {one.number for one in parties}:
        raise BadInput(_("There is no such party in this case."))
    versions = [
        one
        for one in queries.agreements_of(case_id)
        if not agreement_alone or one.state == AgreementState.IN_FORCE.value
    ]
    if agreement_alone and not versions:
        raise Refused(_("No agreement holds in this case."), code="no_agreement")
    own_space = () if party is None or agreement_alone else (f"p{party}",)
    opened = open_words(
        case_id,
        town_key=town_key,
        actor=actor,
        purpose=purpose,
        at=at,
        recorded_at=recorded_at,
        only=("", *own_space),
    )
    texts = opened.spaces.get("", ())
    agreements = _by_weight(
        [_text_of(each, texts) for each in versions], waits=row.state in DRAFTED
    )
    if agreement_alone:
        return Dossier(row, parties, [], [], agreements, [], None, [], agreement_alone=True)
    parts = {*AGREEMENT_PARTS, "agreement_hash", *LINKS}
    sessions = queries.sessions_of(case_id)
    alone = {one.number for one in sessions if one.kind != "joint"}
    return Dossier(
        case=row,
        parties=parties,
        events=[
            one
            for one in cases.events_of(case_id)
            if is_told(one.action, party=one.party, own=party, values=one.values, alone=alone)
        ],
        sessions=[one for one in sessions if one.number not in alone],
        agreements=agreements,
        common=[each for each in texts if each.field not in parts],
        party=party,
        own=[each for each in opened.spaces.get(f"p{party}", ()) if each.field not in LINKS],
    )


@in_words
def open_own_agreement(
    link: LinkRow, token: str, *, at: datetime, recorded_at: datetime
) -> Dossier:
    """Open the agreement in force for a party, by its link's token: what it may print and keep.

    Raises Refused where none holds, or this link doesn't open it.
    """
    case_id = link.case_id
    holds = [
        one
        for one in queries.agreements_of(case_id)
        if one.state == AgreementState.IN_FORCE.value
        and link.party in [each.party for each in one.confirmations if each.confirmed_at]
    ]
    if not holds:
        raise Refused(_("No agreement holds in this case."), code="no_agreement")
    opened = open_by_link(link, token, at=at, recorded_at=recorded_at)
    texts = [_text_of(one, opened.spaces.get("", ())) for one in holds]
    if not all(one.parts for one in texts):
        raise Refused(_("This link does not open the agreement."), code="no_agreement")
    row, parties = cases.follow(link, at=at).case, cases.parties_of(case_id)
    return Dossier(row, parties, [], [], texts, [], None, [], agreement_alone=True)


def _by_weight(found: Sequence[AgreementText], *, waits: bool) -> list[AgreementText]:
    """Put what holds first, then what waits, then what held; the rest last, without its words."""

    def weight(one: AgreementText) -> int:
        if one.row.state == AgreementState.IN_FORCE.value:
            return 0
        if waits and one.row.state == AgreementState.DRAFT.value:
            return 1
        return 3 if one.row.in_force_at is None else 2

    ranked = sorted(reversed(found), key=weight)
    return [replace(one, parts={}, sha256="") if weight(one) == 3 else one for one in ranked]
