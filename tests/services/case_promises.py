"""What the kernel promises of every case, whatever was done in it: checked after each write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.db import DatabaseError, connection, transaction
from tests.services.case_scenes import CANARY
from tests.services.small_case import JOB, KEY

from anlan.kernel.cases import queries
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import (
    Case,
    CaseClock,
    CaseEvent,
    FollowLink,
    OfficeMember,
    Party,
    Proposal,
)
from anlan.kernel.cases.queries.links import link_of
from anlan.kernel.cases.rules.facts import Part
from anlan.kernel.cases.rules.types import Confidentiality, Reach, Space
from anlan.kernel.ledger.models import LedgerEntry
from anlan.kernel.sealing.models import CaseKey, KeyWrap, Opening, SealedText
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.staff.queries import staff_id
from anlan.kernel.values import Actor, Refused, Role

if TYPE_CHECKING:
    from tests.services.case_walk import Rows, Walk

# Rows to which a row may be added and nothing else.
ONLY_ADDED = (CaseEvent._meta.db_table, LedgerEntry._meta.db_table)
# What a case's erasing leaves: its tombstone, and who did what when.
LEFT_BEHIND = {Case._meta.db_table, "ledger_ledgerentry", "ledger_clientwrite"}


def check(walk: Walk, before: Rows, now: Rows) -> None:
    """Check every promise in the state that was reached by a write."""
    one = walk.case
    check_only_added(before, now)
    assert not any(CANARY in row for rows in now.values() for row in rows), "a word in clear"
    check_events(walk, one)
    check_end(walk, one)
    check_clocks(walk, one)
    check_overdue(walk)
    check_secrets(walk, one)
    if SealedText._meta.db_table in now:
        check_spaces(walk, one)
    check_people(walk, one)
    check_seen(walk, one, everybody=False)
    check_followed(walk, one)
    walk.scene.promise(one, walk.facts())


def check_only_added(before: Rows, now: Rows) -> None:
    """Events and entries are only ever added."""
    for table in ONLY_ADDED:
        gone = Counter(before.get(table, ())) - Counter(now.get(table, ()))
        assert not gone, f"{table} lost or changed a row"


def check_events(walk: Walk, one: Case) -> None:
    """Events are numbered in turn, lead from state to state, and each has its entry."""
    events = list(CaseEvent.objects.filter(case=one).order_by("seq"))
    assert [each.seq for each in events] == list(range(1, len(events) + 1))
    states = ["", *(each.to_state for each in events)]
    assert [each.from_state for each in events] == states[:-1]
    assert states[-1] == one.state
    entries = LedgerEntry.objects.filter(subject=one.ref).values_list("action", flat=True)
    done = Counter(f"{one.type}.{each.action}" for each in events)
    assert done <= Counter(entries), "an event without its entry"
    for each in events:
        action = walk.scene.type.action(each.action)
        if action is not None and action.second:
            assert each.second_ref not in {"", each.actor_ref}
        assert each.actor_ref.partition(":")[0] in {"staff", "link", "job"}


def check_end(walk: Walk, one: Case) -> None:
    """An ended case has a result and dates; any other has none of them."""
    ended = one.state in walk.scene.type.ends
    dated = (one.ended_at, one.seal_at, one.erase_on, one.result or None)
    assert all(each is not None for each in dated) is ended
    assert any(each is not None for each in dated) is ended
    assert one.sealed_at is None or ended


def check_clocks(walk: Walk, one: Case) -> None:
    """A clock runs exactly in its states, is due only then, and is extended as often as it may."""
    kind, rows = walk.scene.type, list(CaseClock.objects.filter(case=one))
    assert {row.code for row in rows} <= {clock.code for clock in kind.clocks}
    for clock in kind.clocks:
        theirs = [row for row in rows if row.code == clock.code]
        living = [row for row in theirs if row.stopped_at is None]
        assert len(living) <= (one.state not in kind.ends)
        running = any(row.running_since is not None for row in theirs)
        applies = clock.applies is None or clock.applies(one.answers)
        assert running is (applies and one.state in clock.runs_in), f"{clock.code} in {one.state}"
        assert all(row.extensions <= clock.most_extensions for row in theirs)
        for row in living:
            assert (row.due_at is not None) is (row.warn_at is not None) is running
            begun = row.ran[0]["from"] if row.ran else str(row.running_since)
            assert row.due_at is None or row.due_at > datetime.fromisoformat(begun)


def check_overdue(walk: Walk) -> None:
    """Overdue is computed: no column holds it, and list and case say the same; so of the state."""
    running = CaseClock.objects.filter(case_id=walk.case_id, running_since__isnull=False)
    late = any(row.due_at <= walk.at for row in running if row.due_at is not None)
    row = queries.case(walk.case_id, town_key=KEY, actor=JOB)
    assert row.overdue(walk.at) is late
    told = (row.state, row.result, row.version, row.ended_at, row.sealed_at)
    one = walk.case
    assert told == (one.state, one.result, one.version, one.ended_at, one.sealed_at)
    assert {row.handler} - {""} == {ref for ref, part in walk.staff() if part is Part.HANDLER}
    kind = walk.scene.type.code
    listed = queries.cases(town_key=KEY, actor=JOB, type=kind, overdue_at=walk.at)
    assert (walk.case_id in {each.id for each in listed.rows}) is late


def check_secrets(walk: Walk, one: Case) -> None:
    """An answer that is secret stands in no column: only sealed."""
    secret = {each.code for each in walk.scene.type.fields if each.secret}
    if secret:
        kept = [one.answers, *Party.objects.filter(case=one).values_list("answers", flat=True)]
        kept += CaseEvent.objects.filter(case=one).values_list("values", flat=True)
        kept += Proposal.objects.filter(case=one).values_list("values", flat=True)
        assert not secret & {code for answers in kept for code in answers}


def check_spaces(walk: Walk, one: Case) -> None:
    """Words stand sealed in the space that their field names, each under that space's key."""
    found = SealedText.objects.filter(key__case_ref__startswith=one.ref)
    for ref, code in found.values_list("key__case_ref", "field"):
        head, _colon, space = ref.removeprefix(one.ref).partition(":")
        if head:
            continue  # mediation:12 begins as mediation:1
        each = walk.scene.type.field(code)
        if each is not None:
            stands = {"": Space.CASE, "notes": Space.NOTES}.get(space, Space.PARTY)
            assert stands is each.space, f"{code} stands in “{space}”"


def check_people(walk: Walk, one: Case) -> None:
    """Who is recused sees nothing; nobody agreed for himself; one handler at most."""
    for ref in walk.recused():
        for actor in walk.actors:
            if actor.staff_ref == ref:
                assert not walk.sees(actor), f"{ref} sees a case from which it is recused"
    for proposal in Proposal.objects.filter(case=one, agreed__isnull=False):
        assert proposal.decided_by not in {"", proposal.proposed_by}
    parts = [part for _ref, part in walk.staff()]
    assert parts.count(Part.HANDLER) <= 1
    if one.confidentiality == Confidentiality.RESTRICTED.value:
        assert {Part.HANDLER, Part.HELPER} & set(parts), "a hidden case that nobody sees"


def check_seen(walk: Walk, one: Case, *, everybody: bool) -> None:
    """The predicate in the query says what a rule read row by row says: two people in turn."""
    staff = walk.scene.actors
    turn = [staff[(one.version * 2 + n) % len(staff)] for n in (0, 1)]
    for actor in staff if everybody else turn:
        assert walk.sees(actor) is _sees(walk, actor, one), f"{actor} and {one.state}"


def _sees(walk: Walk, actor: Actor, one: Case) -> bool:
    """Say whether somebody sees a case: slowly, one rule after the other."""
    reach = [walk.scene.type.readers.get(role) for role in actor.roles]
    reached = max((each for each in reach if each is not None), default=None)
    parts = {part for ref, part in walk.staff() if ref == actor.staff_ref}
    if parts & {Part.RECUSED, Part.REFUSED} or reached is None:
        return False
    if parts & {Part.HANDLER, Part.HELPER}:
        return True
    if one.confidentiality != Confidentiality.NORMAL.value and not actor.has(Role.SUPERVISOR):
        return False
    offices = OfficeMember.objects.filter(staff_id=staff_id(actor.staff_ref))
    here = offices.filter(office_id=one.office_id or 0)
    return reached is Reach.TOWN or (reached is Reach.OFFICE and here.exists())


def check_followed(walk: Walk, one: Case) -> None:
    """A party's page tells the case as it stands, and offers what can be done in its state."""
    if not walk.links:
        return
    link = walk.links[one.version % len(walk.links)]
    row = link_of(walk.tokens[walk.number_of(link)])
    assert row is not None
    page = queries.follow(row, at=walk.at)
    assert (page.case.state, page.case.version) == (one.state, one.version)
    running = CaseClock.objects.filter(case=one, running_since__isnull=False)
    assert {code for code, _due, _moves in page.dues} == set(running.values_list("code", flat=True))
    for each in page.actions:
        assert each.action.by_party
        assert each.refusal is not None or one.state in each.action.sources


def check_opened_by_link(walk: Walk, party: int | None, opened: cases.OpenedCase) -> None:
    """A link opens the common space and its party's own: never another's, never the notes."""
    wards = Party.objects.filter(case_id=walk.case_id, guardian__number=party, minor=True)
    own = {f"p{party}", *(f"p{number}" for number in wards.values_list("number", flat=True))}
    assert set(opened.spaces) <= {"", *own}
    for name, texts in opened.spaces.items():
        assert {text.space for text in texts} <= {f"{walk.case.ref}:{name}".rstrip(":")}


# --- after the end ------------------------------------------------------------------------------


def check_sealed(walk: Walk) -> None:
    """Of a sealed case the service holds no key, and a link a wrap of its own spaces alone."""
    keys = CaseKey.objects.filter(case_ref__in=_refs(walk))
    assert all(key.wrapped is None for key in keys)
    for wrap in KeyWrap.objects.filter(key__in=keys, holder__startswith="link:"):
        link = FollowLink.objects.get(pk=int(wrap.holder[5:]))
        space = wrap.key.case_ref.removeprefix(walk.case.ref).strip(":")
        assert space != "notes"
        assert space == "" or space in _own(link)
    for actor in walk.scene.actors:
        by: dict[str, Any] = walk.stamp(actor) | {"purpose": Purpose.HANDLING}
        if keys.filter(texts__isnull=False).exists():
            with pytest.raises(Refused):
                cases.open_words(walk.case_id, **by)


def _own(link: FollowLink) -> set[str]:
    wards = Party.objects.filter(case=link.case, guardian__number=link.party, minor=True)
    return {f"p{number}" for number in (link.party, *wards.values_list("number", flat=True))}


def _refs(walk: Walk) -> list[str]:
    numbers = Party.objects.filter(case_id=walk.case_id).values_list("number", flat=True)
    ref = walk.case.ref
    return [ref, f"{ref}:notes", *(f"{ref}:p{number}" for number in numbers)]


def check_guarded(walk: Walk) -> None:
    """No statement changes an event or takes one away while its case stands."""
    table = CaseEvent._meta.db_table
    for statement in (f"UPDATE {table} SET action = 'other'", f"DELETE FROM {table}"):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"{statement} WHERE case_id = {walk.case_id}")


def check_tombstone(walk: Walk, dump: Mapping[str, list[str]]) -> None:
    """Erased, a case leaves its tombstone and the ledger's entries: not a row beside them."""
    for table, rows in dump.items():
        if table not in LEFT_BEHIND | walk.scene.outlives:
            more = list(Counter(rows) - Counter(walk.bare[table]))
            if table == Opening._meta.db_table:  # what it opened of another case stays with that
                more = [row for row in more if f"'{walk.case.ref}'" in row]
            assert not more, f"erasing left rows in {table}: {more[:2]}"
    one = Case.objects.get(pk=walk.case_id)
    assert (one.answers, one.cell, one.office, one.seal_at) == ({}, "", None, None)
    assert one.erased_at is not None
    for actor in walk.scene.actors:
        assert not queries.visible_cases(actor, town_key=KEY).filter(
            pk=one.pk, erased_at__isnull=True
        )
