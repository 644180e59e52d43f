"""Build the front end where its sources changed: `python3 tools/build_frontend.py`."""

from __future__ import annotations

import hashlib

from console import ROOT, exit_with_sentence, step
from node import npm
from setup import CACHE, only_one, read_stamp

FRONTEND = ROOT / "frontend"
BUILT = ROOT / "src" / "anlan" / "web" / "static" / "build"
LEFT_OUT = {"node_modules", "dist"}


def sources_digest() -> str:
    """Give one hash over the names and contents of the front end's sources."""
    total = hashlib.sha256()
    for path in sorted(FRONTEND.rglob("*")):
        inside = path.relative_to(FRONTEND)
        if LEFT_OUT.isdisjoint(inside.parts) and path.is_file():
            total.update(str(inside).encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def install_packages() -> None:
    """Install the front end's locked packages, once for each lock."""
    lock = hashlib.sha256((FRONTEND / "package-lock.json").read_bytes()).hexdigest()
    stamp = FRONTEND / "node_modules" / ".anlan-stamp"
    if read_stamp(stamp) == lock:
        return
    with step("Front-end packages"):
        npm("ci", "--no-audit", "--no-fund")
    stamp.write_text(lock, encoding="utf-8")


def is_built(digest: str) -> bool:
    """Say whether the build that stands was made from these sources."""
    manifests = list(BUILT.rglob("manifest.json"))
    return bool(manifests) and read_stamp(CACHE / "frontend.stamp") == digest


def main() -> int:
    """Build, unless what stands is what the sources say."""
    if not (FRONTEND / "package.json").exists():
        print("There is no front end to build yet (frontend/package.json is absent).")
        return 0
    with only_one():
        digest = sources_digest()
        if is_built(digest):
            return 0
        install_packages()
        with step("Front end"):
            npm("run", "build")
        (CACHE / "frontend.stamp").write_text(digest, encoding="utf-8")
    return 0


if __name__ == "__main__":
    exit_with_sentence(main)
