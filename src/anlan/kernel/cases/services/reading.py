"""Opening a case's words: the one door, space by space, for who is in the case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from anlan.kernel.cases.models import Case, CaseStaff, Party
from anlan.kernel.cases.queries.access import visible_cases
from anlan.kernel.cases.queries.cases import no_such_case
from anlan.kernel.cases.rules.types import Part, Space
from anlan.kernel.cases.services.doing import space_ref
from anlan.kernel.sealing import services as sealing
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.values import Actor, Forbidden


@dataclass(frozen=True, slots=True)
class OpenedCase:
    """A case's words in clear, by space: "" is the case's own, "notes", "p1", "p2"…"""

    spaces: dict[str, tuple[sealing.OpenedText, ...]]


def open_words(
    case_id: int,
    *,
    town_key: str,
    actor: Actor,
    purpose: Purpose,
    at: datetime,
    recorded_at: datetime,
) -> OpenedCase:
    """Open one case's words for a named person and purpose, once, with its entry.

    Who handles it opens every space; others who may see the case open what their purpose allows,
    and never the handlers' notes.
    """
    one = visible_cases(actor, town_key=town_key).filter(pk=case_id).first()
    if one is None:
        raise no_such_case()
    in_it = _in_it(one, actor)
    if purpose is Purpose.HANDLING and not in_it:
        raise Forbidden("Only who handles this case opens it for handling.", code="not_handler")
    spaces = _spaces(one, notes=in_it)
    texts = sealing.open_one(
        one.ref,
        town=town_key,
        actor=actor,
        purpose=purpose,
        at=at,
        recorded_at=recorded_at,
        spaces=tuple(spaces),
    )
    return OpenedCase(
        {name: tuple(t for t in texts if t.space == ref) for ref, name in spaces.items()}
    )


def _in_it(one: Case, actor: Actor) -> bool:
    return CaseStaff.objects.filter(
        case=one,
        staff_ref=actor.staff_ref,
        part__in=[Part.HANDLER.value, Part.HELPER.value],
        until__isnull=True,
    ).exists()


def _spaces(one: Case, *, notes: bool) -> dict[str, str]:
    numbers = Party.objects.filter(case=one).order_by("number").values_list("number", flat=True)
    found = {one.ref: ""}
    if notes:
        found[space_ref(one.ref, Space.NOTES)] = "notes"
    return found | {space_ref(one.ref, Space.PARTY, party=n): f"p{n}" for n in numbers}
