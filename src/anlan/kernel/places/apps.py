"""The town and its things: roads, closures, posts, units, imported logs."""

from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "anlan.kernel.places"
    label = "places"
    default_auto_field = "django.db.models.BigAutoField"
