"""The scratch installation: made in a folder, attacked, thrown away by who started it.

Run as `python -m anlan.cli.proving.scratch FOLDER`: prints a line of JSON for each attack.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from anlan.cli.proving.attack import Attack, Finding, attempt
from anlan.cli.proving.scene import Scratch, build, logged_to


def attacks_in_scratch() -> tuple[Attack[Scratch], ...]:
    """Give the attacks on the scratch town; the canary comes last and searches for all of them."""
    from anlan.cli.proving.canary import CANARY
    from anlan.cli.proving.copies import COPIES
    from anlan.cli.proving.custodial import CUSTODIAL
    from anlan.cli.proving.door import DOOR
    from anlan.cli.proving.looking_up import LOOKING_UP
    from anlan.cli.proving.public import PUBLIC
    from anlan.cli.proving.things import THINGS

    return (*CUSTODIAL, *COPIES, *DOOR, *LOOKING_UP, *THINGS, *PUBLIC, CANARY)


def run(scene: Scratch) -> Iterator[tuple[Attack[Scratch], Finding]]:
    """Run every attack in turn."""
    for attack in attacks_in_scratch():
        yield attack, attempt(attack, scene)


def line_of(attack: Attack[Scratch], finding: Finding) -> str:
    """Write a finding as a line for who started this."""
    return json.dumps(
        {
            "code": attack.code,
            "outcome": finding.outcome.value,
            "seen": asdict(finding.seen),
        },
        ensure_ascii=False,
    )


def main(folder: str, *, say: Callable[[str], object] = print) -> int:
    """Make the installation in a folder and attack it."""
    root = Path(folder)
    data, keys, out = root / "data", root / "keys", root / "out"
    for each in (data, keys, out):
        each.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ |= environment(root)
    from anlan.cli.installation import prepare
    from anlan.cli.output import Output

    prepare(str(data), out=Output(as_json=True))
    with logged_to(out / "log.jsonl"):
        scene = build(data, keys, out)
        for attack, finding in run(scene):
            say(line_of(attack, finding))
    return 0


def environment(root: Path) -> dict[str, str]:
    """Give the settings of the scratch installation: its own folders, SQLite, no gateway away."""
    return {
        "ANLAN_DATA": str(root / "data"),
        "ANLAN_KEY_FILE": str(root / "keys" / "scratch.key"),
        "ANLAN_DATABASE_URL": "",
        "ANLAN_SMS_URL": "http://127.0.0.1:9/",  # nobody sends in the scratch town
        "ANLAN_SMTP_URL": "smtp://127.0.0.1:9/",
        "ANLAN_NOTICE_WEBHOOK_URL": "",
        "ANLAN_PAGING_URL": "",
        "ANLAN_CLAMD": "",
        "ANLAN_WITNESSES": "",
        "ANLAN_LEDGER_NAME": "",
        "ANLAN_DEBUG": "",
        "ANLAN_LOG_LEVEL": "DEBUG",
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], say=lambda line: print(line, flush=True)))
