"""Importing a call log and fitting the town's travel factor to it."""

from anlan.kernel.places.services.calls.calibrating import calibrate
from anlan.kernel.places.services.calls.importing import import_calls

__all__ = ["calibrate", "import_calls"]
