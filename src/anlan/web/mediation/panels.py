"""What mediation adds to a case's page and over its list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from anlan.areas.mediation import queries
from anlan.areas.mediation.queries.rows import AgreementRow, SessionRow
from anlan.areas.mediation.rules.fields import (
    CATEGORIES,
    PARTY_ROLES,
    PLACES,
    SESSION_KINDS,
    SESSION_OUTCOMES,
)
from anlan.areas.mediation.rules.intake import may_take
from anlan.areas.mediation.rules.known import known
from anlan.areas.mediation.rules.states import AGREED, WORKING
from anlan.kernel.cases import queries as cases
from anlan.kernel.cases.queries import CaseRow
from anlan.kernel.cases.rules.acting import is_in_it
from anlan.kernel.cases.rules.types import Confidentiality
from anlan.kernel.places.queries.rows import TownRow
from anlan.kernel.values import Role
from anlan.web.cases.forms import party_words
from anlan.web.cases.panels import Seen, SeenByParty
from anlan.web.mediation.own_agreement import read_by_party, said

NIGHT_BEGINS, NIGHT_ENDS = 22, 7  # hours of the town's clock


def over_list(seen: Seen) -> Mapping[str, Any]:
    """Give what leads from the list to mediation's own pages."""
    return {
        "takes": may_take(seen.actor),
        "counts": seen.actor.has(Role.SUPERVISOR),
    }


def about(seen: Seen, rows: Sequence[CaseRow]) -> Mapping[int, str]:
    """Say of which kind each dispute is; of a restricted case a list says nothing more."""
    return {
        one.id: said(CATEGORIES, str(one.answers["category"]))
        for one in rows
        if "category" in one.answers and one.confidentiality != Confidentiality.RESTRICTED.value
    }


def of_case(seen: Seen) -> Mapping[str, Any]:
    """Give a case's sessions and agreements, and forms that the generic ones serve less well."""
    assert seen.case is not None
    assert seen.facts is not None
    parties = {
        one.number: party_words(one.number, said(PARTY_ROLES, one.role))
        for one in cases.parties_of(seen.case.id)
    }
    signs = known(seen.facts).signs if seen.facts.state in WORKING | AGREED else frozenset()
    in_it = is_in_it(seen.facts, seen.actor)
    sessions = [
        session_row(one, seen.town, parties) | {"hints": _hints(one, seen.town)}
        for one in _sessions(seen)
    ]
    return {
        "sessions": sessions,
        "to_call_off": [
            one
            for one in sessions
            if (one["row"].kind, one["row"].state) == ("joint", "booked")
            and one["row"].starts_at > seen.facts.at
        ],
        "holds": known(seen.facts).in_force > 0,
        "agreements": [_agreement_row(one, seen.town, parties) for one in _agreements(seen)],
        "parties": parties,
        "signs": [parties.get(number, str(number)) for number in sorted(signs)] if in_it else [],
        "opens": in_it or (seen.actor.has(Role.SUPERVISOR) and not known(seen.facts).restricted),
    }


def _hints(one: SessionRow, town: TownRow) -> list[str]:
    """Say of a booked session what is unusual about its hour: it may be meant, or a slip."""
    if one.state != "booked":
        return []
    begins, ends = one.starts_at.astimezone(town.tz), one.ends_at.astimezone(town.tz)
    late = ends.date() > begins.date() or ends.hour >= NIGHT_BEGINS
    return [
        *([_("at night")] if begins.hour < NIGHT_ENDS or late else []),
        *([] if cases.works_on(town.key, day=begins.date()) else [_("not a working day")]),
    ]


def _sessions(seen: Seen) -> list[SessionRow]:
    return [] if seen.case is None else queries.sessions_of(seen.case.id)


def _agreements(seen: Seen) -> list[AgreementRow]:
    return [] if seen.case is None else queries.agreements_of(seen.case.id)


def of_party(seen: SeenByParty) -> Mapping[str, Any]:
    """Give a party whether it is asked, its agreement and the sessions that it may know of.

    Once it left there are neither.
    """
    rows = [] if seen.left else queries.sessions_of_party(seen.case_id, party=seen.party)
    moved = {
        one.values.get("session"): one.at
        for one in cases.events_of(seen.case_id)
        if one.action == "move_session"
    }
    return {
        "asked": _what_is_asked(seen) if "consent" in seen.offered else None,
        "confirms": "confirm_agreement" in seen.offered,
        "unread": "confirm_agreement" in seen.offered and seen.texts is None,
        "sessions": [_own_row(one, seen, moved.get(one.number)) for one in rows],
        **read_by_party(seen),
    }


def _what_is_asked(seen: SeenByParty) -> dict[str, Any]:
    """Give what a party may know before it answers: the kind of dispute and the office.

    Neither who asked nor a word of it: that is another party's.
    """
    assert seen.case is not None
    return {
        "kind": said(CATEGORIES, str(seen.case.answers.get("category", ""))),
        "office": cases.office_with(seen.case.office, town_key=seen.town.key),
    }


def _own_row(row: SessionRow, seen: SeenByParty, moved: datetime | None) -> dict[str, Any]:
    """Give a session as a party reads it: no number, which would count what it may not know of."""
    link = (seen.texts or {}).get(row.link_text)
    return {
        **session_row(row, seen.town, {}),
        "online": row.held_at == "online",
        "alone": row.kind == "separate",
        "link": "" if link is None else link.text,
        "moved": "" if moved is None else moved.astimezone(seen.town.tz).strftime("%Y-%m-%d %H:%M"),
    }


def session_row(row: SessionRow, town: TownRow, parties: Mapping[int, str]) -> dict[str, Any]:
    """Give a session as a page shows it, in the town's time."""
    begins, ends = row.starts_at.astimezone(town.tz), row.ends_at.astimezone(town.tz)
    return {
        "row": row,
        "kind": said(SESSION_KINDS, row.kind)
        + (f" · {_named(row.party, parties)}" if row.party is not None else ""),
        "where": row.room or said(PLACES, row.held_at),
        "day": begins.strftime("%Y-%m-%d"),
        "time": f"{begins:%H:%M}–{ends:%H:%M}",
        "outcome": said(SESSION_OUTCOMES, row.outcome) if row.outcome else "",
        "came": [_named(number, parties) for number, came in row.came.items() if came],
        "missed": [_named(number, parties) for number, came in row.came.items() if not came],
    }


def _named(number: int, parties: Mapping[int, str]) -> str:
    """Give a party with its role where the page knows it, else by its number alone."""
    return parties.get(number) or _("Party {number}").format(number=number)


def _agreement_row(row: AgreementRow, town: TownRow, parties: Mapping[int, str]) -> dict[str, Any]:
    def when(moment: Any) -> str:
        return "" if moment is None else moment.astimezone(town.tz).strftime("%Y-%m-%d %H:%M")

    return {
        "row": row,
        "drafted": when(row.drafted_at),
        "in_force": when(row.in_force_at),
        "confirmations": [
            {
                "party": _named(one.party, parties),
                "heard": when(one.heard_at),
                "confirmed": when(one.confirmed_at),
                "how": one.how,
            }
            for one in row.confirmations
        ],
    }
