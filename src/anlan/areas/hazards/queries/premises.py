"""Reading the register, and what crews are told of premises near a point."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.db.models import Count, Max, Min, Q, QuerySet

from anlan.areas.hazards.models import HazardFacts, Premises, PreplanFact
from anlan.areas.hazards.queries.rows import FactRow, NearbyPremises, PremisesRow
from anlan.areas.hazards.rules.preplans import SHOWN_WITHIN_M, preplan_catalogue
from anlan.kernel.values import BadInput

METRES_PER_DEGREE = 111_195.0  # of latitude, on a sphere of 6,371 km
MOST = 1000


def premises(
    town_key: str, *, class_code: str = "", risk: str = "", search: str = "", ended: bool = False
) -> list[PremisesRow]:
    """Give premises of the register by their ident; `search` is a part of name or ident."""
    found = Premises.objects.filter(town__key=town_key)
    if not ended:
        found = found.filter(ended_on__isnull=True)
    if class_code:
        found = found.filter(class_code=class_code)
    if risk:
        found = found.filter(risk=risk)
    if search:
        found = found.filter(Q(name__icontains=search[:60]) | Q(ident__icontains=search[:60]))
    return [_row(one) for one in _counted(found).order_by("ident")[:MOST]]


def one_premises(ident: str, *, town_key: str) -> PremisesRow:
    """Give premises by their ident, those that were ended too."""
    found = _counted(Premises.objects.filter(town__key=town_key, ident=ident)).first()
    if found is None:
        raise BadInput(f"There are no premises “{ident[:40]}” here.")
    return _row(found)


def premises_by_number(numbers: Iterable[int], *, town_key: str) -> dict[int, PremisesRow]:
    """Give premises by the numbers that cases keep."""
    found = Premises.objects.filter(town__key=town_key, pk__in=list(numbers))
    return {one.pk: _row(one) for one in _counted(found)}


def _counted(found: QuerySet[Premises]) -> QuerySet[Premises]:
    open_case = Q(hazards__isnull=False, hazards__case__ended_at__isnull=True)
    planned = Q(inspections__done_at__isnull=True, inspections__called_off_at__isnull=True)
    return found.annotate(
        open_hazards=Count("hazards", filter=open_case, distinct=True),
        inspected_at=Max("inspections__done_at"),
        due_on=Min("inspections__due_on", filter=planned),
    )


def _row(one: Premises) -> PremisesRow:
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
        hazards=getattr(one, "open_hazards", 0),
        inspected_at=getattr(one, "inspected_at", None),
        due_on=getattr(one, "due_on", None),
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
