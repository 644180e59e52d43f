"""What the area does beside the kernel when an action is done in a hazard case, in its write."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from anlan.areas.hazards.models import Failure, HazardFacts, Premises
from anlan.areas.hazards.rules.guards import MAJOR, USE_STOPPED
from anlan.areas.hazards.services.failures import link_failures
from anlan.areas.hazards.services.hazards import known_hazard
from anlan.kernel.cases.queries import office_in_charge
from anlan.kernel.cases.rules.acting import day_of
from anlan.kernel.cases.rules.facts import Part
from anlan.kernel.cases.services import Doing, notify
from anlan.kernel.cases.services.links import link_in
from anlan.kernel.cases.services.notices import TASK
from anlan.kernel.staff import queries as staff
from anlan.kernel.values import BadInput, Refused, Role


def _check_new(doing: Doing) -> None:
    """Refuse to open the same hazard twice, unless a reason says why it is another.

    The premises' row is locked by now: of two who open it at once, the second is told.
    """
    values = doing.asked.values
    if values.get("anyway"):
        return
    if known_hazard(values.get("premises"), kind=values.get("kind")) is not None:
        raise Refused(
            _(
                "A hazard of this kind is open at these premises already: add to it, or say why "
                "this is another one."
            ),
            code="known_hazard",
        )


def _opened(doing: Doing) -> None:
    where = _premises(doing)
    _check_new(doing)
    HazardFacts.objects.create(
        case=doing.case,
        premises=where,
        kind=str(doing.asked.values.get("kind") or ""),
        imminent=doing.asked.values.get("imminent") is True,
    )
    _ask_first(doing)
    if doing.asked.values.get("source") == "inspection":
        link_failures(doing)
        doing.add_task("tell_owner", for_role=Role.INSPECTOR.value)
    if doing.case.office_id is None:
        _give_to_office(doing)


def _ask_first(doing: Doing) -> None:
    """Let the inspector who opens it handle it, and have it looked at; an inspection has looked."""
    looked = doing.asked.values.get("source") == "inspection"
    inspects = doing.actor.staff_ref.startswith("staff:") and doing.actor.has(Role.INSPECTOR)
    if inspects:
        doing.set_staff(doing.actor.staff_ref, Part.HANDLER)
    if doing.asked.values.get("imminent") is True and not (inspects and looked):
        _ask_to_look(doing, "look_now", handler=doing.actor.staff_ref if inspects else "")
    elif not inspects:
        _ask_to_look(doing, "look_at")


def _give_to_office(doing: Doing) -> None:
    """Let the case lie with the office in charge: a report and a job name none."""
    found_by = doing.actor.staff_ref
    if not found_by.startswith("staff:"):
        failed = Failure.objects.filter(case=doing.case).select_related("inspection").first()
        found_by = "" if failed is None else failed.inspection.inspector_ref
    one = office_in_charge(doing.case.town.key, role=Role.INSPECTOR, staff_ref=found_by)
    if one is not None:
        doing.case.office_id = one.id


def _premises(doing: Doing) -> Premises | None:
    number = doing.asked.values.get("premises")
    if number is None:
        return None
    here = Premises.objects.select_for_update().filter(pk=number, town_id=doing.case.town_id)
    found = here.first()
    if found is None or (found.ended_on is not None and not _waits(doing, found)):
        raise BadInput(_("There are no premises of this number in the register."))
    return found


def _waits(doing: Doing, where: Premises) -> bool:
    """Say whether an inspection found this before the premises left the register."""
    return (
        doing.asked.values.get("source") == "inspection"
        and Failure.objects.filter(
            inspection__premises=where, hazard=doing.asked.values.get("kind"), opened=False
        ).exists()
    )


def _facts(doing: Doing) -> HazardFacts:
    return HazardFacts.objects.select_for_update().get(case=doing.case)


def _tell(doing: Doing, role: str, template: str, **words: str) -> None:
    """Put a notice to every party of a role into the outbox; it never says what it is about."""
    for party in doing.facts.parties:
        if party.role == role and not party.left:
            notify(doing, party=party.number, template=template, words=words)


def _party_added(doing: Doing) -> None:
    """Give who answers for the place a link of its own, by which it reads and says what it did."""
    party = doing.party()
    if party.role != "owner":
        return
    token = link_in(doing, party=party.number)
    notify(doing, party=party.number, template="link", words={"link": f"/follow/{token}"})
    doing.end_tasks("tell_owner", outcome="link_sent")


def _ask_to_look(doing: Doing, kind: str, *, handler: str = "") -> None:
    """Ask the handler to look at it, or any inspector while there is none."""
    handler = handler or doing.facts.handler or ""
    doing.add_task(
        kind,
        due_at=doing.at if kind == "look_now" else None,
        staff_ref=handler,
        for_role="" if handler else Role.INSPECTOR.value,
    )


def _looked(doing: Doing, outcome: str = "looked") -> None:
    """End what asks to look at it: somebody did, or there is nothing to look at any more."""
    doing.end_tasks("look_at", "look_now", outcome=outcome)


def _reported(doing: Doing) -> None:
    """Take over from one more report that somebody could be hurt; never that nobody could."""
    if doing.asked.values.get("imminent") is not True:
        return
    facts = _facts(doing)
    facts.imminent = True
    facts.save()
    _look_at_once(doing)


def _look_at_once(doing: Doing) -> None:
    if not doing.facts.open_tasks.get("look_now"):
        _ask_to_look(doing, "look_now")


def _look_without_haste(doing: Doing) -> None:
    """Take back that it has to be looked at once; what nobody handles is looked at all the same."""
    ended = doing.end_tasks("look_now", outcome="corrected")
    if ended and doing.facts.handler is None and not doing.facts.open_tasks.get("look_at"):
        _ask_to_look(doing, "look_at")


def _take(doing: Doing) -> None:
    _give_to(doing, doing.actor.staff_ref, "taken")


def _give_to(doing: Doing, staff_ref: str, outcome: str) -> None:
    """Let an inspector handle it; that it has to be looked at once goes with it, and stays."""
    doing.set_staff(staff_ref, Part.HANDLER)
    doing.hand_tasks("look_now", staff_ref=staff_ref)
    doing.end_tasks("look_at", outcome=outcome)


def _look(doing: Doing) -> None:
    facts = _facts(doing)
    facts.imminent = doing.asked.values["imminent"] is True
    facts.save()
    _looked(doing)


def _assign(doing: Doing) -> None:
    ref = str(doing.asked.values["inspector"])
    members = {one.staff_ref: one for one in staff.members_of(doing.case.town.key)}
    member = members.get(ref)
    if member is None or not member.active or Role.INSPECTOR.value not in member.roles:
        raise BadInput(_("This account is no inspector of this town."))
    _give_to(doing, ref, "assigned")


def _join(doing: Doing) -> None:
    doing.set_staff(doing.actor.staff_ref, Part.HELPER)


def _correct(doing: Doing) -> None:
    facts = _facts(doing)
    if "premises" in doing.asked.values:
        facts.premises = _premises(doing)
    if "kind" in doing.asked.values:
        facts.kind = str(doing.asked.values["kind"] or "")
    if "imminent" in doing.asked.values:
        facts.imminent = doing.asked.values["imminent"] is True
        if facts.imminent:
            _look_at_once(doing)
        else:
            _look_without_haste(doing)
    facts.save()


def _set_control(doing: Doing) -> None:
    facts = _facts(doing)
    facts.control = str(doing.asked.values["control"])
    facts.save()
    _looked(doing)


def _stop_use(doing: Doing) -> None:
    facts = _facts(doing)
    facts.control, facts.remedy_by = USE_STOPPED, None  # no day is waited for any more
    facts.save()
    doing.answer(control=USE_STOPPED, imminent=True, remedy_by=None)
    _looked(doing)


def _permit_resume(doing: Doing) -> None:
    facts = _facts(doing)
    facts.control, facts.imminent = "", False
    facts.save()
    doing.answer(control=None, danger=None, imminent=None)


def _found_major(doing: Doing) -> None:
    doing.answer(grade=MAJOR)


def _set_remedy_day(doing: Doing) -> None:
    facts = _facts(doing)
    facts.remedy_by = day_of(doing.asked.values, "remedy_by")
    facts.save()
    _tell(doing, "owner", "answer_wanted", when=str(doing.asked.values["remedy_by"]))
    _looked(doing)


def _serve_order(doing: Doing) -> None:
    _set_remedy_day(doing)
    _looked(doing)


def _withdraw(doing: Doing) -> None:
    facts = _facts(doing)
    facts.remedy_by = None
    facts.save()
    doing.answer(remedy_by=None)


def _fixed(doing: Doing) -> None:
    _looked(doing)
    doing.add_task("recheck", for_role=_who_rechecks(doing).value)


def _who_rechecks(doing: Doing) -> Role:
    """Give whose role it is to recheck: a supervisor's where no inspector is left who may."""
    barred = {doing.actor.staff_ref, doing.facts.last_done_by.get("serve_order")}
    left = any(
        one.active and Role.INSPECTOR.value in one.roles and one.staff_ref not in barred
        for one in staff.members_of(doing.case.town.key)
    )
    return Role.INSPECTOR if left else Role.SUPERVISOR


def _passed(doing: Doing) -> None:
    facts = _facts(doing)
    facts.verified_at, facts.remedy_by, facts.imminent = doing.at, None, False
    facts.save()
    doing.answer(remedy_by=None, imminent=None)
    doing.end_tasks("recheck", outcome="passed")
    _tell(doing, "owner", "news")
    _tell(doing, "reporter", "news")


def _failed(doing: Doing) -> None:
    _set_remedy_day(doing)
    doing.end_tasks("recheck", outcome="failed")


def _still_stopped(doing: Doing) -> None:
    doing.end_tasks("recheck", outcome="failed")


def _told(doing: Doing) -> None:
    if doing.party().role == "owner":
        doing.end_tasks("tell_owner", outcome="told")
    doing.end_tasks(TASK, outcome="told")


def _ended(doing: Doing) -> None:
    _tell(doing, "owner", "ended")
    _tell(doing, "reporter", "ended")
    _looked(doing, "case_ended")
    for kind in ("recheck", "tell_owner"):
        doing.end_tasks(kind, outcome="case_ended")


def _reopened(doing: Doing) -> None:
    facts = _facts(doing)
    facts.verified_at = None
    facts.save()
    _ask_to_look(doing, "look_at")


HOOKS: Mapping[str, Callable[[Doing], None]] = {
    "opened": _opened,
    "add_party": _party_added,
    "report_too": _reported,
    "count_report": _reported,
    "take": _take,
    "assign": _assign,
    "join": _join,
    "correct": _correct,
    "look": _look,
    "set_control": _set_control,
    "stop_use": _stop_use,
    "permit_resume": _permit_resume,
    "call_major": _looked,
    "find_major": _found_major,
    "serve_order": _serve_order,
    "extend_remedy": _set_remedy_day,
    "withdraw_order": _withdraw,
    "say_fixed": _fixed,
    "owner_says_fixed": _fixed,
    "recheck_passed": _passed,
    "recheck_failed": _failed,
    "still_stopped": _still_stopped,
    "lift_stop": _permit_resume,
    "tell_party": _told,
    "close": _ended,
    "dismiss": _ended,
    "not_fixed": _reopened,
    "party_says_not_fixed": _reopened,
}
