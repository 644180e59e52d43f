"""A few made-up things to inspect in the demo town, with what crews are told of them."""

from __future__ import annotations

from typing import Any

from anlan.kernel.values import Actor

#: class, name, risk, and what is stated of it as kind, what, side, UN number and amount
THINGS = (
    ("school", "Riverside school 河畔小学", "high", (("access", "vehicle_gate", "front", "", ""),)),
    (
        "depot",
        "Timber and paint depot 木材油漆仓库",
        "major",
        (
            ("warning", "gas_cylinders", "rear", "", ""),
            ("goods", "un_goods", "inside", "1263", "large"),
            ("shutoff", "power", "left", "", ""),
        ),
    ),
    ("market", "Covered market 室内市场", "high", (("water", "hydrant_outside", "right", "", ""),)),
    ("hotel", "Harbour hotel 港口宾馆", "ordinary", (("access", "fire_lift", "inside", "", ""),)),
    (
        "charging_room",
        "Bicycle shed 3 三号棚",
        "high",
        (("warning", "live_after_cut", "", "", ""),),
    ),
    ("stair", "Stair of building 7 七号楼楼梯", "ordinary", ()),
)
BESIDE = 0.0006  # degrees beside a post: about 60 m, so that a call there finds it


def make_premises(key: str, inspector: Actor, now: dict[str, Any]) -> tuple[str, ...]:
    """Register the things beside the town's posts, once, and plan two visits; gives codes."""
    from anlan.areas.hazards import queries, services
    from anlan.areas.hazards.rules.preplans import Fact
    from anlan.kernel.places import queries as places

    posts = places.posts(key)
    by_inspector = {**now, "town_key": key, "actor": inspector}
    there = {one.ident for one in queries.premises(key, ended=True)}
    made = []
    for number, (class_code, name, risk, facts) in enumerate(THINGS, start=1):
        ident = f"demo-{number}"
        if ident in there or not posts:
            continue
        post = posts[number % len(posts)]
        services.register_premises(
            ident,
            class_code=class_code,
            name=name,
            risk=risk,
            lon=post.lon + BESIDE,
            lat=post.lat,
            made_up=True,
            **by_inspector,
        )
        for kind, what, side, un_number, amount in facts:
            fact = Fact(kind, what, side=side, un_number=un_number, amount=amount)
            services.state_fact(ident, fact=fact, **by_inspector)
        made.append(ident)
    today = now["at"].astimezone(places.town(key).tz).date()
    for ident in made[:2]:
        services.plan_inspection(ident, due_on=today, **by_inspector)
    return tuple(made)
