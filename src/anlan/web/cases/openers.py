"""In which roles and for which purposes words are opened, named for staff and for a party."""

from __future__ import annotations

from django.utils.translation import gettext as _

from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.values import Role


def role_words() -> dict[str, str]:
    """Name the roles, to staff."""
    return {
        Role.DISPATCHER.value: _("dispatcher"),
        Role.DUTY_OFFICER.value: _("duty officer"),
        Role.CREW.value: _("crew"),
        Role.SUPERVISOR.value: _("supervisor"),
        Role.CLERK.value: _("clerk"),
        Role.MEDIATOR.value: _("mediator"),
        Role.INSPECTOR.value: _("inspector"),
        Role.PLANNER.value: _("planner"),
        Role.ADMINISTRATOR.value: _("administrator"),
    }


def role_words_to_party() -> dict[str, str]:
    """Say to a party who opened its case: a role, never a name."""
    return {
        "party": _("A party, by its link"),
        "custodians": _("The service, as a file that two custodians open together"),
        Role.DISPATCHER.value: _("A dispatcher"),
        Role.DUTY_OFFICER.value: _("A duty officer"),
        Role.CREW.value: _("A crew"),
        Role.SUPERVISOR.value: _("A supervisor"),
        Role.CLERK.value: _("A clerk at the desk"),
        Role.MEDIATOR.value: _("A mediator"),
        Role.INSPECTOR.value: _("An inspector"),
    }


def purpose_words() -> dict[str, str]:
    """Say for what words are opened, to staff."""
    return {
        Purpose.HANDLING.value: _("to work on this case"),
        Purpose.LIVE_INCIDENT.value: _("to send help"),
        Purpose.CALL_BACK.value: _("to ring back"),
        Purpose.REVIEW.value: _("to review how it is handled"),
        Purpose.CORRECTION.value: _("to put right what was written down wrongly"),
        Purpose.DECIDING.value: _("to decide on what is proposed"),
        Purpose.OWN_REQUEST.value: _("because the person concerned asked"),
        Purpose.DISCLOSURE.value: _("for an authority that asked by law"),
    }


def purpose_words_to_party() -> dict[str, str]:
    """Say the same to whom it concerns."""
    return purpose_words() | {Purpose.HANDLING.value: _("to work on your case")}
