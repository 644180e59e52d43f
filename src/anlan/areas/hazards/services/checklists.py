"""A town's own checklists: proposed by one person, in force when a second agrees."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from anlan.areas.hazards.models import Checklist, ChecklistQuestion, ChecklistState
from anlan.areas.hazards.rules.checklists import (
    Form,
    FormRefused,
    check_proposer,
    check_second,
    parse_form,
)
from anlan.kernel.cases.services.words import in_words, sentence_of
from anlan.kernel.ledger.services import Stamp, Write, write_once
from anlan.kernel.places import queries as places
from anlan.kernel.values import Actor, BadInput, Refused


@in_words
def propose_checklist(
    raw: Mapping[str, Any],
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> int:
    """Propose a form of one's own; gives its number. A form that asks about people is refused."""
    check_proposer(actor)
    try:
        form = parse_form(raw)
    except FormRefused as refused:
        raise BadInput(sentence_of(refused)) from refused
    town = places.town(town_key)

    def propose(entry: Write) -> int:
        there = Checklist.objects.filter(town_id=town.id, code=form.code)
        if there.filter(state=ChecklistState.PROPOSED).exists():
            raise Refused(
                _("A form of this code waits for its second person already."),
                code="proposed_already",
            )
        number = (there.aggregate(Max("number"))["number__max"] or 0) + 1
        one = Checklist.objects.create(
            town_id=town.id,
            code=form.code,
            number=number,
            label_en=form.label.en,
            label_zh=form.label.zh,
            classes=list(form.classes),
            state=ChecklistState.PROPOSED,
            proposed_by=actor.staff_ref,
            proposed_at=at,
        )
        _keep_questions(one, form)
        entry.record(subject=f"checklist:{one.pk}", fields=["questions"])
        return number

    return write_once(
        propose,
        action="checklist.proposed",
        asked={"form": form},
        stamp=Stamp(town_key, actor, at, recorded_at, client_key),
    )


def _keep_questions(one: Checklist, form: Form) -> None:
    ChecklistQuestion.objects.bulk_create(
        ChecklistQuestion(
            checklist=one,
            seq=seq,
            code=each.code,
            about=each.about,
            answers=each.answers,
            hazard=each.hazard,
            label_en=each.label.en,
            label_zh=each.label.zh,
        )
        for seq, each in enumerate(form.questions)
    )


@in_words
def decide_checklist(
    code: str,
    *,
    agree: bool,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> None:
    """Agree to the form that waits, which is then in force, or decline it: never for oneself."""
    check_proposer(actor)

    def decide(entry: Write) -> None:
        there = Checklist.objects.select_for_update().filter(town__key=town_key, code=code)
        one = there.filter(state=ChecklistState.PROPOSED).first()
        if one is None:
            raise BadInput(_("No form “{code}” waits for a second person.").format(code=code[:30]))
        check_second(actor, proposed_by=one.proposed_by)
        if agree:
            there.filter(state=ChecklistState.IN_FORCE).update(state=ChecklistState.REPLACED)
        one.state = ChecklistState.IN_FORCE if agree else ChecklistState.DECLINED
        one.decided_by, one.decided_at = actor.staff_ref, at
        one.save()
        entry.record(
            subject=f"checklist:{one.pk}",
            about=[one.proposed_by],
            fields=["state"],
            reason_code="agreed" if agree else "declined",
        )

    write_once(
        decide,
        action="checklist.decided",
        asked={"code": code, "agree": agree},
        stamp=Stamp(town_key, actor, at, recorded_at, client_key),
    )
