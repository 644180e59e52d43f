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
        max_length=160, blank=True, validators=[RegexValidator(rules.ROLES_PATTERN)]
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
        indexes = [
            models.Index(fields=["town", "id"], name="ledger_town_id"),
            models.Index(
                fields=["town", "id"],
                condition=models.Q(action__in=["sealing.opened", "sealing.budget_exceeded"]),
                name="ledger_openings",
            ),
            models.Index(
                fields=["town", "id"],
                condition=models.Q(action="custodians.set"),
                name="ledger_custodians",
            ),
        ]


class ClientWrite(models.Model):
    """A write that a client named by its own key, so that sending it again does nothing twice.

    `result` holds references and ids only. The client's key itself is kept nowhere: `client_key` is
    a name derived from it, and `payload_hash` a digest of all that was asked, under that key (see
    services/asked.py), which can be tried out with what is kept as little as a sealed text.
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


class LedgerLeaf(models.Model):
    """An entry's place in its town's Merkle tree, counted from 0, and its hash as a leaf."""

    column_classes = {"town": "key", "position": "figure", "entry_id": "key", "hash": "key"}

    town = models.CharField(
        max_length=40, blank=True, validators=[RegexValidator(rules.TOWN_PATTERN)]
    )
    position = models.BigIntegerField()
    # No foreign key: its check would stand before the trigger that says why an entry stays.
    entry_id = models.BigIntegerField(unique=True)
    hash = models.CharField(max_length=64, validators=[RegexValidator(rules.HASH_PATTERN)])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["town", "position"], name="ledger_leaf_place")
        ]


class LedgerNode(models.Model):
    """A whole part of a town's tree, of 256, 65,536 … leaves, so that a proof reads few rows.

    `level` is the part's height: 8, 16 …; `position` counts the parts of that height from 0.
    """

    column_classes = {"town": "key", "level": "figure", "position": "figure", "hash": "key"}

    town = models.CharField(
        max_length=40, blank=True, validators=[RegexValidator(rules.TOWN_PATTERN)]
    )
    level = models.PositiveSmallIntegerField()
    position = models.BigIntegerField()
    hash = models.CharField(max_length=64, validators=[RegexValidator(rules.HASH_PATTERN)])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["town", "level", "position"], name="ledger_node_place")
        ]


class LedgerHead(models.Model):
    """A signed head of a town's tree; one for each size, so that no second story can stand here."""

    column_classes = {
        "town": "key",
        "origin": "key",
        "size": "figure",
        "root": "key",
        "key_id": "key",
        "signature": "key",
        "signed_at": "time",
    }

    town = models.CharField(
        max_length=40, blank=True, validators=[RegexValidator(rules.TOWN_PATTERN)]
    )
    origin = models.CharField(max_length=120, validators=[RegexValidator(rules.ORIGIN_PATTERN)])
    size = models.BigIntegerField()
    root = models.CharField(max_length=64, validators=[RegexValidator(rules.HASH_PATTERN)])
    key_id = models.CharField(max_length=8, validators=[RegexValidator(rules.HEX_PATTERN)])
    signature = models.CharField(max_length=128, validators=[RegexValidator(rules.HEX_PATTERN)])
    signed_at = models.DateTimeField(help_text="real time")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["town", "size"], name="ledger_head_once")]


class LedgerCosignature(models.Model):
    """That an independent witness saw a head, in its own words."""

    column_classes = {
        "witness": "key",
        "key_id": "key",
        "signature": "key",
        "seen_at": "time",
    }

    head = models.ForeignKey(LedgerHead, on_delete=models.PROTECT, related_name="cosignatures")
    witness = models.CharField(max_length=120, validators=[RegexValidator(rules.ORIGIN_PATTERN)])
    key_id = models.CharField(max_length=8, validators=[RegexValidator(rules.HEX_PATTERN)])
    signature = models.CharField(max_length=144, validators=[RegexValidator(rules.HEX_PATTERN)])
    seen_at = models.DateTimeField(help_text="real time, by the witness's clock")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["head", "witness", "key_id"], name="ledger_cosigned_once"
            )
        ]
