"""What is counted of hazards for the public: by kind of premises and kind of hazard, by month.

Classes and kinds stand in groups: one school or one shop of a class would be its keeper's figure,
and a town's month holds few hazards. Where it was is no side of the grid, and the common parts of
buildings are one group, since a stair is beside somebody's door.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time

from anlan.areas.hazards.models import HazardFacts
from anlan.areas.hazards.rules.hazard import CODE
from anlan.kernel.cases.rules.figures import Dimension, FigureSubject, Key, Step
from anlan.kernel.cases.rules.types import Choice
from anlan.kernel.places.catalogue import Label
from anlan.kernel.places.queries import town

NOT_COUNTED = ("no_hazard", "not_ours", "duplicate", "passed_on")  # no hazard of this town's own
NOWHERE, OTHER = "elsewhere", "other"
PREMISES = {
    "care": ("school", "hospital", "care_home"),
    "trade": ("shop", "market", "restaurant", "hotel", "hall", "office", "historic", "transport"),
    "works": (
        "works", "depot", "dangerous_goods", "fuel_station", "building_site", "farm_store", "power",
    ),
    "common": ("stair", "riser", "lift", "charging_room", "garage", "yard"),
    "street": ("hydrant", "street_furniture", "slope"),
}  # fmt: skip
KINDS = {
    "ways": ("exit_blocked", "fire_lane"),
    "fire_gear": ("fire_gear", "hydrant"),
    "electric": ("wiring", "charging"),
    "goods": ("gas", "goods", "storage"),
    "structure": ("building", "lift", "work"),
    "outdoors": ("road", "water", "slope", "light"),
}
_GROUP_OF_CLASS = {code: group for group, codes in PREMISES.items() for code in codes}
_GROUP_OF_KIND = {code: group for group, codes in KINDS.items() for code in codes}


def _side(code: str, en: str, zh: str, rows: tuple[tuple[str, str, str], ...]) -> Dimension:
    members = tuple(Choice(one, Label(en=said, zh=zh_said)) for one, said, zh_said in rows)
    return Dimension(code, Label(en=en, zh=zh), members)


HAZARDS = FigureSubject(
    "hazards",
    Label(en="Hazards found", zh="发现的隐患"),
    (
        _side(
            "premises",
            "Kind of place",
            "场所类别",
            (
                ("care", "Schools, hospitals, care homes", "学校、医院、养老机构"),
                ("trade", "Shops, restaurants, halls, offices", "商店、餐饮、公共场所、办公楼"),
                ("works", "Works, depots, building sites", "工厂、仓库、工地"),
                ("common", "Common parts of buildings", "建筑公共部分"),
                ("street", "Streets, water points, slopes", "道路、取水点、边坡"),
                (NOWHERE, "Other places", "其他场所"),
            ),
        ),
        _side(
            "kind",
            "Kind of hazard",
            "隐患类别",
            (
                ("ways", "Ways out, fire lanes", "疏散通道、消防车道"),
                ("fire_gear", "Fire gear, hydrants", "消防设施、消火栓"),
                ("electric", "Wiring, charging", "电气、充电"),
                ("goods", "Gas, dangerous goods, things that burn", "燃气、危险物品、可燃物"),
                ("structure", "Buildings, lifts, work", "建筑、电梯、作业"),
                ("outdoors", "Roads, water, slopes, lights", "道路、水域、边坡、照明"),
                (OTHER, "Other", "其他"),
            ),
        ),
    ),
    step=Step.MONTH,
)


def count_hazards(town_key: str, begins: date, ends: date) -> dict[Key, int]:
    """Count the hazards that became known in a period, by groups of premises and kinds."""
    zone = town(town_key).tz
    found = HazardFacts.objects.filter(
        case__town__key=town_key,
        case__type=CODE,
        case__opened_at__gte=datetime.combine(begins, time(), tzinfo=zone),
        case__opened_at__lt=datetime.combine(ends, time(), tzinfo=zone),
        case__erased_at__isnull=True,
    ).exclude(case__result__in=NOT_COUNTED)
    return dict(
        Counter(
            (_GROUP_OF_CLASS.get(place or "", NOWHERE), _GROUP_OF_KIND.get(kind, OTHER))
            for place, kind in found.values_list("premises__class_code", "kind")
        )
    )
