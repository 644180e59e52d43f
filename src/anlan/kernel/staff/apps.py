"""Staff as a Django app."""

from django.apps import AppConfig


class StaffConfig(AppConfig):
    """Accounts of staff, their roles in a town, and shifts."""

    name = "anlan.kernel.staff"
    label = "staff"
    default_auto_field = "django.db.models.BigAutoField"
