"""Writes of the case kernel. `apply` is the one way to act in a case."""

from anlan.kernel.cases.services.acting import Done, acting, apply, decide, open_case
from anlan.kernel.cases.services.calendars import LoadedYear, load_calendar, recompute_dues
from anlan.kernel.cases.services.doing import Doing
from anlan.kernel.cases.services.offices import add_member, create_office, remove_member
from anlan.kernel.cases.services.reading import OpenedCase, open_words

__all__ = [
    "Doing",
    "Done",
    "LoadedYear",
    "OpenedCase",
    "acting",
    "add_member",
    "apply",
    "create_office",
    "decide",
    "load_calendar",
    "open_case",
    "open_words",
    "recompute_dues",
    "remove_member",
]
