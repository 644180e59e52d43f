"""`anlan prove` on a town's own data when there is much of it: time and memory, attack by attack.

Rows are made in bulk; nothing is attacked in the scratch installation, which is of one size always.
`python -m tests.benchmarks.prove 20000` measures both databases, each in a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.benchmarks.harness import ROOT
from tests.postgres import PostgresAbsent, throw_away_postgres

TOWN, TYPE = "bench", "mediation"
AT = datetime.now(UTC).replace(microsecond=0)
BATCH = 2_000
SPACES = ("", ":p1", ":p2")


def main(cases: int) -> None:
    """Measure on SQLite, then on PostgreSQL, and print a line for each attack."""
    print("SQLite", flush=True)
    _measure(cases, {})
    try:
        with throw_away_postgres() as url:
            print("PostgreSQL", flush=True)
            _measure(cases, {"ANLAN_DATABASE_URL": url})
    except PostgresAbsent as absent:
        print(absent)


def _measure(cases: int, environment: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory(prefix="anlan-bench-") as folder:
        places = {
            "ANLAN_DATA": f"{folder}/data",
            "ANLAN_KEY_FILE": f"{folder}/keys/bench.key",
            "ANLAN_LEDGER_KEY_FILE": f"{folder}/keys/bench.ledger.key",
            "ANLAN_ERASURES_FILE": f"{folder}/keys/erasures.jsonl",
        }
        settings = {"DJANGO_SETTINGS_MODULE": "anlan.project.settings", "ANLAN_LOG_LEVEL": "ERROR"}
        environ = {**os.environ, **places, **settings, **environment}
        for step in ("--fill", "--attack"):  # apart: what the filling took is no memory of prove's
            words = [sys.executable, "-m", "tests.benchmarks.prove", step, str(cases)]
            subprocess.run(words, cwd=ROOT, env=environ, check=True)


# --- in the process of its own --------------------------------------------------------------------


def _child(step: str, cases: int) -> None:
    import django

    django.setup()
    if step == "--attack":
        return _attack_all()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    began = time.monotonic()
    _fill(cases)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(f"  {cases:,} cases made in {time.monotonic() - began:.0f} s", flush=True)
    return None


def _attack_all() -> None:
    from django.conf import settings

    from anlan.cli.proving.attack import attempt
    from anlan.cli.proving.here import Here
    from anlan.cli.proving.registry import attacks_here

    here = Here(Path(settings.ANLAN_DATA), datetime.now(UTC), (TOWN,))
    whole = [0.0, 0.0]
    for each in attacks_here():
        before = _peak_kb(anew=True)
        wall, cpu = time.monotonic(), time.process_time()
        found = attempt(each, here)
        wall, cpu = time.monotonic() - wall, time.process_time() - cpu
        whole = [whole[0] + wall, whole[1] + cpu]
        grew = (_peak_kb() - before) / 1024
        print(
            f"  {each.code:28}{found.outcome.value:11}{wall:8.1f} s {cpu:8.1f} s CPU "
            f"{grew:8.1f} MB more  {'' if found.outcome == 'held' else found.seen.en[:90]}",
            flush=True,
        )
    print(f"  all: {whole[0]:.0f} s, {whole[1]:.0f} s CPU, {_peak_kb() / 1024:.0f} MB", flush=True)


def _peak_kb(*, anew: bool = False) -> int:
    """Give the greatest memory since it was last asked anew (Linux)."""
    if anew:
        Path("/proc/self/clear_refs").write_text("5")
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1])
    return 0


def _fill(cases: int) -> None:
    from anlan.kernel.ledger import services as ledger
    from anlan.kernel.places.models import Town
    from anlan.kernel.places.services import create_town
    from anlan.kernel.sealing import ciphers
    from anlan.kernel.sealing.held_keys import service_keys
    from anlan.kernel.values import Actor, Role

    cli = Actor("cli", frozenset({Role.ADMINISTRATOR}))
    create_town(
        key=TOWN, name="Bench", zone="Asia/Shanghai", country="CN",
        actor=cli, at=AT, recorded_at=AT,
    )  # fmt: skip
    town, keys = Town.objects.get(key=TOWN), service_keys()
    for first in range(0, cases, BATCH):
        made = _cases(town, min(BATCH, cases - first))
        _sealed(made, keys, ciphers)
        _entries(made)
    ledger.seal(TOWN, real_now=AT + timedelta(hours=1))
    ledger.seal("", real_now=AT + timedelta(hours=1))


def _cases(town: Any, size: int) -> list[Any]:
    from anlan.kernel.cases.models import Case, CaseEvent, Party

    rows = [
        Case(
            town=town, type=TYPE, state="mediating", confidentiality="normal",
            opened_at=AT - timedelta(days=30), state_since=AT - timedelta(days=30),
        )
        for _ in range(size)
    ]  # fmt: skip
    made = Case.objects.bulk_create(rows)
    Party.objects.bulk_create(
        Party(case=one, number=n, role="asker") for one in made for n in (1, 2)
    )
    CaseEvent.objects.bulk_create(
        CaseEvent(case=one, seq=n, action="note", to_state="mediating", actor_ref="staff:1",
                  at=AT, recorded_at=AT)
        for one in made for n in range(1, 6)
    )  # fmt: skip
    return made


def _sealed(made: list[Any], keys: Any, ciphers: Any) -> None:
    from anlan.kernel.cases.models import Document
    from anlan.kernel.sealing.file_ciphers import seal_file
    from anlan.kernel.sealing.files import write_file
    from anlan.kernel.sealing.models import CaseKey, SealedText

    rows = []
    for one in made:
        for space in SPACES:
            ref = f"{one.ref}{space}"
            rows.append(
                CaseKey(
                    case_ref=ref,
                    wrapped=ciphers.wrap(keys, ciphers.new_key(), case_ref=ref),
                    service_key=keys.fingerprint,
                    created_at=AT,
                )
            )
    under = CaseKey.objects.bulk_create(rows)
    SealedText.objects.bulk_create(
        SealedText(
            key=key, field="note", cipher=os.urandom(300), written_at=AT, author_ref="staff:1"
        )
        for key in under
        for _n in range(2)
    )
    papers = []
    for number, one in enumerate(made):
        if number % 4 == 0:
            sealed = seal_file(os.urandom(3000))
            write_file(sealed)
            papers.append(
                Document(
                    case=one, space="", kind="proof", stored_as=sealed.stored_as,
                    name_text=uuid.uuid4(), media_type="text/plain", size_bytes=3000,
                    cipher_hash=sealed.cipher_hash, case_key_id=under[3 * number].pk,
                    sealed_key=os.urandom(60), scan="not_scanned", added_by="staff:1", added_at=AT,
                )
            )  # fmt: skip
    Document.objects.bulk_create(papers)


def _entries(made: list[Any]) -> None:
    from anlan.kernel.ledger.models import LedgerEntry
    from anlan.kernel.sealing.models import Opening

    entries, openings = [], []
    for one in made:
        for n in range(8):
            action = "sealing.opened" if n % 3 == 2 else "mediation.noted"
            moment = AT - timedelta(seconds=one.pk * 10 + n)
            entries.append(
                LedgerEntry(
                    town=TOWN, at=moment, recorded_at=moment, actor_ref="staff:1",
                    actor_role="mediator", action=action, subject=one.ref, fields=["note"],
                    reason_code="handling" if n % 3 == 2 else "",
                )
            )  # fmt: skip
            if n % 3 == 2:
                openings.append(
                    Opening(
                        town=TOWN, case_ref=one.ref, actor_ref="staff:1", purpose="handling",
                        role="mediator", opened_at=moment, recorded_at=moment, parts=["joint"],
                    )
                )  # fmt: skip
    LedgerEntry.objects.bulk_create(entries)
    Opening.objects.bulk_create(openings)


if __name__ == "__main__":
    if sys.argv[1:2] in (["--fill"], ["--attack"]):
        _child(sys.argv[1], int(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
