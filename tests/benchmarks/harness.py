"""What every benchmark shares: timing, figures beside a peer, and the page that shows them."""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"
PAGE = ROOT / "docs" / "method" / "performance.md"
PEERS = ROOT / ".cache" / "peers"
PEERS_LOCK = ROOT / "tools" / "locks" / "peers.txt"

Case = TypeVar("Case")


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured line: ours, the aim (a text and whether it is met), and the peer's, same run."""

    what: str
    ours: str
    aim: str = ""
    met: bool | None = None
    peer: str = ""
    ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """What one benchmark found: `key` names it on the page, `notes` are whole sentences."""

    key: str
    title: str
    figures: list[Figure]
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of repeated runs: by the clock, and of this process's own computing."""

    p50_ms: float
    p99_ms: float
    cpu_p50_ms: float
    cpu_p99_ms: float | None = None  # what the code itself needs, whatever the neighbours do

    def __str__(self) -> str:
        cpu = f"{self.cpu_p50_ms:.3g}"
        if self.cpu_p99_ms is not None:
            cpu += f" / {self.cpu_p99_ms:.3g}"
        return f"{self.p50_ms:.3g} / {self.p99_ms:.3g} ms (CPU {cpu})"


def time_each(work: Callable[[Case], object], cases: Sequence[Case], *, warm_up: int = 3) -> Times:
    """This will time `work` on each case after running the first few untimed."""
    for case in cases[:warm_up]:
        work(case)
    took, worked = np.empty(len(cases)), np.empty(len(cases))
    for i, case in enumerate(cases):
        began, began_work = time.perf_counter(), time.process_time()
        work(case)
        worked[i] = (time.process_time() - began_work) * 1e3
        took[i] = (time.perf_counter() - began) * 1e3
    p50, p99 = np.percentile(took, [50, 99])
    cpu_p50, cpu_p99 = np.percentile(worked, [50, 99])
    return Times(float(p50), float(p99), float(cpu_p50), float(cpu_p99))


def busy_note() -> list[str]:
    """Say so when other work shared the machine: such times are no measure of the code."""
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    if load <= cores * 0.75:
        return []
    return [
        f"The machine was busy (load average {load:.1f} on {cores} cores), so times by the clock, "
        "above all p99, measure the neighbours too; run it again on a quiet machine."
    ]


def machine() -> str:
    """Name the processor, the cores and the load, without the machine's own name."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        found = re.search(r"^model name\s*:\s*(.+)$", info.read_text(), re.MULTILINE)
        model = found[1].strip() if found else model
    load = os.getloadavg()[0]
    return (
        f"{model}, {os.cpu_count()} cores, {platform.system()}, Python "
        f"{platform.python_version()}; load average {load:.1f} when it began"
    )


def lines_of(section: Section, *, command: str, on: str) -> str:
    """This will write a section as Markdown."""
    rows = [
        "| what | ours | aim | met | peer, same run | CPU, peer / ours |",
        "|---|---|---|---|---|---|",
    ]
    for figure in section.figures:
        met = {True: "yes", False: "**missed**", None: ""}[figure.met]
        ratio = "" if figure.ratio is None else f"{figure.ratio:,.3g} ×"
        rows.append(
            f"| {figure.what} | {figure.ours} | {figure.aim} | {met} | {figure.peer} | {ratio} |"
        )
    notes = [f"- {note}" for note in section.notes]
    source = f"Measured by `{command}` on {on}."
    return "\n".join([f"## {section.title}", "", source, "", *rows, "", *notes]).strip() + "\n"


@functools.cache
def peers_python() -> Path | None:
    """This will give the interpreter of the peers' environment, or None where it can't be had.

    Peers (OSRM, Valhalla, spopt, pulp, simpy; tools/locks/peers.in) run as child processes of
    it, never in ours: their wheels need Python 3.12 or newer. The first call sets it up, in a
    minute or two; a lock that changed sets it up anew.
    """
    stamp, want = PEERS / "stamp", hashlib.sha256(PEERS_LOCK.read_bytes()).hexdigest()
    python = PEERS / "bin" / "python"
    if stamp.is_file() and stamp.read_text("utf-8") == want and _starts(python):
        return python
    base = newer_python()
    if base is None:
        return None
    print("benchmark: setting up the peers' environment …", file=sys.stderr, flush=True)
    try:
        subprocess.run([base, "-m", "venv", "--clear", PEERS], check=True, capture_output=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--only-binary", ":all:"]
        wanted = ["--require-hashes", "-r", PEERS_LOCK]
        subprocess.run([*pip, *wanted], check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        print(f"The peers could not be set up: {error.stderr}", file=sys.stderr, flush=True)
        return None
    stamp.write_text(want, "utf-8")
    return python


def newer_python() -> Path | None:
    """This will find a Python from 3.12 on that starts (a pyenv shim may stand for none)."""
    for name in ("python3.12", "python3.13", "python3.14"):
        found = shutil.which(name)
        if found and _starts(Path(found)):
            return Path(found)
        for kept in sorted(Path.home().glob(f".pyenv/versions/{name[6:]}.*/bin/{name}")):
            if _starts(kept):
                return kept
    return None


def _starts(python: Path) -> bool:
    try:
        words = [python, "-c", "import sys, venv, ensurepip; assert sys.version_info >= (3, 12)"]
        return subprocess.run(words, capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


HEAD = """# Speed, measured

Written by `make bench`; don't edit it by hand. Each part is replaced when its benchmark runs. A
time is "p50 / p99" by the clock; beside it the same of the CPU time (all threads), older rows its
median alone. A ratio
holds on other machines better than a time does: the peer ran beside ours, in the same run, on the
same input.
"""


def write_page(sections: Sequence[Section], *, command: str, on: str, page: Path = PAGE) -> None:
    """This will put the sections on the page and keep those that did not run."""
    parts = dict(_MARKED.findall(page.read_text("utf-8"))) if page.exists() else {}
    for section in sections:
        parts[section.key] = lines_of(section, command=command, on=on)
    body = "\n".join(
        f"<!-- {key} -->\n{parts[key].strip()}\n<!-- /{key} -->\n" for key in sorted(parts)
    )
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(f"{HEAD}\n{body}", "utf-8")


_MARKED = re.compile(r"<!-- (\w+) -->\n(.*?)\n<!-- /\1 -->", re.DOTALL)
