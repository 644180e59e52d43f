"""Write the README's walk-through: run the commands on San Francisco and keep what they print.

    .venv/bin/python tools/walk_through.py

Needs ../shared/data/san-francisco. Works in a throw-away installation.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
BEGIN, END = "<!-- walk-through: tools/walk_through.py -->", "<!-- end of walk-through -->"
DATA = "../shared/data/san-francisco"
ENGINES = (
    'awk -F, \'BEGIN {print "unit,kind,post"} '
    '$1 == "fire" {printf "E%02d,engine,fire %s\\n", $2, $2}\' '
    f"{DATA}/facilities.csv > engines.csv"
)
COMMANDS = (
    'anlan town create sf --name "San Francisco" --zone America/Los_Angeles',
    f"anlan roads import sf {DATA}/roads_nodes.csv {DATA}/roads_edges.csv --attribution datasf",
    f"anlan posts import sf {DATA}/facilities.csv",
    f"anlan calls import sf {DATA}/calls_2020-04.csv --mapping sf-fire",
    "anlan replay sf --from 2020-04-07 --to 2020-04-21 --policy recommended --speed max "
    "--report report",
    ENGINES,
    "anlan units import sf engines.csv",
    "anlan route sf -122.4194,37.7749 -122.4269,37.7694",
    "anlan recommend sf --at -122.4194,37.7749 --type outside_fire",
    "anlan coverage sf --minutes 3,5,10 --out coverage.geojson",
    "anlan site sf --model mclp --add 1 --minutes 4",
    "printf '[posts]\\nclose = [\"fire 7\"]\\n' > closed.toml; : > as-it-is.toml",
    "anlan compare sf as-it-is.toml closed.toml --seed 1 --report what-if",
)


def run(command: str, folder: Path) -> str:
    """Run one line of the walk-through and give what it prints on standard output."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("ANLAN_")}
    env |= {"PATH": f"{ROOT / '.venv' / 'bin'}{os.pathsep}{env['PATH']}"}
    env |= {"ANLAN_DATA": str(folder / "data"), "ANLAN_KEY_FILE": str(folder / "key")}
    done = subprocess.run(
        ["bash", "-c", command], cwd=folder / "project", env=env, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise SystemExit(f"{command} ended with {done.returncode}: {done.stderr[-500:]}")
    print(f"{shlex.split(command)[:3]} done", flush=True)
    return done.stdout.strip()


def section() -> str:
    """Run every command and give the section's text."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "project").mkdir()
        (folder / "shared").symlink_to(ROOT.parent / "shared")
        shown = [f"$ {command}\n{run(command, folder)}".strip() for command in COMMANDS]
    return "```\n" + "\n\n".join(shown) + "\n```"


def main() -> None:
    """Put the section between its two marks in the README."""
    before, rest = README.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    README.write_text(f"{before}{BEGIN}\n{section()}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
