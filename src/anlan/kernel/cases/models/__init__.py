"""Tables of the case kernel, no workflow: `services` alone write them, by `apply` and `acting`."""

from anlan.kernel.cases.models.calendars import CalendarDay, CalendarYear
from anlan.kernel.cases.models.cases import Case, CaseClock, CaseEvent, CaseStaff, Party, Proposal
from anlan.kernel.cases.models.documents import Document
from anlan.kernel.cases.models.figures import Release
from anlan.kernel.cases.models.links import FollowLink
from anlan.kernel.cases.models.notices import Notice
from anlan.kernel.cases.models.offices import Office, OfficeMember
from anlan.kernel.cases.models.pace import Pace
from anlan.kernel.cases.models.tasks import Task

__all__ = [
    "CalendarDay",
    "CalendarYear",
    "Case",
    "CaseClock",
    "CaseEvent",
    "CaseStaff",
    "Document",
    "FollowLink",
    "Notice",
    "Office",
    "OfficeMember",
    "Pace",
    "Party",
    "Proposal",
    "Release",
    "Task",
]
