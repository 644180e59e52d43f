"""What `anlan simulate` and `anlan compare` share: options, scenario files, Ctrl-C, the report."""

from __future__ import annotations

import argparse
import json
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from anlan.cli.arguments import add_language, whole
from anlan.cli.output import Output, table
from anlan.kernel.values import BadInput
from anlan.kernel.whole_file import write_files

REPLICATIONS = 20
SEED = 1
MOST_WORKERS = 256
LARGEST_FILE = 1_000_000
MACHINES_WAIT = "10s"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what both commands take."""
    parser.add_argument(
        "--replications",
        type=whole(1, 10_000),
        default=REPLICATIONS,
        metavar="N",
        help=f"how often chance is drawn anew (default: {REPLICATIONS})",
    )
    parser.add_argument(
        "--seed", type=whole(0, 999_999_999), default=SEED, help="of all chance (default: 1)"
    )
    parser.add_argument(
        "--report", required=True, metavar="DIR", help="where report.json, .html and .pdf go"
    )
    parser.add_argument(
        "--workers",
        type=whole(1, MOST_WORKERS),
        default=1,
        metavar="N",
        help="cores to spread over; the answer is the same (default: 1)",
    )
    parser.add_argument(
        "--dask",
        metavar="ADDRESS",
        help="a Dask scheduler to spread over machines, tcp://HOST:PORT",
    )
    add_language(parser, default=None, without="the reader's own, and English in the PDF")
    parser.add_argument("--no-pdf", action="store_true", help="write no report.pdf")
    parser.add_argument(
        "--pictures", action="store_true", help="also write the map and the charts as SVG files"
    )


def read_file(name: str) -> Any:
    """Read a scenario file; BadInput in one sentence that names the file."""
    from anlan.areas.coverage.rules.reading import read_scenario
    from anlan.areas.coverage.rules.scenarios import ScenarioFault

    path = Path(name)
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise BadInput(f"{name} is over 1 MB; a scenario is a small file.")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadInput(f"The scenario {name} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"The scenario {name} is no text in UTF-8.") from error
    try:
        return read_scenario(text)
    except ScenarioFault as fault:
        raise BadInput(f"{name}: {fault}") from fault


def run(args: argparse.Namespace, out: Output, *, files: Sequence[str], command: str) -> None:
    """Simulate the files' scenarios, write the report whole or not at all, and print the answer."""
    scenarios = tuple(read_file(name) for name in files)
    folder = Path(args.report)
    _make(folder)
    from anlan.areas.coverage.queries.studies import study

    with _stop_on_interrupt(out) as stop, _machines(args.dask) as client:
        report = study(
            args.key,
            scenarios,
            replications=args.replications,
            seed=args.seed,
            workers=args.workers,
            client=client,
            progress=out.progress,
            stop=stop,
        )
    document = report.document | {"command": command}
    said = _write_report(document, report.streets, folder, args, out)
    out.result(document, _summary(document, said))


@contextmanager
def _stop_on_interrupt(out: Output) -> Iterator[Callable[[], bool]]:
    """Let the first Ctrl-C end the run after the current replication, the second at once."""
    asked = threading.Event()

    def interrupted(_number: int, _frame: object) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()
        out.note("Stopping; what is done will be reported. Ctrl-C again leaves at once.")

    try:
        before = signal.signal(signal.SIGINT, interrupted)
    except ValueError:  # not the main thread: whoever runs us there stops us otherwise
        yield asked.is_set
        return
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _machines(address: str | None) -> Iterator[Any]:
    """Connect to a Dask scheduler, or give None for this machine."""
    if not address:
        yield None
        return
    from distributed import Client

    try:
        client = Client(address, timeout=MACHINES_WAIT)
    except (OSError, ValueError) as error:
        raise BadInput(f"No Dask scheduler answers at {address}.") from error
    with client:
        yield client


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"The folder {folder} can't be used: {error.strerror}.") from error


def _write_report(
    document: dict[str, Any], streets: Any, folder: Path, args: argparse.Namespace, out: Output
) -> list[str]:
    """Write the files; gives what to say of them."""
    from anlan.web.coverage.what_if_report import NoPrinter, pictures, print_pdf, render

    lang = (args.lang or "")[:2]  # the page's own switch knows en and zh
    out.progress("Writing the report", 0.0)
    files: dict[str, bytes] = {
        "report.json": (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode(),
        "report.html": render(document, streets=streets, lang=lang).encode(),
    }
    said = []
    if not args.no_pdf:
        try:
            files["report.pdf"] = print_pdf(document, streets=streets, lang=lang)
        except NoPrinter as lacking:
            said.append(str(lacking))
    if args.pictures:
        files |= {name: text.encode() for name, text in pictures(document).items()}
    write_files(folder, files)
    out.progress("Writing the report", 1.0)
    names = [name for name in ("report.json", "report.html", "report.pdf") if name in files]
    return [*said, f"Written: {', '.join(str(folder / name) for name in names)}"]


def _summary(document: dict[str, Any], said: list[str]) -> str:
    compare = document["paired"] is not None
    lines = [_calibration_line(document["calibration"])]
    lines += [document["question"]["sentence"], document["answer"]["sentence"]]
    lines += [one["sentence"] for one in document["sure"]]
    lines.append(_targets(document["targets"], compare))
    if compare:
        lines.append(_areas(document["areas"]))
    lines += [f"Note: {one['sentence']}" for one in document["notes"]]
    return "\n".join(line for line in (*lines, *said) if line)


def _calibration_line(c: dict[str, Any]) -> str:
    whole_log = c["all"]
    if c["method"] == "no_log":
        return "The model's error is not known: the town is made up and has no log."
    if not whole_log["n"]:
        return "The model's error is unknown: the log has no arrivals."
    return (
        f"The model's error (first arrival, the town as it is, simulated less observed): mean "
        f"{whole_log['bias_s']:+.0f} s over {whole_log['n']:,} calls; half are off by more than "
        f"{whole_log['half_off_s']:.0f} s, one in ten by more than "
        f"{whole_log['tenth_off_s']:.0f} s."
    )


def _targets(targets: list[dict[str, Any]], compare: bool) -> str:
    headings = ("goal", "calls", "A") + (("B", "B less A", "95 %") if compare else ("95 %",))
    rows = []
    for one in targets:
        name = f"{one['interval']} in {one['goal_s'] / 60:g} min"
        row = [name, f"{one['A']['n']:,}", _percent(one["A"]["value"])]
        if compare:
            row += [_percent(one["B"]["value"]), *_points(one["difference"])]
        else:
            row.append(f"{_percent(one['A']['low'])} to {_percent(one['A']['high'])}")
        rows.append(row)
    return table(headings, rows, right=range(1, len(headings)))


def _areas(rows: list[dict[str, Any]], *, most: int = 5) -> str:
    """Lay out the areas that change most, those that lose first."""
    changed = [one for one in rows if one["n"] and abs(one["difference"]["value"] or 0) >= 0.5]
    changed.sort(key=lambda one: -abs(one["difference"]["value"]))
    lines = [
        (one["label"], one["n"], f"{one['difference']['value']:+.0f}", _ends(one["difference"]))
        for one in changed[:most]
    ]
    headings = ("first due", "calls", "mean_s", "95 %")
    return table(headings, lines, right=(1, 2, 3)) if lines else ""


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def _points(gap: dict[str, Any]) -> tuple[str, str]:
    if gap["value"] is None:
        return "–", "–"
    ends = "–" if gap["low"] is None else f"{100 * gap['low']:+.1f} to {100 * gap['high']:+.1f}"
    return f"{100 * gap['value']:+.1f}", ends


def _ends(gap: dict[str, Any]) -> str:
    return "–" if gap["low"] is None else f"{gap['low']:+.0f} to {gap['high']:+.0f}"
