"""`anlan prove`: attack the guard rails of this installation, and say what is not protected."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from anlan.cli.arguments import add_language
from anlan.cli.output import Output

if TYPE_CHECKING:
    from anlan.cli.proving.report import Proved

SCRATCH_AT_MOST_S = 600
ERRORS = "errors.log"


def register(subparsers: Any) -> None:
    """Add `prove`."""
    prove = subparsers.add_parser(
        "prove",
        help="attack the nine guard rails of this installation; say what held and what is not "
        "protected",
    )
    prove.add_argument("key", metavar="KEY", nargs="?", help="one town; without it every town")
    add_language(prove, default=None, without="both")
    prove.set_defaults(run=_prove)


def _prove(args: argparse.Namespace, out: Output) -> int:
    from anlan.cli.proving.report import document_of, text_of

    proved = [*_here(args.key, out), *_scratch(out)]
    proved.sort(key=lambda each: each.rail)
    document = document_of(proved)
    out.result(document, text_of(proved, language=args.lang))
    return 1 if document["broken"] else 0


def _here(key: str | None, out: Output) -> Iterator[Proved]:
    """Look at the town's own data; nothing is written."""
    from dataclasses import replace
    from datetime import UTC, datetime

    from django.conf import settings

    from anlan.cli.proving.attack import attempt
    from anlan.cli.proving.here import Here
    from anlan.cli.proving.registry import attacks_here
    from anlan.cli.proving.report import Proved
    from anlan.kernel.places import queries as places

    towns = (places.town(key).key,) if key else tuple(each.key for each in places.towns())
    here = Here(Path(settings.ANLAN_DATA), datetime.now(UTC), towns)
    attacks = attacks_here()
    for number, each in enumerate(attacks):

        def step(share: float, number: int = number) -> None:
            out.progress("Looking at your own data", (number + min(share, 1.0)) / len(attacks))

        step(0.0)
        found = attempt(each, replace(here, step=step))
        yield Proved(each.rail, each.code, "here", each.title, found)
    out.progress("Looking at your own data", 1.0)


def _scratch(out: Output) -> Iterator[Proved]:
    """Attack a scratch installation: the same code, in a process and a folder of its own.

    Where it breaks off, or takes too long, what was not tried counts as broken; the rest is told.
    """
    from anlan.cli.proving.attack import Finding, Outcome, broken
    from anlan.cli.proving.report import Proved
    from anlan.cli.proving.scratch import attacks_in_scratch
    from anlan.kernel.places.catalogue import Label

    attacks = {each.code: each for each in attacks_in_scratch()}
    with tempfile.TemporaryDirectory(prefix="anlan-prove-") as folder:
        out.progress("Attacking a scratch town", 0.0)
        for number, line in enumerate(_lines(Path(folder)), start=1):
            found = json.loads(line)
            each = attacks.pop(found["code"])
            finding = Finding(Outcome(found["outcome"]), Label(**found["seen"]))
            out.progress("Attacking a scratch town", number / (number + len(attacks)))
            yield Proved(each.rail, each.code, "scratch", each.title, finding)
        why = _why(Path(folder)) if attacks else ""
    for each in attacks.values():
        finding = broken(
            f"Not tried, so nothing is proven: the scratch installation broke off ({why}).",
            f"未实施，因此未得到证明：临时环境中断（{why}）。",
        )
        yield Proved(each.rail, each.code, "scratch", each.title, finding)


def _why(folder: Path) -> str:
    """Give the last thing that a scratch installation said: nothing in it is anybody's."""
    log = folder / ERRORS
    said = log.read_text(encoding="utf-8", errors="replace").split("\n") if log.exists() else []
    return next((line.strip()[:200] for line in reversed(said) if line.strip()), "it said nothing")


def _lines(folder: Path) -> Iterator[str]:
    ours = ("ANLAN_", "DJANGO_")
    environ = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    kept = {name: os.environ[name] for name in ("ANLAN_TRACE",) if name in os.environ}
    command = [sys.executable, "-m", "anlan.cli.proving.scratch", str(folder)]
    with (folder / ERRORS).open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environ | kept
        )
        timer = threading.Timer(SCRATCH_AT_MOST_S, _end, [process, errors])
        timer.start()
        try:
            assert process.stdout is not None
            yield from process.stdout
        finally:
            timer.cancel()
            process.kill()
            process.wait()


def _end(process: subprocess.Popen[str], errors: TextIO) -> None:
    """Kill what takes too long: its output ends, and with it the wait for the next line."""
    process.kill()
    process.wait()
    errors.write(f"\nIt took longer than {SCRATCH_AT_MOST_S} seconds.\n")
    errors.flush()
