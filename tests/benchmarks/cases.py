"""Lists of cases with the access predicate on: 100,000 cases, 200 mediators, random filters.

Rows are made in bulk, in the database's own process; requests go through Django's test client, so
that sign-in, roles, query and page are all in the time. Each database is measured in a process of
its own. `python -m tests.benchmarks.cases --explain` shows how PostgreSQL plans the slowest.
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from tests.benchmarks.harness import ROOT, Figure, Section, busy_note
from tests.postgres import PostgresAbsent, throw_away_postgres

KEY = "cases"
CASES, MEDIATORS, OFFICES, CLERKS, SUPERVISORS, INSPECTORS = 100_000, 200, 20, 20, 3, 20
REQUESTS, WARM_UP = 600, 30
TOWN, TYPE = "bench", "smallcase"
AT = datetime.now(UTC)
SEED = 20260311
AIM_MS = 300
BATCH = 5_000


def run() -> Section:
    """Measure on PostgreSQL, and on SQLite beside it."""
    notes = [
        f"{CASES:,} cases, a seventh of them open, {MEDIATORS} mediators at {OFFICES} offices, "
        f"{CLERKS} clerks, {SUPERVISORS} supervisors who see the whole town, {INSPECTORS} "
        "inspectors who see their own; a fiftieth of the cases restricted, one in twenty with "
        "somebody recused.",
        f"{REQUESTS} requests by random actors (six in ten by mediators) with random filters: "
        "none, a state, own, overdue, an office, farther pages; sign-in, counts by state and the "
        "page itself are in the time.",
    ]
    figures = []
    try:
        with throw_away_postgres(durable=True) as url:
            figures += _figures("PostgreSQL", _measure({"ANLAN_DATABASE_URL": url}))
    except PostgresAbsent as absent:
        notes.append(str(absent))
    figures += _figures("SQLite", _measure({}))
    return Section(KEY, "Cases: lists with access in the query", figures, [*notes, *busy_note()])


def _figures(database: str, found: dict[str, Any]) -> list[Figure]:
    figures = []
    for what, times in found.items():
        aimed = database == "PostgreSQL" and what == "a list, all requests"
        figures.append(
            Figure(
                what=f"{database}: {what}",
                ours=f"{times['p50']:.0f} / {times['p99']:.0f} ms (CPU {times['cpu']:.0f})",
                aim=f"p99 ≤ {AIM_MS} ms" if aimed else "",
                met=times["p99"] <= AIM_MS if aimed else None,
            )
        )
    return figures


def _measure(environment: dict[str, str], *words: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="anlan-bench-") as folder:
        places = {"ANLAN_DATA": f"{folder}/data", "ANLAN_KEY_FILE": f"{folder}/bench.key"}
        settings = {"DJANGO_SETTINGS_MODULE": "anlan.project.settings", "ANLAN_LOG_LEVEL": "ERROR"}
        hosts = {"ANLAN_ALLOWED_HOSTS": "testserver"}
        done = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.cases", "--child", *words],
            cwd=ROOT,
            env={**os.environ, **places, **settings, **hosts, **environment},
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError("The benchmark of cases failed; what it said stands above.")
    *told, figures = done.stdout.splitlines()
    print("\n".join(told), flush=True)
    return dict(json.loads(figures))


# --- in the process of its own --------------------------------------------------------------------


def _child(*, explain: bool) -> dict[str, Any]:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    if not settings.DJANGO_VITE["default"]["manifest_path"].exists():
        settings.DJANGO_VITE["default"]["dev_mode"] = True
    call_command("migrate", verbosity=0)
    with _bench_type():
        people = _fill()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        return _ask_all(people, explain=explain)


@contextmanager
def _bench_type() -> Iterator[None]:
    """Let mediators and clerks see their offices, inspectors their own, supervisors the town."""
    from tests.services import small_case as small

    from anlan.kernel.cases.rules.types import Reach
    from anlan.kernel.values import Role

    readers = {
        Role.MEDIATOR: Reach.OFFICE,
        Role.CLERK: Reach.OFFICE,
        Role.INSPECTOR: Reach.OWN,
        Role.SUPERVISOR: Reach.TOWN,
    }
    seen = replace(small.SMALL, readers=readers)
    with patch.object(small, "SMALL", seen), small.small_case_type():
        yield


def _fill() -> dict[str, list[int]]:
    """Make the town, its people, offices and cases; gives the accounts by role."""
    from anlan.kernel.cases.models import Office, OfficeMember
    from anlan.kernel.places.services import create_town
    from anlan.kernel.staff.models import Membership, Staff
    from anlan.kernel.values import Actor, Role

    cli = Actor("cli", frozenset({Role.ADMINISTRATOR}))
    stamp = {"actor": cli, "at": AT, "recorded_at": AT}
    create_town(key=TOWN, name="Bench", zone="Asia/Shanghai", country="CN", **stamp)
    from anlan.kernel.places.models import Town

    town = Town.objects.get(key=TOWN)
    offices = Office.objects.bulk_create(
        Office(town=town, ident=f"v-{n}", name=f"Office {n}", tier="village")
        for n in range(OFFICES)
    )
    people: dict[str, list[int]] = {}
    sizes = {
        Role.MEDIATOR: MEDIATORS,
        Role.CLERK: CLERKS,
        Role.SUPERVISOR: SUPERVISORS,
        Role.INSPECTOR: INSPECTORS,
    }
    draw = random.Random(SEED)
    for role, size in sizes.items():
        made = Staff.objects.bulk_create(
            Staff(username=f"{role.value}-{n}", created_at=AT) for n in range(size)
        )
        Membership.objects.bulk_create(
            Membership(staff=one, town=town, role=role.value, granted_at=AT) for one in made
        )
        people[role.value] = [one.pk for one in made]
        if role in (Role.MEDIATOR, Role.CLERK):
            OfficeMember.objects.bulk_create(
                OfficeMember(office=office, staff=one, since=AT)
                for n, one in enumerate(made)
                for office in {offices[n % OFFICES], draw.choice(offices)}
            )
    for first in range(0, CASES, BATCH):
        _make_cases(town, offices, people, draw, first=first)
    return people


def _make_cases(
    town: Any, offices: list[Any], people: dict[str, list[int]], draw: random.Random, *, first: int
) -> None:
    from anlan.kernel.cases.models import Case, CaseClock, CaseEvent, CaseStaff, Party, Task

    rows = []
    for number in range(first + 1, first + BATCH + 1):
        opened = AT - timedelta(days=1100) * (1 - number / CASES)
        ended = draw.random() < 6 / 7
        state = "done" if ended else draw.choice(["asked", "working", "working", "waiting"])
        rows.append(
            Case(
                town=town,
                office=draw.choice(offices),
                type=TYPE,
                state=state,
                confidentiality="restricted" if draw.random() < 0.02 else "normal",
                opened_at=opened,
                state_since=opened,
                ended_at=opened + timedelta(days=20) if ended else None,
                result="good" if ended else "",
            )
        )
    made = Case.objects.bulk_create(rows)
    staff, clocks, parties, events, tasks = [], [], [], [], []
    for one in made:
        mediators = draw.sample(people["mediator"] + people["inspector"], 3)
        staff += _parts(CaseStaff, one, mediators, draw)
        open_now = one.ended_at is None
        due = (
            one.opened_at + timedelta(days=30)
            if not open_now
            else AT + timedelta(days=draw.uniform(-10, 25))
        )
        clocks.append(
            CaseClock(
                case=one,
                code="handling",
                running_since=one.opened_at if open_now else None,
                due_at=due,
                warn_at=due - timedelta(days=3),
                stopped_at=None if open_now else one.ended_at,
            )
        )
        if open_now:  # half for who handles it, half for whoever of a role sees it
            whose = draw.choice(({"staff_ref": f"staff:{mediators[0]}"}, {"for_role": "mediator"}))
            tasks.append(Task(case=one, kind="choose", made_at=AT, due_at=due, **whose))
        parties += [Party(case=one, number=n, role="first", consent="given") for n in (1, 2)]
        events += [
            CaseEvent(
                case=one,
                seq=n,
                action="note",
                to_state=one.state,
                actor_ref=f"staff:{mediators[0]}",
                at=one.opened_at,
                recorded_at=one.opened_at,
            )
            for n in (1, 2, 3)
        ]
    for model, several in (
        (CaseStaff, staff), (CaseClock, clocks), (Party, parties), (CaseEvent, events),
        (Task, tasks),
    ):  # fmt: skip
        model.objects.bulk_create(several)


def _parts(model: Any, one: Any, people: list[int], draw: random.Random) -> list[Any]:
    """Give a handler, now and then an earlier one, a helper, somebody recused."""
    first, second, third = (f"staff:{pk}" for pk in people)
    parts = [model(case=one, staff_ref=first, part="handler", since=one.opened_at)]
    if draw.random() < 0.1:
        until = one.opened_at + timedelta(days=1)
        parts.append(
            model(case=one, staff_ref=second, part="handler", since=one.opened_at, until=until)
        )
    if draw.random() < 0.1:
        parts.append(model(case=one, staff_ref=second, part="helper", since=one.opened_at))
    if draw.random() < 0.05:
        parts.append(model(case=one, staff_ref=third, part="recused", since=one.opened_at))
    return parts


Ask = Callable[[int], tuple[Any, str, dict[str, str]]]


def _ask_all(people: dict[str, list[int]], *, explain: bool) -> dict[str, Any]:
    draw = random.Random(SEED + 1)
    clients: dict[int, Any] = {}
    asked = [_request(people, draw) for _ in range(REQUESTS + WARM_UP)]
    took: dict[str, list[tuple[float, float]]] = {}
    slowest: tuple[float, str, dict[str, str], int] = (0.0, "", {}, 0)
    for step, (role, pk, kind, query) in enumerate(asked):
        client = clients.setdefault(pk, _client(pk)) if pk not in clients else clients[pk]
        if kind == "an older page":
            query = {**query, "after": _older(draw)}
        path = f"/towns/{TOWN}/cases/{TYPE}"
        wall, cpu, answer = _timed(client, path, query)
        assert answer.status_code == 200, (path, query, answer.status_code)
        if step < WARM_UP:
            continue
        for name in ("a list, all requests", f"a list, {kind}", f"a list, by a {role}"):
            took.setdefault(name, []).append((wall, cpu))
        slowest = max(slowest, (wall, path, query, pk), key=lambda one: one[0])
        found = re.findall(rf'href="{path}/(\d+)"', answer.content.decode())
        if found and step % 3 == 0:
            whole = _timed(client, f"{path}/{draw.choice(found)}", {})
            took.setdefault("one case, its whole page", []).append(whole[:2])
        if step % 3 == 2:
            to_do = _timed(client, f"/towns/{TOWN}/to-do", {})
            took.setdefault("what is to be done", []).append(to_do[:2])
        if step % 3 == 1:
            listed = _timed(client, f"/api/towns/{TOWN}/cases/{TYPE}", query)
            took.setdefault("a list by API", []).append(listed[:2])
    if explain:
        _explain(_client(slowest[3]), slowest[1], slowest[2])
    return {name: _times(pairs) for name, pairs in sorted(took.items())}


def _request(
    people: dict[str, list[int]], draw: random.Random
) -> tuple[str, int, str, dict[str, str]]:
    role = draw.choices(["mediator", "clerk", "supervisor", "inspector"], weights=[6, 1.5, 1.5, 1])[
        0
    ]
    pk = draw.choice(people[role])
    office = f"v-{draw.randrange(OFFICES)}"
    state = draw.choice(["asked", "working", "waiting", "done"])
    kind, query = draw.choice(
        [
            ("no filter", {}),
            ("by state", {"state": state}),
            ("own", {"mine": "1"}),
            ("overdue", {"overdue": "1"}),
            ("by office", {"office": office}),
            ("an older page", {}),
            ("own, by state", {"mine": "1", "state": state}),
            ("overdue, by office", {"overdue": "1", "office": office}),
        ]
    )
    return role, pk, kind, query


def _older(draw: random.Random) -> str:
    moment = AT - timedelta(days=draw.uniform(0, 1000))
    return f"{moment.isoformat()}~{draw.randrange(1, CASES)}"


def _client(pk: int) -> Any:
    from django.test import Client

    from anlan.kernel.staff.models import Staff

    client = Client()
    client.force_login(
        Staff.objects.get(pk=pk),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    return client


def _timed(client: Any, path: str, query: dict[str, str]) -> tuple[float, float, Any]:
    began, worked = time.perf_counter(), time.process_time()
    answer = client.get(path, query)
    return (time.perf_counter() - began) * 1e3, (time.process_time() - worked) * 1e3, answer


def _times(pairs: list[tuple[float, float]]) -> dict[str, float]:
    wall, cpu = np.array(pairs).T
    p50, p99 = np.percentile(wall, [50, 99])
    return {"p50": float(p50), "p99": float(p99), "cpu": float(np.median(cpu)), "n": len(wall)}


def _explain(client: Any, path: str, query: dict[str, str]) -> None:
    """Print how the slowest request's slowest queries are carried out."""
    from django.db import connection

    connection.force_debug_cursor = True
    connection.queries_log.clear()
    client.get(path, query)
    asked = [one for one in connection.queries if one["sql"].startswith("SELECT")]
    asked.sort(key=lambda one: -float(one["time"]))
    print(f"{path} {query}: {len(connection.queries)} queries")
    for one in asked[:3]:
        print(f"\n{one['time']} s: {one['sql']}")
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {one['sql']}")
                print("\n".join(line[0] for line in cursor.fetchall()))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(ROOT) / "src"))
    if "--child" in sys.argv:
        print(json.dumps(_child(explain="--explain" in sys.argv)))
    else:
        with throw_away_postgres(durable=True) as url:
            told = _measure({"ANLAN_DATABASE_URL": url}, *sys.argv[1:])
        for what, times in told.items():
            print(f"{what}: {times}")
