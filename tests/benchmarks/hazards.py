"""Hazards at the size of a large city: 50,000 premises, 100,000 hazard cases, on PostgreSQL.

Rows are made in bulk; requests go through Django's test client as in `cases`.
`python -m tests.benchmarks.hazards --explain [--part 20]` shows how PostgreSQL plans the slowest of
each page, at a part of the size if asked.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.benchmarks.cases import _client, _explain, _timed, _times
from tests.benchmarks.harness import ROOT, Figure, Section, busy_note
from tests.postgres import PostgresAbsent, throw_away_postgres

KEY = "hazards"
PREMISES, CASES, INSPECTORS = 50_000, 100_000, 40
REQUESTS, WARM_UP = 300, 12
TOWN = "bench"
AT = datetime.now(UTC)
SEED = 20260312
AIM_MS = 300
BATCH = 5_000
CENTRE = (116.4, 39.9)


def run() -> Section:
    """Measure on PostgreSQL."""
    notes = [
        f"{PREMISES:,} premises with {PREMISES:,} facts, two inspections each done and one in ten "
        f"planned; {CASES:,} hazard cases, a seventh of them open; {INSPECTORS} inspectors and a "
        f"dispatcher, {REQUESTS} requests. Sign-in, counts and the page itself are in the time."
    ]
    figures = []
    try:
        with throw_away_postgres(durable=True) as url:
            figures = [
                Figure(
                    what=what,
                    ours=f"{times['p50']:.0f} / {times['p99']:.0f} ms (CPU {times['cpu']:.0f})",
                    aim=f"p99 ≤ {AIM_MS} ms",
                    met=times["p99"] <= AIM_MS,
                )
                for what, times in _measure(url).items()
            ]
    except PostgresAbsent as absent:
        notes.append(str(absent))
    return Section(KEY, "Hazards: register, round, overdue", figures, [*notes, *busy_note()])


def _measure(url: str, *words: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="anlan-bench-") as folder:
        done = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.hazards", "--child", *words],
            cwd=ROOT,
            env={
                **os.environ,
                "ANLAN_DATA": f"{folder}/data",
                "ANLAN_KEY_FILE": f"{folder}/bench.key",
                "ANLAN_DATABASE_URL": url,
                "DJANGO_SETTINGS_MODULE": "anlan.project.settings",
                "ANLAN_LOG_LEVEL": "ERROR",
                "ANLAN_ALLOWED_HOSTS": "testserver",
            },
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError("The benchmark of hazards failed; what it said stands above.")
    *told, figures = done.stdout.splitlines()
    print("\n".join(told), flush=True)
    return dict(json.loads(figures))


# --- in the process of its own --------------------------------------------------------------------


def _child(*, explain: bool, part: int) -> dict[str, Any]:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    if not settings.DJANGO_VITE["default"]["manifest_path"].exists():
        settings.DJANGO_VITE["default"]["dev_mode"] = True
    call_command("migrate", verbosity=0)
    draw = random.Random(SEED)
    people, town = _people()
    places = _premises(town, draw, PREMISES // part)
    _inspections(places, people, draw)
    cases = _cases(town, places, people, draw, CASES // part)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return _ask(people, places, cases, draw, explain=explain)


def _people() -> tuple[dict[str, list[int]], Any]:
    from anlan.kernel.places.models import Town
    from anlan.kernel.places.services import create_town
    from anlan.kernel.staff.models import Membership, Staff
    from anlan.kernel.values import Actor, Role

    cli = Actor("cli", frozenset({Role.ADMINISTRATOR}))
    stamp = {"actor": cli, "at": AT, "recorded_at": AT}
    create_town(key=TOWN, name="Bench", zone="Asia/Shanghai", country="CN", **stamp)
    town = Town.objects.get(key=TOWN)
    people = {}
    for role, size in ((Role.INSPECTOR, INSPECTORS), (Role.DISPATCHER, 1), (Role.SUPERVISOR, 1)):
        made = Staff.objects.bulk_create(
            Staff(username=f"{role.value}-{n}", created_at=AT) for n in range(size)
        )
        Membership.objects.bulk_create(
            Membership(staff=one, town=town, role=role.value, granted_at=AT) for one in made
        )
        people[role.value] = [one.pk for one in made]
    return people, town


def _premises(town: Any, draw: random.Random, most: int) -> list[Any]:
    from anlan.areas.hazards.models import Premises, PreplanFact
    from anlan.areas.hazards.rules.premises import premises_catalogue

    classes, risks = list(premises_catalogue().classes), list(premises_catalogue().risks)
    today = AT.date()
    places = Premises.objects.bulk_create(
        (
            Premises(
                town=town,
                ident=f"p-{n:05}",
                class_code=draw.choice(classes),
                name=f"Place {n} 场所",
                lon=CENTRE[0] + draw.uniform(-0.2, 0.2),
                lat=CENTRE[1] + draw.uniform(-0.2, 0.2),
                risk=draw.choice(risks),
                registered_on=today - timedelta(days=draw.randrange(100, 1500)),
            )
            for n in range(most)
        ),
        batch_size=BATCH,
    )
    PreplanFact.objects.bulk_create(
        (
            PreplanFact(
                premises=draw.choice(places),
                kind="water",
                what="hydrant_outside",
                stated_by="staff:1",
                checked_on=today,
                expires_on=today + timedelta(days=draw.randrange(-30, 300)),
            )
            for _ in range(most)
        ),
        batch_size=BATCH,
    )
    return list(places)


def _inspections(places: list[Any], people: dict[str, list[int]], draw: random.Random) -> None:
    from tests.services.hazard_round import fill_days

    from anlan.areas.hazards.models import Inspection

    rows = []
    for one in places:
        for back in (draw.randrange(20, 400), draw.randrange(400, 800)):
            moment = AT - timedelta(days=back)
            rows.append(
                Inspection(
                    premises=one, due_on=moment.date(), checklist="fire_general",
                    inspector_ref=f"staff:{draw.choice(people['inspector'])}", done_at=moment,
                )
            )  # fmt: skip
        if draw.random() < 0.1:
            rows.append(
                Inspection(
                    premises=one, checklist="fire_general",
                    due_on=AT.date() + timedelta(days=draw.randrange(-10, 30)),
                    inspector_ref=f"staff:{draw.choice(people['inspector'])}",
                )
            )  # fmt: skip
    Inspection.objects.bulk_create(rows, batch_size=BATCH)
    fill_days()


def _cases(
    town: Any, places: list[Any], people: dict[str, list[int]], draw: random.Random, most: int
) -> list[int]:
    from anlan.areas.hazards.models import HazardFacts
    from anlan.areas.hazards.rules.kinds import hazard_kinds
    from anlan.kernel.cases.models import Case, CaseClock, CaseEvent, CaseStaff

    kinds = list(hazard_kinds())
    numbers: list[int] = []
    for first in range(0, most, BATCH):
        made = Case.objects.bulk_create(
            _case(Case, town, number, most, draw)
            for number in range(first + 1, min(first + BATCH, most) + 1)
        )
        numbers += [one.pk for one in made]
        HazardFacts.objects.bulk_create(
            HazardFacts(
                case=one,
                premises=draw.choice(places) if draw.random() < 0.8 else None,
                kind=draw.choice(kinds),
                remedy_by=AT.date() + timedelta(days=draw.randrange(-20, 40))
                if one.state == "ordered"
                else None,
                verified_at=one.ended_at,
            )
            for one in made
        )
        CaseStaff.objects.bulk_create(
            CaseStaff(
                case=one, part="handler", since=one.opened_at,
                staff_ref=f"staff:{draw.choice(people['inspector'])}",
            )
            for one in made
        )  # fmt: skip
        CaseClock.objects.bulk_create(
            CaseClock(
                case=one,
                code="serve_order",
                running_since=one.opened_at if one.state == "found" else None,
                due_at=AT + timedelta(days=draw.uniform(-6, 4)),
                stopped_at=one.ended_at,
            )
            for one in made
        )
        CaseEvent.objects.bulk_create(
            CaseEvent(
                case=one, seq=1, action="opened", to_state="found", actor_ref="staff:1",
                at=one.opened_at, recorded_at=one.opened_at,
            )
            for one in made
        )  # fmt: skip
    return numbers


def _case(model: Any, town: Any, number: int, most: int, draw: random.Random) -> Any:
    opened = AT - timedelta(days=1100) * (1 - number / most)
    ended = draw.random() < 6 / 7
    state = "closed" if ended else draw.choice(["found", "ordered", "ordered", "fixed", "stopped"])
    return model(
        town=town, type="hazard", state=state, opened_at=opened,
        state_since=opened, ended_at=opened + timedelta(days=20) if ended else None,
        result="fixed" if ended else "", confidentiality="normal",
    )  # fmt: skip


def _ask(
    people: dict[str, list[int]],
    places: list[Any],
    cases: list[int],
    draw: random.Random,
    *,
    explain: bool,
) -> dict[str, Any]:
    town = f"/towns/{TOWN}"
    clients = {pk: _client(pk) for several in people.values() for pk in several}
    took: dict[str, list[tuple[float, float]]] = {}
    slowest: dict[str, tuple[float, str, dict[str, str], int]] = {}
    for step in range(REQUESTS + WARM_UP):
        place = draw.choice(places)
        asked: list[tuple[str, str, dict[str, str]]] = [
            ("the register", f"{town}/premises", {}),
            ("the register, a part of a name", f"{town}/premises", {"search": place.ident[:6]}),
            ("the register, a class", f"{town}/premises", {"class": place.class_code}),
            ("one thing", f"{town}/premises/{place.ident}", {}),
            ("the plan of inspections", f"{town}/inspections", {}),
            ("the plan, with what is due first", f"{town}/inspections", {"due": "1"}),
            ("an inspector's own round", f"{town}/inspections", {"mine": "1"}),
            ("overdue", f"{town}/hazards/overdue", {}),
            ("the list of hazards", f"{town}/cases/hazard", {}),
            ("own hazards", f"{town}/cases/hazard", {"mine": "1"}),
            ("one hazard", f"{town}/cases/hazard/{draw.choice(cases)}", {}),
            ("a new hazard", f"{town}/hazards/new", {}),
            ("the public report", f"/report/{TOWN}/hazard", {}),
        ]
        what, path, query = asked[step % len(asked)]
        pk = draw.choice(people["inspector"])
        wall, cpu, answer = _timed(clients[pk], path, query)
        assert answer.status_code == 200, (path, query, answer.status_code)
        if step < WARM_UP:
            continue
        took.setdefault(what, []).append((wall, cpu))
        slowest[what] = max(slowest.get(what, (0.0, "", {}, 0)), (wall, path, query, pk),
                            key=lambda one: one[0])  # fmt: skip
    took["what is known near a point"] = _near(draw)
    if explain:
        for what, (wall, path, query, pk) in slowest.items():
            print(f"\n=== {what}: {wall:.0f} ms")
            _explain(clients[pk], path, query)
    return {name: _times(pairs) for name, pairs in sorted(took.items())}


def _near(draw: random.Random) -> list[tuple[float, float]]:
    """Ask for pre-plans near a point, as the board does."""
    import time

    from anlan.areas.hazards.queries import preplans_near

    pairs = []
    for _ in range(50):
        lon, lat = (middle + draw.uniform(-0.2, 0.2) for middle in CENTRE)
        began, worked = time.perf_counter(), time.process_time()
        preplans_near(TOWN, lon=lon, lat=lat, on=AT.date())
        pairs.append(((time.perf_counter() - began) * 1e3, (time.process_time() - worked) * 1e3))
    return pairs


if __name__ == "__main__":
    sys.path.insert(0, str(Path(ROOT) / "src"))
    parser = argparse.ArgumentParser()
    parser.add_argument("--child", action="store_true")
    parser.add_argument("--explain", action="store_true")
    parser.add_argument("--part", type=int, default=1)
    given = parser.parse_args()
    if given.child:
        print(json.dumps(_child(explain=given.explain, part=given.part)))
    else:
        with throw_away_postgres(durable=True) as address:
            found = _measure(address, *sys.argv[1:])
        for name, times in found.items():
            print(f"{name}: {times}")
