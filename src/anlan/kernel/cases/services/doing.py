"""What an area's hook holds while an action is done: the case, the people in it, the write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import QuerySet

from anlan.kernel.cases.models import Case, CaseStaff, Office, Party, Task
from anlan.kernel.cases.rules.facts import Asked, CaseFacts, Consent, Part, Value
from anlan.kernel.cases.rules.types import CaseType, Space
from anlan.kernel.cases.services.clocks import extend_clock
from anlan.kernel.ledger.services import Write
from anlan.kernel.sealing import services as sealing
from anlan.kernel.values import Actor, Refused, RuleSays, gettext_noop

NOTES = "notes"
HAND_OVER = "hand_over"


def space_ref(case_ref: str, space: Space, *, party: int | None = None) -> str:
    """Name a space: each has a key of its own, so that a party's link opens its own alone."""
    if space is Space.CASE:
        return case_ref
    if space is Space.NOTES:
        return f"{case_ref}:{NOTES}"
    if party is None:
        raise ValueError("A party's space needs the party's number.")
    return f"{case_ref}:p{party}"


@dataclass
class Doing:
    """An action in the making. Everything that it writes is saved with its event, or not at all."""

    case: Case
    type: CaseType
    facts: CaseFacts
    action: str
    asked: Asked
    actor: Actor
    write: Write
    sealed: list[str] = field(default_factory=list)
    added: list[int] = field(default_factory=list)  # numbers of the parties that were asked for

    @property
    def at(self) -> datetime:
        """Give the town's time."""
        return self.write.at

    def tell(self, *, reason: str = "", party: int | None = None, **values: Value) -> None:
        """Say what the event holds: codes and ids by name, about which party, for which reason."""
        self.asked = replace(
            self.asked,
            values={**self.asked.values, **values},
            reason=reason or self.asked.reason,
            party=self.asked.party if party is None else party,
        )

    def seal(
        self, code: str, text: str, *, space: Space = Space.CASE, party: int | None = None
    ) -> str:
        """Seal words into a space and give the text's id; empty words are left out."""
        if not text.strip():
            return ""
        self._check_takes_words()
        ref = space_ref(self.case.ref, space, party=party)
        version = self.case.version + 1  # as the case stands when this is done
        sealed = sealing.seal(ref, code, text, actor=self.actor, at=self.at, version=version)
        self.write.record(
            subject=ref, fields=[code], cipher=sealed.cipher, action=f"{self.type.code}.text_sealed"
        )
        self.sealed.append(sealed.id)
        return sealed.id

    def _check_takes_words(self) -> None:
        """Refuse words to a sealed case: nobody would wrap their key anew. Reopening takes them."""
        what = self.type.action(self.action)
        ends = what is None or what.target is None or what.target in self.type.ends
        if self.case.sealed_at is not None and ends:
            raise RuleSays(
                gettext_noop("This case is sealed: it takes no words any more, unless reopened."),
                code="sealed",
            )

    def answer(self, **values: Value) -> None:
        """Keep answers on the case; None takes one away."""
        kept = {**self.case.answers, **values}
        self.case.answers = {name: value for name, value in kept.items() if value is not None}

    def add_party(
        self,
        role: str,
        *,
        kind: str = "person",
        minor: bool = False,
        guardian: int | None = None,
        consent: Consent = Consent.NOT_ASKED,
        texts: Mapping[str, str] | None = None,
    ) -> Party:
        """Add a party; its texts (name, contact) go into its own space."""
        number = Party.objects.filter(case=self.case).count() + 1
        behind = None if guardian is None else self.party(guardian)
        party = Party.objects.create(
            case=self.case,
            number=number,
            role=role,
            kind=kind,
            minor=minor,
            guardian=behind,
            consent=consent.value,
            consent_at=None if consent is Consent.NOT_ASKED else self.at,
        )
        for code, text in (texts or {}).items():
            self.seal(code, text, space=Space.PARTY, party=number)
        return party

    def party(self, number: int | None = None) -> Party:
        """Give a party for writing: of this number, or the one whom the action is about."""
        wanted = self.asked.party if number is None else number
        found = Party.objects.select_for_update().filter(case=self.case, number=wanted or 0).first()
        if found is None:
            raise Refused("There is no such party in this case.", code="no_such_party")
        return found

    def set_staff(self, staff_ref: str, part: Part, *, reason: str = "") -> None:
        """Give a member of staff a part in the case; a new handler takes the old one's place.

        With the place goes what the handler had to do.
        """
        now = CaseStaff.objects.filter(case=self.case, until__isnull=True)
        to_do = Task.objects.filter(case=self.case, done_at__isnull=True, for_role="")
        if part is Part.HANDLER:
            now.filter(part=part.value).exclude(staff_ref=staff_ref).update(until=self.at)
            self.end_tasks(HAND_OVER, outcome="handed_over")
            to_do.update(staff_ref=staff_ref)
        if part in (Part.RECUSED, Part.REFUSED):
            now.filter(staff_ref=staff_ref).exclude(part=part.value).update(until=self.at)
            to_do.filter(staff_ref=staff_ref).update(staff_ref="")
        CaseStaff.objects.get_or_create(
            case=self.case,
            staff_ref=staff_ref,
            part=part.value,
            until=None,
            defaults={"since": self.at, "reason": reason},
        )

    def move_to(self, office: Office) -> None:
        """Give the case to another office."""
        self.case.office = office

    def extend(self, clock: str) -> datetime | None:
        """Extend a running clock once more and give when it is due now.

        The hook of an action `extend_<clock>` does so, which is there without being registered.
        Raises RuleSays when the clock stands still or was extended as often as it may be.
        """
        found = self.type.clock(clock)
        if found is None:
            raise ValueError(f"Case type {self.type.code} has no clock {clock}.")
        return extend_clock(self.case, found).due_at

    def add_task(
        self,
        kind: str,
        *,
        due_at: datetime | None = None,
        staff_ref: str = "",
        for_role: str = "",
        party: int | None = None,
    ) -> Task:
        """Ask somebody to do something: an account, a role, or whoever comes to handle the case."""
        return Task.objects.create(
            case=self.case,
            kind=kind,
            party=party,
            due_at=due_at,
            staff_ref=staff_ref,
            for_role=for_role,
            made_at=self.at,
        )

    def end_first_task(self, kind: str, *, outcome: str = "") -> None:
        """End the open task of a kind that is due first, if there is one."""
        first = self._open_tasks(kind).order_by("due_at", "id").first()
        if first is not None:
            first.done_at, first.done_by, first.outcome = self.at, self.actor.staff_ref, outcome
            first.save()

    def _open_tasks(self, *kinds: str) -> QuerySet[Task]:
        return Task.objects.filter(case=self.case, kind__in=kinds, done_at__isnull=True)

    def hand_tasks(self, *kinds: str, staff_ref: str) -> None:
        """Give the open tasks of these kinds to one account, those of a role among them."""
        self._open_tasks(*kinds).update(staff_ref=staff_ref, for_role="")

    def end_tasks(self, *kinds: str, outcome: str = "") -> int:
        """End the open tasks of these kinds; gives how many there were."""
        return self._open_tasks(*kinds).update(
            done_at=self.at, done_by=self.actor.staff_ref, outcome=outcome
        )
