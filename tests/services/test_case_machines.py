"""Every case type walked at random: no state that can be reached breaks what the kernel promises.

A walk is a list of seeds, one for each step: who does what, with which answers, how much later.
Hypothesis draws the list and, when a promise is broken, takes away every step that isn't needed for
it. The types are those that are registered, and two of the tests' own; an area sets its scene in
case_scenes.py.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.services.case_scenes import CANARY, TEST_TYPES, Scene, scene_of, types_of_tests
from tests.services.small_case import JOB, KEY
from tests.services.test_every_write import undone

from anlan.kernel.cases import queries, registry
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import Case, CaseClock, CaseEvent, FollowLink, Party, Proposal
from anlan.kernel.cases.rules.acting import may_role
from anlan.kernel.cases.rules.types import Action, Asked, CaseFacts, Field, FieldKind, Part, Value
from anlan.kernel.ledger.models import LedgerEntry
from anlan.kernel.values import Actor, BadInput, Refused

pytestmark = pytest.mark.django_db

START = datetime(2026, 1, 28, 3, tzinfo=UTC)
GAPS_H = (0, 0, 1, 7, 24, 72, 24 * 20)
WALKS = 3  # for each type; together the types take seconds, not minutes
STEPS = st.lists(st.integers(0, 1_000_000), min_size=10, max_size=16)
ROUNDS_OUT = 60  # a hazard whose use was stopped needs some thirty
SHORTER = 40  # how many shorter walks are tried when one broke a promise
TABLES = tuple(model._meta.db_table for model in apps.get_models(include_auto_created=True))
TYPES = (*TEST_TYPES, *(one.code for one in registry.case_types()))
Draw = Callable[[Sequence[Any]], Any]


def dump() -> dict[str, list[Any]]:
    """Give all rows of all tables."""
    with connection.cursor() as cursor:
        held = {}
        for table in TABLES:
            cursor.execute(f'SELECT * FROM "{table}"')
            held[table] = sorted(map(repr, cursor.fetchall()))
    return held


class Walk:
    """One case, what is done to it, and what must hold after each step."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.at = scene, START
        self.pick: Draw = random.Random(0).choice
        self.case_id = scene.open(self.at)
        links = [
            FollowLink.objects.create(
                case_id=self.case_id, party=number, token_hash=f"{number:064d}", made_at=self.at
            )
            for number in self.parties()
        ]
        self.actors = (*scene.actors, *(Actor(f"link:{one.pk}", frozenset()) for one in links), JOB)
        self.held = dump()

    # --- what stands ----------------------------------------------------------------------------

    @property
    def case(self) -> Case:
        return Case.objects.select_related("town").get(pk=self.case_id)

    def facts(self) -> CaseFacts:
        return queries.case_facts(self.case, at=self.at)

    def parties(self) -> list[int]:
        found = Party.objects.filter(case_id=self.case_id).order_by("number")
        return list(found.values_list("number", flat=True))

    def stamp(self, actor: Actor) -> dict[str, Any]:
        return {"actor": actor, "at": self.at, "recorded_at": self.at, "town_key": KEY}

    # --- one step -------------------------------------------------------------------------------

    def step(self, seed: int) -> None:
        """Do something that a person could try: what fits, what doesn't, what is spoilt."""
        self.pick = random.Random(seed).choice
        self.at += timedelta(hours=self.pick(GAPS_H))
        waiting = queries.proposals_of(self.case_id)
        if waiting and self.pick((True, False)):
            self.decide(waiting[0].id, self.pick(self.actors), agree=self.pick((True, True, False)))
            return
        facts = self.facts()
        action = self.drawn(facts)
        able = self.able(action) if self.pick((True,) * 6 + (False,)) else None
        actor = self.pick(self.actors) if able is None else able
        asked = self.filled(action, facts, actor)
        if self.pick((False,) * 7 + (True,)):
            self.spoilt(action, asked, actor)
        else:
            self.act(action, asked, actor)

    def drawn(self, facts: CaseFacts) -> Action:
        """Draw an action: rather one that wasn't done yet, and rather none that ends the case."""
        actions, ends = self.scene.type.actions, self.scene.type.ends
        fitting = [one for one in actions if facts.state in one.sources]
        staying = [one for one in fitting if one.target not in ends]
        fresh = [one for one in staying if not facts.actions_done.get(one.code)]
        leading_on = [one for one in fresh if one.target is not None]
        pools = (fresh, leading_on, leading_on, staying, fitting, actions)
        found: Action = self.pick(self.pick(pools) or fitting or actions)
        return found

    def able(self, action: Action) -> Actor | None:
        """Give somebody who may do an action by role and sees the case, None where nobody does."""
        able = [one for one in self.actors if may_role(action, one)]
        random.Random(self.pick(range(1000))).shuffle(able)
        seen = (one for one in able if not one.staff_ref.startswith("staff:") or self.sees(one))
        return next(seen, None)

    def sees(self, actor: Actor) -> bool:
        return queries.visible_cases(actor, town_key=KEY).filter(pk=self.case_id).exists()

    def filled(self, action: Action, facts: CaseFacts, actor: Actor) -> Asked:
        """Give answers of the right kinds, mended by the scene where they must fit each other."""
        taken = [code for code in action.takes if self.pick((True, False))]
        fields = [self.scene.type.field(code) for code in (*action.requires, *taken)]
        known = [each for each in fields if each is not None]
        party = self.pick(self.parties() or [None]) if action.about_party else None
        if actor.staff_ref.startswith("link:") and action.about_party:
            party = FollowLink.objects.get(pk=int(actor.staff_ref[5:])).party
        asked = Asked(
            values={
                each.code: self.value(each) for each in known if each.kind is not FieldKind.WORDS
            },
            texts={
                each.code: f"{CANARY} {each.code}" for each in known if each.kind is FieldKind.WORDS
            },
            reason=self.pick([one.code for one in action.reasons] or [""]),
            result=self.pick(action.results) if len(action.results) > 1 else "",
            party=party,
        )
        return self.scene.fit(action, facts, asked)

    def value(self, each: Field) -> Value:
        """Draw an answer by its closed kind."""
        staff = [one.staff_ref for one in self.actors if one.staff_ref.startswith("staff:")]
        options: dict[FieldKind, Sequence[Value]] = {
            FieldKind.CHOICE: [one.code for one in each.choices],
            FieldKind.YES_NO: (True, False),
            FieldKind.NUMBER: (each.least, min(each.most, each.least + 3)),
            FieldKind.DAY: [(self.at + timedelta(days=n)).date().isoformat() for n in (0, 1, 30)],
            FieldKind.MOMENT: [(self.at + timedelta(hours=n)).isoformat() for n in (1, 30)],
            FieldKind.STAFF: staff,
            FieldKind.OFFICE: ("v-1",),
            FieldKind.PARTY: self.parties() or (None,),
        }
        found: Value = self.pick(options[each.kind])
        return found

    def act(self, action: Action, asked: Asked, actor: Actor) -> None:
        """Act; what the greyed button says is what acting says."""
        out = self.recused()
        told = self.told(action, actor)
        done = self.attempt(lambda: self.apply(action, asked, actor))
        if done is None:
            return
        assert told is None, f"{action.code} was done although the page said: {told}"
        assert actor.staff_ref not in out, f"{actor.staff_ref} acted though recused"
        assert (done.proposal is not None) is bool(action.second)

    def apply(self, action: Action, asked: Asked, actor: Actor, **more: Any) -> cases.Done:
        return cases.apply(self.case_id, action.code, asked=asked, **self.stamp(actor), **more)

    def told(self, action: Action, actor: Actor) -> str | None:
        """Give the sentence that a page shows this person for an action, None where it may act."""
        if not actor.staff_ref.startswith("staff:") or not may_role(action, actor):
            return None
        by = {"town_key": KEY, "actor": actor, "at": self.at}
        try:
            rows = queries.actions_of(self.case_id, **by)
        except Refused as hidden:
            return hidden.sentence
        found = next(row.refusal for row in rows if row.action.code == action.code)
        return None if found is None else found.sentence

    def spoilt(self, action: Action, asked: Asked, actor: Actor) -> None:
        """Ask for what can't be taken: it is refused, and not a row changes."""
        choices = [each for each in self.scene.type.fields if each.kind is FieldKind.CHOICE]
        spoils = [
            replace(asked, values={**asked.values, "no_such_field": 1}),
            replace(asked, texts={**asked.texts, "no_such_field": CANARY}),
            replace(asked, reason="no_such_reason"),
            replace(asked, result="no_such_result"),
            replace(asked, party=99),
            *(replace(asked, values={**asked.values, one.code: "none_such"}) for one in choices),
            *(replace(asked, values={**asked.values, one.code: CANARY * 9}) for one in choices),
        ]
        if action.requires:
            gone = action.requires[0]
            values = {code: value for code, value in asked.values.items() if code != gone}
            texts = {code: text for code, text in asked.texts.items() if code != gone}
            spoils.append(replace(asked, values=values, texts=texts))
        spoilt = self.pick(spoils)
        assert self.attempt(lambda: self.apply(action, spoilt, actor)) is None, "spoilt, yet taken"
        stale = self.case.version - 1
        older = lambda: self.apply(action, asked, actor, expected_version=stale)  # noqa: E731
        assert self.attempt(older) is None, "an older version was taken"

    def decide(self, proposal: int, actor: Actor, *, agree: bool) -> None:
        """Agree or decline, perhaps as the one who proposed it."""
        own = Proposal.objects.get(pk=proposal).proposed_by == actor.staff_ref
        done = self.attempt(lambda: cases.decide(proposal, agree=agree, **self.stamp(actor)))
        assert done is None or not own, "somebody agreed for himself"

    def attempt(self, write: Callable[[], cases.Done]) -> cases.Done | None:
        """Write: the version rises by one, or it is refused in a sentence and not a row changes."""
        version = self.case.version
        try:
            done = write()
        except (Refused, BadInput) as refused:
            sentence = str(refused)
        else:
            return self.moved(done, version)
        assert sentence.strip()
        assert dump() == self.held, f"refused, yet something was kept: {sentence}"
        return None

    def moved(self, done: cases.Done, version: int) -> cases.Done:
        assert self.case.version == done.version == version + 1
        self.held = dump()
        self.check()
        return done

    # --- what must hold -------------------------------------------------------------------------

    def check(self) -> None:
        """Check every promise in the state that was reached."""
        one = self.case
        self.check_events(one)
        self.check_end(one)
        for clock in self.scene.type.clocks:
            self.check_clock(one, clock.code)
        self.check_overdue()
        self.check_people(one)
        assert not any(CANARY in row for rows in self.held.values() for row in rows)

    def check_events(self, one: Case) -> None:
        events = list(CaseEvent.objects.filter(case=one).order_by("seq"))
        assert [each.seq for each in events] == list(range(1, len(events) + 1))
        states = ["", *(each.to_state for each in events)]
        assert [each.from_state for each in events] == states[:-1]
        assert states[-1] == one.state
        entries = LedgerEntry.objects.filter(subject=one.ref).values_list("action", flat=True)
        entered = Counter(entries)
        done = Counter(f"{one.type}.{each.action}" for each in events)
        assert done <= entered, "an event without its entry"
        for each in events:
            action = self.scene.type.action(each.action)
            if action is not None and action.second:
                assert each.second_ref not in {"", each.actor_ref}
            assert each.actor_ref.partition(":")[0] in {"staff", "link", "job"}

    def check_end(self, one: Case) -> None:
        ended = one.state in self.scene.type.ends
        dated = (one.ended_at, one.seal_at, one.erase_on, one.result or None)
        assert all(each is not None for each in dated) is ended
        assert any(each is not None for each in dated) is ended

    def check_clock(self, one: Case, code: str) -> None:
        clock = self.scene.type.clock(code)
        assert clock is not None
        rows = list(CaseClock.objects.filter(case=one, code=code))
        living = [row for row in rows if row.stopped_at is None]
        assert len(living) <= (one.state not in self.scene.type.ends)
        running = any(row.running_since is not None for row in rows)
        applies = clock.applies is None or clock.applies(one.answers)
        assert running is (applies and one.state in clock.runs_in), f"{code} in {one.state}"
        for row in rows:
            assert row.extensions <= clock.most_extensions
        for row in living:
            assert (row.due_at is not None) is (row.warn_at is not None) is running
            begun = row.ran[0]["from"] if row.ran else str(row.running_since)
            assert row.due_at is None or row.due_at > datetime.fromisoformat(begun)

    def check_overdue(self) -> None:
        """Overdue is computed: no column holds it, and list and case say the same."""
        running = CaseClock.objects.filter(case_id=self.case_id, running_since__isnull=False)
        late = any(row.due_at <= self.at for row in running if row.due_at is not None)
        assert queries.case(self.case_id, town_key=KEY, actor=JOB).overdue(self.at) is late
        listed = queries.cases(
            town_key=KEY, actor=JOB, type=self.scene.type.code, overdue_at=self.at
        )
        assert (self.case_id in {row.id for row in listed.rows}) is late

    def check_people(self, one: Case) -> None:
        for ref in self.recused():
            for actor in self.actors:
                if actor.staff_ref == ref:
                    assert not self.sees(actor), f"{ref} sees a case from which it is recused"
        for proposal in Proposal.objects.filter(case=one, agreed__isnull=False):
            assert proposal.decided_by not in {"", proposal.proposed_by}

    def recused(self) -> set[str]:
        staff = self.case.staff.filter(until__isnull=True)
        out = staff.filter(part__in=[Part.RECUSED.value, Part.REFUSED.value])
        return set(out.values_list("staff_ref", flat=True))

    # --- a way out ------------------------------------------------------------------------------

    def check_way_out(self) -> None:
        """Reach an end from here: what is nearer first, then what was done least often."""
        steps, said = _steps_to_end(self.scene), dict[str, str]()
        for _ in range(ROUNDS_OUT):
            if self.case.state in self.scene.type.ends:
                return
            for waiting in queries.proposals_of(self.case_id):
                self.agreed(waiting.id)
            self.one_nearer(steps, said)
        assert self.case.state in self.scene.type.ends, f"no way out of {self.case.state}: {said}"

    def one_nearer(self, steps: dict[str, int], said: dict[str, str]) -> None:
        facts = self.facts()
        possible = [one for one in self.scene.type.actions if facts.state in one.sources]

        def rank(one: Action) -> tuple[bool, int]:
            farther = steps[one.target or facts.state] >= steps[facts.state]
            return farther, facts.actions_done.get(one.code, 0)

        for action in sorted(possible, key=rank):
            able = [actor for actor in self.actors if may_role(action, actor)]
            if any(self.goes(action, actor, said) for actor in able):
                return

    def goes(self, action: Action, actor: Actor, said: dict[str, str]) -> bool:
        asked = self.filled(action, self.facts(), actor)
        try:
            done = self.apply(action, asked, actor)
            if done.proposal is not None:
                return self.agreed(done.proposal)
        except (Refused, BadInput) as refused:
            said[action.code] = str(refused)
            return False
        return True

    def agreed(self, proposal: int) -> bool:
        for actor in self.actors:
            try:
                cases.decide(proposal, agree=True, **self.stamp(actor))
            except (Refused, BadInput):
                continue
            return True
        return False


def _steps_to_end(scene: Scene) -> dict[str, int]:
    """Give for each state by how few actions an end could be reached."""
    steps = {state.code: 0 if state.ends else 99 for state in scene.type.states}
    for _ in scene.type.states:
        for action in scene.type.actions:
            for source in action.sources:
                steps[source] = min(steps[source], 1 + steps[action.target or source])
    return steps


@pytest.mark.parametrize("code", TYPES)
def test_no_state_that_a_case_can_reach_breaks_a_promise(code):
    with types_of_tests():
        scene = scene_of(code)

        @settings(
            max_examples=WALKS,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(STEPS)
        def walk(seeds: list[int]) -> None:
            if broken and tuple(seeds) not in broken:
                tries.append(1)
                if len(tries) > SHORTER:  # the walk that is told is short enough
                    return
            try:
                whole_walk(scene, seeds)
            except BaseException:
                broken.add(tuple(seeds))
                raise

        broken: set[tuple[int, ...]] = set()
        tries: list[int] = []
        walk()


def whole_walk(scene: Scene, seeds: list[int]) -> None:
    """Open a case, take every step, look for a way out, and take it all back."""
    with undone():
        one = Walk(scene)
        one.check()
        for seed in seeds:
            one.step(seed)
        one.check_way_out()
