"""Opening a case's words: the one door, space by space, for who is in the case."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from anlan.kernel.cases.models import Case, Party
from anlan.kernel.cases.queries.access import visible_cases
from anlan.kernel.cases.queries.cases import no_such_case
from anlan.kernel.cases.queries.openings import CASE_PURPOSES, asked_to_decide, is_in_it
from anlan.kernel.cases.rules.types import Confidentiality, Space
from anlan.kernel.cases.services.doing import NOTES, space_ref
from anlan.kernel.sealing import services as sealing
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.values import Actor, Forbidden


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """A case's words in clear, by space: "" is the case's own, "notes", "p1", "p2"…"""

    spaces: dict[str, tuple[sealing.OpenedText, ...]]


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody before a case's words and documents, for a purpose that opens them."""

    case: Case
    actor: Actor
    purpose: Purpose
    in_it: bool
    decides: bool  # something waits here for it as the second person
    deciding: bool  # and that is what it opens for

    def may_open(self, space: str) -> bool:
        """Say whether a space opens to it: "" is the case's own, "notes" the handlers' alone."""
        if self.deciding:
            return not space
        return self.in_it or space != NOTES

    def check_still(self) -> None:
        """Raise where it may read less by now: for the lock, under which that stays so."""
        town = self.case.town.key
        now = reader_of(self.case.pk, town_key=town, actor=self.actor, purpose=self.purpose)
        if now is None:
            raise no_such_case()
        if self.in_it and not now.in_it:
            raise _not_handler()
        if self.deciding and not now.deciding:
            raise _not_a_purpose()


def _not_handler() -> Forbidden:
    said = _("Only who handles this case opens it for handling.")
    return Forbidden(said, code="not_handler")


def _not_a_purpose() -> Forbidden:
    return Forbidden(_("A case is not opened for this purpose."), code="not_a_purpose")


def reader_of(case_id: int, *, town_key: str, actor: Actor, purpose: Purpose) -> Reader | None:
    """Let somebody to a case's words and documents; None where it sees no such case.

    The one gate before both. Raises Forbidden for a purpose that opens no case, or not to this one.
    """
    one = visible_cases(actor, town_key=town_key).filter(pk=case_id).first()
    if one is None:
        return None
    may_decide = purpose in (Purpose.DECIDING, Purpose.HANDLING)
    decides = may_decide and asked_to_decide(one.pk, actor)
    deciding = purpose is Purpose.DECIDING and decides
    if purpose not in CASE_PURPOSES and not deciding:
        raise _not_a_purpose()
    in_it = is_in_it(one.pk, actor)
    if purpose is Purpose.HANDLING and not in_it:
        raise _not_handler()
    if not (in_it or deciding) and one.confidentiality == Confidentiality.RESTRICTED.value:
        said = _("The words of a restricted case are opened by who handles it, and nobody else.")
        raise Forbidden(said, code="restricted")
    return Reader(one, actor, purpose, in_it, decides, deciding)


def open_words(
    case_id: int,
    *,
    town_key: str,
    actor: Actor,
    purpose: Purpose,
    at: datetime,
    recorded_at: datetime,
    only: Collection[str] | None = None,
) -> OpenedCase:
    """Open one case's words for a named person and purpose, once, with its entry.

    Who handles it opens every space; others who may see the case open what their purpose allows,
    and never the handlers' notes; a second person who decides opens the case's own alone.

    With `only` no other space's key is touched: an export that holds
    no notes never held them.
    """
    reader = reader_of(case_id, town_key=town_key, actor=actor, purpose=purpose)
    if reader is None:
        raise no_such_case()
    one = reader.case
    spaces = {ref: name for ref, name in _spaces(one).items() if reader.may_open(name)}
    if only is not None:
        spaces = {ref: name for ref, name in spaces.items() if name in only}
    texts = sealing.open_one(
        one.ref,
        town=town_key,
        actor=actor,
        purpose=purpose,
        at=at,
        recorded_at=recorded_at,
        spaces=tuple(spaces),
        decides=reader.decides,
        version=one.version,
        gate=reader.check_still,
    )
    return OpenedCase(
        {name: tuple(t for t in texts if t.space == ref) for ref, name in spaces.items()}
    )


def _spaces(one: Case) -> dict[str, str]:
    numbers = Party.objects.filter(case=one).order_by("number").values_list("number", flat=True)
    found = {one.ref: "", space_ref(one.ref, Space.NOTES): NOTES}
    return found | {space_ref(one.ref, Space.PARTY, party=n): f"p{n}" for n in numbers}


def spaces_without_notes(case_ref: str) -> tuple[str, ...]:
    """Give the spaces of a case that an authority may be shown: every one but the notes."""
    kind, _colon, number = case_ref.partition(":")
    one = Case.objects.filter(pk=int(number), type=kind).first()
    if one is None:
        return (case_ref,)
    return tuple(ref for ref, name in _spaces(one).items() if name != NOTES)
