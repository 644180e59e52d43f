"""What a case type is: states, actions, clocks, results and fields, checked at load. Pure.

A type is a frozen object in its area's rules, its labels data. Nothing here knows a subject.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from anlan.kernel.cases.rules.facts import Asked, CaseFacts, PartyFacts, Value
from anlan.kernel.places.catalogue import Label
from anlan.kernel.values import Actor, Role


class Tier(enum.StrEnum):
    """On which tier an office stands."""

    VILLAGE = "village"  # a village's or a community's committee
    TOWN = "town"
    COUNTY = "county"


class Confidentiality(enum.StrEnum):
    """Who may see that a case is there."""

    NORMAL = "normal"
    RESTRICTED = "restricted"  # its handlers; the town's supervisor sees it, and opens nothing


class Reach(enum.IntEnum):
    """How far a role sees cases of a type."""

    OWN = 1  # those it handles
    OFFICE = 2  # those of its offices
    TOWN = 3


class FieldKind(enum.StrEnum):
    """The closed kinds of answers."""

    CHOICE = "choice"
    YES_NO = "yes_no"
    NUMBER = "number"
    DAY = "day"
    MOMENT = "moment"
    STAFF = "staff"  # an account's reference
    OFFICE = "office"  # an office's ident
    PARTY = "party"  # a party's number
    WORDS = "words"  # sealed, always


class Space(enum.StrEnum):
    """Where a text stands: each space has a key of its own, so each opens alone."""

    CASE = "case"  # what all parties and handlers may read
    PARTY = "party"  # one party and the handlers
    NOTES = "notes"  # the handlers alone; in no export


class Unit(enum.StrEnum):
    """What a span is counted in."""

    HOURS = "hours"
    DAYS = "days"
    WORKING_DAYS = "working_days"
    MONTHS = "months"


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time as a law gives it: 7 working days, one month."""

    amount: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class State:
    """Where a case can stand; `public` is what a resident reads while it does.

    Where that speaks to the reader or asks for something, `told` says it to others, and later.
    """

    code: str
    label: Label
    public: Label
    ends: bool = False
    told: Label | None = None

    @property
    def as_told(self) -> Label:
        """Give what a paper or a history says of it."""
        return self.told or self.public


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of a closed list, or one reason."""

    code: str
    label: Label


@dataclass(frozen=True, slots=True)
class TaskKind:
    """One kind of thing to do. What has a `clock` is due when that clock of its case is.

    Whoever did one of the actions `not_by` last isn't asked to do it: another person is.
    """

    code: str
    label: Label
    clock: str = ""
    not_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that is asked. Words go into `space`; every other kind is kept as a code.

    With `of_party` the answer is kept with the party whom the action is about. A `secret` answer is
    of a closed kind and sealed into `space` all the same: no column, event or record holds it.
    One that is `counted` alone shows on no page of staff and in no answer of the API: its party and
    the figures have it. Words that are `replaced` are one answer: the newest holds, the page says
    which that is. A `passing` answer stands in its event only: which session was moved, say. What
    `refers_to` a closed kind of thing (a session, a room, a mediator) is chosen by its name among
    what the area offers, though only its number or reference is kept.
    """

    code: str
    kind: FieldKind
    label: Label
    choices: tuple[Choice, ...] = ()
    space: Space = Space.CASE
    of_party: bool = False
    secret: bool = False
    counted: bool = False
    passing: bool = False
    replaced: bool = False
    refers_to: str = ""
    longest: int = 4000
    least: int = 0
    most: int = 1_000_000_000


Guard = Callable[[CaseFacts, Actor], None]
PartyGuard = Callable[[CaseFacts, PartyFacts], None]
ResultGuard = Callable[[CaseFacts, str], None]
Check = Callable[[CaseFacts, Asked, Actor], None]


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that may be done: from which states, whereto (None stays), by whom, with what.

    `guard` says in a sentence why it can't be done now, before anything was filled in (a greyed
    button shows it); `check` looks at what was filled in. `party_guard` says of one party why this
    is nothing for it: its form doesn't offer that party, and no result of which `result_guard` says
    why the case can't end so. All raise RuleSays. With `second` the action waits until a person of
    these roles, another than the one who asked, agrees; where it `second_reads`, that person opens
    the case's own words first, and agrees to none unread. An action that `adds_party` asks
    "party_role" (and may ask "party_kind", "minor", "guardian"): its words of a party's space, and
    the event, belong to the new party. `adds` are the roles of parties that may be added beside it,
    ready made, as `Asked.parties`. By its link only a party whose role is one of `by_party_roles`
    does it; none named means every party. Its page calls the action by `own_label` where the
    staff's word doesn't fit; `warns` says what follows where a party can't take it back: its page
    asks it to say that it is sure. Who does one that `joins` handles the case or helps from then
    on, so that its words open to them.
    """

    code: str
    label: Label
    sources: frozenset[str]
    target: str | None = None
    roles: tuple[Role, ...] = ()
    by_party: bool = False
    by_party_roles: tuple[str, ...] = ()
    by_job: bool = False
    about_party: bool = False
    adds_party: bool = False
    requires: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    reasons: tuple[Choice, ...] = ()
    results: tuple[str, ...] = ()
    second: tuple[Role, ...] = ()
    second_reads: bool = False
    adds: tuple[str, ...] = ()
    guard: Guard | None = None
    party_guard: PartyGuard | None = None
    result_guard: ResultGuard | None = None
    check: Check | None = None
    begins_with: Callable[[CaseFacts], Mapping[str, Value]] | None = None  # what its form shows
    own_label: Label | None = None
    warns: Callable[[CaseFacts], Label] | None = None
    joins: bool = False


BY_ANSWER = Span(0, Unit.DAYS)  # no span of its own: a day that somebody answers


@dataclass(frozen=True, slots=True)
class Clock:
    """A stop-watch: it runs in the named states; pausing is not being in the list.

    `source` names the law or rule. `per_stay` starts anew with each new state. Who may pause it on
    purpose moves the case to a state of `paused_in`, and extends it by an action `extend_<code>`:
    both ask a reason. In any other state a clock that began stands still, its work being done.
    With `applies` it runs only in cases whose answers it says yes to: a court's clock in what
    a court referred. With `until`, a field of kind DAY, it is due when the answered day is over, as
    whoever ordered it said, whether that day is worked or not; its goal is BY_ANSWER then. With
    `since`, an answer that the area's hook keeps, it counts from that moment, however much later it
    begins to run; where that is a day, from that day's beginning, if that is still to come. Where
    it is the parties' right and nobody's duty, they read `own_label`, with {when}, as long as there
    is time.
    """

    code: str
    label: Label
    owner: Role
    runs_in: frozenset[str]
    goal: Span
    warn_before: Span
    source: Label
    extend_by: Span | None = None
    most_extensions: int = 0
    per_stay: bool = False
    paused_in: frozenset[str] = frozenset()
    applies: Callable[[Mapping[str, Value]], bool] | None = None
    until: str = ""
    since: str = ""
    own_label: Label | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """How a case ends, and how long from then on what is sealed is kept.

    `seal_after_days` is when the service loses its key; None is the installation's setting.
    """

    code: str
    label: Label
    keep: Span
    seal_after_days: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A heading, and the actions of one subject that stand below it, by code."""

    code: str
    label: Label
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """An action that brings a case nearer to its goal in some states.

    `wanted` says whether it still does: a talk with each party is next until all were spoken to.
    With `seen` it leads on for some alone: what only handlers know must not show in what is next.
    """

    action: str
    states: frozenset[str]
    wanted: Callable[[CaseFacts], bool] | None = None
    seen: Callable[[CaseFacts, Actor], bool] | None = None


@dataclass(frozen=True)
class CaseType:
    """A type of case, whole. `purpose` is why it is kept, as a party reads it: "to …", no stop.

    `opens_with` are the fields that its opening asks. `link_guard` says why a party may have no
    link yet; one that it has all the same offers nothing to do. `groups` are the headings of its
    actions, `steps` which of them lead on. `document_guard` says who of those whose role may adds
    documents. `first_heard` gives the action by which a party first heard of the case ("": it knew
    from the start): its page tells it nothing older. After `common_after`'s actions a party reads
    the common space for good. `done` is what an action is called once it was done, `listed` a list.
    """

    code: str
    label: Label
    purpose: Label
    initial: str
    states: tuple[State, ...]
    actions: tuple[Action, ...]
    clocks: tuple[Clock, ...]
    results: tuple[Result, ...]
    fields: tuple[Field, ...]
    party_roles: tuple[Choice, ...]
    readers: Mapping[Role, Reach]
    document_kinds: tuple[Choice, ...] = ()
    party_document_kinds: tuple[str, ...] = ()  # which of them a party adds by its link
    party_adds: Label | None = None  # what its page calls adding one, where not “Add a document”
    document_roles: tuple[Role, ...] = (Role.CLERK, Role.MEDIATOR, Role.INSPECTOR)  # who adds them
    task_kinds: tuple[TaskKind, ...] = ()
    opens_with: tuple[str, ...] = ()
    link_guard: PartyGuard | None = None
    first_heard: Callable[[CaseFacts, PartyFacts], str] | None = None
    groups: tuple[Group, ...] = ()
    steps: tuple[Step, ...] = ()
    document_guard: Guard | None = None
    common_after: tuple[str, ...] = ()
    done: Mapping[str, Label] = field(default_factory=dict)
    asks_consent: bool = True  # of its parties, to the case
    listed: Label | None = None

    def state(self, code: str) -> State:
        """Give a state by its code."""
        return next(one for one in self.states if one.code == code)

    def action(self, code: str) -> Action | None:
        """Give an action by its code, None where the type has none such."""
        return next((one for one in self.actions if one.code == code), None)

    def label_of_done(self, action: Action) -> Label:
        """Give what an action is called once it was done."""
        return self.done.get(action.code, action.label)

    def field(self, code: str) -> Field | None:
        """Give a field by its code, None where the type has none such."""
        return next((one for one in self.fields if one.code == code), None)

    def clock(self, code: str) -> Clock | None:
        """Give a clock by its code, None where the type has none such."""
        return next((one for one in self.clocks if one.code == code), None)

    def result(self, code: str) -> Result | None:
        """Give a result by its code, None where the type has none such."""
        return next((one for one in self.results if one.code == code), None)

    def kept_in_clear(self, values: Mapping[str, Value]) -> dict[str, Value]:
        """Give those of the values that are no secret: what a column or an event may hold."""
        secret = {one.code for one in self.fields if one.secret}
        return {code: value for code, value in values.items() if code not in secret}

    def shown_to_staff(self, values: Mapping[str, Value]) -> dict[str, Value]:
        """Give those of the values that members of staff read: not what is counted alone."""
        counted = {one.code for one in self.fields if one.counted}
        return {code: value for code, value in values.items() if code not in counted}

    @property
    def takes_parties(self) -> bool:
        """Say whether parties come to a case of this type after it was opened."""
        return any(one.adds_party or one.adds for one in self.actions)

    @property
    def ends(self) -> frozenset[str]:
        """Give the states in which a case has ended."""
        return frozenset(one.code for one in self.states if one.ends)
