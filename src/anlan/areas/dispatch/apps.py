"""Call → incident → recommendation → dispatch → statuses → close."""

from django.apps import AppConfig


class DispatchConfig(AppConfig):
    name = "anlan.areas.dispatch"
    label = "dispatch"
    default_auto_field = "django.db.models.BigAutoField"
