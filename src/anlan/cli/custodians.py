"""`anlan custodians`: who holds closed cases' keys, and how two of them open one case together."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anlan.cli.output import Output, table
from anlan.kernel.sealing.rules import EXPORT_PURPOSES
from anlan.kernel.values import BadInput
from anlan.kernel.whole_file import written_whole

ALTERED = (
    "The custodians in the database are not those that were set: nothing is sealed away. Find out "
    "who changed them (`anlan ledger export` has each setting), then set them anew: anlan "
    "custodians set"
)

if TYPE_CHECKING:
    from anlan.kernel.sealing.custody.packages import ReadFile, ShutFile


def register(subparsers: Any) -> None:
    """Add `custodians` with its actions."""
    custodians = subparsers.add_parser(
        "custodians", help="say who holds closed cases' keys; open one case with two of them"
    )
    actions = custodians.add_subparsers(required=True, metavar="ACTION", dest="action")
    _register_setting(actions)
    _register_opening(actions)


def _register_setting(actions: Any) -> None:
    of_town = "the town; without it the installation's own, for towns that set none"
    new = actions.add_parser(
        "new", help="make a custodian's age key on the custodian's own machine; no installation"
    )
    new.add_argument("--out", metavar="KEYFILE", required=True, help="where the secret key goes")
    new.set_defaults(run=_new, bare=True)
    set_ = actions.add_parser("set", help="set three to seven custodians by their public keys")
    set_.add_argument("key", metavar="KEY", nargs="?", default="", help=of_town)
    set_.add_argument(
        "--custodian",
        metavar="NAME=AGE1",
        action="append",
        required=True,
        help="an office and its age public key, such as court=age1…; give it three times or more",
    )
    set_.set_defaults(run=_set)
    show = actions.add_parser("show", help="say who they are, and what waits to be sealed")
    show.add_argument("key", metavar="KEY", nargs="?", default="", help=of_town)
    show.set_defaults(run=_show)


def _register_opening(actions: Any) -> None:
    export = actions.add_parser(
        "export", help="write one sealed case as a file for two custodians; entered in the ledger"
    )
    export.add_argument("key", metavar="KEY", help="the town")
    export.add_argument("case", metavar="CASE", help="its reference, such as mediation:12")
    export.add_argument(
        "--purpose",
        choices=[one.value for one in EXPORT_PURPOSES],
        required=True,
        help="why; the party reads it; for an authority its disclosure's page writes the file",
    )
    export.add_argument("--out", metavar="FILE", required=True, help="where it is written")
    export.set_defaults(run=_export)
    turn = actions.add_parser(
        "unwrap",
        help="take a custodian's layer off such a file; the second one reads the texts; needs no "
        "installation and no network",
    )
    turn.add_argument("file", metavar="FILE", help="what `export` or the other custodian wrote")
    turn.add_argument(
        "--identity", metavar="KEYFILE", required=True, help="the custodian's age secret key"
    )
    turn.add_argument(
        "--out", metavar="FILE", help="where the first one's result goes, for the other"
    )
    turn.add_argument(
        "--documents", metavar="DIR", help="where the second one's reading puts the documents"
    )
    turn.set_defaults(run=_turn, bare=True)


# --- who they are --------------------------------------------------------------------------------


def _new(args: argparse.Namespace, out: Output) -> None:
    from anlan.kernel.sealing.custody.wraps import new_identity

    secret, public = new_identity()
    text = f"# public key: {public}\n{secret}\n"
    try:
        handle = os.open(args.out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BadInput(f"{args.out} is there already; a key is never written over.") from None
    with os.fdopen(handle, "w") as file:
        file.write(text)
    out.result(
        {"file": args.out, "public": public},
        f"Your public key: {public}\nGive it to the town. Keep {args.out} to yourself, with a copy "
        "on paper elsewhere.",
    )


def _set(args: argparse.Namespace, out: Output) -> None:
    from anlan.cli.installation import stamp
    from anlan.kernel.sealing.custody import services

    recipients: dict[str, str] = {}
    for each in args.custodian:
        name, equals, public = each.partition("=")
        if not equals or name in recipients:
            raise BadInput("Give each custodian once, as NAME=AGE1…")
        recipients[name] = public
    town = _town(args.key)
    services.set_custodians(recipients, town=town, **stamp(town or None))
    names = ", ".join(sorted(recipients))
    out.result(
        {"town": town, "custodians": sorted(recipients)},
        f"Custodians of {town or 'the installation'}: {names}. Any two open a closed case "
        "together. What was sealed before stays with those who held it then.",
    )


def _show(args: argparse.Namespace, out: Output) -> int:
    from anlan.kernel.sealing import queries

    town = _town(args.key)
    found = queries.custodians(town)
    altered = queries.custodians_altered(town, found)
    waiting = {each: _waiting(each) for each in ([town] if town else _towns())}
    document = {
        "town": town,
        "custodians": [
            {"name": each.ident, "public": each.recipient, "since": each.since.isoformat()}
            for each in found
        ],
        "waiting": waiting,
        "altered": altered,
    }
    if altered:
        out.result(document, ALTERED)
        return 1
    if not found:
        out.result(document, _nobody(sum(waiting.values())))
        return 1
    rows = [(each.ident, each.recipient, f"{each.since:%Y-%m-%d}") for each in found]
    out.result(document, table(("custodian", "public key", "since"), rows))
    return 0


def _nobody(waiting: int) -> str:
    return (
        "No custodians are set. Closed cases are not sealed away: whoever holds the database and "
        f"the key file can open them. {waiting} closed cases wait. Set three: anlan custodians set"
    )


def _waiting(town: str) -> int:
    from anlan.cli.installation import town_now
    from anlan.kernel.cases.queries import due_to_seal

    return len(due_to_seal(town, at=town_now(town)))


def _towns() -> list[str]:
    from anlan.kernel.places import queries

    return [each.key for each in queries.towns()]


def _town(key: str) -> str:
    from anlan.kernel.places import queries

    return queries.town(key).key if key else ""


# --- opening one case ----------------------------------------------------------------------------


def _export(args: argparse.Namespace, out: Output) -> None:
    path = Path(args.out)
    if path.exists():
        raise BadInput(f"{path} is there already; name another file.")
    write_private(path, _package(args))
    out.result(
        {"case": args.case, "file": str(path)},
        f"Written: {path}. Two custodians open it, one after the other: anlan custodians unwrap",
    )


def _package(args: argparse.Namespace) -> Iterator[str]:
    """Give the file piece by piece; it is entered as an opening when the first is asked for.

    So not before there is a file to write it into: the party reads of each opening.
    """
    from anlan.cli.installation import stamp
    from anlan.kernel.cases.queries import files_for_custodians
    from anlan.kernel.sealing.custody import packages, services
    from anlan.kernel.sealing.rules import Purpose

    package = services.export_case(
        args.case, town=_town(args.key), purpose=Purpose(args.purpose), **stamp(args.key)
    )
    yield from packages.with_files(package, files_for_custodians(args.case))


def _turn(args: argparse.Namespace, out: Output) -> int:
    from anlan.kernel.sealing.ciphers import Unreadable
    from anlan.kernel.sealing.custody import packages
    from anlan.kernel.sealing.custody.wraps import read_identity

    identity = read_identity(read_text(args.identity))
    try:
        done = packages.take_layer_off(_lines_of(args.file), identity=identity)
    except Unreadable as fault:
        raise BadInput(f"{args.file} was altered. {fault}") from fault
    if done.texts is None:
        if not args.out:
            raise BadInput("Name the file for the other custodian by --out.")
        write_private(Path(args.out), done.package)
        out.result(
            {"file": args.out, "next": list(done.next)},
            f"Your layer is off. Written: {args.out}, for {' or '.join(done.next)}.",
        )
        return 0
    kept, waiting, lost = _documents_of(done.files, args.documents)
    document = [
        {"space": each.space, "field": each.field, "written_at": each.written_at, "text": each.text}
        for each in done.texts
    ]
    lines = [
        f"{_minute(each.written_at)}  {each.space}  {each.field}\n{each.text}"
        for each in done.texts
    ]
    if args.out:
        lines.append(f"Nothing was written to {args.out}: this was the last layer.")
    lines += [f"{name}: written" for name in kept]
    if waiting:
        lines.append(f"{waiting} documents as well; --documents DIR writes them there.")
    if done.shut:
        lines.append(
            f"Still shut, for {' or '.join(done.next)}: {', '.join(done.shut)}. It was sealed at "
            "another time; begin anew with the file that `export` wrote."
        )
    if lost:
        lines.append(f"Documents that none of these keys opened: {lost}.")
    found = {"texts": document, "documents": kept, "shut": list(done.shut), "shut_documents": lost}
    out.result(found, "\n\n".join(lines))
    return 1 if done.shut or lost else 0


def _minute(written_at: str) -> str:
    """Write a package's moment to the minute, by Greenwich: a custodian's machine knows no town."""
    try:
        return f"{datetime.fromisoformat(written_at).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    except (ValueError, OverflowError):  # written by another hand
        return written_at


def _documents_of(files: Iterable[ReadFile | ShutFile], folder: str) -> tuple[list[str], int, int]:
    """Write opened documents into a folder; gives their names, how many wait, how many stay shut.

    Without a folder those that open wait.
    """
    from anlan.kernel.sealing.custody.packages import ShutFile

    kept, opened, lost = [], 0, 0
    for each in files:
        if isinstance(each, ShutFile):
            lost += 1
            continue
        opened += 1
        if folder:
            kept.append(_keep_document(each, folder, opened))
    return kept, opened - len(kept), lost


def _keep_document(each: ReadFile, folder: str, number: int) -> str:
    """Write an opened document into a folder for its reader alone, numbered; never over a file."""
    from anlan.kernel.cases.rules.documents import saved_name, tidy_name

    name = saved_name(tidy_name(each.name), each.media_type)
    path = Path(folder) / f"{number:03d} {name}"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(each.data)
    except OSError as error:
        raise BadInput(f"The file {path} can't be written: {error.strerror}.") from error
    return str(path)


def read_text(name: str) -> str:
    """Read a file that the command line names."""
    try:
        return Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"The file {name} can't be read.") from error


def _lines_of(name: str) -> Iterator[str]:
    """Read a file line by line; a document is one, and so one at a time is in memory."""
    try:
        with Path(name).open(encoding="utf-8") as file:
            yield from file
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"The file {name} can't be read.") from error


def write_private(path: Path, text: str | Iterable[str]) -> None:
    """Write a file for its owner alone, whole or not at all: a text, or piece by piece."""
    with written_whole(path, private=True) as part, part.open("w", encoding="utf-8") as file:
        file.writelines([text] if isinstance(text, str) else text)
