"""The case kernel: it knows no subject; areas register their types."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "anlan.kernel.cases"
    label = "cases"
    default_auto_field = "django.db.models.BigAutoField"
