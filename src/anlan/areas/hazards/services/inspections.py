"""Inspections: planned by risk and date, done with a checklist; what failed opens a case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.utils.translation import gettext as _

from anlan.areas.hazards.models import Inspection, Premises
from anlan.areas.hazards.queries.checklists import form_of, form_of_class
from anlan.areas.hazards.queries.inspections import inspected_on
from anlan.areas.hazards.rules import inspections as rules
from anlan.areas.hazards.rules.checklists import check_answers
from anlan.areas.hazards.services.failures import (
    keep_failures,
    open_cases,
    planned_inspections,
)
from anlan.kernel.cases.services.words import in_words
from anlan.kernel.ledger.services import Stamp, Write, write_once
from anlan.kernel.places import queries as places
from anlan.kernel.places.queries.rows import TownRow
from anlan.kernel.staff import queries as staff
from anlan.kernel.values import Actor, BadInput, Refused, Role, RuleSays, gettext_noop


@in_words
def plan_inspection(
    ident: str,
    *,
    due_on: date,
    outside_hours: bool = False,
    inspector: str = "",
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> int:
    """Plan an inspection for a day and give its number; one that is planned is moved instead."""
    rules.check_planner(actor)
    town = places.town(town_key)
    rules.check_day(due_on, today=at.astimezone(town.tz).date())
    _check_inspector(inspector, town_key)

    def plan(entry: Write) -> int:
        place = Premises.objects.filter(town_id=town.id, ident=ident, ended_on__isnull=True).first()
        if place is None:
            raise BadInput(_("There are no premises “{ident}” here.").format(ident=ident[:40]))
        form = form_of_class(town_key, place.class_code)
        planned = planned_inspections(town_key).filter(premises=place).first()
        if planned is not None:
            raise Refused(
                _("An inspection is planned there for {day} already; move that one.").format(
                    day=planned.due_on.isoformat()
                ),
                code="planned_already",
            )
        one = Inspection.objects.create(
            premises=place,
            due_on=due_on,
            outside_hours=outside_hours,
            inspector_ref=inspector,
            checklist=form.code,
            checklist_number=form.number,
            planned_at=at,
            made_up=place.made_up,
        )
        _entered(entry, one, fields=["due_on", "outside_hours", "inspector"])
        return int(one.pk)

    return write_once(
        plan,
        action="inspection.planned",
        asked={
            "premises": ident,
            "due_on": due_on,
            "outside_hours": outside_hours,
            "inspector": inspector,
        },
        stamp=Stamp(town_key, actor, at, recorded_at, client_key),
    )


def _entered(entry: Write, one: Inspection, *, fields: list[str], reason: str = "") -> None:
    entry.record(
        subject=f"inspection:{one.pk}",
        about=[f"premises:{one.premises_id}", *([one.inspector_ref] if one.inspector_ref else [])],
        fields=fields,
        reason_code=reason,
    )


def _check_inspector(ref: str, town_key: str) -> None:
    if not ref:
        return
    members = {one.staff_ref: one for one in staff.members_of(town_key)}
    member = members.get(ref)
    if member is None or not member.active or Role.INSPECTOR.value not in member.roles:
        raise BadInput(_("This account is no inspector of this town."))


@in_words
def move_inspection(
    inspection_id: int,
    *,
    due_on: date,
    outside_hours: bool,
    reason: str,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> None:
    """Move a planned inspection to another day for a listed reason; whose it is stays.

    The day that it was planned for first stays with it, however often it is moved.
    """
    rules.check_planner(actor)
    today = at.astimezone(places.town(town_key).tz).date()
    rules.check_move(reason, due_on=due_on, today=today)

    def move(entry: Write) -> None:
        one = _open_one(inspection_id, town_key)
        one.first_due_on = one.first_due_on or one.due_on
        one.due_on, one.outside_hours = due_on, outside_hours
        one.save()
        _entered(entry, one, fields=["due_on", "outside_hours"], reason=reason)

    write_once(
        move,
        action="inspection.moved",
        asked={
            "inspection": inspection_id,
            "due_on": due_on,
            "outside_hours": outside_hours,
            "reason": reason,
        },
        stamp=Stamp(town_key, actor, at, recorded_at, client_key),
    )


@in_words
def assign_inspection(
    inspection_id: int,
    *,
    inspector: str,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> None:
    """Give a planned inspection to an inspector."""
    rules.check_planner(actor)
    _check_inspector(inspector, town_key)

    def assign(entry: Write) -> None:
        one = _open_one(inspection_id, town_key)
        one.inspector_ref = inspector
        one.save()
        _entered(entry, one, fields=["inspector"])

    write_once(
        assign,
        action="inspection.assigned",
        asked={"inspection": inspection_id, "inspector": inspector},
        stamp=Stamp(town_key, actor, at, recorded_at, client_key),
    )


def _open_one(inspection_id: int, town_key: str) -> Inspection:
    planned = planned_inspections(town_key).filter(pk=inspection_id)
    one = planned.select_for_update(of=("self",)).first()
    if one is None:
        raise _not_planned()
    return one


def _not_planned() -> Refused:
    return Refused(
        _("This inspection is not planned here: it was done, called off, or never was."),
        code="not_planned",
    )


@in_words
def call_off_inspection(
    inspection_id: int,
    *,
    reason: str,
    until: date | None = None,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> None:
    """Call a planned inspection off for a listed reason; the next is planned by the rules, and not
    for a day before `until`. One that was done together with another counts as done.
    """
    rules.check_planner(actor)
    town = places.town(town_key)
    rules.check_call_off(reason, until=until, today=at.astimezone(town.tz).date())

    def call_off(entry: Write) -> None:
        one = _open_one(inspection_id, town_key)
        one.called_off_at, one.called_off_for = at, reason
        one.called_off_until = None if reason == rules.DONE_TOGETHER else until
        _keep(one, town)
        _entered(entry, one, fields=["called_off"], reason=reason)

    write_once(
        call_off,
        action="inspection.called_off",
        asked={"inspection": inspection_id, "reason": reason, "until": until},
        stamp=Stamp(town_key, actor, at, recorded_at, client_key),
    )


@in_words
def record_inspection(
    inspection_id: int,
    *,
    answers: Mapping[str, str],
    filled_by: str = "",
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
    form_number: int | None = None,
    filled_at: datetime | None = None,
) -> tuple[int, ...]:
    """Keep a filled-in checklist; gives the hazard cases of what failed, opened or known before.

    A form that was filled in without a network comes with its client key and is kept once, in no
    other name than `filled_by`, where the sender says who filled it in, and with `filled_at`, when
    that was by its sender's clock: it is believed between the plan's making and now. It is taken
    though the plan was called off since, or a colleague's came first. Imminent danger stops the use
    at once. Should the line break between the form and its cases, the same form sent again, or the
    housekeeping job, opens those that are missing.
    """
    rules.check_inspector(actor)
    rules.check_filled_by(actor, filled_by)
    town = places.town(town_key)
    filled = None
    if filled_at is not None:  # by a tablet's clock, which may stand anywhere
        told = max(town.clock.real_anchor, min(filled_at, recorded_at))
        filled = town.clock.at(told)

    def record(entry: Write) -> int:
        one = _fillable(inspection_id, town_key, actor=actor, filled_at=filled, at=at)
        _check_form(one, form_number)
        form = form_of(town_key, one.checklist, one.checklist_number)
        failed = check_answers(form, answers)
        one.answers, one.done_at = dict(answers), at
        one.filled_at = rules.inspected_at(filled, planned_at=one.planned_at, at=at)
        one.called_off_at, one.called_off_for, one.called_off_until = None, "", None
        one.inspector_ref = actor.staff_ref
        _keep(one, town)
        keep_failures(one, failed, answers)
        _entered(entry, one, fields=["answers"])
        return int(one.pk)

    kept = write_once(
        record,
        action="inspection.done",
        asked={
            "inspection": inspection_id,
            "form": form_number,
            "answers": answers,
            **({} if filled_at is None else {"filled_at": filled_at}),
        },
        stamp=Stamp(town_key, actor, at, recorded_at, client_key),
    )
    number = kept or inspection_id  # a form that came before this was kept gave no number
    return open_cases(number, town_key=town_key, actor=actor, at=at, recorded_at=recorded_at)


def _fillable(
    inspection_id: int, town_key: str, *, actor: Actor, filled_at: datetime | None, at: datetime
) -> Inspection:
    """Give the inspection that a form fills in: the planned one; one that was called off after the
    form was filled in; or a new one beside what a colleague sent first. Nothing that somebody saw
    there is lost to what the office did meanwhile.
    """
    found = Inspection.objects.select_for_update(of=("self",)).select_related("premises")
    one = found.filter(pk=inspection_id, premises__town__key=town_key).first()
    if one is None:
        raise _not_planned()
    if one.done_at is None and one.called_off_at is None:
        return one
    seen_at = rules.inspected_at(filled_at, planned_at=one.planned_at, at=at)
    if one.called_off_at is not None and seen_at < one.called_off_at:
        return one
    if one.done_at is not None and filled_at is not None and one.inspector_ref != actor.staff_ref:
        return Inspection(
            premises=one.premises,
            due_on=one.due_on,
            outside_hours=one.outside_hours,
            checklist=one.checklist,
            checklist_number=one.checklist_number,
            planned_at=one.planned_at,
            beside=one,
            made_up=one.made_up,
        )
    said = _("The inspection of “{name}” was called off.")
    if one.done_at is not None:
        said = _("The inspection of “{name}” is done already.")
    raise Refused(said.format(name=one.premises.name), code="not_planned")


def _keep(one: Inspection, town: TownRow) -> None:
    """Save an inspection that was made or called off, and with its premises their last one's day.

    By the record and not by this one alone: a form may come late, or after it was called off.
    """
    one.save()
    last = inspected_on(one.premises_id, zone=town.tz)
    Premises.objects.filter(pk=one.premises_id).update(inspected_on=last)


def _check_form(one: Inspection, form_number: int | None) -> None:
    if form_number is not None and form_number != one.checklist_number:
        raise RuleSays(
            gettext_noop("The checklist was changed meanwhile; open the inspection again."),
            code="form_changed",
        )
