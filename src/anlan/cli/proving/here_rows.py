"""Rails 1, 4, 5 and 6 on the town's own rows: what stands where it may not, or too long."""

from __future__ import annotations

from datetime import timedelta

from anlan.cli.proving.attack import Attack, Finding, broken, held, label
from anlan.cli.proving.here import Here, few, in_batches, rows_of, streamed

POSITIONS_KEPT = timedelta(hours=73)  # 72, and the job looks every half hour
SEALING_LATE = timedelta(days=1)  # the job looks every ten minutes, but a server may be away
URGENT_LASTS = timedelta(hours=24)


def _columns(here: Here) -> Finding:
    from django.apps import apps

    from anlan.kernel.sealing import rails

    models = list(apps.get_models(include_auto_created=True))
    faults = rails.violations(models) + rails.personal_faults(models)
    if faults:
        return broken(few(faults), few(faults))
    columns = sum(len(model._meta.concrete_fields) for model in models)
    return held(
        f"{columns} columns of {len(models)} tables are classed and in their place.",
        f"{len(models)}张表的{columns}列均已标明类别且位置正确。",
    )


def _tables(here: Here) -> Finding:
    """What stands in the database and not in the models is looked at by no other attack."""
    from django.apps import apps
    from django.db import connection

    known = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    # sqlite_stat1 counts an index's rows (ANALYZE); sqlite_stat4 would hold samples of values
    known |= {"django_migrations", "sqlite_sequence", "sqlite_stat1"}
    strange = sorted(set(connection.introspection.table_names()) - known)
    columns = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            described = connection.introspection.get_table_description(cursor, model._meta.db_table)
            ours = {field.column for field in model._meta.concrete_fields}
            columns += [
                f"{model._meta.db_table}.{each.name}" for each in described if each.name not in ours
            ]
    if strange or columns:
        names = few([*strange, *columns])
        return broken(
            f"In the database, and not in the models: {names}.", f"模型之外另有：{names}。"
        )
    return held(
        "The database holds no table and no column that the models don't know.",
        "数据库中没有模型以外的表和列。",
    )


def _values(here: Here) -> Finding:
    from django.apps import apps

    from anlan.kernel.sealing import rails

    faults: set[str] = set()
    models = list(filter(rails.is_ours, apps.get_models()))
    total, seen = sum(model._base_manager.count() for model in models), 0
    for model in models:
        coded = rails.coded_columns(model)
        if not coded:
            seen += model._base_manager.count()
            continue
        rows = model._base_manager.only("pk", *coded).order_by("pk")
        for batch in in_batches(streamed(rows)):
            faults.update(rails.stray_values(model, batch))
            seen += len(batch)
            here.step(seen / total)
    if faults:
        return broken(few(sorted(faults)), few(sorted(faults)))
    return held(
        f"In {seen:,} rows every code is a code and every JSON key has a class.",
        f"{seen:,}行中，代码列均为代码，JSON键均已标明类别。",
    )


def _places(here: Here) -> Finding:
    late = []
    for town in here.towns:
        before = here.at(town) - _seal_after() - SEALING_LATE
        late += rows_of(
            "dispatch.IncidentPlace",
            incident__town__key=town,
            incident__closed_at__lt=before,
            incident__state__in=("closed", "cancelled", "merged"),
        ).values_list("incident_id", flat=True)
    if late:
        names = few([f"incident:{each}" for each in late])
        return broken(
            f"Points of closed incidents still stand: {names}. Does `anlan serve` run?",
            f"已结警情的位置仍在：{names}。请检查`anlan serve`是否在运行。",
        )
    return held("No closed incident has its point any more.", "已封存警情均不再保留位置。")


def _seal_after() -> timedelta:
    from django.conf import settings

    return timedelta(days=settings.ANLAN_SEAL_AFTER_DAYS)


def _homes(here: Here) -> Finding:
    from anlan.areas.hazards.rules.premises import reads_as_home

    rows = rows_of("hazards.Premises").values_list("ident", "class_code", "name")
    seen = list(rows)
    homes = [ident for ident, code, name in seen if reads_as_home(code, name, ident=ident)]
    if homes:
        return broken(
            f"These premises read as somebody's home: {few(homes)}.",
            f"这些场所的名称像是某人的住宅：{few(homes)}。",
        )
    return held(
        f"No name of {len(seen):,} premises reads as somebody's home (by a list of patterns).",
        f"{len(seen):,}个场所的名称均不像某人的住宅（按固定句式检查）。",
    )


def _positions(here: Here) -> Finding:
    old = []
    for town in here.towns:
        before = here.at(town) - POSITIONS_KEPT
        rows = rows_of(
            "dispatch.UnitState",
            unit__town__key=town,
            lon__isnull=False,
            position_at__lt=before,
        )
        old += rows.values_list("unit__ident", flat=True)
    if old:
        names = few([f"unit:{each}" for each in old])
        return broken(f"Points older than 72 hours: {names}.", f"超过72小时的位置：{names}。")
    return held("No unit's point is older than 72 hours.", "没有超过72小时的车组位置。")


def _run_cards(here: Here) -> Finding:
    """The cards that work are asked for, not the flag: a change that nobody agreed to may not."""
    from anlan.areas.dispatch.queries.runcards import run_card_changes

    working = []
    for town in here.towns:
        now = here.at(town)
        working += [
            f"{town}: {each.id}"
            for each in run_card_changes(town, at=now)
            if each.works and not (each.urgent and now - each.proposed_at < URGENT_LASTS)
        ]
    alone = [
        f"{each._meta.label}:{each.pk}"
        for name in ("dispatch.RunCardChange", "cases.Proposal")
        for each in rows_of(name, agreed=True)
        if each.decided_by in ("", each.proposed_by)
    ]
    alone += [
        f"hazards.Checklist:{each.pk}"
        for each in rows_of("hazards.Checklist", state="in_force")
        if each.decided_by in ("", each.proposed_by)
    ]
    if working or alone:
        names = few([*working, *alone])
        return broken(f"Works without a second person: {names}.", f"未经第二人而生效：{names}。")
    return held(
        "Every change that works was agreed to by a second person, or is a day old at most.",
        "生效的变更均经第二人同意，或为24小时内的紧急变更。",
    )


HERE_ROWS: tuple[Attack[Here], ...] = (
    Attack(
        1,
        "columns",
        label("Every column says what it holds.", "每一列都标明其内容类别。"),
        _columns,
    ),
    Attack(
        1,
        "tables",
        label("The database is what the models say.", "数据库与模型一致。"),
        _tables,
    ),
    Attack(
        1,
        "values",
        label("No words stand where a code belongs.", "代码列中没有自由文字。"),
        _values,
    ),
    Attack(
        4,
        "points_of_closed_incidents",
        label("A closed incident loses its point.", "警情结束后其位置即被删除。"),
        _places,
    ),
    Attack(
        4,
        "homes_on_the_register",
        label("No premises read as somebody's home.", "没有名称像住宅的场所。"),
        _homes,
    ),
    Attack(
        5,
        "old_positions",
        label("Positions are gone after 72 hours.", "位置信息72小时后删除。"),
        _positions,
    ),
    Attack(
        6,
        "second_persons",
        label("What works was agreed to by two.", "生效的内容均经两人同意。"),
        _run_cards,
    ),
)
