"""The ledger's tables. Nothing here is ever changed or deleted (see the migrations' triggers)."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models

from anlan.kernel.ledger import rules


class LedgerEntry(models.Model):
    """One thing that was done: who, what, about which reference, when, why as a code.

    `id` rises in the order in which a town's entries are committed: the live stream tails it.
    """

    # The classes are named by text, since the floor of sealing lies above this one.
    column_classes = {
        "town": "key",
        "at": "time",
        "recorded_at": "time",
        "actor_ref": "staff",
        "actor_role": "vocabulary",
        "action": "vocabulary",
        "subject": "key",
        "reason_code": "vocabulary",
        "cipher_hash": "key",
    }
    json_classes = {"about": {"[]": "key"}, "fields": {"[]": "vocabulary"}}

    town = models.CharField(
        max_length=40, blank=True, validators=[RegexValidator(rules.TOWN_PATTERN)]
    )
    at = models.DateTimeField(help_text="the town's time")
    recorded_at = models.DateTimeField(help_text="real time")
    actor_ref = models.CharField(max_length=80, validators=[RegexValidator(rules.ACTOR_PATTERN)])
    actor_role = models.CharField(
        max_length=80, blank=True, validators=[RegexValidator(rules.ROLES_PATTERN)]
    )
    action = models.CharField(max_length=64, validators=[RegexValidator(rules.ACTION_PATTERN)])
    subject = models.CharField(max_length=96, validators=[RegexValidator(rules.REFERENCE_PATTERN)])
    about = models.JSONField(default=list)
    fields = models.JSONField(default=list)
    reason_code = models.CharField(
        max_length=64, blank=True, validators=[RegexValidator(rules.REASON_PATTERN)]
    )
    cipher_hash = models.CharField(
        max_length=64, blank=True, validators=[RegexValidator(rules.HASH_PATTERN)]
    )

    class Meta:
        indexes = [models.Index(fields=["town", "id"], name="ledger_town_id")]


class ClientWrite(models.Model):
    """A write that a client named by its own key, so that sending it again does nothing twice.

    `result` holds references and ids only. `payload_hash` is over ids and codes that the service
    chose to compare, never over text or points.
    """

    column_classes = {
        "town": "key",
        "actor_ref": "staff",
        "client_key": "key",
        "action": "vocabulary",
        "payload_hash": "key",
        "recorded_at": "time",
    }
    json_classes = {"result": {"*": "key"}}

    town = models.CharField(
        max_length=40, blank=True, validators=[RegexValidator(rules.TOWN_PATTERN)]
    )
    actor_ref = models.CharField(max_length=80, validators=[RegexValidator(rules.ACTOR_PATTERN)])
    client_key = models.CharField(
        max_length=64, validators=[RegexValidator(rules.CLIENT_KEY_PATTERN)]
    )
    action = models.CharField(max_length=64, validators=[RegexValidator(rules.ACTION_PATTERN)])
    payload_hash = models.CharField(
        max_length=64, blank=True, validators=[RegexValidator(rules.HASH_PATTERN)]
    )
    result = models.JSONField(default=dict)
    recorded_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["town", "actor_ref", "client_key"], name="ledger_client_write_once"
            )
        ]
