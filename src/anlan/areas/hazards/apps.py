"""Django's name for the area, and its case type."""

from __future__ import annotations

from django.apps import AppConfig


class HazardsConfig(AppConfig):
    """Premises, inspections and hazards."""

    name = "anlan.areas.hazards"
    label = "hazards"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the case type, which is checked here: a faulty one stops the start."""
        from anlan.areas.hazards.rules.hazard import HAZARD
        from anlan.areas.hazards.services.hooks import HOOKS
        from anlan.kernel.cases.registry import register_case_type

        register_case_type(HAZARD, hooks=HOOKS)
