"""`anlan site KEY`: where a town's posts should stand, on its own roads and calls."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from anlan.cli.arguments import point, whole
from anlan.cli.output import Output, table
from anlan.cli.stopping import stopping_at
from anlan.kernel.values import BadInput
from anlan.kernel.whole_file import written_whole

ONLY_HERE = ("add", "free", "forbid", "weights", "minutes", "hour", "kind", "out")

_SHOWN = 5


def add_options(site: argparse.ArgumentParser) -> None:
    """Add what only a town is asked; None where it was not said."""
    group = site.add_argument_group("for a town (KEY)")
    group.add_argument("--kind", default=None, help="fire (default), ambulance, police or hospital")
    group.add_argument("--add", type=whole(0, 500), default=None, help="so many further posts")
    group.add_argument(
        "--minutes", default=None, metavar="M[,M]", help="covered within (5); near,far with dsm"
    )
    group.add_argument(
        "--free", action="store_true", default=None, help="posts that stand may be given up"
    )
    group.add_argument("--keep", action="store_true", default=None, help="none may (the default)")
    group.add_argument(
        "--forbid",
        action="append",
        default=None,
        metavar="LON,LAT",
        help="no new post within 250 m of here; may be given again",
    )
    group.add_argument("--weights", default=None, help="calls (default) or people")
    group.add_argument("--hour", default=None, help="local hour, 0 to 23, or all (default)")
    group.add_argument("--out", default=None, metavar="FILE.geojson", help="write the map")


def check_none_said(args: argparse.Namespace) -> None:
    """Refuse options of a town where a graph is asked about."""
    for name in ONLY_HERE:
        if getattr(args, name) is not None:
            raise BadInput(f"--{name} is for a town: name its KEY instead of --orlib.")


def solve_town(args: argparse.Namespace, out: Output) -> int:
    """Answer for a town: sites with names, what is proven, and cover before and after."""
    from anlan.cli.installation import prepare, town_now

    asked = _asked(args)
    path = _path(args.out)
    prepare(args.data, out=out, begins=False)
    from anlan.areas.coverage import queries

    at = town_now(args.key)
    out.progress("Choosing sites", 0.0)
    began = time.monotonic()
    with stopping_at(began + args.seconds) as stop:
        found = queries.site(args.key, asked, at=at, seed=args.seed, stop=stop)
    seconds = round(time.monotonic() - began, 3)
    out.progress("Choosing sites", 1.0)
    if path is not None:
        _write(path, queries.siting_layers(found))
    document = {
        "model": asked.model,
        **queries.siting_document(found),
        "seconds": seconds,
        "out": args.out,
    }
    out.result(document, _sentences(found, seconds, args.out))
    return 0


def _asked(args: argparse.Namespace) -> Any:
    from anlan.areas.coverage.rules import coverage as rules
    from anlan.areas.coverage.rules.siting import SitingAsked, check_siting

    for name in ("radius", "share", "per_site", "existing", "forbidden"):
        if getattr(args, name) is not None:
            word = name.replace("_", "-")
            raise BadInput(f"--{word} is for a graph; a town takes --minutes, --keep and --forbid.")
    if args.free and args.keep:
        raise BadInput("Say --keep or --free, not both.")
    default = "5,10" if args.model == "dsm" else "5"
    return check_siting(
        SitingAsked(
            model=args.model,
            kind=args.kind or "fire",
            add=args.add,
            total=args.p,
            keep=not args.free,
            minutes=rules.read_minutes(args.minutes or default),
            weights=args.weights or "calls",
            hour=rules.read_hour(args.hour or "all"),
            forbid=tuple(point(word) for word in args.forbid or ()),
            busy=0.3 if args.busy is None else args.busy,
        )
    )


def _path(text: str | None) -> Path | None:
    if text is None:
        return None
    path = Path(text)
    if path.suffix.lower() != ".geojson":
        raise BadInput(f"“{text}” is no map; end it in .geojson.")
    if not path.absolute().parent.is_dir():
        raise BadInput(f"There is no folder {path.absolute().parent}; make it first.")
    return path


def _write(path: Path, document: dict[str, Any]) -> None:
    """Write whole or not at all."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    with written_whole(path) as part:
        part.write_text(text + "\n", encoding="utf-8")


def _sentences(found: Any, seconds: float, written: str | None) -> str:
    asked = found.asked
    rows = [
        [
            "new",
            one.name,
            f"{one.lon:.5f},{one.lat:.5f}",
            one.units or "",
        ]
        for one in found.sites
        if one.state == "new"
    ]
    kept = sum(one.state == "kept" for one in found.sites)
    lines = [
        f"{found.before.town_name}, {asked.kind} posts by {asked.model}: {_value(found)}.",
        _how_sure(found),
        _stay(kept) + (" (Made up: nobody called.)" if found.before.made_up else ""),
        *([table(["", "WHERE", "LON,LAT", "UNITS"], rows, right=(3,))] if rows else []),
        *_given_up(found),
        "",
        _before_and_after(found),
        f"The first line counts demand gathered at {found.demands:,} places, at one speed; this "
        "table counts each call and all people at their own places, calls at their own hour.",
        "",
        f"Sites: the posts and one junction a cell, {found.candidates:,} in all; demand at "
        f"{found.demands:,} places. {seconds} s, seed {found.seed}; {found.method}.",
    ]
    if written is not None:
        lines.append(f"Written: {written}")
    return "\n".join(lines)


def _stay(kept: int) -> str:
    return "1 post stays." if kept == 1 else f"{kept:,} posts stay."


def _given_up(found: Any) -> list[str]:
    """Say which posts are given up: how many, and the first few by name."""
    names = [one.name for one in found.sites if one.state == "dropped"]
    if not names:
        return []
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    posts = "1 post" if len(names) == 1 else f"{len(names):,} posts"
    return [f"Given up: {posts}: {', '.join(names[:_SHOWN])}{more}."]


def _before_and_after(found: Any) -> str:
    """Give cover before and after; without a call that counts, of people alone."""
    names = ["people"] if not found.before.demand.calls else ["calls", "people"]
    heads = [word for name in names for word in (f"{name.upper()} BEFORE", "AFTER")]
    rows = []
    for a, b in zip(found.before.bands, found.after.bands, strict=True):
        shares = [getattr(band, f"{name}_share") for name in names for band in (a, b)]
        rows.append([f"{a.minutes} min", *map(_percent, shares)])
    return table(["WITHIN", *heads], rows, right=tuple(range(len(heads) + 1)))


def _value(found: Any) -> str:
    asked, value = found.asked, found.value
    minutes = asked.minutes[0]
    words = {
        "mclp": f"{value:,.0f} of {found.of:,.0f} {asked.weights} within {minutes} minutes",
        "p-median": f"{value:.0f} s to the nearest post on average",
        "p-center": f"{value / 60:.1f} minutes to the farthest place",
        "lscp": f"{_reach(value)} all {found.demands:,} places of demand within {minutes} minutes",
        "backup": f"{value:,.0f} of {found.of:,.0f} {asked.weights} within {minutes} minutes, "
        "once and twice in equal parts",
        "mexclp": f"{value:,.0f} of {found.of:,.0f} {asked.weights} within {minutes} minutes of a "
        "free unit",
        "dsm": f"{value:,.0f} of {found.of:,.0f} {asked.weights} twice within {minutes} minutes",
    }
    return words[asked.model]


def _reach(posts: float) -> str:
    return "1 post reaches" if round(posts) == 1 else f"{posts:,.0f} posts reach"


def _how_sure(found: Any) -> str:
    if found.optimal:
        return "Optimal for these sites and places, proven."
    if found.gap is None:
        return "Best found; how far the best possible lies is not known."
    side = "below" if found.sense == "max" else "above"
    return f"Best found, at most {found.gap:.2%} {side} the best possible (not proven optimal)."


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"
