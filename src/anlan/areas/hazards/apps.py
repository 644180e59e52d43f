"""Django's name for the area, its case type and its figures."""

from __future__ import annotations

from django.apps import AppConfig


class HazardsConfig(AppConfig):
    """Premises, inspections and hazards."""

    name = "anlan.areas.hazards"
    label = "hazards"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the case type, which is checked here, and what is counted of it publicly."""
        from anlan.areas.hazards.queries.facts import extra_facts
        from anlan.areas.hazards.queries.figures import HAZARDS, count_hazards
        from anlan.areas.hazards.queries.named import REFERENCES
        from anlan.areas.hazards.rules.hazard import HAZARD
        from anlan.areas.hazards.services.hooks import HOOKS
        from anlan.kernel.cases.registry import register_case_type, register_figures

        register_case_type(HAZARD, hooks=HOOKS, extra_facts=extra_facts, references=REFERENCES)
        register_figures(HAZARDS, count=count_hazards)
