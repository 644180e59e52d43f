"""Call → incident → recommendation → dispatch → statuses → close."""

from django.apps import AppConfig


class DispatchConfig(AppConfig):
    name = "anlan.areas.dispatch"
    label = "dispatch"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Answer for incidents when the one door to sealed texts asks."""
        from anlan.areas.dispatch.queries.standing import standing_of
        from anlan.kernel.sealing.services import register_case_kind

        register_case_kind("incident", standing_of=standing_of)
