"""The agreement as a party reads it by its link: the version that counts, whole; others folded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import get_language

from anlan.areas.mediation import queries
from anlan.areas.mediation.queries.rows import AgreementRow
from anlan.areas.mediation.rules.states import DRAFTED
from anlan.kernel.cases.queries import name_of
from anlan.kernel.sealing.services import OpenedText
from anlan.web.cases.panels import SeenByParty


def read_by_party(seen: SeenByParty) -> Mapping[str, Any]:
    """Give `agreement`, the version that counts, the `others`, and the words that they show.

    The one that waits to be confirmed counts, else the one in force. Nothing before the words are
    open, nor to whom the words for all don't open.
    """
    texts = seen.texts or {}
    written: dict[int, list[OpenedText]] = {}
    for text, (version, _state) in queries.versions_of_texts(seen.case_id).items():
        if text in texts:
            written.setdefault(version, []).append(texts[text])
    rows = [one for one in queries.agreements_of(seen.case_id) if one.version in written]
    counts = _that_counts(rows, waits=_is_drafted(seen))
    return {
        "agreement": None if counts is None else _version(counts, seen, written),
        "others": [_version(one, seen, written) for one in reversed(rows) if one is not counts],
        "shows": frozenset(text.id for found in written.values() for text in found),
    }


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
