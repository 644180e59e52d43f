"""Rules of disclosure to an authority, pure: its closed lists, its guards, its case type."""

from anlan.areas.oversight.rules.disclosure import DISCLOSURE, DISCLOSURES
from anlan.areas.oversight.rules.guards import (
    check_case_ref,
    check_grant_holds,
    check_may_tell,
    has_lapsed,
    is_opened,
)
from anlan.areas.oversight.rules.words import (
    AUTHORITIES,
    BASES,
    BY,
    CODE,
    GRANT,
    GRANTED,
    HAND_OVER,
    HANDED_OVER,
    KEEP_SILENT,
    OPENED,
    SECOND,
)

__all__ = [
    "AUTHORITIES",
    "BASES",
    "BY",
    "CODE",
    "DISCLOSURE",
    "DISCLOSURES",
    "GRANT",
    "GRANTED",
    "HANDED_OVER",
    "HAND_OVER",
    "KEEP_SILENT",
    "OPENED",
    "SECOND",
    "check_case_ref",
    "check_grant_holds",
    "check_may_tell",
    "has_lapsed",
    "is_opened",
]
