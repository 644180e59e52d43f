"""Fetch the demo's town: La Serena–Coquimbo, one file inside the wheel of `aequilibrae`.

The wheel is downloaded with pip, pinned by hash, and never installed. The file holds the town from
OpenStreetMap (© OpenStreetMap contributors, ODbL); AequilibraE packed it (see NOTICE).
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from pathlib import Path

from console import ROOT, Missing, exit_with_sentence, run, step
from setup import BOOT, LOCKS, ensure_boot, only_one

TOWN = ROOT / ".cache" / "demo-town" / "project_database.sqlite"
INNER = "aequilibrae/reference_files/coquimbo.zip"


def unpack(wheel: Path, out: Path) -> None:
    """Take the town's database out of the zip inside the wheel; whole or not at all."""
    part = out.with_suffix(".part")
    with (
        zipfile.ZipFile(wheel) as outer,
        outer.open(INNER) as packed,
        zipfile.ZipFile(packed) as inner,
        inner.open("project_database.sqlite") as source,
        part.open("wb") as target,
    ):
        shutil.copyfileobj(source, target)
    part.replace(out)


def main() -> int:
    """Fetch the file once; later runs need no network."""
    with only_one():
        if TOWN.exists():
            return 0
        ensure_boot()
        TOWN.parent.mkdir(parents=True, exist_ok=True)
        with step("The demo's town, La Serena–Coquimbo"), tempfile.TemporaryDirectory() as folder:
            pip = [BOOT / "bin" / "python", "-m", "pip", "download", "--quiet", "--dest", folder]
            run(
                [
                    *pip,
                    "--no-deps",
                    "--only-binary=:all:",
                    "--require-hashes",
                    "-r",
                    LOCKS / "demo-town.txt",
                ]
            )
            wheel = next(Path(folder).glob("aequilibrae-*.whl"), None)
            if wheel is None:
                raise Missing("pip brought no wheel of aequilibrae: see tools/locks/demo-town.in.")
            unpack(wheel, TOWN)
    return 0


if __name__ == "__main__":
    exit_with_sentence(main)
