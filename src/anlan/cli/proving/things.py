"""Rails 4, 5 and 6 in the scratch town: homes, points, positions, hostile forms, urgent cards."""

from __future__ import annotations

import struct
from datetime import timedelta
from typing import Any

from anlan.cli.proving import inputs
from anlan.cli.proving.attack import Attack, Finding, broken, held, label
from anlan.cli.proving.door import refusal
from anlan.cli.proving.here import rows_of
from anlan.cli.proving.scene import JOB, KEY, POINT, Scratch
from anlan.cli.proving.search import files_below
from anlan.kernel.values import Actor, Role

DESK_JOB = Actor("job:prove", frozenset({Role.DISPATCHER}))
HOMES = (
    ("dwelling", "North block"),
    ("house", "North block"),
    ("household", "North block"),
    ("school", "Flat 3B"),
    ("school", "Home of Mrs Silva"),
    ("shop", "3单元502室"),
    ("stair", "Apartment 12"),
    ("shop", "出租屋"),
    ("school", "王五家"),
    ("school", "Wang Wu's home"),
)


def _homes(scene: Scratch) -> Finding:
    from anlan.areas.hazards import services as hazards

    for number, (class_code, name) in enumerate(HOMES):
        given = {"class_code": class_code, "name": name, "lon": 0.01, "lat": 0.01, "risk": "low"}
        stamp = scene.stamp("inspector")
        if refusal(hazards.register_premises, f"h-{number}", **given, **stamp) is None:
            return broken(
                f"A home was registered: {class_code}, “{name}”.",
                f"住宅被登记：{class_code}，“{name}”。",
            )
    file = scene.out.parent / "inbox" / "homes.csv"
    file.parent.mkdir(exist_ok=True)
    file.write_text("ident,class,name,lon,lat,risk\nh-9,house,x,0.01,0.01,low\n", encoding="utf-8")
    stamp = scene.stamp("inspector")
    hazards.import_premises(stamp.pop("town_key"), file, datum="wgs84", **stamp)
    if rows_of("hazards.Premises", ident__startswith="h-").exists():
        return broken("A file brought a home in.", "通过文件登记了住宅。")
    return held(
        f"{len(HOMES)} homes under other names, and one in a file, were refused.",
        f"{len(HOMES)}个以其他名义登记的住宅和文件中的一个均被拒绝。",
    )


def _point(scene: Scratch) -> Finding:
    """Search all bytes for a sealed incident's point, as a number and as text."""
    from anlan.areas.dispatch import services as dispatch
    from anlan.kernel.sealing.custody.services import overwrite_log

    calls = rows_of("dispatch.Incident", town__key=KEY).exclude(state__in=_OVER)
    one = inputs.incident(scene)
    if not _where(scene):
        return broken(
            "The search does not find even an open incident's point.",
            "连在办警情的位置都搜索不到，攻击无效。",
        )
    tables = _tables_with_point()
    if tables != {"incident_place"}:
        return broken(f"The point stands in {sorted(tables)}.", f"位置出现在：{sorted(tables)}。")
    for each in calls.values_list("pk", flat=True):
        dispatch.close_incident(each, **scene.stamp("dispatcher"))
    later = scene.stamp(JOB, later=inputs.SEALED_AFTER)
    for each in rows_of("dispatch.IncidentPlace").values_list("incident_id", flat=True):
        dispatch.seal_incident(each, **later)
    overwrite_log()
    left = _where(scene)
    if left:
        return broken(f"Sealed, its point stands in: {left}.", f"封存后位置仍在：{left}。")
    return held(
        f"incident:{one}: open, its point stands in incident_place alone; sealed, in no byte.",
        f"incident:{one}：在办时位置只在incident_place；封存后任何字节中都没有。",
    )


_OVER = ("closed", "cancelled", "merged")


def _point_needles() -> list[bytes]:
    lon = POINT[0]
    return [struct.pack(">d", lon), struct.pack("<d", lon), f"{lon:.7f}".encode()]


def _where(scene: Scratch) -> list[str]:
    """Name the files that hold the point; copies made by earlier attacks are not its place."""
    needles = _point_needles()
    folders = [each for each in scene.folders if each != scene.out]
    logs = [scene.log] if scene.log.exists() else []
    return [
        path.name
        for path in (*files_below(folders), *logs)
        if any(needle in data for data in [path.read_bytes()] for needle in needles)
    ]


def _tables_with_point() -> set[str]:
    from django.db import connection

    digits = f"{POINT[0]:.7f}"
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            if any(_holds(value, digits) for row in cursor.fetchall() for value in row):
                found.add(table)
    return found


def _holds(value: object, digits: str) -> bool:
    if isinstance(value, float):
        return abs(value - POINT[0]) < 1e-9
    return digits in str(value)


def _positions(scene: Scratch) -> Finding:
    """Report where a vehicle is without a crew signed in; then look three days later."""
    from anlan.areas.dispatch import services as dispatch
    from anlan.kernel.staff import services as staff

    crew = scene.people["crew"]
    report, where = dispatch.report_positions, [("E1", 0.001, 0.002)]
    if refusal(report, where, **scene.stamp(DESK_JOB)) is None:
        return broken("A vehicle without a crew on shift was tracked.", "无人当班的车辆被定位。")
    staff.open_shift(unit="E1", **scene.stamp(crew))
    if refusal(report, where, **scene.stamp(DESK_JOB)) is not None:
        return broken("A crew on shift can't report.", "当班车组无法上报位置。")
    dispatch.forget_positions(**scene.stamp(JOB, later=timedelta(hours=71)))
    kept = rows_of("dispatch.UnitState", lon__isnull=False).count()
    dispatch.forget_positions(**scene.stamp(JOB, later=timedelta(hours=73)))
    left = rows_of("dispatch.UnitState", lon__isnull=False).count()
    if left or not kept:
        return broken("A position outlived 72 hours.", "位置保存超过72小时。")
    return held(
        "Only a crew on shift is placed, and after 72 hours its point is gone.",
        "只有当班车组有位置，72小时后即删除。",
    )


# --- rail 6 --------------------------------------------------------------------------------------


def _question(**more: Any) -> dict[str, Any]:
    return {
        "code": "gate",
        "about": "road",
        "answers": "clear",
        "hazard": "fire_lane",
        "label": {"en": "The gate opens for a truck", "zh": "大门可供消防车通行"},
    } | more


def form_of(*questions: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Give a checklist of a town's own."""
    return {
        "code": "fire_general",
        "label": {"en": "Our form", "zh": "本镇表"},
        "classes": ["school"],
        "questions": list(questions),
    } | more


HOSTILE = {
    "who lives there": form_of(_question(label={"en": "Who lives here?", "zh": "通道是否畅通"})),
    "in Chinese": form_of(_question(label={"en": "The gate opens", "zh": "居民姓名及身份证号"})),
    "by its code": form_of(_question(code="religion")),
    "free text": form_of(_question(answers="free_text")),
    "about people": form_of(_question(about="people")),
    "an unknown key": form_of(_question(), remarks="who stays overnight"),
    "a key in a question": form_of(_question(note="names")),
    "for homes": form_of(_question(), classes=["dwelling"]),
}


def _forms(scene: Scratch) -> Finding:
    from anlan.areas.hazards import services as hazards

    for name, form in HOSTILE.items():
        if refusal(hazards.propose_checklist, form, **scene.stamp("inspector")) is None:
            return broken(f"A hostile form was taken: {name}.", f"接受了恶意表单：{name}。")
    hazards.propose_checklist(form_of(_question()), **scene.stamp("inspector"))
    alone = refusal(
        hazards.decide_checklist, "fire_general", agree=True, **scene.stamp("inspector")
    )
    in_force = rows_of("hazards.Checklist", state="in_force").exists()
    if alone is None or in_force:
        return broken("A form was changed by one alone.", "一人即可更改表单。")
    hazards.decide_checklist("fire_general", agree=False, **scene.stamp("second"))
    return held(
        f"{len(HOSTILE)} forms that ask about people or in free text were refused; a sound one "
        "waits for a second person.",
        f"{len(HOSTILE)}份询问个人或含自由文字的表单均被拒绝；合格的表单须等待第二人。",
    )


def _run_card(scene: Scratch) -> Finding:
    """An urgent card works at once, and falls away after a day without a second person."""
    from anlan.areas.dispatch import services as dispatch
    from anlan.areas.dispatch.queries.runcards import run_cards

    text = '[[cards]]\ntype = "vehicle_fire"\nlevels = [[{ capability = "engine", count = 7 }]]\n'
    file = scene.out / "cards.toml"
    file.write_text(text, encoding="utf-8")

    def asked(*, later: timedelta) -> bool:
        cards = {card.type: card for card in run_cards(KEY, at=scene.at + later)}
        return any(need.count == 7 for line in cards["vehicle_fire"].levels for need in line)

    def propose(*, urgent: bool) -> Any:
        stamp = scene.stamp("officer")
        return dispatch.import_run_cards(stamp.pop("town_key"), file, urgent=urgent, **stamp)

    propose(urgent=False)
    if asked(later=timedelta(0)):
        return broken("A card works without a second person.", "处置卡未经第二人即生效。")
    change = propose(urgent=True)["change"]
    now, after = asked(later=timedelta(minutes=1)), asked(later=timedelta(hours=24, minutes=1))
    alone = refusal(dispatch.decide_run_cards, change, agree=True, **scene.stamp("officer"))
    if after or alone is None:
        return broken("An urgent card outlived its day alone.", "紧急处置卡未经第二人超过24小时。")
    if not now:
        return broken("An urgent card does not work at once.", "紧急处置卡未立即生效。")
    return held(
        "An urgent card works at once and is gone after 24 hours without a second person.",
        "紧急处置卡立即生效，24小时内未经第二人即失效。",
    )


THINGS: tuple[Attack[Scratch], ...] = (
    Attack(
        4,
        "homes_as_premises",
        label("No home is registered as a thing.", "住宅不能作为场所登记。"),
        _homes,
    ),
    Attack(
        4,
        "point_of_an_incident",
        label("A sealed incident's point is gone.", "警情封存后位置消失。"),
        _point,
    ),
    Attack(
        5,
        "positions_of_vehicles",
        label("Only a crew on shift has a position.", "只有当班车组有位置。"),
        _positions,
    ),
    Attack(
        6,
        "hostile_forms",
        label("No form asks about people.", "表单不得询问个人情况。"),
        _forms,
    ),
    Attack(
        6,
        "urgent_run_card",
        label("An urgent card lasts a day alone.", "紧急处置卡单人仅有效一天。"),
        _run_card,
    ),
)
