"""What an action of a case asks, for programs: each field with its kind and what can be chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from anlan.kernel.cases import queries
from anlan.kernel.cases.queries import ActionRow, Offers
from anlan.kernel.cases.rules.acting import parties_for, parties_in, results_for
from anlan.kernel.cases.rules.facts import CaseFacts, PartyFacts
from anlan.kernel.cases.rules.types import CaseType, Choice, Field, FieldKind
from anlan.kernel.places.catalogue import Label
from anlan.kernel.staff.queries import members_of


def asks_of(kind: CaseType, row: ActionRow, facts: CaseFacts, *, town_key: str) -> list[Any]:
    """Give what a possible action asks, in the order of its form; nothing of one that isn't.

    `choices` is None where no list says what can be answered: numbers, days, words, or a register
    that is too long for a list.
    """
    action = row.action
    if row.refusal is not None:
        return []
    asked = []
    if action.about_party:
        parties = [_party(kind, one) for one in parties_for(action, facts)]
        asked.append(_ask("party", _("Party"), "party", True, parties))
    offers = queries.offers_of(kind, action, facts)
    for code in (*action.requires, *action.takes):
        each = kind.field(code)
        if each is not None:
            choices = _choices(kind, each, facts, offers, town_key=town_key)
            needed = code in action.requires
            asked.append(_ask(code, _said(each.label), each.kind.value, needed, choices))
    if action.reasons:
        asked.append(_ask("reason", _("Reason"), "choice", True, _of_list(action.reasons)))
    if len(action.results) > 1:
        ends = [Choice(one.code, one.label) for one in results_for(kind, action, facts)]
        asked.append(_ask("result", _("How it ends"), "choice", True, _of_list(ends)))
    return asked


def _ask(field: str, label: str, kind: str, required: bool, choices: Any) -> dict[str, Any]:
    return {
        "field": field,
        "label": label,
        "kind": kind,
        "required": required,
        "choices": choices,
    }


def _choices(
    kind: CaseType, each: Field, facts: CaseFacts, offers: Mapping[str, Offers], *, town_key: str
) -> list[Any] | None:
    offered = offers.get(each.code)
    if offered is not None:
        rows = [{"value": one.value, "label": _said(one.label)} for one in offered.rows]
        return rows if offered.find is None else None
    match each.kind:
        case FieldKind.CHOICE:
            return _of_list(each.choices)
        case FieldKind.STAFF:
            members = (one for one in members_of(town_key) if one.active)
            return [{"value": one.staff_ref, "label": one.username} for one in members]
        case FieldKind.OFFICE:
            return [{"value": one.ident, "label": one.name} for one in queries.offices(town_key)]
        case FieldKind.PARTY:
            return [_party(kind, one) for one in parties_in(facts)]
    return None


def _of_list(choices: Any) -> list[Any]:
    return [{"value": one.code, "label": _said(one.label)} for one in choices]


def _party(kind: CaseType, one: PartyFacts) -> dict[str, Any]:
    roles = {each.code: _said(each.label) for each in kind.party_roles}
    role = roles.get(one.role, one.role)
    said = _("Party {number} · {role}").format(number=one.number, role=role)
    return {"value": one.number, "label": said}


def _said(label: Label) -> str:
    return label.in_language(get_language() or "en")
