"""A walk through a case: who does what, with which answers, how much later; rows are watched.

What must hold after each step stands in case_promises.py. Reading is the dear part of a step, so
what is known of a case is read once for each version, and of the tables only those to which a
statement wrote are read anew; at the walk's end all of them are, and nothing may have been missed.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from django.apps import apps
from django.db import connection
from tests.services import case_promises as promises
from tests.services.case_scenes import CANARY, Scene
from tests.services.small_case import JOB, KEY

from anlan.kernel.cases import queries
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import Case, CaseStaff, FollowLink, Party, Proposal
from anlan.kernel.cases.queries.links import link_of
from anlan.kernel.cases.rules.acting import may_role, possible
from anlan.kernel.cases.rules.facts import Asked, CaseFacts, Part, Value
from anlan.kernel.cases.rules.types import Action, Field, FieldKind
from anlan.kernel.sealing.custody import wraps
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.values import Actor, BadInput, Refused

START = datetime(2026, 1, 28, 3, tzinfo=UTC)
GAPS_H = (0, 0, 1, 7, 24, 72, 24 * 20)
ROUNDS_OUT = 60  # a hazard whose use was stopped needs some thirty
LET_PASS = timedelta(days=30)  # where nothing can be done just now
MOST_LINKS = 6
FAR = 99  # more steps than there are states
TABLES = tuple(model._meta.db_table for model in apps.get_models(include_auto_created=True))
_WRITES = re.compile(
    r'\s*(?:INSERT(?:\s+OR\s+\w+)?\s+INTO|REPLACE\s+INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)', re.I
)
Draw = Callable[[Sequence[Any]], Any]
Rows = dict[str, list[str]]


def dump(tables: Iterable[str] = TABLES) -> Rows:
    """Give all rows of some tables, of all of them unless said."""
    held = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')
            held[table] = sorted(repr([_plain(value) for value in row]) for row in cursor)
    return held


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value


class Watched:
    """The rows of every table, of which those are read anew to which something was written."""

    def __init__(self) -> None:
        self.held = dump()
        self.touched: set[str] = set()

    def __call__(self, execute: Callable[..., Any], sql: str, *more: Any) -> Any:
        """See which table a statement writes to: Django calls this around each."""
        found = _WRITES.match(sql)
        if found is not None and found[1] in self.held:
            self.touched.add(found[1])
        return execute(sql, *more)

    def changed(self) -> Rows:
        """Give the rows of those tables that differ from what is held."""
        rows = dump(sorted(self.touched))
        return {table: now for table, now in rows.items() if now != self.held[table]}

    def take(self) -> tuple[Rows, Rows]:
        """Hold what stands now; gives what was held of the changed tables, and what is."""
        now = self.changed()
        before = {table: self.held[table] for table in now}
        self.held.update(now)
        self.touched.clear()
        return before, now


class Walk:
    """One case, what is done to it, and what must hold after each step."""

    def __init__(self, scene: Scene, *, start: int = 0) -> None:
        self.scene, self.at = scene, START
        self.pick: Draw = random.Random(0).choice
        self.bare = dump()
        opens = (scene.open, *scene.deeper)
        self.case_id = opens[start % len(opens)](self.at)
        events = queries.events_of(self.case_id)
        self.at = max(self.at, events[-1].at)
        self.done = {each.action for each in events}
        self.tokens: dict[int, str] = {}
        self.links: list[Actor] = []
        self.tried: Counter[tuple[str, str]] = Counter()
        self._known: dict[object, Any] = {}
        for number in self.parties():
            self.draw_link(number)
        self.rows = Watched()

    # --- what stands ----------------------------------------------------------------------------

    def known(self, what: object, read: Callable[[], Any]) -> Any:
        """Give something of the case that only a write changes: read once after each."""
        if what not in self._known:
            self._known[what] = read()
        return self._known[what]

    @property
    def actors(self) -> tuple[Actor, ...]:
        return (*self.scene.actors, *self.links, JOB)

    @property
    def case(self) -> Case:
        read = lambda: Case.objects.select_related("town").get(pk=self.case_id)  # noqa: E731
        return self.known("case", read)

    def facts(self) -> CaseFacts:
        found = self.known("facts", lambda: queries.case_facts(self.case, at=self.at))
        return replace(found, at=self.at)

    def parties(self) -> list[int]:
        found = Party.objects.filter(case_id=self.case_id).order_by("number")
        return self.known("parties", lambda: list(found.values_list("number", flat=True)))

    def staff(self) -> set[tuple[str, Part]]:
        """Give who has which part in the case now."""
        now = CaseStaff.objects.filter(case_id=self.case_id, until__isnull=True)
        read = lambda: {(ref, Part(part)) for ref, part in now.values_list("staff_ref", "part")}  # noqa: E731
        return self.known("staff", read)

    def recused(self) -> set[str]:
        return {ref for ref, part in self.staff() if part in (Part.RECUSED, Part.REFUSED)}

    def waiting(self) -> list[Any]:
        return self.known("waiting", lambda: queries.proposals_of(self.case_id))

    def sees(self, actor: Actor) -> bool:
        kind = self.scene.type.code
        read = lambda: queries.visible_cases(actor, town_key=KEY, type=kind)  # noqa: E731
        return self.known(("sees", actor), lambda: read().filter(pk=self.case_id).exists())

    def ended(self) -> bool:
        return self.case.state in self.scene.type.ends

    def stamp(self, actor: Actor) -> dict[str, Any]:
        return {"actor": actor, "at": self.at, "recorded_at": self.at, "town_key": KEY}

    # --- one step -------------------------------------------------------------------------------

    def step(self, seed: int) -> None:
        """Do something that a person could try: what fits, what doesn't, what is spoilt."""
        self.pick = random.Random(seed).choice
        self.at += timedelta(hours=self.pick(GAPS_H))
        if self.waiting() and self.pick((True, False)):
            agree = self.pick((True, True, False))
            self.pick((self.read_to_decide, lambda: None))()
            self.decide(self.waiting()[0].id, self.pick(self.actors), agree=agree)
            return
        if self.pick((True,) + (False,) * 9):
            self.pick((self.open_words, self.open_by_link, self.end_link, self.new_link))()
            return
        if self.ended() and self.pick((True, False)):
            self.seal_away()
            return
        action, actor = self.drawn()
        asked = self.filled(action, self.facts(), actor)
        if self.pick((False,) * 7 + (True,)):
            self.spoilt(action, asked, actor)
        else:
            self.act(action, asked, actor)

    def steer(self, seed: int, wanted: set[str]) -> None:
        """Do what leads to one of some actions, or such an action itself."""
        self.pick = random.Random(seed).choice
        self.at += timedelta(hours=self.pick(GAPS_H[:5]))
        for waits in self.waiting():
            self.agreed(waits.id)
        for party in set(self.parties()) - {self.party_of(link) for link in self.links}:
            self.draw_link(party)
        here, steps = self.case.state, self.steps_towards(wanted)
        there = [
            (action, actor)
            for action, actor in self.possible_now()
            if action.code in wanted or steps[action.target or here] < FAR
        ]
        nearer = [each for each in there if steps[each[0].target or here] < steps[here]]
        # What was tried least often here: much is possible by its page and refused by its answers.
        least = sorted(there, key=lambda each: self.tried[each[0].code, here])[:3]
        aimed = [each for each in there if each[0].code in wanted] or least
        aimed.sort(key=lambda each: self.tried[each[0].code, here])
        action, actor = self.pick(self.pick((least, aimed[:1], nearer)) or there or [self.drawn()])
        self.tried[action.code, here] += 1
        self.act(action, self.filled(action, self.facts(), actor), actor)

    def steps_towards(self, wanted: Iterable[str]) -> dict[str, int]:
        """Give for each state by how few actions one is reached where a wanted action is done.

        Without states from which only an end is left, unless it is done in no other.
        """
        actions = [one for one in self.scene.type.actions if one.code in set(wanted)]
        sources = {source for one in actions for source in one.sources}
        last, ends = lasting(self.scene), self.scene.type.ends
        aims = {state for state in sources if last[state]} or sources - ends or sources
        steps = steps_to(aims, self.scene)
        return {code: n if last[code] or code in aims else FAR for code, n in steps.items()}

    def leads_on(self, action: Action) -> bool:
        """Say whether a case lives on after an action, and whether it is done in one that lives."""
        last = lasting(self.scene)
        alive = action.target is None or last[action.target]
        return alive and any(last[source] for source in action.sources)

    def drawn(self) -> tuple[Action, Actor]:
        """Draw an action and who does it: mostly one that a page offers, rather one not done yet,
        and rather none that ends the case."""
        facts, actions, ends = self.facts(), self.scene.type.actions, self.scene.type.ends
        if self.pick((True, True, False)):
            there = self.possible_now()
            staying = [each for each in there if each[0].target not in ends]
            fresh = [each for each in staying if not facts.actions_done.get(each[0].code)]
            leading_on = [each for each in fresh if each[0].target is not None]
            pool = self.pick((fresh, leading_on, leading_on, staying, there)) or there
            if pool:
                return self.pick(pool)
        fitting = [one for one in actions if facts.state in one.sources]
        action: Action = self.pick(self.pick((fitting, fitting, actions)) or actions)
        able = [one for one in self.actors if may_role(action, one)]
        return action, self.pick(self.pick((able, able, able, self.actors)) or self.actors)

    def possible_now(self) -> list[tuple[Action, Actor]]:
        """Give what pages offer now, each with one of those to whom it is offered."""
        facts, kind = self.facts(), self.scene.type
        turn = list(self.actors)
        random.Random(self.pick(range(1000))).shuffle(turn)
        found = []
        for action in kind.actions:
            able = (one for one in turn if may_role(action, one))
            fits = (one for one in able if possible(kind, action, facts, one) is None)
            seen = (  # asked last: it is the dear question
                one for one in fits if not one.staff_ref.startswith("staff:") or self.sees(one)
            )
            actor = next(seen, None) if facts.state in action.sources else None
            if actor is not None:
                found.append((action, actor))
        return found

    def filled(self, action: Action, facts: CaseFacts, actor: Actor) -> Asked:
        """Give answers of the right kinds, mended by the scene where they must fit each other."""
        taken = [code for code in action.takes if self.pick((True, False))]
        fields = [self.scene.type.field(code) for code in (*action.requires, *taken)]
        known = [each for each in fields if each is not None]
        party = self.pick(self.parties() or [None]) if action.about_party else None
        if actor in self.links and action.about_party:
            party = self.party_of(actor)
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
        out, told = self.recused(), self.told(action, actor)
        done = self.attempt(lambda: self.apply(action, asked, actor))
        if done is None:
            return
        assert told is None, f"{action.code} was done although the page said: {told}"
        assert actor.staff_ref not in out, f"{actor.staff_ref} acted though recused"
        assert (done.proposal is not None) is bool(action.second)
        if done.proposal is None:
            self.done.add(action.code)

    def apply(self, action: Action, asked: Asked, actor: Actor, **more: Any) -> cases.Done:
        return cases.apply(self.case_id, action.code, asked=asked, **self.stamp(actor), **more)

    def told(self, action: Action, actor: Actor) -> str | None:
        """Give the sentence that a page shows this person for an action, None where it may act."""
        if not may_role(action, actor) or actor == JOB:
            return None
        if actor in self.links:
            rows = queries.follow(link_of(self.tokens[self.number_of(actor)]), at=self.at).actions
            found = next((row.refusal for row in rows if row.action.code == action.code), "")
            return "not offered" if found == "" else None if found is None else found.sentence
        if not self.sees(actor):
            return "not seen"
        refusal = possible(self.scene.type, action, self.facts(), actor)
        return None if refusal is None else refusal.sentence

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
        """Agree or decline, perhaps as the one who proposed it, who may take it back alone."""
        waits = Proposal.objects.get(pk=proposal)
        done = self.attempt(
            lambda: cases.decide(
                proposal, agree=agree, reason="" if agree else "no_grounds", **self.stamp(actor)
            )
        )
        own = waits.proposed_by == actor.staff_ref
        assert done is None or not (own and agree), "somebody agreed for himself"
        if done is not None and agree:
            self.done.add(waits.action)

    def attempt(self, write: Callable[[], Any]) -> Any:
        """Write: the version rises by one, or it is refused in a sentence and not a row changes."""
        version = self.case.version
        try:
            done = write()
        except (Refused, BadInput) as refused:
            sentence = str(refused)
        else:
            self.moved()
            assert self.case.version == version + 1
            assert done.version == version + 1
            return done
        self.check_nothing_kept(sentence)
        return None

    def check_nothing_kept(self, sentence: str) -> None:
        """A refusal is a sentence, and leaves every row as it was."""
        assert sentence.strip()
        changed = self.rows.changed()
        assert not changed, f"refused ({sentence}), yet something was kept in {list(changed)}"
        self.rows.touched.clear()

    def moved(self) -> None:
        """Read anew what a write may have changed, and check every promise."""
        self._known.clear()
        before, now = self.rows.take()
        promises.check(self, before, now)

    # --- beside the type's own actions ----------------------------------------------------------

    def draw_link(self, party: int) -> None:
        """Give a party a link as `make_link` would: some types hand one out later only."""
        new = wraps.new_link()
        made = FollowLink.objects.create(
            case_id=self.case_id,
            party=party,
            token_hash=new.token_hash,
            recipient=new.recipient,
            identity=new.identity,
            made_at=self.at,
        )
        self.tokens[made.pk] = new.token
        self.links.append(Actor(f"link:{made.pk}", frozenset()))
        if hasattr(self, "rows"):
            self.rows.take()

    def number_of(self, link: Actor) -> int:
        return int(link.staff_ref[5:])

    def party_of(self, link: Actor) -> int | None:
        found = FollowLink.objects.filter(pk=self.number_of(link))
        return self.known(link, lambda: found.values_list("party", flat=True).first())

    def new_link(self) -> None:
        """Hand out one more link, where it may be."""
        if len(self.links) < MOST_LINKS:
            party, actor = self.pick(self.parties() or [None]), self.pick(self.scene.actors)
            make = lambda: cases.make_link(self.case_id, party=party, **self.stamp(actor))  # noqa: E731
            token = self.beside(make)
            found = None if not token else link_of(token)
            if found is not None:
                self.tokens[found.id] = token
                self.links.append(found.actor)

    def end_link(self) -> None:
        """End a link: it acts no more."""
        if len(self.links) > 1:
            link = self.pick(self.links)
            self.links.remove(link)
            end = lambda: cases.end_link(self.number_of(link), **self.stamp(link))  # noqa: E731
            assert self.beside(lambda: (end(), True)) is not None
            assert link_of(self.tokens[self.number_of(link)]) is None

    def open_words(self) -> None:
        """Open the case's words for handling, as whoever: only who handles it may."""
        actor = self.pick(self.scene.actors)
        by = self.stamp(actor) | {"purpose": Purpose.HANDLING}
        opened = self.beside(lambda: cases.open_words(self.case_id, **by))
        if opened is not None:
            in_it = {ref for ref, part in self.staff() if part in (Part.HANDLER, Part.HELPER)}
            assert actor.staff_ref in in_it, f"{actor.staff_ref} opened what it doesn't handle"

    def read_to_decide(self) -> None:
        """Open what waits for a second person, as whoever: only who is asked to decide may."""
        for actor in self.scene.actors:
            by = self.stamp(actor) | {"purpose": Purpose.DECIDING}
            self.beside(partial(cases.open_words, self.case_id, **by))

    def open_by_link(self) -> None:
        """Open by a link what is its party's to read, and nothing else."""
        for link in self.links[-2:]:
            row = link_of(self.tokens[self.number_of(link)])
            assert row is not None
            opens = partial(cases.open_by_link, row, self.tokens[row.id])
            opened = self.beside(partial(opens, at=self.at, recorded_at=self.at))
            if opened is not None:
                promises.check_opened_by_link(self, row.party, opened)

    def beside(self, write: Callable[[], Any]) -> Any:
        """Do what is no action of the type: done with every promise kept, or refused whole."""
        try:
            done = write()
        except (Refused, BadInput) as refused:
            sentence = str(refused)
        else:
            self.moved()
            return done
        self.check_nothing_kept(sentence)
        return None

    def seal_away(self) -> None:
        """Let the sealing job come by, at once or when the time is over."""
        if self.case.seal_at is not None and self.pick((True, False)):
            self.at = max(self.at, self.case.seal_at)
        due = self.case.seal_at is not None and self.case.seal_at <= self.at
        due = due and self.case.sealed_at is None
        if not due and self.pick((True, True, True, False)):
            return
        seal = lambda: (cases.seal_case(self.case_id, **self.stamp(JOB)), True)  # noqa: E731
        assert (self.beside(seal) is not None) is due
        if due:
            promises.check_sealed(self)

    # --- a way out ------------------------------------------------------------------------------

    def check_way_out(self) -> None:
        """Reach an end from here: what is nearer first, then what was done least often."""
        steps, said = steps_to(self.scene.type.ends, self.scene), dict[str, str]()
        for _ in range(ROUNDS_OUT):
            if self.ended():
                return
            for waits in self.waiting():
                self.agreed(waits.id)
            self.one_nearer(steps, said)
        assert self.ended(), f"no way out of {self.case.state}: {said}"

    def one_nearer(self, steps: Mapping[str, int], said: dict[str, str]) -> None:
        facts = self.facts()
        there = [one for one in self.scene.type.actions if facts.state in one.sources]

        def rank(one: Action) -> tuple[bool, int]:
            farther = steps[one.target or facts.state] >= steps[facts.state]
            return farther, facts.actions_done.get(one.code, 0)

        for action in sorted(there, key=rank):
            if any(self.goes(action, actor, said) for actor in self.those_who_may(action, said)):
                return
        self.at += LET_PASS  # what a law forbids until a day is done from that day on

    def those_who_may(self, action: Action, said: dict[str, str]) -> list[Actor]:
        """Give who may do an action now, as pages say; acting is tried only where it may go."""
        able = []
        for actor in self.actors:
            if may_role(action, actor) and (actor in self.links or self.sees(actor)):
                refusal = possible(self.scene.type, action, self.facts(), actor)
                if refusal is None:
                    able.append(actor)
                else:
                    said[action.code] = refusal.sentence
        return able

    def goes(self, action: Action, actor: Actor, said: dict[str, str]) -> bool:
        asked = self.filled(action, self.facts(), actor)
        try:
            done = self.apply(action, asked, actor)
        except (Refused, BadInput) as refused:
            said[action.code] = str(refused)
            return False
        self.moved()
        if done.proposal is not None:
            return self.agreed(done.proposal)
        self.done.add(action.code)
        return True

    def agreed(self, proposal: int) -> bool:
        waits = Proposal.objects.get(pk=proposal)
        self.read_to_decide()
        for actor in self.scene.actors:
            try:
                cases.decide(proposal, agree=True, **self.stamp(actor))
            except (Refused, BadInput):
                continue
            self.moved()
            self.done.add(waits.action)
            return True
        return False


def steps_to(aims: Iterable[str], scene: Scene) -> dict[str, int]:
    """Give for each state by how few actions one of some states is reached, no end on the way."""
    wanted, ends = set(aims), scene.type.ends
    steps = {state.code: 0 if state.code in wanted else FAR for state in scene.type.states}
    for _ in scene.type.states:
        for action in scene.type.actions:
            for source in action.sources - ends:
                steps[source] = min(steps[source], 1 + steps[action.target or source])
    return steps


def lasting(scene: Scene) -> dict[str, bool]:
    """Say of each state whether more than one other state is reached from it without an end."""
    ends = scene.type.ends
    onward = {
        state.code: {
            one.target
            for one in scene.type.actions
            if state.code in one.sources - ends and one.target not in {None, state.code}
        }
        for state in scene.type.states
    }
    return {code: bool(targets - ends) for code, targets in onward.items()}
