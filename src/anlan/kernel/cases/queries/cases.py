"""Reading cases: facts for guards, rows for pages, lists by pages of keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import CharField, Count, OuterRef, Q, QuerySet, Subquery
from django.db.models import Value as Constant
from django.db.models.functions import Coalesce

from anlan.kernel.cases.models import (
    Case,
    CaseClock,
    CaseEvent,
    CaseStaff,
    Office,
    Party,
    Proposal,
    Task,
)
from anlan.kernel.cases.queries.access import visible_cases, visible_parts
from anlan.kernel.cases.queries.rows import (
    ActionRow,
    CaseRow,
    ClockRow,
    EventRow,
    PartyRow,
    ProposalRow,
)
from anlan.kernel.cases.registry import case_type, registered
from anlan.kernel.cases.rules.acting import may_role, possible
from anlan.kernel.cases.rules.facts import CaseFacts, ClockFacts, Consent, Part, PartyFacts
from anlan.kernel.cases.rules.grouping import leading_on
from anlan.kernel.values import Actor, Refused

PAGE = 50


def no_such_case() -> Refused:
    """Give the refusal for a case that isn't there for this actor; it doesn't say which."""
    return Refused("There is no such case in this town.", code="no_such_case")


def case(case_id: int, *, town_key: str, actor: Actor) -> CaseRow:
    """Give one case that an actor may see; raises Refused otherwise, whether it is there or not."""
    found = rows_with_clocks(visible_cases(actor, town_key=town_key).filter(pk=case_id)).first()
    if found is None:
        raise no_such_case()
    return row_of(found)


@dataclass(frozen=True, slots=True)
class CaseList:
    """A page of a list; `after` asks for the next one, "" at the end."""

    rows: list[CaseRow]
    after: str


def cases(
    *,
    town_key: str,
    actor: Actor,
    type: str,
    states: Iterable[str] = (),
    office: str = "",
    mine: bool = False,
    overdue_at: datetime | None = None,
    after: str = "",
    limit: int = PAGE,
) -> CaseList:
    """Give a page of the cases that an actor may see, the newest first.

    `after` is what the page before gave. `mine` keeps those that the actor handles, `overdue_at`
    those with a running clock that is due by then.
    """
    found = visible_cases(actor, town_key=town_key, type=type)
    wanted = list(states)
    if wanted:
        found = found.filter(state__in=wanted)
    if office:
        found = found.filter(office_id=_office_number(office, town_key=town_key))
    if mine:
        handled = CaseStaff.objects.filter(
            staff_ref=actor.staff_ref, part=Part.HANDLER.value, until__isnull=True
        )
        found = found.filter(pk__in=handled.values("case_id"))
    if overdue_at is not None:
        late = CaseClock.objects.filter(running_since__isnull=False, due_at__lte=overdue_at)
        found = found.filter(pk__in=late.values("case_id"))
    if after:
        found = found.filter(_older_than(after))
    rows = list(rows_with_clocks(found).order_by("-opened_at", "-id")[: limit + 1])
    more = len(rows) > limit
    shown = [row_of(each) for each in rows[:limit]]
    return CaseList(shown, _key_of(shown[-1]) if more else "")


def _office_number(ident: str, *, town_key: str) -> int:
    # By number, not by a join, so that the office's own index is read; 0 where there is none.
    found = Office.objects.filter(town__key=town_key, ident=ident).values_list("pk", flat=True)
    return found.first() or 0


def _key_of(row: CaseRow) -> str:
    return f"{row.opened_at.isoformat()}~{row.id}"


def _older_than(after: str) -> Q:
    moment, _, number = after.partition("~")
    try:
        at, pk = datetime.fromisoformat(moment), int(number)
    except ValueError:
        return Q()
    # The first half says nothing new, but an index is entered by it.
    return Q(opened_at__lte=at) & (Q(opened_at__lt=at) | Q(pk__lt=pk))


def rows_with_clocks(found: QuerySet[Case]) -> QuerySet[Case]:
    """Read these cases with their handler, nearest due moment and warning, as `row_of` asks."""
    running = CaseClock.objects.filter(case=OuterRef("pk"), running_since__isnull=False)
    handler = CaseStaff.objects.filter(
        case=OuterRef("pk"), part=Part.HANDLER.value, until__isnull=True
    )
    dated = running.filter(due_at__isnull=False)  # one databases puts the undated first, one last
    nearest = dated.order_by("due_at").values("due_at")[:1]
    warning = dated.filter(warn_at__isnull=False).order_by("warn_at").values("warn_at")[:1]
    return found.select_related("office").annotate(
        due=Subquery(nearest),
        warn=Subquery(warning),
        handled_by=Coalesce(
            Subquery(handler.values("staff_ref")[:1]), Constant(""), output_field=CharField()
        ),
    )


def row_of_case(one: Case) -> CaseRow:
    """Give one case, read already, as a row."""
    found = rows_with_clocks(Case.objects.filter(pk=one.pk)).first()
    if found is None:
        raise no_such_case()
    return row_of(found)


def row_of(one: Case) -> CaseRow:
    """Give a case that was read with its clocks and handler as a row."""
    return CaseRow(
        id=one.pk,
        ref=one.ref,
        type=one.type,
        state=one.state,
        confidentiality=one.confidentiality,
        office="" if one.office is None else one.office.ident,
        handler=one.handled_by,  # type: ignore[attr-defined]
        opened_at=one.opened_at,
        state_since=one.state_since,
        ended_at=one.ended_at,
        result=one.result,
        sealed_at=one.sealed_at,
        erased_at=one.erased_at,
        erase_on=one.erase_on,
        due_at=one.due,  # type: ignore[attr-defined]
        warn_at=one.warn,  # type: ignore[attr-defined]
        answers=one.answers,
        made_up=one.made_up,
        version=one.version,
    )


def parties_of(case_id: int) -> list[PartyRow]:
    """Give a case's parties in order, those who left too."""
    found = Party.objects.filter(case_id=case_id).select_related("guardian").order_by("number")
    return [
        PartyRow(
            number=one.number,
            role=one.role,
            kind=one.kind,
            minor=one.minor,
            guardian=None if one.guardian is None else one.guardian.number,
            consent=one.consent,
            consent_at=one.consent_at,
            confirmed_at=one.confirmed_at,
            left_at=one.left_at,
            answers=one.answers,
        )
        for one in found
    ]


def events_of(case_id: int) -> list[EventRow]:
    """Give what happened, oldest first."""
    found = CaseEvent.objects.filter(case_id=case_id).order_by("seq")
    return [
        EventRow(
            seq=one.seq,
            action=one.action,
            from_state=one.from_state,
            to_state=one.to_state,
            party=one.party,
            actor_ref=one.actor_ref,
            second_ref=one.second_ref,
            reason=one.reason,
            values=one.values,
            at=one.at,
            texts=tuple(one.texts),
        )
        for one in found
    ]


def clocks_of(case_id: int) -> list[ClockRow]:
    """Give a case's clocks, in the order in which they were started."""
    return [
        ClockRow(
            code=one.code,
            running=one.running_since is not None,
            due_at=one.due_at,
            warn_at=one.warn_at,
            provisional=one.provisional,
            extensions=one.extensions,
            stopped_at=one.stopped_at,
            how=one.how,
        )
        for one in CaseClock.objects.filter(case_id=case_id).order_by("id")
    ]


def proposals_of(case_id: int) -> list[ProposalRow]:
    """Give the actions that wait for their second person."""
    found = Proposal.objects.filter(case_id=case_id, decided_at__isnull=True).order_by("id")
    return [
        ProposalRow(
            id=one.pk,
            action=one.action,
            result=one.result,
            reason=one.reason,
            party=one.party,
            values=one.values,
            proposed_by=one.proposed_by,
            proposed_at=one.proposed_at,
            texts=tuple(one.texts),
            case_id=case_id,
        )
        for one in found
    ]


def case_of_proposal(proposal_id: int) -> int | None:
    """Give the id of the case in which an action was proposed, decided or not."""
    return Proposal.objects.filter(pk=proposal_id).values_list("case_id", flat=True).first()


def decision_on(proposal_id: int, *, case_id: int) -> tuple[str, bool | None] | None:
    """Give a case's decided action and whether it was agreed to (None: taken back, or lapsed)."""
    decided = Proposal.objects.filter(pk=proposal_id, case_id=case_id, decided_at__isnull=False)
    return decided.values_list("action", "agreed").first()


def case_facts(one: Case, *, at: datetime) -> CaseFacts:
    """Give what guards see of a case: codes, times and counts."""
    rows = CaseEvent.objects.filter(case=one).order_by("seq")
    events = list(rows.values_list("action", "actor_ref", "from_state", "to_state"))
    parties = tuple(
        PartyFacts(
            number=each.number,
            role=each.role,
            kind=each.kind,
            minor=each.minor,
            guardian=each.guardian,
            consent=Consent(each.consent),
            confirmed=each.confirmed_at is not None,
            left=each.left_at is not None,
            answers=each.answers,
        )
        for each in parties_of(one.pk)
    )
    staff = CaseStaff.objects.filter(case=one, until__isnull=True).values_list("staff_ref", "part")
    tasks = Task.objects.filter(case=one, done_at__isnull=True).values_list("kind", flat=True)
    waiting = Proposal.objects.filter(case=one, decided_at__isnull=True)
    documents = one.documents.filter(removed_at__isnull=True).values_list("kind", flat=True)
    kind = registered(one.type)
    extra = kind.extra_facts
    return CaseFacts(
        id=one.pk,
        type=one.type,
        state=one.state,
        at=at,
        zone=ZoneInfo(one.town.zone),
        opened_at=one.opened_at,
        state_since=one.state_since,
        ended_at=one.ended_at,
        result=one.result,
        answers=one.answers,
        parties=parties,
        staff=frozenset((ref, Part(part)) for ref, part in staff),
        actions_done=Counter(action for action, *_ in events),
        last_done_by={action: by for action, by, *_ in events},
        open_tasks=Counter(tasks),
        documents=Counter(documents),
        extra={} if extra is None else extra(one.pk),
        clocks={
            row.code: ClockFacts(row.running_since is not None, row.due_at, row.extensions)
            for row in one.clocks.filter(stopped_at__isnull=True)
        },
        done_since_opened=_since_opened(events, ends=kind.type.ends),
        proposed=frozenset(waiting.values_list("action", flat=True)),
    )


def _since_opened(
    events: Iterable[tuple[str, str, str, str]], *, ends: frozenset[str]
) -> Mapping[str, int]:
    """Count what was done since a case was opened, or taken up again after it had ended."""
    done: Counter[str] = Counter()
    for action, _by, before, after in events:
        if before in ends and after not in ends:
            done.clear()
        done[action] += 1
    return done


def facts_of(case_id: int, *, town_key: str, actor: Actor, at: datetime) -> CaseFacts:
    """Give what guards see of a case that an actor may see; raises Refused otherwise."""
    seen = visible_cases(actor, town_key=town_key).select_related("town")
    one = seen.filter(pk=case_id).first()
    if one is None:
        raise no_such_case()
    return case_facts(one, at=at)


def actions_of(case_id: int, *, town_key: str, actor: Actor, at: datetime) -> list[ActionRow]:
    """Give every action of an actor's kind in a case, with the sentence where it can't be done."""
    return offered(facts_of(case_id, town_key=town_key, actor=actor, at=at), actor=actor)


def offered(facts: CaseFacts, *, actor: Actor) -> list[ActionRow]:
    """Give the same from what is known of a case already."""
    kind = case_type(facts.type)
    leading = leading_on(kind, facts, actor)
    return [
        ActionRow(action, possible(kind, action, facts, actor), action.code in leading)
        for action in kind.actions
        if may_role(action, actor)
    ]


def counts_by_state(*, town_key: str, actor: Actor, type: str) -> Mapping[str, int]:
    """Count the cases that an actor may see by state."""
    counts: Counter[str] = Counter()
    for part in visible_parts(actor, town_key=town_key, type=type):
        counts.update(dict(part.order_by().values_list("state").annotate(Count("pk"))))
    return counts
