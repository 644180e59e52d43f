"""Mediation registers its case type and what is counted of it."""

from django.apps import AppConfig


class MediationConfig(AppConfig):
    name = "anlan.areas.mediation"
    label = "mediation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hand the case kernel the type, what the area does with each action, and its facts."""
        from anlan.areas.mediation.queries import figures
        from anlan.areas.mediation.queries.facts import extra_facts
        from anlan.areas.mediation.queries.named import REFERENCES
        from anlan.areas.mediation.rules import MEDIATION
        from anlan.areas.mediation.services.hooks import HOOKS
        from anlan.kernel.cases.registry import register_case_type, register_figures

        register_case_type(MEDIATION, hooks=HOOKS, extra_facts=extra_facts, references=REFERENCES)
        register_figures(figures.MEDIATIONS, count=figures.count_mediations)
        register_figures(figures.SATISFIED, count=figures.count_satisfied)
        register_figures(figures.SATISFIED_TOLD, count=figures.count_satisfied_told)
