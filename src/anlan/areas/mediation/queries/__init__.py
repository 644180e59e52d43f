"""What may be known of mediations without opening them."""

from anlan.areas.mediation.queries.agreements import agreements_of, versions_of_texts
from anlan.areas.mediation.queries.lapsed import lapsed_requests
from anlan.areas.mediation.queries.rows import (
    AgreementRow,
    ConfirmationRow,
    RoomRow,
    SessionRow,
)
from anlan.areas.mediation.queries.sessions import calendar, rooms, sessions_of, sessions_of_party

__all__ = [
    "AgreementRow",
    "ConfirmationRow",
    "RoomRow",
    "SessionRow",
    "agreements_of",
    "calendar",
    "lapsed_requests",
    "rooms",
    "sessions_of",
    "sessions_of_party",
    "versions_of_texts",
]
