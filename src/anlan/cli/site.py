"""`anlan site`: where posts should stand, in a town or on a published graph, with a bound."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anlan.cli import siting_in_town
from anlan.cli.arguments import whole
from anlan.cli.output import Output
from anlan.cli.stopping import stopping_at
from anlan.kernel.values import BadInput, Refused

if TYPE_CHECKING:
    from anlan.engine.siting import Model, SitingProblem, SitingResult

MODELS = ("p-median", "p-center", "mclp", "lscp", "backup", "mexclp", "dsm")
VALUES = {
    "p-median": "total cost to the nearest site",
    "p-center": "greatest cost to the nearest site",
    "mclp": "vertices covered",
    "lscp": "sites",
    "backup": "vertices covered twice",
    "mexclp": "vertices expected to be covered by a free unit",
    "dsm": "vertices covered twice",
}
EPILOG = (
    "In a town (KEY) sites are the posts and one junction a cell, demand is calls or people, times "
    "are by road. On a graph (--orlib) vertices are numbered from 1 as in the file; each is a "
    "demand of weight 1 and a site, and costs are the shortest ways. “optimal” is said only with "
    "a proof; else the bound says how far the best possible can lie. Ctrl-C ends the search and "
    "prints the best so far."
)


def register(subparsers: Any) -> None:
    """Add `site`."""
    site = subparsers.add_parser(
        "site", help="where posts should stand, with a bound on the best possible", epilog=EPILOG
    )
    site.add_argument("key", metavar="KEY", nargs="?", help="the town; or give --orlib")
    site.add_argument("--model", required=True, choices=MODELS, help="what is wanted of the sites")
    site.add_argument("--orlib", metavar="FILE", help="an OR-Library p-median file: the graph")
    site.add_argument(
        "--p",
        type=whole(0, 999_999_999),
        help="how many sites, or units with mexclp and dsm; the file's where none is said",
    )
    site.add_argument(
        "--radius",
        metavar="R[,R…]",
        help="within what cost a vertex is covered; several, rising, with mclp; near,far with dsm",
    )
    site.add_argument(
        "--share",
        metavar="S[,S…]",
        help="mclp: what counts within each radius (1); dsm: the share with a unit near (0.9); "
        "backup: the first cover's share of the goal (without: all must be covered once)",
    )
    site.add_argument(
        "--busy", type=float, help="mexclp: how much of the time a unit is busy (0.3)"
    )
    site.add_argument(
        "--per-site",
        type=whole(1, 999_999_999),
        help="how many units may stand at a site (1; with mexclp all)",
    )
    site.add_argument(
        "--existing", metavar="V[,V…]", help="vertices with a post that stays; they count towards p"
    )
    site.add_argument("--forbidden", metavar="V[,V…]", help="vertices where no post may stand")
    site.add_argument("--seed", type=whole(0, 999_999_999), default=1, help="of the search (1)")
    site.add_argument(
        "--seconds",
        type=float,
        default=60.0,
        help="the search's limit; it ends on a proof (60)",
    )
    siting_in_town.add_options(site)
    site.set_defaults(run=_run, bare=True)


def _run(args: argparse.Namespace, out: Output) -> int:
    if (args.key is None) == (args.orlib is None):
        raise BadInput("Name a town's KEY or give --orlib FILE, one of the two.")
    if not 0 < args.seconds < float("inf"):
        raise BadInput("--seconds is how long to search: a number above 0.")
    if args.key is not None:
        return siting_in_town.solve_town(args, out)
    siting_in_town.check_none_said(args)
    return _solve_orlib(args, out)


def _solve_orlib(args: argparse.Namespace, out: Output) -> int:
    from anlan.engine.siting import NoSuchSiting, SitingProblem, solve
    from anlan.engine.siting.orlib import read_orlib

    _check_foreign(args)
    out.progress("Reading the graph")
    try:
        graph = read_orlib(Path(args.orlib))
    except OSError as error:  # one that fails in reading, such as EIO, does not name its file
        raise BadInput(f"The file {args.orlib} can't be used: {error.strerror}.") from error
    problem = SitingProblem(
        graph.cost,
        existing=_vertices(args.existing, "--existing"),
        forbidden=_vertices(args.forbidden, "--forbidden"),
    )
    if args.model == "p-median" and not all(map(isfinite, graph.cost[0])):
        raise BadInput("Some vertices of the graph are not joined; a p-median needs all ways.")
    p = graph.p if args.p is None else args.p
    model = make_model(args, p)
    out.progress("Choosing sites")
    began = time.monotonic()
    try:
        with stopping_at(began + args.seconds) as stop:
            result = solve(problem, model, seed=args.seed, stop=stop)
    except NoSuchSiting as error:
        raise Refused(str(error), code="no_such_siting") from error
    seconds = round(time.monotonic() - began, 3)
    document = {
        "model": args.model,
        **document_of(result),
        "sites": [site + 1 for site in result.sites],
        **({"units": list(result.units)} if args.model in ("backup", "mexclp", "dsm") else {}),
        "seconds": seconds,
        "seed": args.seed,
        "nodes": problem.sites,
        "p": sum(result.units),
    }
    out.result(document, sentences(args.model, result, problem, document))
    return 0


def document_of(result: SitingResult) -> dict[str, Any]:
    """Give a result's figures as JSON has them; the caller names the sites its own way."""
    return {
        "value": _figure(result.value),
        "bound": None if result.bound is None else _figure(result.bound),
        "optimal": result.optimal,
        "status": result.status,
        "gap": result.gap,
        "method": result.method,
    }


def sentences(
    model: str, result: SitingResult, problem: SitingProblem, document: dict[str, Any]
) -> str:
    """Say what was found and how sure it is, for people."""
    where = ", ".join(
        f"{name}" + (f" (×{units})" if units > 1 else "")
        for name, units in zip(document["sites"], result.units, strict=True)
    )
    return "\n".join(
        [
            f"{model} on {problem.demands} vertices: {document['value']:,} {VALUES[model]}.",
            how_sure(result),
            f"Sites (vertices of the file): {where}.",
            f"{document['seconds']} s, seed {document['seed']}; {result.method}.",
        ]
    )


def how_sure(result: SitingResult) -> str:
    """Say in one sentence what is proven."""
    if result.optimal:
        return "Optimal, proven."
    if result.bound is None or result.gap is None:
        return "Best found; how far the best possible lies is not known."
    bound = _figure(result.bound)
    if result.sense == "max":
        return f"Best found, at most {result.gap:.2%} below the best possible (bound {bound:,})."
    above = (result.value - result.bound) / result.bound if result.bound > 0 else None
    if above is None:
        return f"Best found; the bound is {bound:,}."
    return f"Best found, at most {above:.2%} above the best possible (bound {bound:,})."


def make_model(args: argparse.Namespace, p: int) -> Model:
    """Give the model that the words name."""
    from anlan.engine import siting

    per_site = args.per_site
    radii = _numbers(args.radius, "--radius")
    shares = _numbers(args.share, "--share")
    makers: dict[str, Callable[[], Model]] = {
        "p-median": lambda: siting.PMedian(p),
        "p-center": lambda: siting.PCenter(p),
        "lscp": lambda: siting.SetCovering(_only(radii)),
        "mclp": lambda: siting.MaximalCovering(
            p, radius=radii, share=shares or (1.0,) * len(radii)
        ),
        "backup": lambda: siting.BackupCovering(
            p,
            radius=_only(radii),
            first_share=shares[0] if shares else None,
            per_site=per_site or 1,
        ),
        "mexclp": lambda: siting.ExpectedCovering(
            p, radius=_only(radii), busy=0.3 if args.busy is None else args.busy, per_site=per_site
        ),
        "dsm": lambda: siting.DoubleStandard(
            p,
            near=radii[0],
            far=radii[1],
            share=shares[0] if shares else 0.9,
            per_site=per_site or 1,
        ),
    }
    _check_words(args.model, radii, shares)
    return makers[args.model]()


def _check_foreign(args: argparse.Namespace) -> None:
    """Refuse an option that the model would pass over in silence."""
    taken = {
        "p": set(MODELS) - {"lscp"},
        "busy": {"mexclp"},
        "per_site": {"backup", "mexclp", "dsm"},
    }
    for name, models in taken.items():
        if getattr(args, name) is not None and args.model not in models:
            word = name.replace("_", "-")
            raise BadInput(f"The model {args.model} does not take --{word}.")


def _check_words(model: str, radii: tuple[float, ...], shares: tuple[float, ...]) -> None:
    wanted = {"p-median": (0, 0), "p-center": (0, 0), "mclp": (1, 99), "dsm": (2, 2)}
    low, high = wanted.get(model, (1, 1))
    if not low <= len(radii) <= high:
        words = {0: "no --radius", 1: "one --radius", 2: "--radius NEAR,FAR"}[low]
        raise BadInput(f"The model {model} takes {words}.")
    if len(shares) > (high if model == "mclp" else 1) or (
        shares and model not in ("mclp", "dsm", "backup")
    ):
        raise BadInput(f"The model {model} does not take this --share.")


def _only(radii: tuple[float, ...]) -> float:
    return radii[0]


def _numbers(text: str | None, word: str) -> tuple[float, ...]:
    try:
        return tuple(float(each) for each in text.split(",")) if text else ()
    except ValueError as error:
        raise BadInput(f"“{text}” is no {word}: write numbers with commas between.") from error


def _vertices(text: str | None, word: str) -> tuple[int, ...]:
    try:
        return tuple(int(each) - 1 for each in text.split(",")) if text else ()
    except ValueError as error:
        raise BadInput(f"“{text}” is no {word}: write vertices with commas between.") from error


def _figure(value: float) -> float | int:
    """Write a whole number as one."""
    return int(value) if value == int(value) else round(value, 9)
