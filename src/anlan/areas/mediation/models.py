"""Tables of mediation beside the case: rooms, sessions, talks, agreements. No words here."""

from __future__ import annotations

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q

from anlan.kernel.cases.models import Case, Office
from anlan.kernel.ledger.rules import ACTOR_PATTERN
from anlan.kernel.sealing.classes import ColumnClass

_actor = [RegexValidator(ACTOR_PATTERN)]


class SessionState(models.TextChoices):
    """What became of a session."""

    BOOKED = "booked"
    HELD = "held"
    CANCELLED = "cancelled"


class AgreementState(models.TextChoices):
    """Whether an agreement waits, holds, or gave way to a later one."""

    DRAFT = "draft"
    IN_FORCE = "in_force"
    REPLACED = "replaced"


class Room(models.Model):
    """A room of an office in which sessions are held: a thing of the town."""

    column_classes: ClassVar = {
        "ident": ColumnClass.KEY,
        "name": ColumnClass.THING,
        "closed_at": ColumnClass.TIME,
    }

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    ident = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["office", "ident"], name="mediation_room_once"),
        ]

    def __str__(self) -> str:
        return f"room:{self.pk}"


class Session(models.Model):
    """A session of a case, in a room or online (that link is a sealed text, `link_text`).

    One with a `party` alone is that party's and its mediators' to know of, and nobody else's.
    """

    column_classes: ClassVar = {
        "number": ColumnClass.KEY,
        "kind": ColumnClass.VOCABULARY,
        "party": ColumnClass.KEY,
        "link_text": ColumnClass.KEY,
        "held_at": ColumnClass.VOCABULARY,
        "mediator_ref": ColumnClass.STAFF,
        "starts_at": ColumnClass.TIME,
        "ends_at": ColumnClass.TIME,
        "state": ColumnClass.VOCABULARY,
        "outcome": ColumnClass.VOCABULARY,
    }

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="mediation_sessions")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12)
    party = models.PositiveSmallIntegerField(null=True, blank=True)
    link_text = models.CharField(max_length=40, blank=True)
    held_at = models.CharField(max_length=12)
    room = models.ForeignKey(
        Room, on_delete=models.PROTECT, null=True, blank=True, related_name="sessions"
    )
    mediator_ref = models.CharField(max_length=80, validators=_actor)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=SessionState.choices)
    outcome = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "number"], name="mediation_session_once"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="mediation_session_lasts"
            ),
        ]
        indexes = [
            models.Index(
                fields=["room", "starts_at"],
                condition=Q(state="booked"),
                name="mediation_room_taken",
            ),
            models.Index(
                fields=["mediator_ref", "starts_at"],
                condition=Q(state="booked"),
                name="mediation_mediator_taken",
            ),
        ]

    def __str__(self) -> str:
        return f"session {self.number} of case {self.case_id}"


class Attendance(models.Model):
    """Whether a party came to a session."""

    column_classes: ClassVar = {"party": ColumnClass.KEY, "came": ColumnClass.FIGURE}

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="attendances")
    party = models.PositiveSmallIntegerField()
    came = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "party"], name="mediation_attendance_once"),
        ]

    def __str__(self) -> str:
        return f"party {self.party} at {self.session_id}"


class Talk(models.Model):
    """That a party was spoken to alone, and whether nothing joint is offered after it.

    What was asked and answered stands sealed among the mediator's notes. A talk of an earlier round
    (the case was taken up again) is no longer `valid`; a sign that it showed counts all the same.
    """

    column_classes: ClassVar = {
        "party": ColumnClass.KEY,
        "at": ColumnClass.TIME,
        "sign": ColumnClass.FIGURE,
        "valid": ColumnClass.FIGURE,
    }

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="mediation_talks")
    party = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    sign = models.BooleanField()
    valid = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"talk:{self.pk}"


class Agreement(models.Model):
    """A version of an agreement: which sealed texts it is made of, and since when it holds.

    Its SHA-256 stands sealed beside the texts: a hash of words is no figure to keep in clear.
    """

    column_classes: ClassVar = {
        "version": ColumnClass.FIGURE,
        "form": ColumnClass.VOCABULARY,
        "state": ColumnClass.VOCABULARY,
        "hash_text": ColumnClass.KEY,
        "drafted_at": ColumnClass.TIME,
        "in_force_at": ColumnClass.TIME,
    }
    json_classes: ClassVar = {"texts": {"[]": ColumnClass.KEY}}

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="mediation_agreements")
    version = models.PositiveSmallIntegerField()
    form = models.CharField(max_length=8)
    state = models.CharField(max_length=10, choices=AgreementState.choices)
    texts = models.JSONField(default=list)
    hash_text = models.CharField(max_length=40)
    drafted_at = models.DateTimeField()
    in_force_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "version"], name="mediation_version_once"),
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(state="in_force"),
                name="mediation_one_in_force",
            ),
            models.UniqueConstraint(
                fields=["case"], condition=Q(state="draft"), name="mediation_one_draft"
            ),
        ]

    def __str__(self) -> str:
        return f"agreement {self.version} of case {self.case_id}"


class Confirmation(models.Model):
    """That a version was read back to a party, and that it confirmed it, and how."""

    column_classes: ClassVar = {
        "party": ColumnClass.KEY,
        "heard_at": ColumnClass.TIME,
        "confirmed_at": ColumnClass.TIME,
        "how": ColumnClass.VOCABULARY,
    }

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="confirmations")
    party = models.PositiveSmallIntegerField()
    heard_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    how = models.CharField(max_length=12, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "party"], name="mediation_confirmation_once"
            ),
        ]

    def __str__(self) -> str:
        return f"party {self.party} on {self.agreement_id}"
