"""From a write to every open board: a real server, streams over real HTTP, incidents at a set pace.

No peer in the same run: the figures stand beside the aim of the design (performance.md, the desk).
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from pathlib import Path
from uuid import uuid4

import httpx
import numpy as np
from tests.api.conftest import KEY as TOWN
from tests.api.conftest import SOUTH, WEST
from tests.api.server import Browser, installation, running
from tests.benchmarks.harness import Figure, Section, busy_note

KEY = "live"
BOARDS = (1, 100, 500)
WRITES, PACE_S = 60, 0.1
FIRE = {"type": "medical", "lon": WEST + 0.006, "lat": SOUTH + 0.005}


def run() -> Section:
    """Measure the delay between a write's answer being asked for and its arrival on each board."""
    figures = []
    with (
        tempfile.TemporaryDirectory(prefix="anlan-bench-") as folder,
        running(installation(Path(folder))) as server,
    ):
        session = Browser(server.address, server.said["username"], server.said["password"])
        for boards in BOARDS:
            delays, lost = asyncio.run(_measure(server.address, session, boards=boards))
            figures.append(_figure(boards, delays, lost))
    notes = [
        f"{WRITES} incidents, one every {PACE_S} s: from sending the POST (sealed, durable on "
        "SQLite) to the event read by each board; server, boards and writer share the machine.",
        "There is no peer in this run; channels and django-eventstream stood at 110 to 254 ms "
        "p99 in the design's own measurements.",
        *busy_note(),
    ]
    return Section(KEY, "From a write to every board", figures, notes)


def _figure(boards: int, delays: np.ndarray, lost: int) -> Figure:
    p50, p99 = np.percentile(delays, [50, 99])
    return Figure(
        what=f"POST → durable → {boards} boards, {1 / PACE_S:.0f} a second",
        ours=f"{p50:.0f} / {p99:.0f} ms, {lost} lost",
        aim="p99 ≤ 120 ms, none lost",
        met=bool(p99 <= 120 and lost == 0),
    )


async def _measure(address: str, session: Browser, *, boards: int) -> tuple[np.ndarray, int]:
    cookies = dict(session.http.cookies)
    seen: list[dict[int, float]] = [{} for _ in range(boards)]
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(
        base_url=address, cookies=cookies, limits=limits, timeout=60
    ) as client:
        ready = [asyncio.Event() for _ in range(boards)]
        tasks = [
            asyncio.create_task(_board(client, mine, up))
            for mine, up in zip(seen, ready, strict=True)
        ]
        await asyncio.gather(*(up.wait() for up in ready))
        sent = await _write(client, session.token)
        await asyncio.sleep(2)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    delays = [mine[one] - began for mine in seen for one, began in sent.items() if one in mine]
    return np.asarray(delays) * 1e3, boards * len(sent) - len(delays)


async def _board(client: httpx.AsyncClient, mine: dict[int, float], up: asyncio.Event) -> None:
    async with client.stream("GET", f"/live/{TOWN}") as answer:
        answer.raise_for_status()
        async for line in answer.aiter_lines():
            if not line.startswith("data: "):
                continue
            now, data = time.perf_counter(), json.loads(line.removeprefix("data: "))
            up.set()
            for row in data.get("incidents", ()):
                mine.setdefault(row["id"], now)


async def _write(client: httpx.AsyncClient, token: str) -> dict[int, float]:
    sent: dict[int, float] = {}
    for _ in range(WRITES):
        began = time.perf_counter()
        answer = await client.post(
            f"/api/towns/{TOWN}/incidents",
            json={**FIRE, "client_key": uuid4().hex},
            headers={"X-CSRFToken": token},
        )
        sent[answer.raise_for_status().json()["id"]] = began
        await asyncio.sleep(max(0.0, PACE_S - (time.perf_counter() - began)))
    return sent
