"""Set up what the tests need and run all of them: `make test`.

Steps run two at a time, one for each core of a small machine, the longest first; what a step
prints is shown when it ends. A failing step does not hide the others, and its name stands at the
end. The last line counts like pytest's own, over all its runs.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import build_frontend
import system
from console import ROOT, exit_with_sentence
from node import npm_command
from setup import VENV, set_up

PYTHON = str(VENV / "bin" / "python")
BIN = VENV / "bin"
AT_ONCE = 2
ON_BOTH_DATABASES = ("services", "api")
ELSEWHERE = ("unit", "browser", "benchmarks")
COUNTED = re.compile(r"(\d+) (passed|failed|skipped|errors?|xfailed|xpassed|deselected)")
ORDER = ("failed", "passed", "skipped", "deselected", "xfailed", "xpassed", "error", "errors")


@dataclass(slots=True)
class Step:
    """One command of the run, and how it went."""

    name: str
    command: list[str]
    env: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    code: int | None = None
    counts: dict[str, int] = field(default_factory=dict)


def pytest(name: str, *words: str) -> Step:
    """Make a step that runs pytest on these folders."""
    options = ["-q", "-m", "not bench", "--durations=10", "--durations-min=2"]
    return Step(name, [PYTHON, "-m", "pytest", *options, *words])


def compile_kernels() -> Step:
    """Make the step that compiles the kernels once, before steps run side by side."""
    code = (
        "from anlan.engine.roads.warming import warm; warm();"
        "from anlan.engine.simulation.warming import warm; warm();"
        "from anlan.engine.siting.warming import warm; warm()"
    )
    return Step("compile the kernels", [PYTHON, "-c", code])


def run_all(checks: list[Step], tests: list[Step]) -> list[Step]:
    """Read the code on one core while the other compiles the kernels and then begins the tests."""
    first = compile_kernels()
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        compiled = pool.submit(run_step, first)
        reading = pool.submit(run_each, checks)
        compiled.result()  # tests side by side would each compile all kernels
        list(pool.map(run_step, tests))
        reading.result()
    return [first, *checks, *tests]


def run_each(steps: list[Step]) -> None:
    """Run steps one after the other."""
    for step in steps:
        run_step(step)


def folders(*names: str) -> list[str]:
    """Give those folders below tests/ that hold tests."""
    found = (ROOT / "tests" / name for name in names)
    return [str(one.relative_to(ROOT)) for one in found if any(one.rglob("test_*.py"))]


def quick_checks() -> list[Step]:
    """Give the checks that read the code without running it."""
    steps = [
        Step("ruff check", [str(BIN / "ruff"), "check", "."]),
        Step("ruff format", [str(BIN / "ruff"), "format", "--check", "."]),
        Step("import contracts", [str(BIN / "lint-imports")]),
    ]
    if (ROOT / "frontend" / "package.json").exists():
        npm, env = npm_command()
        steps.append(Step("front-end types and tests", [*npm, "test"], env))
    return [*steps, Step("types (mypy)", [str(BIN / "mypy")])]


def all_steps(*, chromium: bool, postgresql: bool) -> list[Step]:
    """Give all steps, the longest first, so that both cores end at about the same time."""
    every = sorted(one.name for one in (ROOT / "tests").iterdir() if one.is_dir())
    apart = (*ELSEWHERE, "services", "cli")
    steps = []
    if postgresql:
        steps.append(pytest("on PostgreSQL", "--postgres", *folders(*ON_BOTH_DATABASES)))
    if chromium and folders("browser"):
        steps.append(pytest("browser", *folders("browser")))
    steps.append(pytest("the rest on SQLite", *folders(*(n for n in every if n not in apart))))
    steps.append(pytest("services on SQLite", *folders("services")))
    steps.append(pytest("command line", *folders("cli")))
    return [*steps, pytest("unit", *folders("unit"))]


SHOWING = threading.Lock()


def run_step(step: Step) -> None:
    """Run one step and show what it printed."""
    began = time.monotonic()
    done = subprocess.run(
        step.command,
        cwd=ROOT,
        env={**os.environ, **step.env},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    step.seconds, step.code = time.monotonic() - began, done.returncode
    step.counts = counts_of(done.stdout)
    with SHOWING:
        verdict = "ok" if step.code == 0 else f"FAILED ({step.code})"
        print(f"\n--- {step.name}: {verdict}, {step.seconds:.1f} s", flush=True)
        print(done.stdout.rstrip(), flush=True)


def counts_of(text: str) -> dict[str, int]:
    """Read pytest's closing line, whatever of it there is."""
    closing = [line for line in text.splitlines()[-3:] if re.search(r" in [\d.]+s", line)]
    counts: dict[str, int] = {}
    for number, word in COUNTED.findall(closing[-1] if closing else ""):
        word = "error" if word.startswith("error") else word
        counts[word] = counts.get(word, 0) + int(number)
    return counts


def closing_line(steps: list[Step], seconds: float) -> str:
    """Give a line like pytest's last, summed over its runs; a check that fails is an error."""
    total: dict[str, int] = {}
    for step in steps:
        for word, number in step.counts.items():
            total[word] = total.get(word, 0) + number
        if step.code != 0 and not (step.counts.get("failed") or step.counts.get("error")):
            total["error"] = total.get("error", 0) + 1
    if total.get("error", 0) > 1:
        total["errors"] = total.pop("error")
    words = ", ".join(f"{total[word]} {word}" for word in ORDER if total.get(word))
    text = f" {words or 'no tests ran'} in {seconds:.2f}s "
    return text.center(80, "=")


def bring_from_machine() -> tuple[dict[str, bool], list[Step]]:
    """Bring Chromium and PostgreSQL; on CI a missing one is a failure, elsewhere a sentence."""
    there, failures = {}, []
    for name in system.PACKAGES:
        sentence = system.ensure(name)
        there[name] = not sentence
        if sentence:
            print(sentence, flush=True)
        if sentence and os.environ.get("CI", "").lower() in {"1", "true"}:
            failures.append(Step(f"{name} on this machine", [], code=1))
    return there, failures


def summary(steps: list[Step]) -> None:
    """Print how long each step took and how it went."""
    print("\nSteps")
    for step in steps:
        verdict = "ok" if step.code == 0 else "FAILED"
        print(f"  {step.seconds:7.1f} s  {verdict:6}  {step.name}")


def main() -> int:
    """Set up, run the steps, and end with one line that counts everything."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--checks-only", action="store_true", help="only what needs no test run")
    chosen = options.parse_args()
    began = time.monotonic()
    set_up("dev")
    build_frontend.main()
    if chosen.checks_only:
        steps = quick_checks()
        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            list(pool.map(run_step, steps))
    else:
        there, failures = bring_from_machine()
        tests = all_steps(chromium=there["chromium"], postgresql=there["postgresql"])
        steps = failures + run_all(quick_checks(), tests)
    summary(steps)
    failed = [step.name for step in steps if step.code != 0]
    if failed:
        print(f"\nFailed: {', '.join(failed)}")
    print(closing_line(steps, time.monotonic() - began), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    exit_with_sentence(main)
