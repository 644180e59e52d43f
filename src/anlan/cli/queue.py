"""`anlan queue`: how busy servers are and who answers whose calls, from rates and preferences."""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING, Any

from anlan.cli.output import Output, table

if TYPE_CHECKING:
    from anlan.engine.queueing import Answer
    from anlan.engine.queueing.document import ErlangQuestion, Question

MODELS = ("hypercube", "larson", "jarvis", "erlang-b", "erlang-c")


def register(subparsers: Any) -> None:
    """Add `queue`."""
    queue = subparsers.add_parser(
        "queue", help="how busy servers are and who answers whose calls, from a JSON file"
    )
    queue.add_argument(
        "--model",
        choices=MODELS,
        required=True,
        help="hypercube is exact; larson and jarvis approximate it and print their error",
    )
    queue.add_argument(
        "--input",
        metavar="FILE.json",
        required=True,
        help="rates, service times, preferences; docs/method/queueing.md describes it",
    )
    queue.set_defaults(run=_queue, bare=True)


def _queue(args: argparse.Namespace, out: Output) -> None:
    document = _read(args.input)
    if args.model.startswith("erlang"):
        _erlang(args.model, document, out)
        return
    from anlan.engine.queueing import with_error
    from anlan.engine.queueing.document import read_question

    question = read_question(document)
    if max(question.units) > 1:
        _several(args.model, question, out)
        return
    began = time.perf_counter()
    answer = _solve(args.model, question)
    seconds = time.perf_counter() - began
    if args.model != "hypercube":
        answer = with_error(answer)
    out.result(_document(question, answer, seconds), _sentences(question, answer, seconds))


def _read(path: str) -> object:
    import json

    from anlan.kernel.values import BadInput

    try:
        with open(path, encoding="utf-8-sig") as file:
            return json.load(file, object_pairs_hook=_once)
    except OSError as error:  # one that fails in reading, such as EIO, does not name its file
        raise BadInput(f"The file {path} can't be used: {error.strerror}.") from error
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        line = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise BadInput(f"The file {path} is no JSON document{line}.") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a word that stands twice; json would quietly take the last."""
    from anlan.kernel.values import BadInput

    said = dict(pairs)
    if len(said) < len(pairs):
        words = [word for word, _ in pairs]
        twice = next(word for at, word in enumerate(words) if word in words[:at])
        raise BadInput(f"“{twice}” stands twice in one object of the input.")
    return said


def _solve(model: str, question: Question) -> Answer:
    from anlan.engine.queueing import solve_exact, solve_jarvis, solve_larson

    if model == "hypercube":
        return solve_exact(question.problem)
    approximate = solve_larson if model == "larson" else solve_jarvis
    return approximate(question.problem, measure=False)


def _document(question: Question, answer: Answer, seconds: float) -> dict[str, Any]:
    error = answer.error
    by_area, by_server = answer.mean_travel_by_area(), answer.mean_travel_by_server()
    line = question.problem.line
    return {
        "model": answer.model,
        "capacity": "queue" if line else "loss",
        "line": None if line == float("inf") else int(line),
        "servers": list(question.servers),
        "areas": list(question.areas),
        "workloads": answer.workload.tolist(),
        "response_shares": answer.share.tolist(),
        "p_all_busy": answer.p_all_busy,
        "p_wait": answer.p_wait,
        "mean_wait": answer.mean_wait,
        "loss": answer.loss,
        "interdistrict": answer.interdistrict(),
        "mean_travel": answer.mean_travel(),
        "mean_travel_by_area": None if by_area is None else _finite(by_area),
        "mean_travel_by_server": None if by_server is None else _finite(by_server),
        "share_within": None if question.within is None else answer.share_within(question.within),
        "residual": answer.residual,
        "iterations": answer.iterations,
        "seconds": round(seconds, 6),
        "error": None
        if error is None
        else {
            "max_abs": error.max_abs,
            "mean_abs": error.mean_abs,
            "shares_max_abs": error.share_max_abs,
            "against": "exact",
        },
        "notes": list(answer.notes),
    }


def _finite(values: Any) -> list[float | None]:
    return [None if value != value else float(value) for value in values]


def _sentences(question: Question, answer: Answer, seconds: float) -> str:
    rows = [
        [name, f"{busy:.4f}", *(f"{share:.4f}" for share in shares)]
        for name, busy, shares in zip(question.servers, answer.workload, answer.share, strict=True)
    ]
    shown = len(question.areas) <= 10
    headings = ["SERVER", "BUSY", *(f"→ {area}" for area in question.areas if shown)]
    lines = [
        table(headings, [row[: len(headings)] for row in rows], right=range(1, len(headings))),
        f"All are busy {answer.p_all_busy:.2%} of the time. {_fate(answer)}",
    ]
    travel = answer.mean_travel()
    if travel is not None:
        lines.append(
            f"Mean travel {travel:.4g}; {answer.interdistrict():.1%} by another server "
            "than the area's first choice."
        )
    if question.within is not None:
        lines.append(f"From within {question.within:g}: {answer.share_within(question.within):.1%}")
    if answer.error is not None:
        lines.append(
            f"Against the exact answer, workloads are off by at most {answer.error.max_abs:.4f} "
            f"(mean {answer.error.mean_abs:.4f}), shares by at most "
            f"{answer.error.share_max_abs:.4f}."
        )
    lines.extend(answer.notes)
    lines.append(
        f"{answer.model}: {answer.iterations} iterations, residual {answer.residual:.1e}, "
        f"{seconds:.3f} s."
    )
    return "\n".join(lines)


def _fate(answer: Answer) -> str:
    if answer.problem.line == 0:
        return f"{answer.loss:.2%} of calls are lost."
    lost = f" {answer.loss:.2%} of calls are lost." if answer.loss else ""
    return (
        f"{answer.p_wait:.2%} of calls wait; the mean wait of all is {answer.mean_wait:.4g}.{lost}"
    )


def _several(model: str, question: Question, out: Output) -> None:
    from anlan.engine.queueing import solve_several
    from anlan.kernel.values import BadInput

    if model != "hypercube":
        raise BadInput("Calls that want several servers are solved by --model hypercube only.")
    began = time.perf_counter()
    answer = solve_several(question.problem, units=question.units)
    seconds = time.perf_counter() - began
    document = {
        "model": model,
        "capacity": "loss",
        "servers": list(question.servers),
        "areas": list(question.areas),
        "units": list(question.units),
        "workloads": answer.workload.tolist(),
        "response_shares": answer.sent.tolist(),
        "first_shares": answer.first.tolist(),
        "met": answer.met.tolist(),
        "short": answer.short.tolist(),
        "lost": answer.lost.tolist(),
        "p_all_busy": answer.p_all_busy,
        "loss": answer.loss,
        "residual": answer.residual,
        "iterations": answer.iterations,
        "seconds": round(seconds, 6),
        "error": None,
        "notes": [],
    }
    servers = zip(question.servers, answer.workload, strict=True)
    fates = zip(question.areas, question.units, answer.met, answer.short, answer.lost, strict=True)
    lines = [
        table(["SERVER", "BUSY"], [[name, f"{busy:.4f}"] for name, busy in servers], right=(1,)),
        table(
            ["AREA", "WANTS", "GETS ALL", "FEWER", "NONE"],
            [[name, wants, *(f"{share:.4f}" for share in fate)] for name, wants, *fate in fates],
            right=(1, 2, 3, 4),
        ),
        f"hypercube: {answer.iterations} iterations, residual {answer.residual:.1e}, "
        f"{seconds:.3f} s.",
    ]
    out.result(document, "\n\n".join(lines))


def _erlang(model: str, document: object, out: Output) -> None:
    from anlan.engine.queueing.document import read_erlang

    question = read_erlang(document, model=model)
    answer = _erlang_answer(model, question)
    lines = [f"{word.replace('_', ' ')}: {value}" for word, value in answer.items()]
    out.result(answer, "\n".join(lines))


def _erlang_answer(model: str, question: ErlangQuestion) -> dict[str, Any]:
    from anlan.engine import queueing

    load, c = question.load, question.servers
    answer: dict[str, Any] = {"model": model, "load": load, "servers": c}
    if model == "erlang-b":
        lost = queueing.erlang_b(load, servers=c)
        busy = load * (1 - lost) / c if c else 0.0
        return {**answer, "workload": busy, "p_all_busy": lost, "p_wait": 0.0, "loss": lost}
    waits = queueing.erlang_c(load, servers=c)
    answer |= {"workload": load / c, "p_all_busy": waits, "p_wait": waits, "loss": 0.0}
    time_unit = question.service_time
    answer["mean_wait"] = queueing.mean_wait(load, servers=c, service_time=time_unit)
    if question.limit is not None:
        answer["share_within"] = queueing.share_within(
            load, servers=c, service_time=time_unit, limit=question.limit
        )
    return answer
