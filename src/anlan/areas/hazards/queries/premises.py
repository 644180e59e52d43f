"""Reading the register, and what crews are told of premises near a point."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Max, Min, Q, QuerySet
from django.db.models.functions import Coalesce

from anlan.areas.hazards.models import HazardFacts, Inspection, Premises, PreplanFact
from anlan.areas.hazards.queries.rows import FactRow, NearbyPremises, PremisesRow
from anlan.areas.hazards.rules.preplans import SHOWN_WITHIN_M, preplan_catalogue
from anlan.kernel.values import BadInput

METRES_PER_DEGREE = 111_195.0  # of latitude, on a sphere of 6,371 km
MOST_OFFERED = 200  # a longer list helps nobody to choose
_AT_A_TIME = 1000


def premises(
    town_key: str,
    *,
    class_code: str = "",
    risk: str = "",
    search: str = "",
    ended: bool = False,
    after: str = "",
    most: int | None = None,
) -> list[PremisesRow]:
    """Give premises of the register by their ident; `search` is a part of name or ident.

    All of them, or at most so many whose ident comes after another.
    """
    found = _register(town_key, ended=ended)
    if class_code:
        found = found.filter(class_code=class_code)
    if risk:
        found = found.filter(risk=risk)
    if search:
        found = found.filter(_has(search))
    if after:
        found = found.filter(ident__gt=after[:40])
    return _rows(found.order_by("ident")[:most])


def _has(text: str) -> Q:
    return Q(name__icontains=text[:60]) | Q(ident__icontains=text[:60])


def _register(town_key: str, *, ended: bool = False) -> QuerySet[Premises]:
    found = Premises.objects.filter(town__key=town_key)
    return found if ended else found.filter(ended_on__isnull=True)


def offered_premises(
    town_key: str, *, chosen: str = "", search: bool = False
) -> tuple[list[tuple[str, str]], bool]:
    """Give ident and name of what a form offers, and whether the register holds more than that.

    Of a register too long to choose from, only what was chosen already; with `search` the first
    that have what was typed in their name or ident.
    """
    found = _register(town_key)
    rows = list(found.order_by("ident").values_list("ident", "name")[: MOST_OFFERED + 1])
    if len(rows) <= MOST_OFFERED:
        return rows, False
    if search:
        found = found.filter(_has(chosen))
        return list(found.order_by("ident").values_list("ident", "name")[:MOST_OFFERED]), True
    return list(found.filter(ident=chosen[:40]).values_list("ident", "name")), True


def holds_at_most(town_key: str, most: int) -> bool:
    """Say whether the register holds no more things than that."""
    return _register(town_key).order_by()[: most + 1].count() <= most


def one_premises(ident: str, *, town_key: str) -> PremisesRow:
    """Give premises by their ident, those that were ended too."""
    found = _rows(Premises.objects.filter(town__key=town_key, ident=ident)[:1])
    if not found:
        raise BadInput(f"There are no premises “{ident[:40]}” here.")
    return found[0]


def find_premises(typed: str, *, town_key: str) -> PremisesRow | None:
    """Give the premises that somebody typed, as `find_in` takes it."""
    one = find_in(_register(town_key), typed)
    return None if one is None else _rows(Premises.objects.filter(pk=one.pk))[0]


def find_in(register: QuerySet[Premises], typed: str) -> Premises | None:
    """Give the premises of this ident, a name before it or not, or the only ones of this name."""
    by_ident = register.filter(ident=typed.rpartition(" · ")[2].strip()).first()
    if by_ident is not None:
        return by_ident
    named = list(register.filter(name__iexact=typed.strip())[:2])
    return named[0] if len(named) == 1 else None


def premises_by_number(numbers: Iterable[int], *, town_key: str) -> dict[int, PremisesRow]:
    """Give premises by the numbers that cases keep."""
    found = Premises.objects.filter(town__key=town_key, pk__in=list(numbers))
    return {one.id: one for one in _rows(found)}


@dataclass(frozen=True, slots=True)
class _Counts:
    """What is counted of some premises, by their numbers."""

    hazards: Mapping[int, int]
    inspected_at: Mapping[int, datetime]
    due_on: Mapping[int, date]


def _rows(found: QuerySet[Premises]) -> list[PremisesRow]:
    """Give rows with what is counted of them: of these alone, never of the whole register."""
    places = list(found)
    rows: list[PremisesRow] = []
    for first in range(0, len(places), _AT_A_TIME):
        some = places[first : first + _AT_A_TIME]
        counts = _counted([one.pk for one in some])
        rows += [_row(one, counts) for one in some]
    return rows


def _counted(numbers: list[int]) -> _Counts:
    open_ones = HazardFacts.objects.filter(premises_id__in=numbers, case__ended_at__isnull=True)
    inspections = Inspection.objects.filter(premises_id__in=numbers)
    planned = inspections.filter(done_at__isnull=True, called_off_at__isnull=True)
    done, by = inspections.filter(done_at__isnull=False), "premises_id"
    return _Counts(
        dict(open_ones.order_by().values_list(by).annotate(Count("pk"))),
        dict(done.values_list(by).annotate(last=Max(Coalesce("filled_at", "done_at")))),
        dict(planned.values_list(by).annotate(Min("due_on"))),
    )


def _row(one: Premises, counts: _Counts) -> PremisesRow:
    return PremisesRow(
        id=one.pk,
        ident=one.ident,
        class_code=one.class_code,
        name=one.name,
        lon=one.lon,
        lat=one.lat,
        risk=one.risk,
        registered_on=one.registered_on,
        ended_on=one.ended_on,
        made_up=one.made_up,
        hazards=counts.hazards.get(one.pk, 0),
        inspected_at=counts.inspected_at.get(one.pk),
        due_on=counts.due_on.get(one.pk),
    )


def facts_of(premises_id: int, *, on: date, expired: bool = False) -> tuple[FactRow, ...]:
    """Give the facts in force on a day, warnings first; those that expired too if asked."""
    found = PreplanFact.objects.filter(premises_id=premises_id)
    if not expired:
        found = found.filter(expires_on__gt=on)
    return _in_order(_fact(one) for one in found)


def _fact(one: PreplanFact) -> FactRow:
    return FactRow(
        id=one.pk,
        premises=one.premises_id,
        kind=one.kind,
        what=one.what,
        side=one.side,
        floor=one.floor,
        distance_m=one.distance_m,
        un_number=one.un_number,
        amount=one.amount,
        checked_on=one.checked_on,
        expires_on=one.expires_on,
    )


def _in_order(rows: Iterable[FactRow]) -> tuple[FactRow, ...]:
    order = {code: place for place, code in enumerate(preplan_catalogue().kinds)}
    return tuple(sorted(rows, key=lambda row: (order.get(row.kind, len(order)), row.what, row.id)))


def preplans_near(
    town_key: str, *, lon: float, lat: float, on: date, within_m: float = SHOWN_WITHIN_M
) -> tuple[NearbyPremises, ...]:
    """Give premises within so many metres of a point that have facts in force, the nearest first.

    Metres along the sphere's tangent plane: at such distances exact to a millimetre in a metre.
    """
    d_lat = within_m / METRES_PER_DEGREE
    d_lon = d_lat / max(0.01, math.cos(math.radians(lat)))
    box = Premises.objects.filter(
        town__key=town_key,
        ended_on__isnull=True,
        lat__range=(lat - d_lat, lat + d_lat),
        lon__range=(lon - d_lon, lon + d_lon),
    )
    near = [(distance_m(lon, lat, one.lon, one.lat), one) for one in box]
    near = sorted(
        ((far, one) for far, one in near if far <= within_m), key=lambda each: (each[0], each[1].pk)
    )
    facts, hazards = _of([one.pk for _far, one in near], on=on)
    return tuple(
        NearbyPremises(
            ident=one.ident,
            name=one.name,
            class_code=one.class_code,
            distance_m=round(far),
            facts=_in_order(facts[one.pk]),
            open_hazards=tuple(sorted(hazards[one.pk])),
            made_up=one.made_up,
        )
        for far, one in near
        if facts[one.pk] or hazards[one.pk]
    )


def _of(numbers: list[int], *, on: date) -> tuple[dict[int, list[FactRow]], dict[int, set[str]]]:
    facts: dict[int, list[FactRow]] = defaultdict(list)
    for one in PreplanFact.objects.filter(premises_id__in=numbers, expires_on__gt=on):
        facts[one.premises_id].append(_fact(one))
    hazards: dict[int, set[str]] = defaultdict(set)
    opened = HazardFacts.objects.filter(
        premises_id__in=numbers, case__ended_at__isnull=True, verified_at__isnull=True
    ).exclude(kind="")
    for number, kind in opened.values_list("premises_id", "kind"):
        if number is not None:
            hazards[number].add(kind)
    return facts, hazards


def distance_m(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    """Give the metres between two points that are near each other."""
    east = (lon_b - lon_a) * math.cos(math.radians((lat_a + lat_b) / 2))
    return math.hypot(east, lat_b - lat_a) * METRES_PER_DEGREE
