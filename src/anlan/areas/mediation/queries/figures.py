"""What is counted of mediation for the public, each on the one grid ever published of it."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time

from django.db.models import Q

from anlan.areas.mediation.rules.fields import CATEGORIES, SATISFACTION, TOLD_STAFF, choices
from anlan.areas.mediation.rules.guards import CAME_TO_NOTHING
from anlan.kernel.cases.models import Case, Party
from anlan.kernel.cases.rules.figures import Dimension, FigureSubject, Key
from anlan.kernel.cases.rules.types import Tier
from anlan.kernel.places.catalogue import Label
from anlan.kernel.places.queries import town

NOT_COUNTED = tuple(CAME_TO_NOTHING)  # they are soon erased
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
SATISFIED_TOLD = FigureSubject(
    "mediation_satisfaction_told",
    Label(
        en="How satisfied parties of mediations were, as they told staff",
        zh="调解当事人满意度（由工作人员代录）",
    ),
    SATISFIED.dimensions,
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
    """Count the parties' own answers in cases that ended in a period."""
    return _count_answers(town_key, begins, ends, told_staff=False)


def count_satisfied_told(town_key: str, begins: date, ends: date) -> dict[Key, int]:
    """Count apart what parties told staff, who entered it; none of a party that answered itself."""
    return _count_answers(town_key, begins, ends, told_staff=True)


def _count_answers(town_key: str, begins: date, ends: date, *, told_staff: bool) -> dict[Key, int]:
    since, until = _moments(town_key, begins, ends)
    rated = Party.objects.filter(
        case__town__key=town_key,
        case__type="mediation",
        case__ended_at__gte=since,
        case__ended_at__lt=until,
        answers__has_key="satisfaction",
    )
    marked = Q(answers__has_key=TOLD_STAFF)
    said = rated.filter(marked if told_staff else ~marked)
    answers = Counter(said.values_list("answers__satisfaction", flat=True))
    return {(each.code,): answers[each.code] for each in SATISFACTION if answers[each.code]}


def _moments(town_key: str, begins: date, ends: date) -> tuple[datetime, datetime]:
    zone = town(town_key).tz
    return (
        datetime.combine(begins, time(), tzinfo=zone),
        datetime.combine(ends, time(), tzinfo=zone),
    )
