"""What an area adds to the pages of its case type: panels on the case and over the list, a column.

The area's page folder holds the template `<type>/panel.html` or `<type>/list_panel.html` and
registers what fills it; where a template doesn't exist, nothing is added.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string

from anlan.kernel.cases.queries import CaseRow
from anlan.kernel.cases.rules.facts import CaseFacts
from anlan.kernel.cases.rules.types import CaseType
from anlan.kernel.cases.services import OpenedCase
from anlan.kernel.places.queries.rows import TownRow
from anlan.kernel.sealing.services import OpenedText
from anlan.kernel.values import Actor


@dataclass(frozen=True, slots=True)
class Seen:
    """What a panel may build on. `case`, `facts` are None over a list; `opened` if not opened."""

    town: TownRow
    actor: Actor
    at: datetime
    type: CaseType
    case: CaseRow | None = None
    facts: CaseFacts | None = None
    opened: OpenedCase | None = None


@dataclass(frozen=True, slots=True)
class SeenByParty:
    """What a panel on a party's own page may build on; `texts` are its opened words by id.

    `opens_at` is where the form that opens them is sent, `token` what its own addresses begin with.
    """

    town: TownRow
    at: datetime
    type: CaseType
    case_id: int
    party: int | None
    left: bool
    texts: Mapping[str, OpenedText] | None = None
    offered: frozenset[str] = frozenset()  # the actions that it can do now
    case: CaseRow | None = None
    opens_at: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class DrawnForParty:
    """A panel on a party's own page, drawn; `shows` are the words that it shows itself, by id."""

    html: str = ""
    shows: frozenset[str] = field(default_factory=frozenset)


Panel = Callable[[Seen], Mapping[str, Any]]
FollowPanel = Callable[[SeenByParty], Mapping[str, Any]]
#: gives what each of these cases is about, by its id, out of columns that are not sealed
ListColumn = Callable[[Seen, Sequence[CaseRow]], Mapping[int, str]]
_list_columns: dict[str, ListColumn] = {}
#: gives what an area's part of “To do” shows, None where there is nothing for this member
ToDoPart = Callable[[TownRow, Actor, datetime], Mapping[str, Any] | None]
_to_do_parts: dict[str, ToDoPart] = {}
_follow_panels: dict[str, FollowPanel] = {}
_panels: dict[tuple[str, str], Panel] = {}
#: gives what is next in the panel of a case, and its anchor, None where nothing is
NextLead = Callable[[Seen], tuple[str, str] | None]
_next_leads: dict[str, NextLead] = {}


def register_panel(type_code: str, fill: Panel) -> None:
    """Let `<type>/panel.html` stand on each case of a type, filled by `fill(seen)`."""
    _panels[type_code, "panel"] = fill


def register_next(type_code: str, lead: NextLead) -> None:
    """Let a type's page say what is next where that is done in its panel, by no action."""
    _next_leads[type_code] = lead


def next_lead(seen: Seen) -> tuple[str, str] | None:
    """Give what is next in an area's own panel, and the anchor of it; None where nothing is."""
    lead = _next_leads.get(seen.type.code)
    return None if lead is None else lead(seen)


def register_list_panel(type_code: str, fill: Panel) -> None:
    """Let `<type>/list_panel.html` stand over the list: a way to open a case, further pages."""
    _panels[type_code, "list_panel"] = fill


def register_list_column(type_code: str, fill: ListColumn) -> None:
    """Let each line of a type's list say what the case is about; `fill` asks once for a page."""
    _list_columns[type_code] = fill


def list_column(seen: Seen, rows: Sequence[CaseRow]) -> Mapping[int, str] | None:
    """Give what each line is about, by the case's id; None where the type has no such column."""
    fill = _list_columns.get(seen.type.code)
    return None if fill is None else fill(seen, rows)


def register_to_do(template: str, fill: ToDoPart) -> None:
    """Let an area's own work that is no case stand on “To do”, drawn by a template."""
    _to_do_parts[template] = fill


def drawn_to_do(request: HttpRequest, town: TownRow, actor: Actor, at: datetime) -> list[str]:
    """Give the areas' parts of “To do” that hold something for this member, drawn."""
    filled = ((template, fill(town, actor, at)) for template, fill in _to_do_parts.items())
    return [
        render_to_string(template, {"town": town, **shown}, request)
        for template, shown in filled
        if shown is not None
    ]


def register_follow_panel(type_code: str, fill: FollowPanel) -> None:
    """Let `<type>/follow_panel.html` stand on a party's own page, filled by `fill(seen)`.

    Opened words that it `shows`, by id, stand there and not among the others again.
    """
    _follow_panels[type_code] = fill


def drawn_follow_panel(request: HttpRequest, seen: SeenByParty) -> DrawnForParty:
    """Give what the area adds to a party's own page, drawn; an empty one where it adds nothing."""
    fill = _follow_panels.get(seen.type.code)
    if fill is None:
        return DrawnForParty()
    filled = {"seen": seen, "town": seen.town, **fill(seen)}
    html = render_to_string(f"{seen.type.code}/follow_panel.html", filled, request)
    return DrawnForParty(html, frozenset(filled.get("shows", ())))


def drawn_panel(request: HttpRequest, seen: Seen) -> str:
    """Give the panel of what is seen, drawn; "" where the area has none."""
    name = "list_panel" if seen.case is None else "panel"
    fill = _panels.get((seen.type.code, name))
    filled = {} if fill is None else dict(fill(seen))
    try:
        return render_to_string(
            f"{seen.type.code}/{name}.html", {"seen": seen, "town": seen.town, **filled}, request
        )
    except TemplateDoesNotExist as absent:
        if fill is not None:  # registered, so its template was meant to be there
            raise
        if absent.args[:1] != (f"{seen.type.code}/{name}.html",):
            raise
        return ""
