"""What hazards' pages share: who comes in, labels of closed lists, how a form is carried out."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from anlan.areas.hazards import queries
from anlan.areas.hazards.queries.rows import PremisesRow
from anlan.areas.hazards.rules import premises as rules
from anlan.areas.hazards.rules.inspections import CALL_OFF_REASONS, FELL_AWAY
from anlan.areas.hazards.rules.kinds import hazard_kinds
from anlan.kernel.places.catalogue import Label
from anlan.kernel.values import BadInput, Refused
from anlan.web.cases.entering import Entered, enter
from anlan.web.shell.links import town_links

LONGEST_TYPED = 165  # a name, what stands between, an ident


def enter_register(request: HttpRequest, key: str) -> Entered:
    """Let a member in who may look into the register."""
    entered = enter(request, key)
    if not rules.may_read(entered.actor):
        raise PermissionDenied
    return entered


def page_of(entered: Entered, *, here: str, **more: Any) -> dict[str, Any]:
    """Give what every page is drawn with."""
    return {
        "town": entered.town,
        "links": town_links(entered.town.key, entered.actor),
        "here": here,
        "client_key": str(uuid.uuid4()),
        "may_keep": rules.may_keep(entered.actor),
        **more,
    }


def words_of(labels: Mapping[str, Label]) -> dict[str, str]:
    """Give the labels of a closed list in the reader's language, in its order."""
    language = get_language() or "en"
    return {code: label.in_language(language) for code, label in labels.items()}


def class_words() -> dict[str, str]:
    """Give the classes of premises."""
    return words_of({one.code: one.label for one in rules.premises_catalogue().classes.values()})


def risk_words() -> dict[str, str]:
    """Give the levels of risk."""
    return words_of(rules.premises_catalogue().risks)


def kind_words() -> dict[str, str]:
    """Give the kinds of hazards."""
    return words_of(hazard_kinds())


def off_words() -> dict[str, str]:
    """Give why an inspection was called off or fell away."""
    return words_of({**CALL_OFF_REASONS, **FELL_AWAY})


def where_of(typed: str, *, key: str) -> PremisesRow:
    """Give the premises that a form chose, or that somebody typed where the list is too long."""
    found = queries.find_premises(typed, town_key=key)
    if found is None:
        said = _("“{typed}” is not in the list; choose again.")
        raise BadInput(said.format(typed=typed.strip()[:60]))
    return found


def carried_out(change: Callable[[], object]) -> str:
    """Carry a form out and give the sentence where it can't be; "" when it was done."""
    try:
        change()
    except (BadInput, Refused) as fault:
        return str(fault)
    return ""


def found_or_404(read: Callable[[], Any]) -> Any:
    """Give what is read; what isn't there is a 404."""
    try:
        return read()
    except (BadInput, Refused) as absent:
        raise Http404 from absent


def whole(text: str | None) -> int | None:
    """Give a whole number out of a form's field, None where it is empty or none."""
    try:
        return int(text or "")
    except ValueError:
        return None


def whole_or_none(text: str) -> int | None:
    """Give a whole number out of a form's field, None where it is empty; others are refused."""
    if not text.strip():
        return None
    found = whole(text)
    if found is None:
        raise BadInput(
            _(
                "“{text}” is no whole number. Give one like 12, or -1 for a floor below ground."
            ).format(text=text.strip()[:20])
        )
    return found


def number(text: str | None) -> float | None:
    """Give a number out of a form's field, None where it is empty or none."""
    try:
        return float((text or "").replace(",", "."))
    except ValueError:
        return None
