"""The `anlan` command: reads the command line, prepares the installation, runs one subject's file.

Nothing heavy is imported here or in the subjects' modules at their top: `anlan --help` must answer
at once, so Django, numpy and numba come only when a command runs.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence

from anlan.cli.arguments import Parser, UsageError, add_common_options, shield_points
from anlan.cli.output import Output
from anlan.kernel.values import BadInput, Refused

SUBJECTS = (
    "town",
    "roads",
    "posts",
    "units",
    "runcards",
    "calls",
    "closures",
    "staff",
    "custodians",
    "openings",
    "keys",
    "notices",
    "ledger",
    "cases",
    "calendar",
    "figures",
    "premises",
    "hazards",
    "prove",
    "mediation",
    "route",
    "recommend",
    "replay",
    "coverage",
    "site",
    "queue",
    "simulate",
    "compare",
    "serve",
    "demo",
)

EXIT_DONE = 0
EXIT_NO = 1
EXIT_BAD_INPUT = 2
EXIT_INTERNAL = 70
EXIT_INTERRUPTED = 130


def build_parser() -> Parser:
    """Give the whole command line: every subject's sub-command with the options all share."""
    parser = Parser(
        prog="anlan",
        description="Anlan takes the call and sends the right crew.",
        epilog="Exit: 0 yes or done, 1 a clear no, 2 bad input. `anlan COMMAND --help` says more.",
    )
    parser.add_argument("--version", action="store_true", help="print the version and stop")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for subject in SUBJECTS:
        module = f"anlan.cli.{subject}"
        if importlib.util.find_spec(module) is not None:
            importlib.import_module(module).register(subparsers)
    add_common_options(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code; a user's fault is one sentence, never a traceback."""
    words = list(sys.argv[1:] if argv is None else argv)
    out = Output(as_json="--json" in words)
    try:
        code = _run(words, out)
        sys.stdout.flush()
    except BrokenPipeError:
        return _leave_pipe()
    except KeyboardInterrupt:
        out.note("Stopped.")
        return EXIT_INTERRUPTED
    return code


def _run(words: list[str], out: Output) -> int:
    try:
        args = build_parser().parse_args(shield_points(words))
        return _answer(args, out)
    except UsageError as error:
        out.error(str(error), code="usage")
        return EXIT_BAD_INPUT
    except BadInput as error:
        out.error(str(error), code="bad_input")
        return EXIT_BAD_INPUT
    except Refused as refusal:
        out.error(refusal.sentence, code=refusal.code)
        return EXIT_NO
    except (BrokenPipeError, KeyboardInterrupt, SystemExit):
        raise
    except Exception as error:  # noqa: BLE001 - the last door: a sentence, and the trace on request
        return _unexpected(error, out)


def _answer(args: argparse.Namespace, out: Output) -> int:
    if args.version:
        from importlib.metadata import version

        out.result({"version": version("anlan")}, f"anlan {version('anlan')}")
        return EXIT_DONE
    if getattr(args, "run", None) is None:
        raise UsageError("Name a command; `anlan --help` lists them.")
    if not getattr(args, "bare", False):
        from anlan.cli.installation import prepare

        prepare(args.data, out=out, begins=getattr(args, "begins", False))
    code = args.run(args, out)
    return EXIT_DONE if code is None else int(code)


def _unexpected(error: Exception, out: Output) -> int:
    """Say what broke without its values, which may hold a caller's words; the trace on request."""
    from anlan.cli.faults import as_bad_input, where

    sentence = as_bad_input(error)
    if sentence is not None:
        out.error(sentence, code="bad_input")
        return EXIT_BAD_INPUT
    if os.environ.get("ANLAN_TRACE"):
        import traceback

        traceback.print_exception(error, file=sys.stderr)
    out.error(
        f"Anlan failed inside ({where(error)}). What was acknowledged before is kept. "
        "Set ANLAN_TRACE=1 and run it again to see the trace.",
        code="internal",
    )
    return EXIT_INTERNAL


def _leave_pipe() -> int:
    """Leave quietly when the reader of the output has gone, as `anlan … | head` makes happen."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    return EXIT_DONE


if __name__ == "__main__":
    sys.exit(main())
