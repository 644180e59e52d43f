"""Sealing as a Django app."""

from django.apps import AppConfig


class SealingConfig(AppConfig):
    """Sealed texts and the keys of cases."""

    name = "anlan.kernel.sealing"
    label = "sealing"
    default_auto_field = "django.db.models.BigAutoField"
