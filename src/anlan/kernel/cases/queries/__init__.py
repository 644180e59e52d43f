"""What may be known of cases without opening them."""

from anlan.kernel.cases.queries.access import types_seen_by, visible_cases
from anlan.kernel.cases.queries.calendars import YearRow, calendar_of, calendar_year, towns_in
from anlan.kernel.cases.queries.cases import (
    CaseList,
    actions_of,
    case,
    case_facts,
    cases,
    clocks_of,
    counts_by_state,
    events_of,
    facts_of,
    parties_of,
    proposals_of,
)
from anlan.kernel.cases.queries.ending import due_to_erase, due_to_seal
from anlan.kernel.cases.queries.how import how_in_words
from anlan.kernel.cases.queries.links import (
    Followed,
    LinkRow,
    OpenedWhen,
    follow,
    happened,
    link_of,
    links_of,
)
from anlan.kernel.cases.queries.offices import office, office_members, offices, offices_of
from anlan.kernel.cases.queries.openings import is_in_it, purposes_of
from anlan.kernel.cases.queries.papers import (
    DocumentRow,
    NoticeRow,
    OutboxRow,
    documents_of,
    documents_of_party,
    notices_of,
    outbox,
)
from anlan.kernel.cases.queries.rows import (
    ActionRow,
    CaseRow,
    ClockRow,
    EventRow,
    OfficeRow,
    PartyRow,
    ProposalRow,
)

__all__ = [
    "ActionRow",
    "CaseList",
    "CaseRow",
    "ClockRow",
    "DocumentRow",
    "EventRow",
    "Followed",
    "LinkRow",
    "NoticeRow",
    "OfficeRow",
    "OpenedWhen",
    "OutboxRow",
    "PartyRow",
    "ProposalRow",
    "YearRow",
    "actions_of",
    "calendar_of",
    "calendar_year",
    "case",
    "case_facts",
    "cases",
    "clocks_of",
    "counts_by_state",
    "documents_of",
    "documents_of_party",
    "due_to_erase",
    "due_to_seal",
    "events_of",
    "facts_of",
    "follow",
    "happened",
    "how_in_words",
    "is_in_it",
    "link_of",
    "links_of",
    "notices_of",
    "office",
    "office_members",
    "offices",
    "offices_of",
    "outbox",
    "parties_of",
    "proposals_of",
    "purposes_of",
    "towns_in",
    "types_seen_by",
    "visible_cases",
]
