"""`anlan simulate`: the town's calls under one scenario, with the model's own error first."""

from __future__ import annotations

import argparse
from typing import Any

from anlan.cli.output import Output


def register(subparsers: Any) -> None:
    """Add `simulate`."""
    from anlan.cli.study_reports import add_options

    simulate = subparsers.add_parser(
        "simulate", help="simulate the town's calls under a scenario; nothing in the town changes"
    )
    simulate.add_argument("key", metavar="KEY")
    simulate.add_argument(
        "--scenario", required=True, metavar="FILE", help="a TOML file; empty: the town as it is"
    )
    add_options(simulate)
    simulate.set_defaults(run=_simulate)


def _simulate(args: argparse.Namespace, out: Output) -> None:
    from anlan.cli.study_reports import run

    command = (
        f"anlan simulate {args.key} --scenario {args.scenario} "
        f"--replications {args.replications} --seed {args.seed} --report DIR"
    )
    run(args, out, files=[args.scenario], command=command)
