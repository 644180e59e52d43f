"""Writes of mediation. What is done in a case goes through the kernel's `apply`; the rest here."""

from anlan.areas.mediation.services.intake import let_lapse, take_request
from anlan.areas.mediation.services.reading import (
    AgreementText,
    Dossier,
    open_agreement,
    open_dossier,
    open_own_agreement,
)
from anlan.areas.mediation.services.rooms import close_room, create_room

__all__ = [
    "AgreementText",
    "Dossier",
    "close_room",
    "create_room",
    "let_lapse",
    "open_agreement",
    "open_dossier",
    "open_own_agreement",
    "take_request",
]
