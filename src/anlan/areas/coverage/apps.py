"""Django's name for the area."""

from __future__ import annotations

from django.apps import AppConfig


class CoverageConfig(AppConfig):
    """Coverage planning on the town's own roads and calls."""

    name = "anlan.areas.coverage"
    label = "coverage"
    default_auto_field = "django.db.models.BigAutoField"
