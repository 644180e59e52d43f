"""Keys of cases and the texts sealed under them."""

from __future__ import annotations

import uuid

from django.core.validators import RegexValidator
from django.db import models

from anlan.kernel.ledger.rules import ACTOR_PATTERN, FIELD_PATTERN, REFERENCE_PATTERN, TOWN_PATTERN
from anlan.kernel.sealing.classes import ColumnClass
from anlan.kernel.sealing.rules import Purpose

CUSTODIAN_PATTERN = r"^[a-z][a-z0-9-]{0,29}$"
HOLDER_PATTERN = r"^(link:[0-9]+|[a-z0-9-]{1,30}\+[a-z0-9-]{1,30})$"
_case_ref = [RegexValidator(REFERENCE_PATTERN)]
_actor_ref = [RegexValidator(ACTOR_PATTERN)]


class CaseKey(models.Model):
    """The random key of one case, wrapped by the service's key while the case is open.

    An empty wrap means that the service can no longer open the case. Sealing again afterwards
    starts another key; older text stays with whoever holds its other wraps.
    """

    column_classes = {
        "case_ref": ColumnClass.KEY,
        "wrapped": ColumnClass.SEALED,
        "service_key": ColumnClass.KEY,
        "created_at": ColumnClass.TIME,
        "destroyed_at": ColumnClass.TIME,
    }

    case_ref = models.CharField(max_length=96, validators=_case_ref)
    wrapped = models.BinaryField(null=True)
    service_key = models.CharField(max_length=16, validators=[RegexValidator(r"^[0-9a-f]{16}$")])
    created_at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case_ref"],
                condition=models.Q(destroyed_at__isnull=True),
                name="sealing_one_living_key",
            ),
            models.CheckConstraint(
                condition=models.Q(destroyed_at__isnull=True, wrapped__isnull=False)
                | models.Q(destroyed_at__isnull=False, wrapped__isnull=True),
                name="sealing_destroyed_means_no_wrap",
            ),
        ]


class Custodian(models.Model):
    """Who holds closed cases' keys with others: a public key. Town "" is the installation's own.

    A change ends the rows and writes new ones: older wraps stay with those who held them.
    """

    column_classes = {
        "town": ColumnClass.KEY,
        "ident": ColumnClass.KEY,
        "recipient": ColumnClass.KEY,
        "since": ColumnClass.TIME,
        "until": ColumnClass.TIME,
    }

    town = models.CharField(max_length=40, blank=True, validators=[RegexValidator(TOWN_PATTERN)])
    ident = models.CharField(max_length=30, validators=[RegexValidator(CUSTODIAN_PATTERN)])
    recipient = models.CharField(max_length=62, validators=[RegexValidator(r"^age1[a-z0-9]{58}$")])
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["town", "ident"],
                condition=models.Q(until__isnull=True),
                name="sealing_custodian_once",
            ),
        ]


class KeyWrap(models.Model):
    """A case's key wrapped for someone other than the service, made when the case is sealed.

    `holder` is a pair of custodians ("court+notary", the first takes its layer off first) or a
    party's link ("link:12").
    """

    column_classes = {
        "holder": ColumnClass.KEY,
        "wrapped": ColumnClass.SEALED,
        "made_at": ColumnClass.TIME,
    }

    key = models.ForeignKey(CaseKey, on_delete=models.CASCADE, related_name="wraps")
    holder = models.CharField(max_length=64, validators=[RegexValidator(HOLDER_PATTERN)])
    wrapped = models.BinaryField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "holder"], name="sealing_one_wrap_each"),
        ]
        indexes = [models.Index(fields=["holder"], name="sealing_wraps_of_holder")]


class SealedText(models.Model):
    """One text of one field of one case, as ciphertext."""

    column_classes = {
        "field": ColumnClass.VOCABULARY,
        "cipher": ColumnClass.SEALED,
        "written_at": ColumnClass.TIME,
        "author_ref": ColumnClass.STAFF,
        "version": ColumnClass.FIGURE,
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.ForeignKey(CaseKey, on_delete=models.PROTECT, related_name="texts")
    field = models.CharField(max_length=64, validators=[RegexValidator(FIELD_PATTERN)])
    cipher = models.BinaryField()
    written_at = models.DateTimeField()
    author_ref = models.CharField(max_length=80, validators=_actor_ref)
    version = models.PositiveIntegerField(
        null=True, help_text="the case's from which on it stands; empty where its area counts none"
    )


class Opening(models.Model):
    """That a person opened a case's sealed fields: the standing opening, and the budget's count."""

    column_classes = {
        "town": ColumnClass.KEY,
        "case_ref": ColumnClass.KEY,
        "actor_ref": ColumnClass.STAFF,
        "shift_ref": ColumnClass.KEY,
        "purpose": ColumnClass.VOCABULARY,
        "role": ColumnClass.VOCABULARY,
        "opened_at": ColumnClass.TIME,
        "recorded_at": ColumnClass.TIME,
        "shown_from": ColumnClass.TIME,
        "version": ColumnClass.FIGURE,
        "authority": ColumnClass.VOCABULARY,
        "basis": ColumnClass.VOCABULARY,
    }
    json_classes = {"parts": {"[]": ColumnClass.KEY}}

    town = models.CharField(max_length=40, validators=[RegexValidator(TOWN_PATTERN)])
    case_ref = models.CharField(max_length=96, validators=_case_ref)
    actor_ref = models.CharField(max_length=80, validators=_actor_ref)
    shift_ref = models.CharField(
        max_length=96, blank=True, validators=[RegexValidator(r"^(shift:[0-9]+)?$")]
    )
    purpose = models.CharField(max_length=32, choices=[(p.value, p.value) for p in Purpose])
    role = models.CharField(max_length=20, blank=True, help_text="as the person concerned reads it")
    opened_at = models.DateTimeField(help_text="the town's time")
    recorded_at = models.DateTimeField(help_text="real time")
    shown_from = models.DateTimeField(
        null=True, help_text="the town's time from which a law lets the party read of it"
    )
    parts = models.JSONField(
        default=list, help_text="joint, notes, p1, document:12; empty where it was not noted yet"
    )

    version = models.PositiveIntegerField(
        null=True, help_text="the case's as it stood just before; empty where its area counts none"
    )
    authority = models.CharField(
        max_length=40, blank=True, help_text="which kind of authority it was opened for"
    )
    basis = models.CharField(max_length=40, blank=True, help_text="on which legal basis")

    class Meta:
        indexes = [
            models.Index(fields=["actor_ref", "recorded_at"], name="sealing_opening_budget"),
            models.Index(fields=["case_ref", "actor_ref"], name="sealing_opening_case"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case_ref", "actor_ref", "shift_ref"],
                condition=models.Q(purpose=Purpose.LIVE_INCIDENT.value),
                name="sealing_one_standing_opening",
            )
        ]
