"""Studies that were asked for on the page: rows, their scenarios, their reports."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from anlan.areas.coverage.models import Study, StudyState
from anlan.areas.coverage.queries.studies.sentences import joined
from anlan.areas.coverage.rules.scenarios import Scenario, ScenarioFault
from anlan.areas.coverage.rules.studies import AskedStudy, labels_of_posts, scenarios_of
from anlan.kernel.places import queries as places
from anlan.kernel.places.queries.calls import log_span
from anlan.kernel.values import BadInput, LonLat
from anlan.kernel.whole_file import written_whole

SHOWN = 30


@dataclass(frozen=True, slots=True)
class StudyRow:
    """A study; `title` says in the reader's language what it asks, made of its choices."""

    id: int
    town: str
    title: str
    state: str
    share: float
    fault_code: str
    asked_at: datetime
    ended_at: datetime | None
    replications: int
    seed: int
    stop_asked: bool


def studies_of(town_key: str) -> tuple[StudyRow, ...]:
    """Give a town's latest studies, the newest first."""
    rows = Study.objects.filter(town__key=town_key).order_by("-pk")[:SHOWN]
    return tuple(_row(one, town_key) for one in rows)


def study_row(study_id: int, town_key: str) -> StudyRow | None:
    """Give one study of a town, or None."""
    one = Study.objects.filter(pk=study_id, town__key=town_key).first()
    return None if one is None else _row(one, town_key)


def waiting() -> tuple[int, ...]:
    """Give the ids of the studies that wait, the oldest first."""
    return tuple(
        Study.objects.filter(state=StudyState.QUEUED).order_by("pk").values_list("pk", flat=True)
    )


def scenarios_asked(study_id: int) -> tuple[str, tuple[Scenario, Scenario], int, int]:
    """Give a study's town, scenarios, replications and seed; BadInput where a thing is gone."""
    one = Study.objects.select_related("town").get(pk=study_id)
    key = one.town.key
    new_at = None
    if one.new_lon is not None and one.new_lat is not None:
        new_at = LonLat(one.new_lon, one.new_lat)
    try:
        both = scenarios_of(
            one.scenario,
            new_at=new_at,
            posts={post.id: post.ref for post in places.posts(key)},
            units={unit.id: unit.ident for unit in places.units(key)},
            post_kind=usual_post_kind(key),
        )
    except ScenarioFault as fault:
        raise BadInput(_(fault.template).format(**fault.facts)) from fault
    return key, both, one.replications, one.seed


def choices_of(study_id: int, town_key: str) -> AskedStudy | None:
    """Give what a study of a town asked, as it was chosen, or None where there is none."""
    one = Study.objects.filter(pk=study_id, town__key=town_key).first()
    if one is None:
        return None
    kept = one.scenario
    new_at = None
    if one.new_lon is not None and one.new_lat is not None:
        new_at = LonLat(one.new_lon, one.new_lat)
    lists = {name: tuple(kept[name]) for name in ("close", "remove")}
    return AskedStudy(**{**kept, **lists}, new_at=new_at)


def usual_post_kind(town_key: str) -> str:
    """Give the kind of post where most units stand."""
    kinds = Counter(one.post.split(" ", 1)[0] for one in places.units(town_key) if one.post)
    return kinds.most_common(1)[0][0] if kinds else "fire"


def has_calls(town_key: str) -> bool:
    """Say whether a town has calls to simulate: a log, or, where it is made up, drawn ones."""
    return places.town(town_key).made_up or log_span(town_key) is not None


def post_labels(town_key: str) -> dict[int, str]:
    """Give what a town's posts are called where they must be told apart, by their ids."""
    rows = places.posts(town_key)
    labels = labels_of_posts({one.ref: one.name for one in rows})
    return {one.id: labels[one.ref] for one in rows}


def _row(one: Study, town_key: str) -> StudyRow:
    return StudyRow(
        id=one.pk,
        town=town_key,
        title=_title(one, town_key),
        state=one.state,
        share=one.share,
        fault_code=one.fault_code,
        asked_at=one.asked_at,
        ended_at=one.ended_at,
        replications=one.replications,
        seed=one.seed,
        stop_asked=one.stop_asked,
    )


def _title(one: Study, town_key: str) -> str:
    """Say a study's choices in words; a thing that is gone since is a question mark."""
    kept = one.scenario
    posts = post_labels(town_key)
    units = {unit.id: unit.ident for unit in places.units(town_key)}
    parts = [_("{post} closes.").format(post=posts.get(key, "?")) for key in kept["close"]]
    parts += [_("{unit} is taken away.").format(unit=units.get(key, "?")) for key in kept["remove"]]
    if kept["move_unit"] is not None:
        parts.append(
            _("{unit} moves to {to}.").format(
                unit=units.get(kept["move_unit"], "?"), to=posts.get(kept["move_to"], "?")
            )
        )
    if one.new_lon is not None:
        parts.append(
            _("A new post opens at {lon}, {lat}.").format(
                lon=f"{one.new_lon:.4f}", lat=f"{one.new_lat:.4f}"
            )
        )
    if kept["dispatch"] == "closest":
        parts.append(_("The closest unit is sent, whatever cover it leaves."))
    if kept["move_up"] != "none":
        parts.append(_("Free units move up ({rule}).").format(rule=kept["move_up"]))
    if kept["source"] == "drawn":
        parts.append(_("Calls are drawn."))
    return joined(parts)


def report_path(study_id: int, town_key: str) -> Path:
    """Give where a study's report lies."""
    return places.town_folder(town_key) / "studies" / str(study_id) / "report.json"


def keep_report(study_id: int, town_key: str, document: dict[str, Any]) -> None:
    """Put a report in its place, whole."""
    path = report_path(study_id, town_key)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with written_whole(path) as part:
        text = json.dumps(document, ensure_ascii=False, indent=1)
        part.write_text(text + "\n", encoding="utf-8")


def report_of(study_id: int, town_key: str) -> dict[str, Any] | None:
    """Give a study's report, or None where there is none."""
    try:
        document: dict[str, Any] = json.loads(
            report_path(study_id, town_key).read_text(encoding="utf-8")
        )
    except (FileNotFoundError, ValueError):
        return None
    return document
