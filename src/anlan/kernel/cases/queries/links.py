"""Parties' links: which there are, whose a token is, and what its page shows without opening."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from anlan.kernel.cases.models import Case, CaseClock, CaseEvent, Document, FollowLink, Party
from anlan.kernel.cases.queries.cases import case_facts, events_of, row_of_case
from anlan.kernel.cases.queries.rows import ActionRow, CaseRow, EventRow
from anlan.kernel.cases.registry import case_type
from anlan.kernel.cases.rules.acting import may_link, of_party_role, possible
from anlan.kernel.cases.rules.facts import CaseFacts
from anlan.kernel.sealing import queries as sealing
from anlan.kernel.sealing.custody.wraps import read_token, token_hash
from anlan.kernel.sealing.rules import JOINT
from anlan.kernel.values import Actor

_SHOWN_OPENINGS = 200


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A party's link, without its token, which is kept nowhere."""

    id: int
    case_id: int
    town: str
    party: int | None
    made_at: datetime
    ended_at: datetime | None

    @property
    def actor(self) -> Actor:
        """Give the link as the one who acts."""
        return Actor(f"link:{self.id}", frozenset())


@dataclass(frozen=True, slots=True)
class OpenedWhen:
    """Who opened a case, as its party reads it: a role and a purpose, never a name."""

    role: str
    purpose: str
    opened_at: datetime
    own: bool  # by this very link
    parts: tuple[str, ...]  # “joint”, “own”, “document”, “notes”; empty where it was not noted
    authority: str = ""  # for which kind of authority, "" where for none
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Followed:
    """What a party reads of its case before it opens any words."""

    case: CaseRow
    facts: CaseFacts
    actions: tuple[ActionRow, ...]
    dues: tuple[tuple[str, datetime, bool], ...]  # the clock, when, whether it may still move
    openings: tuple[OpenedWhen, ...]
    custodians: tuple[str, ...]
    left: bool
    older_shut: bool = False  # words were sealed away before this link was made: it opens none


def link_of(token: str) -> LinkRow | None:
    """Give the living link that a token belongs to, None for any other text."""
    typed = read_token(token)
    if typed is None:
        return None
    found = FollowLink.objects.filter(
        token_hash=token_hash(typed), ended_at__isnull=True, case__erased_at__isnull=True
    )
    one = found.select_related("case__town").first()
    return None if one is None else _row(one)


def links_of(case_id: int) -> list[LinkRow]:
    """Give every link of a case, ended ones too, in the order in which they were made."""
    found = FollowLink.objects.filter(case_id=case_id).select_related("case__town").order_by("id")
    return [_row(one) for one in found]


def parties_of_links(case_id: int) -> dict[str, int]:
    """Give the party of each link of a case, ended ones too: {"link:5": 2}."""
    found = FollowLink.objects.filter(case_id=case_id, party__isnull=False)
    return {f"link:{pk}": party or 0 for pk, party in found.values_list("pk", "party")}


def follow(link: LinkRow, *, at: datetime) -> Followed:
    """Give what a party's page shows: state, dates, who opened the case, what can be done."""
    one = Case.objects.select_related("town", "office").get(pk=link.case_id)
    kind, facts = case_type(one.type), case_facts(one, at=at)
    left = Party.objects.filter(case=one, number=link.party or 0, left_at__isnull=False).exists()
    actions = (
        ()
        if left or may_link(kind, facts, link.party) is not None
        else tuple(
            ActionRow(action, possible(kind, action, facts, link.actor, party=link.party))
            for action in kind.actions
            if action.by_party and of_party_role(action, facts, link.party)
        )
    )
    running = CaseClock.objects.filter(
        case=one, running_since__isnull=False, due_at__isnull=False
    ).order_by("due_at")
    return Followed(
        case=row_of_case(one),
        facts=facts,
        actions=actions,
        dues=tuple((each.code, each.due_at, each.provisional) for each in running if each.due_at),
        openings=_openings(one.ref, link, at=at),
        custodians=tuple(each.ident for each in sealing.custodians(link.town)),
        left=left,
        older_shut=link.party is not None
        and sealing.shut_to(link.actor.staff_ref, _refs(one, link.party)),
    )


def _refs(one: Case, party: int) -> list[str]:
    common = [one.ref] if reads_common(one.pk, party=party) else []
    return [*common, *(f"{one.ref}:p{number}" for number in (party, *wards_of(one.pk, party)))]


def reads_common(case_id: int, *, party: int) -> bool:
    """Say whether the common space is open to a party: from the start, or since it said yes.

    It stays open to who agreed once: what was said to all while it took part is its own to read.
    """
    after = case_type(Case.objects.values_list("type", flat=True).get(pk=case_id)).common_after
    done = CaseEvent.objects.filter(case_id=case_id, party=party, action__in=after)
    return not after or done.exists()


def wards_of(case_id: int, party: int) -> list[int]:
    """Give the minors in a case for whom a party stands: it reads their words as its own.

    Who has left stands for nobody.
    """
    found = Party.objects.filter(
        case_id=case_id, guardian__number=party, guardian__left_at__isnull=True, minor=True
    )
    return list(found.order_by("number").values_list("number", flat=True))


def _openings(case_ref: str, link: LinkRow, *, at: datetime) -> tuple[OpenedWhen, ...]:
    """Give what staff and this party's links opened of what concerns this party.

    Another party's reading, and the opening of another party's words alone, are its own matter.
    """
    own = link.actor.staff_ref
    links = FollowLink.objects.filter(case_id=link.case_id, party=link.party)
    mine = {own} | {f"link:{number}" for number in links.values_list("pk", flat=True)}
    words = _words_of_parts(link)
    told = [
        (each, tuple(dict.fromkeys(words[part] for part in each.parts if part in words)))
        for each in sealing.openings_of(case_ref, at=at)
        if not each.actor_ref.startswith("link:") or each.actor_ref in mine
    ]
    rows = [(each, parts) for each, parts in told if parts or not each.parts]
    return tuple(
        OpenedWhen(
            each.role,
            each.purpose,
            each.opened_at,
            each.actor_ref == own,
            parts,
            each.authority,
            each.basis,
        )
        for each, parts in reversed(rows[-_SHOWN_OPENINGS:])
    )


def _words_of_parts(link: LinkRow) -> dict[str, str]:
    """Say which of a case's parts a party reads of, and as what; another party's are left out."""
    wards = [] if link.party is None else wards_of(link.case_id, link.party)
    own = [f"p{number}" for number in (link.party, *wards)]
    said = {JOINT: JOINT, "notes": "notes"} | dict.fromkeys(own, "own")
    documents = Document.objects.filter(case_id=link.case_id, space__in=["", "notes", *own])
    return said | {
        f"document:{number}": "notes" if space == "notes" else "document"
        for number, space in documents.values_list("pk", "space")
    }


def happened(link: LinkRow, facts: CaseFacts) -> list[tuple[str, datetime]]:
    """Give the states that a case came to and when, oldest first: what a party may follow.

    Nothing is told of the time before it first heard of the case, or was added to it.
    """
    since = _first_heard(link, facts)
    if since is None:
        return []
    events = CaseEvent.objects.filter(case_id=link.case_id, seq__gte=since).order_by("seq")
    found: list[tuple[str, datetime]] = []
    for state, at in events.values_list("to_state", "at"):
        if not found or found[-1][0] != state:
            found.append((state, at))
    return found


def own_acts(link: LinkRow, facts: CaseFacts) -> list[EventRow]:
    """Give what a party did in its case, or staff entered as its own act, oldest first.

    Only what parties may do: of what was done about it, a talk with it alone say, nothing is told.
    """
    since = _first_heard(link, facts)
    if since is None or link.party is None:
        return []
    theirs = {one.code for one in case_type(facts.type).actions if one.by_party}
    linked = parties_of_links(link.case_id)
    return [
        one
        for one in events_of(link.case_id)
        if one.seq >= since
        and one.action in theirs
        and link.party == (one.party if one.party is not None else linked.get(one.actor_ref))
    ]


def _first_heard(link: LinkRow, facts: CaseFacts) -> int | None:
    """Give the event by which a party first heard of its case; None where it has not yet.

    A link of no party tells what all of them know.
    """
    kind = case_type(facts.type)
    if kind.first_heard is None:
        return 0
    adding = {each.code for each in kind.actions if each.adds_party}
    events = list(
        CaseEvent.objects.filter(case_id=link.case_id)
        .order_by("seq")
        .values_list("seq", "action", "party")
    )
    begins = 0
    for one in facts.parties:
        if link.party not in (None, one.number):
            continue
        told_by = kind.first_heard(facts, one)
        told = [
            seq
            for seq, action, party in events
            if action == told_by and party in (None, one.number, one.guardian)
        ]
        added = [seq for seq, action, party in events if action in adding and party == one.number]
        if told_by and not told:
            return None
        begins = max(begins, *told[:1], *added[:1], 0)
    return begins


def _row(one: FollowLink) -> LinkRow:
    return LinkRow(one.pk, one.case_id, one.case.town.key, one.party, one.made_at, one.ended_at)
