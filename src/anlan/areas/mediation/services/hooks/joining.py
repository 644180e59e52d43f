"""The request, the office, the mediator, each party's own will."""

from __future__ import annotations

from django.utils.translation import gettext as _

from anlan.areas.mediation.models import Talk
from anlan.areas.mediation.rules import UNCONFIRMED_HOURS
from anlan.areas.mediation.rules.guards import shows_sign
from anlan.areas.mediation.rules.intake import check_tier
from anlan.areas.mediation.rules.known import known
from anlan.areas.mediation.rules.states import WORKING
from anlan.areas.mediation.services.hooks.sessions import cancel_what_is_booked
from anlan.areas.mediation.services.hooks.telling import ask, ask_others, tell, tell_asker
from anlan.kernel.cases.models import CaseStaff, Office, OfficeMember, Task
from anlan.kernel.cases.rules.facts import Consent, Part
from anlan.kernel.cases.rules.types import Confidentiality, Tier
from anlan.kernel.cases.services import Doing
from anlan.kernel.staff.queries import members_of, staff_id
from anlan.kernel.values import Refused, Role


def opened(doing: Doing) -> None:
    """Let who took the request see it until a mediator has it; ask who asked to confirm it."""
    tell_asker(doing, "confirm", days=str(UNCONFIRMED_HOURS // 24))
    if doing.actor.has(Role.CLERK, Role.MEDIATOR):
        doing.set_staff(doing.actor.staff_ref, Part.HELPER)
    doing.answer(asked_at=doing.at.isoformat())  # labour's 15 days count from it
    _warn_early(doing)


def _warn_early(doing: Doing) -> None:
    if doing.case.answers.get("difficulty") == "hard" and not doing.facts.open_tasks.get(
        "early_notice"
    ):
        doing.add_task("early_notice", for_role=Role.SUPERVISOR.value)


def confirmed(doing: Doing) -> None:
    """Keep that whoever asked wants it, and said so again."""
    _say(doing, Consent.GIVEN)


def sorted_anew(doing: Doing) -> None:
    """Warn early of a case that turned out to be hard."""
    _warn_early(doing)


def given_to_office(doing: Doing) -> None:
    """Give the case to an office whose tier fits its difficulty."""
    ident = str(doing.asked.values["office"])
    office = Office.objects.filter(
        town=doing.case.town, ident=ident, closed_at__isnull=True
    ).first()
    if office is None:
        raise Refused(_("There is no such office."), code="no_office")
    check_tier(str(doing.case.answers.get("difficulty", "simple")), Tier(office.tier))
    doing.move_to(office)
    if doing.facts.handler is not None:
        _take_from_all(doing)
    doing.end_tasks("early_notice")


def _take_from_all(doing: Doing) -> None:
    """Take the case from its mediators, who did nothing wrong: another office has it now."""
    in_it = [Part.HANDLER.value, Part.HELPER.value]
    now = CaseStaff.objects.filter(case=doing.case, part__in=in_it, until__isnull=True)
    now.update(until=doing.at)
    _show_again_if_nobody_has_it(doing)
    cancel_what_is_booked(doing)


def assigned(doing: Doing) -> None:
    """Name a mediator of the case's office; nobody else's part but the handler's changes.

    Who is named while another had it in work accepts first: what that one booked is off.
    """
    candidate = _candidate(doing)
    doing.set_staff(candidate, Part.HANDLER)
    if doing.facts.state in WORKING:
        cancel_what_is_booked(doing)


def replaced(doing: Doing) -> None:
    """Give an agreement's follow-up to another mediator, with what was still to be done."""
    before, candidate = doing.facts.handler, _candidate(doing)
    doing.set_staff(candidate, Part.HANDLER)
    if before is not None:
        theirs = Task.objects.filter(case=doing.case, staff_ref=before, done_at__isnull=True)
        theirs.update(staff_ref=candidate)


def helper_added(doing: Doing) -> None:
    """Let a second mediator see and do what the first does."""
    doing.set_staff(_candidate(doing), Part.HELPER)


def _candidate(doing: Doing) -> str:
    """Give the chosen account, which mediates in this town, at the case's office."""
    candidate = str(doing.asked.values["mediator"])
    mediates = any(
        row.staff_ref == candidate and row.active and Role.MEDIATOR.value in row.roles
        for row in members_of(doing.case.town.key)
    )
    there = OfficeMember.objects.filter(
        office_id=doing.case.office_id or 0, staff_id=staff_id(candidate)
    ).exists()
    if not (mediates and there):
        raise Refused(_("Choose a mediator who works at this case's office."), code="not_of_office")
    return candidate


def taken(doing: Doing) -> None:
    """Give the case to the mediator alone: the desk's part in it ends here."""
    mine = doing.actor.staff_ref
    now = CaseStaff.objects.filter(case=doing.case, part=Part.HELPER.value, until__isnull=True)
    now.update(until=doing.at)
    doing.set_staff(mine, Part.HANDLER)
    doing.answer(taken_up=True)


def stepped_aside(doing: Doing) -> None:
    """Keep the mediator out of the case from here on; the office names another."""
    doing.set_staff(doing.actor.staff_ref, Part.RECUSED)
    _show_again_if_nobody_has_it(doing)
    cancel_what_is_booked(doing)


def left(doing: Doing) -> None:
    """Keep who helped out of the case from here on; after an agreement, who led it likewise."""
    doing.set_staff(doing.actor.staff_ref, Part.RECUSED)
    _show_again_if_nobody_has_it(doing)


def helper_refused(doing: Doing) -> None:
    """Keep whoever helps out of the case; the party is asked no reason."""
    for ref, part in doing.facts.staff:
        if part is Part.HELPER:
            doing.set_staff(ref, Part.REFUSED)
    _show_again_if_nobody_has_it(doing)


def mediator_refused(doing: Doing) -> None:
    """Keep the mediator whom a party refused out of the case; the party is asked no reason."""
    handler = doing.facts.handler
    if handler is not None:
        doing.set_staff(handler, Part.REFUSED)
    _show_again_if_nobody_has_it(doing)
    cancel_what_is_booked(doing)


def _show_again_if_nobody_has_it(doing: Doing) -> None:
    """Show a hidden case to its office when its last mediator left: nobody would see it at all."""
    in_it = CaseStaff.objects.filter(
        case=doing.case, part__in=[Part.HANDLER.value, Part.HELPER.value], until__isnull=True
    )
    if not in_it.exists():
        doing.case.confidentiality = Confidentiality.NORMAL.value


def restricted(doing: Doing) -> None:
    """Show the case to its mediators alone."""
    doing.case.confidentiality = Confidentiality.RESTRICTED.value


def unrestricted(doing: Doing) -> None:
    """Show the case to its office again."""
    doing.case.confidentiality = Confidentiality.NORMAL.value


def talked(doing: Doing) -> None:
    """Keep that a party was spoken to alone, and whether it showed a sign of coercion.

    A later talk without a sign takes an earlier sign not away: whoever was pressed once may be
    pressed to say so.
    """
    Talk.objects.create(
        case=doing.case,
        party=doing.party().number,
        at=doing.at,
        sign=shows_sign(doing.asked),
    )


def party_removed(doing: Doing) -> None:
    """Take a party out: what is booked with it alone is off, and it is told nothing more."""
    party = doing.party()
    party.left_at = doing.at
    party.save()
    cancel_what_is_booked(doing, alone_with=party.number)


def invited(doing: Doing) -> None:
    """Ask the other side whether it would take part: the first that it hears of the case."""
    ask_others(doing, "invited")


def party_asked(doing: Doing) -> None:
    """Ask a party that was added after the others were asked."""
    ask(doing, doing.party().number, "invited")


def consented(doing: Doing) -> None:
    """Keep a party's own yes."""
    _say(doing, Consent.GIVEN)


def said_no(doing: Doing) -> None:
    """Keep a party's no: whatever was booked is off, and only an end is left.

    Where an agreement holds it goes on to, and the parties are told to look: so stands it there.
    """
    given = doing.party().consent == Consent.GIVEN.value
    _say(doing, Consent.WITHDRAWN if given else Consent.REFUSED)
    cancel_what_is_booked(doing)
    if known(doing.facts).in_force:
        tell(doing, "news")


def _say(doing: Doing, word: Consent) -> None:
    party = doing.party()
    party.consent, party.consent_at = word.value, doing.at
    party.save()
