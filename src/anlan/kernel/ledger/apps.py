"""The ledger as a Django app."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """The append-only record of every write."""

    name = "anlan.kernel.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"
