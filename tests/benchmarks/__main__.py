"""`python -m tests.benchmarks [KEY …]`: runs the benchmarks and writes docs/method/performance.md.

A module of this folder is a benchmark when it has `KEY` and `run() -> Section`. `--print` shows
the result and leaves the page alone.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from pathlib import Path
from types import ModuleType

from tests.benchmarks.harness import Section, lines_of, machine, write_page


def benchmarks() -> dict[str, ModuleType]:
    """This will find the benchmarks of this folder by key."""
    found = {}
    for info in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if info.name in ("harness", "__main__"):
            continue
        module = importlib.import_module(f"tests.benchmarks.{info.name}")
        if hasattr(module, "KEY") and hasattr(module, "run"):
            found[module.KEY] = module
    return found


def main(words: list[str]) -> int:
    """This will run the chosen benchmarks, or all."""
    known = benchmarks()
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("key", nargs="*", help=f"which of {list(known)}; all by default")
    parser.add_argument("--print", action="store_true", help="show and leave the page alone")
    asked = parser.parse_args(words)
    command = " ".join(["make bench" if not words else "python -m tests.benchmarks", *words])
    on = machine()
    sections: list[Section] = []
    for key in asked.key or known:
        print(f"benchmark: {key} …", file=sys.stderr, flush=True)
        sections.append(known[key].run())
        print(lines_of(sections[-1], command=command, on=on), flush=True)
    if not asked.print:
        write_page(sections, command=command, on=on)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
