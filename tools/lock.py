"""Compile every lock with hashes and without hosts: `make lock`."""

from __future__ import annotations

from console import ROOT, exit_with_sentence, run, step
from setup import LOCKS, UV, check_python, ensure_boot, only_one

COMPILE = ["pip", "compile", "--quiet", "--universal", "--python-version"]
OURS = "3.11"
PEERS = "3.12"  # the peers' wheels need it; they run in an environment of their own
HASHES = ["--generate-hashes", "--no-header"]


def main() -> int:
    """Compile the project's requirements and the small locks of the set-up and of the peers."""
    check_python()
    with only_one():
        ensure_boot()
        for name in ("requirements", "requirements-dev"):
            with step(f"{name}.txt"):
                run([UV, *COMPILE, OURS, *HASHES, f"{name}.in", "--output-file", f"{name}.txt"])
        for source in sorted(LOCKS.glob("*.in")):
            out = source.with_suffix(".txt")
            with step(str(out.relative_to(ROOT))):
                whole = source.stem == "peers"  # installed by itself, so with all it needs
                flags = [PEERS] if whole else [OURS, "--no-deps", "--no-annotate"]
                run([UV, *COMPILE, *flags, *HASHES, source, "--output-file", out])
    return 0


if __name__ == "__main__":
    exit_with_sentence(main)
