"""A case, who is in it, what happened to it. Words stand sealed; here are codes, times and ids."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from anlan.kernel.cases.models.offices import Office
from anlan.kernel.cases.rules.facts import Consent, Part
from anlan.kernel.cases.rules.types import Confidentiality
from anlan.kernel.ledger.rules import ACTOR_PATTERN
from anlan.kernel.places.models import Town
from anlan.kernel.sealing.classes import ColumnClass

_actor = [RegexValidator(ACTOR_PATTERN)]


class Case(models.Model):
    """One case without any text: type, state, office, times, answers out of closed lists.

    It has one number, its key: on its page, in its reference, in the ledger, to its parties.

    Three axes, apart: `state` is where it stands, `confidentiality` who may see it, and
    `sealed_at` whether its words can still be opened here. `seal_at` and `erase_on`, a day in the
    town's zone, are computed when the case ends.
    """

    column_classes: ClassVar = {
        "type": ColumnClass.VOCABULARY,
        "state": ColumnClass.VOCABULARY,
        "confidentiality": ColumnClass.VOCABULARY,
        "opened_at": ColumnClass.TIME,
        "state_since": ColumnClass.TIME,
        "ended_at": ColumnClass.TIME,
        "result": ColumnClass.VOCABULARY,
        "seal_at": ColumnClass.TIME,
        "sealed_at": ColumnClass.TIME,
        "erase_on": ColumnClass.TIME,
        "erased_at": ColumnClass.TIME,
        "cell": ColumnClass.FIGURE,
        "made_up": ColumnClass.FIGURE,
        "version": ColumnClass.FIGURE,
    }
    json_classes: ClassVar = {"answers": {"*": ColumnClass.VOCABULARY}}

    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="cases")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, null=True, related_name="cases")
    type = models.CharField(max_length=30)
    state = models.CharField(max_length=30)
    confidentiality = models.CharField(
        max_length=12, choices=[(c.value, c.value) for c in Confidentiality]
    )
    opened_at = models.DateTimeField()
    state_since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    result = models.CharField(max_length=40, blank=True)
    seal_at = models.DateTimeField(null=True, blank=True)
    sealed_at = models.DateTimeField(null=True, blank=True)
    erase_on = models.DateField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)
    cell = models.CharField(max_length=15, blank=True)
    answers = models.JSONField(default=dict)
    made_up = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [
            models.Index(fields=["town", "type", "-opened_at", "-id"], name="cases_list"),
            models.Index(fields=["office", "type", "-opened_at", "-id"], name="cases_office_list"),
            models.Index(
                fields=["town", "type", "confidentiality", "office", "state", "id"],
                name="cases_count",
            ),
            models.Index(
                fields=["seal_at"], condition=Q(sealed_at__isnull=True), name="cases_to_seal"
            ),
            models.Index(
                fields=["erase_on"], condition=Q(erased_at__isnull=True), name="cases_to_erase"
            ),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        """Give the case's reference, as the ledger and the sealing name it."""
        return f"{self.type}:{self.pk}"


class CaseStaff(models.Model):
    """A member of staff in a case: who handles it, or who may not."""

    column_classes: ClassVar = {
        "staff_ref": ColumnClass.STAFF,
        "part": ColumnClass.VOCABULARY,
        "since": ColumnClass.TIME,
        "until": ColumnClass.TIME,
        "reason": ColumnClass.VOCABULARY,
    }

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="staff")
    staff_ref = models.CharField(max_length=80, validators=_actor)
    part = models.CharField(max_length=12, choices=[(p.value, p.value) for p in Part])
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "staff_ref", "part"],
                condition=Q(until__isnull=True),
                name="cases_staff_part_once",
            ),
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(until__isnull=True, part=Part.HANDLER.value),
                name="cases_one_handler",
            ),
        ]
        indexes = [
            models.Index(
                fields=["staff_ref", "part", "case"],
                condition=Q(until__isnull=True),
                name="cases_staff_now",
            )
        ]

    def __str__(self) -> str:
        return f"{self.part} of case {self.case_id}"


class Party(models.Model):
    """A party to a case: its role and what it agreed to. Name and contact stand sealed.

    `number` names the party within its case; its space of sealed texts is "<case>:p<number>".
    """

    column_classes: ClassVar = {
        "number": ColumnClass.KEY,
        "role": ColumnClass.VOCABULARY,
        "kind": ColumnClass.VOCABULARY,
        "minor": ColumnClass.FIGURE,
        "consent": ColumnClass.VOCABULARY,
        "consent_at": ColumnClass.TIME,
        "confirmed_at": ColumnClass.TIME,
        "left_at": ColumnClass.TIME,
    }
    json_classes: ClassVar = {"answers": {"*": ColumnClass.VOCABULARY}}

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="parties")
    number = models.PositiveSmallIntegerField()
    role = models.CharField(max_length=20)
    kind = models.CharField(max_length=12, default="person")
    minor = models.BooleanField(default=False)
    guardian = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="wards"
    )
    consent = models.CharField(
        max_length=12,
        choices=[(c.value, c.value) for c in Consent],
        default=Consent.NOT_ASKED.value,
    )
    consent_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    answers = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="cases_party_once"),
        ]

    def __str__(self) -> str:
        return f"party {self.number} of case {self.case_id}"


class CaseEvent(models.Model):
    """One thing that was done in a case. Append-only: triggers refuse a change (see migrations)."""

    column_classes: ClassVar = {
        "seq": ColumnClass.FIGURE,
        "action": ColumnClass.VOCABULARY,
        "from_state": ColumnClass.VOCABULARY,
        "to_state": ColumnClass.VOCABULARY,
        "party": ColumnClass.KEY,
        "actor_ref": ColumnClass.STAFF,
        "second_ref": ColumnClass.STAFF,
        "reason": ColumnClass.VOCABULARY,
        "at": ColumnClass.TIME,
        "recorded_at": ColumnClass.TIME,
    }
    json_classes: ClassVar = {
        "values": {"*": ColumnClass.VOCABULARY},
        "texts": {"[]": ColumnClass.KEY},
    }

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="events")
    seq = models.PositiveIntegerField()
    action = models.CharField(max_length=40)
    from_state = models.CharField(max_length=30, blank=True)
    to_state = models.CharField(max_length=30)
    party = models.PositiveSmallIntegerField(null=True, blank=True)
    actor_ref = models.CharField(max_length=80, validators=_actor)
    second_ref = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=40, blank=True)
    values = models.JSONField(default=dict)
    texts = models.JSONField(default=list)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "seq"], name="cases_event_once"),
        ]

    def __str__(self) -> str:
        return f"event {self.seq} of case {self.case_id}"


class CaseClock(models.Model):
    """A clock of a case: the spans in which it ran and how its due date was computed.

    Overdue is never stored. `ran` are the running spans closed so far, as pairs of instants;
    `running_since` is None while it is paused. `how` keeps the steps of the computation.
    """

    column_classes: ClassVar = {
        "code": ColumnClass.VOCABULARY,
        "running_since": ColumnClass.TIME,
        "due_at": ColumnClass.TIME,
        "warn_at": ColumnClass.TIME,
        "provisional": ColumnClass.FIGURE,
        "extensions": ColumnClass.FIGURE,
        "stopped_at": ColumnClass.TIME,
    }
    json_classes: ClassVar = {
        "ran": {"[].from": ColumnClass.TIME, "[].to": ColumnClass.TIME},
        "how": {"*": ColumnClass.VOCABULARY},
    }

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="clocks")
    code = models.CharField(max_length=40)
    running_since = models.DateTimeField(null=True, blank=True)
    ran = models.JSONField(default=list)
    due_at = models.DateTimeField(null=True, blank=True)
    warn_at = models.DateTimeField(null=True, blank=True)
    how = models.JSONField(default=dict)
    provisional = models.BooleanField(default=False)
    extensions = models.PositiveSmallIntegerField(default=0)
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "code"],
                condition=Q(stopped_at__isnull=True),
                name="cases_one_living_clock",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(running_since__isnull=False),
                name="cases_clock_due",
            ),
        ]

    def __str__(self) -> str:
        return f"clock {self.code} of case {self.case_id}"


class Proposal(models.Model):
    """An action that waits for its second person. Its words were sealed when it was proposed."""

    column_classes: ClassVar = {
        "action": ColumnClass.VOCABULARY,
        "result": ColumnClass.VOCABULARY,
        "reason": ColumnClass.VOCABULARY,
        "party": ColumnClass.KEY,
        "proposed_by": ColumnClass.STAFF,
        "proposed_at": ColumnClass.TIME,
        "decided_by": ColumnClass.STAFF,
        "decided_at": ColumnClass.TIME,
        "agreed": ColumnClass.FIGURE,
    }
    json_classes: ClassVar = {
        "values": {"*": ColumnClass.VOCABULARY},
        "texts": {"[]": ColumnClass.KEY},
    }

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="proposals")
    action = models.CharField(max_length=40)
    party = models.PositiveSmallIntegerField(null=True, blank=True)
    result = models.CharField(max_length=40, blank=True)
    reason = models.CharField(max_length=40, blank=True)
    values = models.JSONField(default=dict)
    texts = models.JSONField(default=list)
    proposed_by = models.CharField(max_length=80, validators=_actor)
    proposed_at = models.DateTimeField()
    decided_by = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    agreed = models.BooleanField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "action"],
                condition=Q(decided_at__isnull=True),
                name="cases_one_open_proposal",
            ),
        ]

    def __str__(self) -> str:
        return f"proposal:{self.pk}"
