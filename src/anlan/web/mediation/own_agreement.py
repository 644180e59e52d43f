"""The agreement as a party reads it by its link: the version that counts, whole; others folded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import get_language

from anlan.areas.mediation import queries
from anlan.areas.mediation.queries.rows import AgreementRow
from anlan.areas.mediation.rules.fields import COURT_ANSWERS
from anlan.areas.mediation.rules.states import CLOSED, DRAFTED, STOPPED
from anlan.kernel.cases.queries import clocks_of, name_of
from anlan.kernel.cases.rules.calendars import due_as_written
from anlan.kernel.cases.rules.types import Choice
from anlan.kernel.sealing.services import OpenedText
from anlan.web.cases.panels import SeenByParty


def said(of: tuple[Choice, ...], code: str) -> str:
    """Say a code of a closed list in the reader's language."""
    language = get_language() or "en"
    return next((one.label.in_language(language) for one in of if one.code == code), code)


def read_by_party(seen: SeenByParty) -> Mapping[str, Any]:
    """Give `agreement`, the version that counts, the `others`, the words that they show,
    what `holds`, and whether its `other_routes` are named.

    The one that waits to be confirmed counts, else the one in force. Nothing before the words are
    open, nor to whom the words for all don't open.
    """
    texts = seen.texts or {}
    written: dict[int, list[OpenedText]] = {}
    for text, (version, _state) in queries.versions_of_texts(seen.case_id).items():
        if text in texts:
            written.setdefault(version, []).append(texts[text])
    rows_of_all = queries.agreements_of(seen.case_id)
    rows = [one for one in rows_of_all if one.version in written]
    holds = _holds(rows_of_all, seen)
    counts = _that_counts(rows, waits=_is_drafted(seen))
    return {
        "agreement": None if counts is None else _version(counts, seen, written),
        "others": [_version(one, seen, written) for one in reversed(rows) if one is not counts],
        "holds": holds,
        "other_routes": _other_routes(seen, holds),
        "shows": frozenset(text.id for found in written.values() for text in found),
    }


def _holds(rows: Sequence[AgreementRow], seen: SeenByParty) -> dict[str, Any] | None:
    """Give what a party reads of the agreement that it is in, whatever becomes of the case.

    It needs no opening: since when it holds, and until when the court may be asked together.
    """
    holds = next((one for one in rows if one.state == "in_force"), None)
    own = () if holds is None else holds.confirmations
    if holds is None or seen.party not in [one.party for one in own if one.confirmed_at]:
        return None
    asked = {} if seen.case is None else seen.case.answers
    answer = asked.get("court_answer")
    return {
        "since": _when(holds.in_force_at, seen)[:10],
        "over": seen.case is not None and seen.case.state in STOPPED | CLOSED,
        "court_until": _court_until(seen),
        "applied_on": asked.get("applied_on", ""),
        "court_answer": "" if answer is None else said(COURT_ANSWERS, str(answer)),
    }


def _other_routes(seen: SeenByParty, holds: object) -> bool:
    """Say whether a party's case ended without an agreement: the same after each such end."""
    return seen.case is not None and seen.case.state in STOPPED | CLOSED and holds is None


def _court_until(seen: SeenByParty) -> str:
    """Give the last day on which the court may be asked, "" where there is none to come."""
    for one in clocks_of(seen.case_id):
        if one.code == "judicial" and one.running and one.due_at and seen.at < one.due_at:
            return due_as_written(one.due_at, zone=seen.town.tz)
    return ""


def _is_drafted(seen: SeenByParty) -> bool:
    return seen.case is not None and seen.case.state in DRAFTED


def _that_counts(rows: Sequence[AgreementRow], *, waits: bool) -> AgreementRow | None:
    by_state = {one.state: one for one in rows}
    return (by_state.get("draft") if waits else None) or by_state.get("in_force")


def _version(
    row: AgreementRow, seen: SeenByParty, written: Mapping[int, list[OpenedText]]
) -> dict[str, Any]:
    language = get_language() or "en"
    named = name_of(seen.type, "version", row.version, case_id=seen.case_id)
    own = [one.confirmed_at for one in row.confirmations if one.party == seen.party]
    parts, seal = [], ""
    for text in written[row.version]:
        field = seen.type.field(text.field)
        if field is None:
            seal = text.text
        else:
            parts.append((field.label.in_language(language), text.text))
    return {
        "title": str(row.version) if named is None else named.in_language(language),
        "waits": row.state == "draft" and _is_drafted(seen),
        "state": row.state,
        "oral": row.form == "oral",
        "in_force": _when(row.in_force_at, seen),
        "confirmed": _when(own[0], seen) if own else "",
        "parts": parts,
        "seal": seal,
    }


def _when(moment: Any, seen: SeenByParty) -> str:
    return "" if moment is None else moment.astimezone(seen.town.tz).strftime("%Y-%m-%d %H:%M")
