"""Django's name for the area, its case type and its figures."""

from __future__ import annotations

from django.apps import AppConfig


class OversightConfig(AppConfig):
    """Disclosures."""

    name = "anlan.areas.oversight"
    label = "oversight"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the case type and what is counted publicly."""
        from anlan.areas.oversight.queries import count_disclosures
        from anlan.areas.oversight.rules import DISCLOSURE, DISCLOSURES
        from anlan.areas.oversight.services import HOOKS
        from anlan.kernel.cases.registry import register_case_type, register_figures

        register_case_type(DISCLOSURE, hooks=HOOKS)
        register_figures(DISCLOSURES, count=count_disclosures)
