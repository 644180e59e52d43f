"""Import of a call log: whole or nothing, and a second time adds nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from anlan.kernel.ledger.services import write
from anlan.kernel.places import catalogue, queries
from anlan.kernel.places.models import DutyPeriod, LoggedCall, LoggedResponse, Post, Town, Unit
from anlan.kernel.places.services.calls.mapping import InferredUnit, LogMapping, load_mapping
from anlan.kernel.places.services.calls.placing import place_calls
from anlan.kernel.places.services.calls.reading import (
    CallLog,
    Progress,
    ResponseRow,
    RowNote,
    UnitSeen,
    read_log,
)
from anlan.kernel.places.services.calls.standing import place_postless_units
from anlan.kernel.values import Actor, BadInput, Role, check_role

_BATCH = 2000
_IDENT = re.compile(r"([A-Za-z]*)0*(\d+)")


@dataclass(frozen=True, slots=True)
class _Added:
    calls: int
    responses: int
    units: int
    duty_periods: int


def import_calls(
    town_key: str,
    path: Path,
    *,
    mapping: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """This will import a call log and give the report that `anlan calls import --json` prints.

    `mapping` is a shipped one's name or a TOML file's path. Calls already there by their number,
    and answers already there by call, unit and time of dispatch, are left as they are. Units that
    the log names and the town lacks are made, marked inferred. Raises BadInput in one sentence,
    with nothing written, where the file isn't what the mapping says.
    """
    check_role(actor, Role.ADMINISTRATOR)
    town = Town.objects.get(pk=queries.town(town_key).id)
    words = load_mapping(mapping)
    _check_words(words)
    log = read_log(path, mapping=words, zone=ZoneInfo(town.zone), progress=progress)
    place_calls(log, mapping=words, town_key=town_key, at=at, progress=progress)
    with write(
        town=town_key, actor=actor, action="calls.imported", at=at, recorded_at=recorded_at
    ) as entry:
        added = _store(log, words, town, progress)
        entry.record(subject=f"call_log:{words.code}", fields=["calls", "responses", "units"])
    return _report(log, words, added)


def _check_words(mapping: LogMapping) -> None:
    """Refuse a mapping whose types or kinds aren't in the catalogue."""
    kinds = catalogue.unit_catalogue().kinds
    types = {entry["code"] for entry in catalogue.read_catalogue("incident_types.toml")["types"]}
    for ours in [*mapping.types.values(), mapping.unknown_type]:
        if ours not in types:
            raise BadInput(f"The mapping names a type “{ours}” that the catalogue lacks.")
    ruled = [rule.kind for rule in mapping.unit_rules]
    for kind in [*mapping.unit_kinds.values(), *ruled, mapping.unknown_kind]:
        if kind not in kinds:
            raise BadInput(f"The mapping names a unit kind “{kind}” that the catalogue lacks.")


def _store(log: CallLog, mapping: LogMapping, town: Town, progress: Progress | None) -> _Added:
    """Write all that is new; runs inside the one transaction."""
    say = progress or (lambda label, share: None)
    say("Storing calls", 0.0)
    units, units_added = _units(log, mapping, town)
    known = dict(LoggedCall.objects.filter(town=town).values_list("number", "id"))
    fresh = [_call(row, mapping, town) for number, row in log.calls.items() if number not in known]
    for done in range(0, len(fresh), _BATCH):
        LoggedCall.objects.bulk_create(fresh[done : done + _BATCH])
        say("Storing calls", 0.5 * done / len(fresh))
    known.update({call.number: call.pk for call in fresh})
    answers = _new_responses(log.responses, known, units, town)
    for done in range(0, len(answers), _BATCH):
        LoggedResponse.objects.bulk_create(answers[done : done + _BATCH])
        say("Storing calls", 0.5 + 0.5 * done / len(answers))
    answering = {answer.unit_id for answer in answers}
    periods = _infer_duty(answering)
    place_postless_units(answering)
    say("Storing calls", 1.0)
    return _Added(len(fresh), len(answers), units_added, periods)


def _call(row: Any, mapping: LogMapping, town: Town) -> LoggedCall:
    return LoggedCall(
        town=town,
        number=row.number,
        mapping=mapping.code,
        type=row.type,
        priority=row.priority,
        ringing_at=row.ringing_at,
        received_at=row.received_at,
        entered_at=row.entered_at,
        points=mapping.points,
        lon=row.lon,
        lat=row.lat,
    )


def _new_responses(
    rows: Iterable[ResponseRow], calls: dict[str, int], units: dict[str, int], town: Town
) -> list[LoggedResponse]:
    present = set(
        LoggedResponse.objects.filter(call__town=town).values_list(
            "call_id", "unit_id", "dispatched_at"
        )
    )
    answers = []
    for row in rows:
        key = (calls[row.number], units[row.unit], row.times[0])
        if key in present:
            continue
        present.add(key)
        answers.append(
            LoggedResponse(
                call_id=key[0],
                unit_id=key[1],
                sequence=row.sequence,
                watch_on=row.watch_on,
                dispatched_at=row.times[0],
                en_route_at=row.times[1],
                on_scene_at=row.times[2],
                transporting_at=row.times[3],
                at_hospital_at=row.times[4],
                available_at=row.times[5],
            )
        )
    return answers


def _units(log: CallLog, mapping: LogMapping, town: Town) -> tuple[dict[str, int], int]:
    """Find the log's units in the town, or make them; log's name → unit id, and how many are new.

    E07 in the log is the town's E7 where the town has no E07.
    """
    ids = dict(Unit.objects.filter(town=town).values_list("ident", "id"))
    plain = {_plain(ident): pk for ident, pk in ids.items()}
    posts = {
        (kind, ident.lstrip("0") or "0"): pk
        for kind, ident, pk in Post.objects.filter(town=town).values_list("kind", "ident", "id")
    }
    found: dict[str, int] = {}
    fresh: dict[str, Unit] = {}
    for ident, seen in log.units.items():
        known = ids.get(ident) or plain.get(_plain(ident))
        if known is not None:
            found[ident] = known
        else:
            fresh[ident] = _new_unit(ident, seen, mapping, town, posts, log)
    Unit.objects.bulk_create(fresh.values())
    log.warnings.sort()
    return found | {ident: unit.pk for ident, unit in fresh.items()}, len(fresh)


def _plain(ident: str) -> str:
    match = _IDENT.fullmatch(ident)
    return f"{match[1].upper()}{match[2]}" if match else ident


def _new_unit(
    ident: str,
    seen: UnitSeen,
    mapping: LogMapping,
    town: Town,
    posts: dict[tuple[str, str], int],
    log: CallLog,
) -> Unit:
    inferred = mapping.infer_unit(ident, seen.kind_word)
    if not inferred.known:
        word = seen.kind_word[:40]
        text = f"{ident}: kind “{word}” is taken as {inferred.kind}"
        log.warnings.append(RowNote(seen.line, "unknown_unit_kind", text))
    post = _post(inferred, posts)
    if inferred.post and post is None:
        text = f"{ident} belongs to {inferred.post}, which the town lacks; it has no post"
        log.warnings.append(RowNote(seen.line, "unknown_post", text))
    of_kind = catalogue.unit_catalogue().kinds[inferred.kind].capabilities
    capabilities = list(inferred.capabilities or of_kind)
    if seen.als and "als" not in capabilities:
        capabilities.append("als")
    return Unit(
        town=town,
        ident=ident,
        kind=inferred.kind,
        capabilities=capabilities,
        post_id=post,
        inferred=True,
        made_up=False,
    )


def _post(inferred: InferredUnit, posts: dict[tuple[str, str], int]) -> int | None:
    kind, _, number = inferred.post.partition(" ")
    return posts.get((kind, number))


def _infer_duty(unit_ids: set[int]) -> int:
    """Put inferred units on duty from the first to the last row of each watch, anew; count them."""
    inferred = set(Unit.objects.filter(id__in=unit_ids, inferred=True).values_list("id", flat=True))
    if not inferred:
        return 0
    watches: dict[tuple[int, Any], tuple[datetime, datetime]] = {}
    rows = LoggedResponse.objects.filter(unit_id__in=inferred).values_list(
        "unit_id",
        "watch_on",
        "call__received_at",
        "dispatched_at",
        "en_route_at",
        "on_scene_at",
        "transporting_at",
        "at_hospital_at",
        "available_at",
    )
    for unit_id, watch_on, received_at, *steps in rows:
        known = [at for at in steps if at is not None] or [received_at]
        start, end = steps[0] or min(known), steps[-1] or max(known)
        first, last = watches.get((unit_id, watch_on), (start, end))
        watches[unit_id, watch_on] = (min(first, start), max(last, end))
    periods = _joined(watches)
    DutyPeriod.objects.filter(unit_id__in=inferred, inferred=True).delete()
    DutyPeriod.objects.bulk_create(
        [
            DutyPeriod(unit_id=unit_id, starts_at=start, ends_at=end, inferred=True)
            for unit_id, start, end in periods
        ],
        batch_size=_BATCH,
    )
    return len(periods)


def _joined(
    watches: dict[tuple[int, Any], tuple[datetime, datetime]],
) -> list[tuple[int, datetime, datetime]]:
    """Give (unit, start, end) with overlapping spans of a unit made one; an instant is a second."""
    joined: list[tuple[int, datetime, datetime]] = []
    for unit_id, start, end in sorted((key[0], *span) for key, span in watches.items()):
        end = max(end, start + timedelta(seconds=1))
        if joined and joined[-1][0] == unit_id and start <= joined[-1][2]:
            joined[-1] = (unit_id, joined[-1][1], max(joined[-1][2], end))
        else:
            joined.append((unit_id, start, end))
    return joined


def _report(log: CallLog, mapping: LogMapping, added: _Added) -> dict[str, Any]:
    return {
        "mapping": mapping.code,
        "rows": log.rows,
        "calls": len(log.calls),
        "responses": len(log.responses),
        "units": len(log.units),
        "added": {
            "calls": added.calls,
            "responses": added.responses,
            "units": added.units,
            "duty_periods": added.duty_periods,
        },
        "points": mapping.points,
        "inferred": {
            "units_made": added.units,
            "kinds_and_posts": f"by the rules of the mapping {mapping.code}",
            "duty": "from the first to the last row of a watch",
            "places": "a unit without a post stands where it last became free",
        },
        "rejected": [{"line": note.line, "reason": note.text} for note in log.rejected],
        "warnings": [
            {"line": note.line, "code": note.code, "text": note.text} for note in log.warnings
        ],
        "warning_counts": dict(Counter(note.code for note in log.warnings).most_common()),
    }
