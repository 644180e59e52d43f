"""Which form is asked where: a town's own, or as shipped."""

from __future__ import annotations

from anlan.areas.hazards.models import Checklist, ChecklistState
from anlan.areas.hazards.queries.rows import ProposedForm
from anlan.areas.hazards.rules.checklists import Form, Question, checklist_catalogue
from anlan.kernel.places.catalogue import Label
from anlan.kernel.values import BadInput


def forms_in_force(town_key: str) -> tuple[Form, ...]:
    """Give every form that is asked in a town: its own first, then those as shipped."""
    found = Checklist.objects.filter(town__key=town_key, state=ChecklistState.IN_FORCE)
    own = [_form(one) for one in found.prefetch_related("questions").order_by("code")]
    codes = {one.code for one in own}
    shipped = [one for code, one in checklist_catalogue().forms.items() if code not in codes]
    return (*own, *shipped)


def form_of_class(town_key: str, class_code: str) -> Form:
    """Give the form by which premises of a class are inspected."""
    for one in forms_in_force(town_key):
        if class_code in one.classes:
            return one
    for one in checklist_catalogue().forms.values():
        if class_code in one.classes:
            return one
    raise BadInput(f"No checklist is for premises of the class {class_code[:30]}.")


def form_of(town_key: str, code: str, number: int) -> Form:
    """Give a form by code and number, one that was replaced meanwhile too."""
    if number == 0:
        shipped = checklist_catalogue().forms.get(code)
        if shipped is not None:
            return shipped
    one = Checklist.objects.filter(town__key=town_key, code=code, number=number).first()
    if one is None:
        raise BadInput(f"There is no checklist {code[:30]} {number} in this town.")
    return _form(one)


def proposed_forms(town_key: str) -> list[tuple[ProposedForm, Form]]:
    """Give the forms that wait for a second person."""
    found = Checklist.objects.filter(town__key=town_key, state=ChecklistState.PROPOSED)
    return [
        (ProposedForm(one.code, one.number, one.proposed_by, one.proposed_at), _form(one))
        for one in found.prefetch_related("questions").order_by("proposed_at")
    ]


def _form(one: Checklist) -> Form:
    questions = sorted(one.questions.all(), key=lambda each: each.seq)
    return Form(
        code=one.code,
        number=one.number,
        label=Label(one.label_en, one.label_zh),
        classes=tuple(one.classes),
        questions=tuple(
            Question(
                each.code,
                each.about,
                each.answers,
                each.hazard,
                Label(each.label_en, each.label_zh),
            )
            for each in questions
        ),
    )
