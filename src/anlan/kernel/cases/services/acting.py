"""The one way to act in a case: access, lock, guard, second person, event, clocks, entry."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F, Max
from django.utils.translation import gettext as _

from anlan.kernel.cases.models import Case, CaseEvent, FollowLink, Office, Proposal
from anlan.kernel.cases.queries.access import visible_cases
from anlan.kernel.cases.queries.cases import case_facts, no_such_case
from anlan.kernel.cases.registry import Registered, registered
from anlan.kernel.cases.rules.acting import (
    check_asked,
    check_new_parties,
    check_possible,
    check_value,
    day_of,
    of_type,
)
from anlan.kernel.cases.rules.calendars import keep_until
from anlan.kernel.cases.rules.kernel_events import KERNEL_EVENTS
from anlan.kernel.cases.rules.types import (
    Action,
    Asked,
    CaseFacts,
    Confidentiality,
    FieldKind,
    KeepFrom,
    NewParty,
    Result,
    Space,
    Value,
)
from anlan.kernel.cases.services.clocks import turn_clocks
from anlan.kernel.cases.services.doing import Doing
from anlan.kernel.cases.services.words import in_words
from anlan.kernel.ledger.services import Write, write
from anlan.kernel.places.models import Town
from anlan.kernel.values import Actor, BadInput, Refused, RuleSays, check_role

SECRET_LENGTH = 64  # every secret answer is as long as every other: its ciphertext's length is told
CELL = re.compile(r"^88[0-9a-f]{13}$")


@dataclass(frozen=True, slots=True)
class Done:
    """What an action came to: the case's id and version, or the proposal that now waits.

    `parties` are the numbers of the parties that it added.
    """

    case_id: int
    version: int
    proposal: int | None = None
    parties: tuple[int, ...] = ()


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
        payload={"office": office, "values": kind.type.kept_in_clear(filled.values)},
    ) as entry:
        if entry.replayed:
            return _done_before(entry)
        one = _new_case(kind, town_key=town_key, office=office, at=at)
        one.confidentiality, one.cell, one.made_up = confidentiality.value, cell, made_up
        one.save()
        facts = case_facts(one, at=at)
        _check_opening(kind, filled, facts)
        doing = Doing(one, kind.type, facts, "opened", filled, actor, entry)
        _keep_asked(doing)
        _carry_out(doing, kind, target=kind.type.initial, from_state="", recorded_at=recorded_at)
        added = _added(doing, entry)
    return Done(one.pk, one.version, parties=added)


def _added(doing: Doing, entry: Write) -> tuple[int, ...]:
    """Keep in the write's result what a repeated write is told."""
    one, numbers = doing.case, tuple(doing.added)
    entry.result = {"case": one.pk, "version": one.version, "parties": list(numbers)}
    return numbers


def _new_case(kind: Registered, *, town_key: str, office: str, at: datetime) -> Case:
    town = Town.objects.select_for_update().get(key=town_key)  # numbers are given in turn
    last = Case.objects.filter(town=town, type=kind.type.code).aggregate(Max("number"))
    where = None
    if office:
        where = Office.objects.filter(town=town, ident=office, closed_at__isnull=True).first()
        if where is None:
            raise BadInput(_("There is no office “{office}”.").format(office=office[:40]))
    return Case(
        town=town,
        office=where,
        type=kind.type.code,
        number=(last["number__max"] or 0) + 1,
        state=kind.type.initial,
        opened_at=at,
        state_since=at,
    )


def _check_opening(kind: Registered, asked: Asked, facts: CaseFacts) -> None:
    for code, value in asked.values.items():
        each = kind.type.field(code)
        if each is None:
            raise BadInput(_("Nothing called “{field}” is asked.").format(field=code[:40]))
        check_value(each, value, facts)
    for code, text in asked.texts.items():
        each = kind.type.field(code)
        if each is None or each.kind is not FieldKind.WORDS or len(text) > each.longest:
            raise BadInput(_("“{field}” can't be taken so.").format(field=code[:40]))
    check_new_parties(kind.type, asked, allowed=(one.code for one in kind.type.party_roles))


def _add_asked_party(doing: Doing) -> None:
    """Add the party that an action asks for; what else was asked then is about that party."""
    values = doing.asked.values
    guardian = values.get("guardian")
    party = doing.add_party(
        str(values["party_role"]),
        kind=str(values.get("party_kind") or "person"),
        minor=values.get("minor") is True,
        guardian=guardian if isinstance(guardian, int) else None,
    )
    doing.added.append(party.number)
    doing.asked = replace(doing.asked, party=party.number)


@in_words
def apply(
    case_id: int,
    action: str,
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
    expected_version: int | None = None,
    asked: Asked | None = None,
) -> Done:
    """Do an action in a case, or propose it where it needs a second person.

    With `expected_version` the action is refused (code "changed") when somebody else acted
    meanwhile; without it, only a state that no longer fits refuses. What was written down comes
    back to the caller either way: nothing is half-written.
    """
    filled = asked or Asked()
    with write(
        town=town_key,
        actor=actor,
        action=_entry_name(case_id, action),
        at=at,
        recorded_at=recorded_at,
        client_key=client_key,
        payload=_payload(case_id, action, filled),
    ) as entry:
        if entry.replayed:
            return _done_before(entry)
        one, filled = _enter(case_id, town_key=town_key, actor=actor, asked=filled)
        if expected_version is not None and one.version != expected_version:
            raise changed()
        kind = registered(one.type)
        what = next(each for each in kind.type.actions if each.code == action)
        doing = _checked(one, kind, what, filled, actor=actor, entry=entry)
        if what.adds_party:
            _add_asked_party(doing)
        _keep_texts(doing)
        if what.second:
            return _propose(doing, what, entry)
        return _do(doing, kind, what, entry)


@contextmanager
def acting(
    case_id: int,
    event: str,
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
    payload: Mapping[str, object] | None = None,
    keeps_event: bool = True,
) -> Iterator[Doing]:
    """Do in a case what is no transition of its type: add a document, make a link, erase it.

    Beside `apply`, with the same promises: access, the case's lock, one transaction, event, ledger
    entry, version. `event` is one of KERNEL_EVENTS. Inside, `doing.tell(...)` says what the event
    holds; `doing.case` is saved at the end. When `doing.write.replayed` is true the same key came
    before: return what stands in `doing.write.result` and change nothing. A link acts in its own
    case alone, and `doing.asked.party` is its party then. Without `keeps_event` no event is
    written, as when the events themselves were erased; the entry is written all the same.
    """
    if event not in KERNEL_EVENTS:
        raise ValueError(f"{event} is none of KERNEL_EVENTS.")
    code = _type_of(case_id)
    with write(
        town=town_key,
        actor=actor,
        action=f"{code}.{event}",
        at=at,
        recorded_at=recorded_at,
        client_key=client_key,
        payload={"case": case_id, **(payload or {})},
    ) as entry:
        kind = registered(code)
        if entry.replayed:
            one, asked = Case.objects.select_related("town").get(pk=case_id), Asked()
        else:
            one, asked = _enter(case_id, town_key=town_key, actor=actor, asked=Asked())
        facts = case_facts(one, at=at)
        doing = Doing(one, kind.type, facts, event, asked, actor, entry)
        yield doing
        if entry.replayed:
            return
        if keeps_event:
            _keep_event(doing, from_state=one.state, recorded_at=recorded_at)
        entry.record(
            subject=one.ref, fields=sorted(doing.asked.values), reason_code=doing.asked.reason
        )
        _bump(one)


def _payload(case_id: int, action: str, asked: Asked) -> dict[str, object]:
    """Give what is told apart when a client's key comes again: no secret, not even as a hash."""
    kept = registered(_type_of(case_id)).type.kept_in_clear(asked.values)
    return {"case": case_id, "action": action, "values": kept}


def _type_of(case_id: int) -> str:
    code = Case.objects.filter(pk=case_id).values_list("type", flat=True).first()
    if code is None:
        raise no_such_case()
    return code


def _entry_name(case_id: int, action: str) -> str:
    code = _type_of(case_id)
    if registered(code).type.action(action) is None:
        raise BadInput(_("There is no action “{action}” here.").format(action=action[:40]))
    return f"{code}.{action}"


def changed() -> Refused:
    """Give the refusal of a write that was made on an older version of a case."""
    return Refused(
        _("Somebody else has just changed this case; look again. Your words are still here."),
        code="changed",
    )


def _done_before(entry: Write) -> Done:
    kept = entry.result
    return Done(
        int(kept["case"]),
        int(kept["version"]),
        kept.get("proposal"),
        tuple(kept.get("parties", ())),
    )


def _enter(case_id: int, *, town_key: str, actor: Actor, asked: Asked) -> tuple[Case, Asked]:
    """Lock a case that the actor may see; a party's link acts in its own case, for itself."""
    if actor.staff_ref.startswith("link:"):
        link = FollowLink.objects.filter(
            pk=int(actor.staff_ref[5:]), case_id=case_id, ended_at__isnull=True
        ).first()
        seen, party = link is not None, None if link is None else link.party
        if asked.party not in (None, party):
            raise no_such_case()
        asked = replace(asked, party=party)
    else:
        seen = visible_cases(actor, town_key=town_key).filter(pk=case_id).exists()
    one = (
        Case.objects.select_for_update(of=("self",))
        .select_related("town")
        .filter(pk=case_id, town__key=town_key)
        .first()
    )
    if one is None or not seen or one.erased_at is not None:
        raise no_such_case()
    return one, asked


def _checked(
    one: Case, kind: Registered, what: Action, asked: Asked, *, actor: Actor, entry: Write
) -> Doing:
    facts = case_facts(one, at=entry.at)
    if not what.about_party and actor.staff_ref.startswith("link:"):
        asked_of = replace(asked, party=None)
    else:
        asked_of = asked
    try:
        check_possible(kind.type, what, facts, actor)
        check_asked(kind.type, what, facts, asked_of)
        if what.check is not None:
            what.check(facts, asked_of, actor)
    except RuleSays as said:
        raise of_type(kind.type, said) from said.__cause__
    return Doing(one, kind.type, facts, what.code, asked_of, actor, entry)


def _propose(doing: Doing, what: Action, entry: Write) -> Done:
    one, asked = doing.case, doing.asked
    if Proposal.objects.filter(case=one, action=what.code, decided_at__isnull=True).exists():
        raise Refused(_("This waits for its second person already."), code="proposed_already")
    proposal = Proposal.objects.create(
        case=one,
        action=what.code,
        party=asked.party,
        result=asked.result,
        reason=asked.reason,
        values=dict(asked.values),
        texts=doing.sealed,
        proposed_by=doing.actor.staff_ref,
        proposed_at=doing.at,
    )
    entry.record(
        subject=one.ref,
        about=[f"proposal:{proposal.pk}"],
        reason_code=asked.reason,
        action=f"{one.type}.proposed",
    )
    _bump(one)
    entry.result = {"case": one.pk, "version": one.version, "proposal": proposal.pk}
    return Done(one.pk, one.version, proposal.pk)


@in_words
def decide(
    proposal_id: int,
    *,
    agree: bool,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> Done:
    """Agree to a proposed action, which is then done, or decline it: never for oneself."""
    with write(
        town=town_key,
        actor=actor,
        action="proposal.decided",
        at=at,
        recorded_at=recorded_at,
        client_key=client_key,
        payload={"proposal": proposal_id, "agree": agree},
    ) as entry:
        if entry.replayed:
            return _done_before(entry)
        waiting = Proposal.objects.select_for_update().filter(
            pk=proposal_id, case__town__key=town_key
        )
        proposal = waiting.first()
        if proposal is None:
            raise no_such_case()
        one, _asked = _enter(proposal.case_id, town_key=town_key, actor=actor, asked=Asked())
        kind = registered(one.type)
        what = kind.type.action(proposal.action)
        if proposal.decided_at is not None or what is None:
            raise Refused(_("This was decided already."), code="decided_already")
        if proposal.proposed_by == actor.staff_ref:
            raise Refused(
                _("A second person decides this; nobody agrees for himself."), code="own_proposal"
            )
        check_role(actor, *what.second)
        proposal.decided_by, proposal.decided_at, proposal.agreed = actor.staff_ref, at, agree
        proposal.save()
        if not agree:
            entry.record(
                subject=one.ref,
                about=[f"proposal:{proposal.pk}"],
                action=f"{one.type}.declined",
            )
            _bump(one)
            entry.result = {"case": one.pk, "version": one.version}
            return Done(one.pk, one.version)
        return _do_proposed(proposal, one, kind, what, second=actor, entry=entry)


def _do_proposed(
    proposal: Proposal, one: Case, kind: Registered, what: Action, *, second: Actor, entry: Write
) -> Done:
    """Do what was proposed, if it can still be done; the words were sealed when it was proposed."""
    asked = Asked(
        values=proposal.values,
        reason=proposal.reason,
        result=proposal.result,
        party=proposal.party,
    )
    first = Actor(proposal.proposed_by, frozenset(what.roles))
    facts = case_facts(one, at=entry.at)
    try:
        check_possible(kind.type, what, facts, first)
        if what.check is not None:
            what.check(facts, asked, first)
    except RuleSays as said:
        raise of_type(kind.type, said) from said.__cause__
    doing = Doing(one, kind.type, facts, what.code, asked, first, entry, sealed=proposal.texts)
    return _do(doing, kind, what, entry, second=second.staff_ref)


def _do(doing: Doing, kind: Registered, what: Action, entry: Write, *, second: str = "") -> Done:
    one = doing.case
    _add_parties(doing)
    _keep_values(doing)
    result = doing.asked.result or (what.results[0] if what.results else "")
    _carry_out(
        doing,
        kind,
        target=what.target or one.state,
        from_state=one.state,
        recorded_at=entry.recorded_at,
        result=result,
        second=second,
    )
    return Done(one.pk, one.version, parties=_added(doing, entry))


def _keep_asked(doing: Doing) -> None:
    _add_parties(doing)
    _keep_texts(doing)
    _keep_values(doing)


def _add_parties(doing: Doing) -> None:
    """Add those who were asked for; the hook's facts then know them."""
    for each in doing.asked.parties:
        party = doing.add_party(
            each.role,
            kind=each.kind,
            minor=each.minor,
            guardian=each.guardian,
            consent=each.consent,
            texts=each.texts,
        )
        doing.added.append(party.number)
    if doing.asked.parties:
        doing.facts = case_facts(doing.case, at=doing.at)


def _keep_texts(doing: Doing) -> None:
    """Seal the words and the secret answers, each into its space."""
    open_codes = doing.type.kept_in_clear(doing.asked.values)
    secrets = {
        code: _plain(value).ljust(SECRET_LENGTH)
        for code, value in doing.asked.values.items()
        if code not in open_codes
    }
    for code, text in {**doing.asked.texts, **secrets}.items():
        each = doing.type.field(code)
        if each is not None:
            party = doing.asked.party if each.space is Space.PARTY else None
            if each.space is Space.PARTY and party is None:
                raise BadInput(_("Say which party these words belong to."))
            doing.seal(code, text, space=each.space, party=party)


def _plain(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _keep_values(doing: Doing) -> None:
    of_case: dict[str, Value] = {}
    of_party: dict[str, Value] = {}
    for code, value in doing.type.kept_in_clear(doing.asked.values).items():
        each = doing.type.field(code)
        if each is not None and not each.passing:
            (of_party if each.of_party else of_case)[code] = value
    doing.answer(**of_case)
    if of_party and doing.asked.party is not None:
        party = doing.party()
        kept = {**party.answers, **of_party}
        party.answers = {name: value for name, value in kept.items() if value is not None}
        party.save()


def _carry_out(
    doing: Doing,
    kind: Registered,
    *,
    target: str,
    from_state: str,
    recorded_at: datetime,
    result: str = "",
    second: str = "",
) -> None:
    """Write the event, set the state, turn the clocks, let the area do its part, enter it all."""
    one, asked, at = doing.case, doing.asked, doing.at
    values = kind.type.kept_in_clear(asked.values)
    if target != from_state:
        one.state, one.state_since = target, at
    _end_or_reopen(one, kind, target=target, result=result, at=at)
    hook = kind.hooks.get(doing.action)
    if hook is not None:
        hook(doing)
    _keep_event(doing, from_state=from_state, recorded_at=recorded_at, second=second)
    turn_clocks(one, kind.type, before_state=from_state, at=at)
    doing.write.record(
        subject=one.ref,
        about=[second] if second else [],
        fields=sorted({"state", *values}) if target != from_state else sorted(values),
        reason_code=asked.reason or result,
        action=f"{one.type}.{doing.action}",
    )
    _bump(one)


def _keep_event(doing: Doing, *, from_state: str, recorded_at: datetime, second: str = "") -> None:
    CaseEvent.objects.create(
        case=doing.case,
        seq=CaseEvent.objects.filter(case=doing.case).count() + 1,
        action=doing.action,
        from_state=from_state,
        to_state=doing.case.state,
        party=doing.asked.party,
        actor_ref=doing.actor.staff_ref,
        second_ref=second,
        reason=doing.asked.reason,
        values=doing.type.kept_in_clear(doing.asked.values),
        texts=doing.sealed,
        at=doing.at,
        recorded_at=recorded_at,
    )


def _bump(one: Case) -> None:
    """Save a case by compare-and-set on its version."""
    version = one.version
    values = {
        name: getattr(one, name)
        for name in (
            "state",
            "state_since",
            "ended_at",
            "result",
            "seal_at",
            "sealed_at",
            "erase_on",
            "erased_at",
            "answers",
            "office_id",
            "confidentiality",
            "cell",
        )
    }
    done = Case.objects.filter(pk=one.pk, version=version).update(
        version=F("version") + 1, **values
    )
    if done != 1:
        raise changed()
    one.version = version + 1


def _end_or_reopen(one: Case, kind: Registered, *, target: str, result: str, at: datetime) -> None:
    if target in kind.type.ends:
        if one.ended_at is None or result:
            one.ended_at, one.result = at, result
            found = kind.type.result(result)
            if found is not None:
                _date_the_end(one, found, at=at)
    elif one.ended_at is not None:
        one.ended_at, one.result, one.seal_at, one.erase_on = None, "", None, None
        one.sealed_at = None  # what is written from now on can be opened here; older words can't


def _date_the_end(one: Case, result: Result, *, at: datetime) -> None:
    """Set when the case is sealed and when it is erased; both are computed from its result."""
    days = result.seal_after_days
    if days is None:
        days = settings.ANLAN_SEAL_AFTER_DAYS
    one.seal_at = at + timedelta(days=days)
    start = at.astimezone(ZoneInfo(one.town.zone)).date()
    if result.keep_from is KeepFrom.ANSWER:
        start = day_of(one.answers, result.keep_from_field) or start
    one.erase_on = keep_until(start, result.keep)
