"""What is counted of mediation for the public, each on the one grid ever published of it."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time

from anlan.areas.mediation.rules.fields import CATEGORIES, SATISFACTION, choices
from anlan.kernel.cases.models import Case, Party
from anlan.kernel.cases.rules.figures import Dimension, FigureSubject, Key
from anlan.kernel.cases.rules.types import Tier
from anlan.kernel.places.catalogue import Label
from anlan.kernel.places.queries import town

NOT_COUNTED = ("not_confirmed", "request_dropped")  # nothing came of them; they are soon erased
NO_TIER = "none"

MEDIATIONS = FigureSubject(
    "mediations",
    Label(en="Mediations asked for", zh="申请调解的纠纷"),
    (
        Dimension("category", Label(en="Kind of dispute", zh="纠纷类别"), CATEGORIES),
        Dimension(
            "tier",
            Label(en="Tier", zh="层级"),
            choices(
                village=("Village or community", "村（社区）"),
                town=("Town", "乡镇（街道）"),
                county=("County", "县（区）"),
                none=("Not given to an office", "未分派"),
            ),
        ),
    ),
)
SATISFIED = FigureSubject(
    "mediation_satisfaction",
    Label(en="How satisfied parties of mediations were", zh="调解当事人满意度"),
    (Dimension("answer", Label(en="Answer", zh="评价"), SATISFACTION),),
)


def count_mediations(town_key: str, begins: date, ends: date) -> dict[Key, int]:
    """Count the confirmed requests that were opened in a period, by category and tier."""
    since, until = _moments(town_key, begins, ends)
    opened = Case.objects.filter(
        town__key=town_key,
        type="mediation",
        opened_at__gte=since,
        opened_at__lt=until,
        erased_at__isnull=True,
    )
    counted = opened.exclude(state="asked").exclude(result__in=NOT_COUNTED)
    categories = {each.code for each in CATEGORIES}
    tiers = {each.value for each in Tier}
    found: Counter[Key] = Counter()
    for category, tier in counted.values_list("answers__category", "office__tier"):
        where = tier if tier in tiers else NO_TIER
        found[category if category in categories else "other", where] += 1
    return dict(found)


def count_satisfied(town_key: str, begins: date, ends: date) -> dict[Key, int]:
    """Count the parties' answers in cases that ended in a period."""
    since, until = _moments(town_key, begins, ends)
    said = Party.objects.filter(
        case__town__key=town_key,
        case__type="mediation",
        case__ended_at__gte=since,
        case__ended_at__lt=until,
        answers__has_key="satisfaction",
    )
    answers = Counter(said.values_list("answers__satisfaction", flat=True))
    return {(each.code,): answers[each.code] for each in SATISFACTION if answers[each.code]}


def _moments(town_key: str, begins: date, ends: date) -> tuple[datetime, datetime]:
    zone = town(town_key).tz
    return (
        datetime.combine(begins, time(), tzinfo=zone),
        datetime.combine(ends, time(), tzinfo=zone),
    )
