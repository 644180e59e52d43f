"""The case kernel: it knows no subject; areas register their types."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "anlan.kernel.cases"
    label = "cases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from anlan.kernel.cases.services.tasks import ask_to_hand_over
        from anlan.kernel.staff.services import when_leaving

        when_leaving(ask_to_hand_over)
