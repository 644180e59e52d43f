"""`anlan ledger`: seal, publish and verify the record of every write; check anyone's proof."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from anlan.cli.output import Output
from anlan.kernel.values import BadInput
from anlan.kernel.whole_file import written_whole

_TOWN = "the town whose ledger; without it the installation's own"


def register(subparsers: Any) -> None:
    """Add `ledger` with its actions."""
    ledger = subparsers.add_parser("ledger", help="seal, publish and verify the record of writes")
    actions = ledger.add_subparsers(required=True, metavar="ACTION", dest="action")
    _register_sealing(actions)
    _register_publishing(actions)
    _register_checking(actions)


def _register_sealing(actions: Any) -> None:
    seal = actions.add_parser(
        "seal", help="sign a head over all entries and ask the witnesses to cosign it"
    )
    seal.add_argument("key", metavar="KEY", nargs="?", help="one town; without it every ledger")
    seal.set_defaults(run=_seal)
    head = actions.add_parser("head", help="print the newest signed head, to be kept elsewhere")
    head.add_argument("key", metavar="KEY", nargs="?", help=_TOWN)
    head.set_defaults(run=_head)
    public = actions.add_parser("key", help="print the ledger's public key (a C2SP vkey)")
    public.add_argument("key", metavar="KEY", nargs="?", help=_TOWN)
    public.set_defaults(run=_key)


def _register_publishing(actions: Any) -> None:
    export = actions.add_parser(
        "export",
        help="seal, and write the published ledger: staff as role and a pseudonym of the day",
    )
    export.add_argument("key", metavar="KEY", nargs="?", help=_TOWN)
    export.add_argument("--out", metavar="FILE", required=True, help="where it is written")
    export.set_defaults(run=_export)
    receipt = actions.add_parser(
        "receipt", help="prove that an entry stands in the ledger; seals first where it is not"
    )
    receipt.add_argument("entry", metavar="ENTRY", type=int, help="the entry's id")
    receipt.add_argument("--out", metavar="FILE", help="where it is written, instead of printed")
    receipt.set_defaults(run=_receipt)
    witness = actions.add_parser(
        "witness", help="run a witness: cosign heads that continue what it saw; no installation"
    )
    witness.add_argument("folder", metavar="DIR", help="where its key and its memory lie")
    witness.add_argument("--name", required=True, help="its name, such as witness.example.org/w1")
    witness.add_argument(
        "--log",
        metavar="KEYFILE",
        action="append",
        required=True,
        help="a ledger's public key; may be given again",
    )
    witness.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    witness.add_argument("--port", type=int, default=8100, help="the port, 0 for any")
    witness.set_defaults(run=_witness, bare=True)


def _register_checking(actions: Any) -> None:
    verify = actions.add_parser(
        "verify",
        help="say whether a published ledger or a receipt is as it was sealed, and name what is "
        "not; needs no installation, no database and no network",
    )
    verify.add_argument("file", metavar="FILE", help="what `export` or `receipt` wrote")
    verify.add_argument("--key", metavar="KEYFILE", help="the ledger's public key as you know it")
    verify.add_argument(
        "--witness",
        metavar="KEYFILE",
        action="append",
        default=[],
        help="a witness's public key, whose cosignature must be there; may be given again",
    )
    verify.add_argument(
        "--against", metavar="OLDHEAD", help="a head that you kept: the ledger must continue it"
    )
    verify.set_defaults(run=_verify, bare=True)
    check = actions.add_parser(
        "check", help="say of each proof (RFC 9162, JSON) whether it holds; needs no installation"
    )
    check.add_argument(
        "files", metavar="FILE.json", nargs="+", help="inclusion or consistency proofs"
    )
    check.set_defaults(run=_check, bare=True)


# --- sealing -------------------------------------------------------------------------------------


def _seal(args: argparse.Namespace, out: Output) -> int:
    from anlan.kernel.places import queries as places

    towns = ["", *(each.key for each in places.towns())]
    if args.key is not None:
        towns = [places.town(args.key).key]
    document, lines, alarm = [], [], False
    for town in towns:
        sealed, testimonies = _seal_one(town, out)
        alarm = alarm or any(each.alarm for each in testimonies)
        checkpoint = sealed.head.checkpoint
        lines.append(
            f"{checkpoint.origin}: size {checkpoint.size:,} ({sealed.entries:,} new), "
            f"root {checkpoint.root.hex()}."
        )
        lines += [f"  {each.sentence}" for each in testimonies]
        document.append(
            {
                "town": town,
                "origin": checkpoint.origin,
                "size": checkpoint.size,
                "new": sealed.entries,
                "root": checkpoint.root.hex(),
                "witnesses": [
                    {
                        "name": each.witness,
                        "cosigned": each.cosigned,
                        "alarm": each.alarm,
                        "said": each.sentence,
                    }
                    for each in testimonies
                ],
            }
        )
    out.result(document, "\n".join(lines))
    return 1 if alarm else 0


def _seal_one(town: str, out: Output) -> tuple[Any, list[Any]]:
    """Seal one ledger and ask its witnesses."""
    from datetime import UTC, datetime

    from anlan.kernel.ledger import services

    out.progress("Sealing", 0.0)
    sealed = services.seal(
        town, real_now=datetime.now(UTC), progress=lambda n: out.progress(f"Sealing: {n:,}")
    )
    return sealed, services.ask_witnesses(town)


def _head(args: argparse.Namespace, out: Output) -> None:
    from anlan.kernel.ledger import queries

    head = queries.newest_head(_town(args.key))
    checkpoint = head.checkpoint
    document = {"origin": checkpoint.origin, "size": checkpoint.size, "note": head.note()}
    out.result(document, head.note().removesuffix("\n"))


def _key(args: argparse.Namespace, out: Output) -> None:
    from anlan.kernel.ledger import queries

    key = str(queries.ledger_key(_town(args.key)))
    out.result({"key": key}, key)


def _town(key: str | None) -> str:
    """Give a town that there is, or "" for the installation's own ledger where none was named."""
    from anlan.kernel.places import queries as places

    return "" if key is None else places.town(key).key


# --- publishing ----------------------------------------------------------------------------------


def _export(args: argparse.Namespace, out: Output) -> int:
    from anlan.kernel.ledger import queries

    path, town = Path(args.out), _town(args.key)
    sealed, testimonies = _seal_one(town, out)
    written = _write_whole(path, queries.published_lines(town))
    size = sealed.head.checkpoint.size
    lines = [f"Written: {path} ({size:,} entries, {written:,} bytes)."]
    lines += [each.sentence for each in testimonies]
    document = {"file": str(path), "bytes": written, "size": size, "said": lines[1:]}
    out.result(document, "\n".join(lines))
    return 1 if any(each.alarm for each in testimonies) else 0


def _receipt(args: argparse.Namespace, out: Output) -> None:
    from anlan.kernel.ledger import queries

    town = queries.town_to_seal(args.entry)
    if town is not None:
        _seal_one(town, out)
    receipt = queries.receipt(args.entry)
    text = receipt.text()
    if args.out:
        _write_whole(Path(args.out), [text.encode()])
    human = f"Written: {args.out}." if args.out else text.removesuffix("\n")
    size = receipt.head.checkpoint.size
    out.result({"entry": args.entry, "place": receipt.place, "size": size, "receipt": text}, human)


def _write_whole(path: Path, lines: Iterable[bytes]) -> int:
    with written_whole(path) as part, part.open("wb") as file:
        return sum(file.write(line) for line in lines)


def _witness(args: argparse.Namespace, out: Output) -> None:
    from anlan.cli.witness import serve
    from anlan.kernel.ledger.notes import KeyKind
    from anlan.kernel.ledger.witness import Witness

    logs = [_read_key(name, KeyKind.ED25519) for name in args.log]
    folder = Path(args.folder)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"The folder {folder} can't be used: {error.strerror}.") from error
    witness = Witness(folder, name=args.name, logs=logs)
    serve(witness, host=args.host, port=args.port, out=out)


# --- checking ------------------------------------------------------------------------------------


def _verify(args: argparse.Namespace, out: Output) -> int:
    from anlan.kernel.ledger import receipts
    from anlan.kernel.ledger.notes import KeyKind

    path = Path(args.file)
    key = None if args.key is None else _read_key(args.key, KeyKind.ED25519)
    witnesses = [_read_key(name, KeyKind.COSIGNATURE) for name in args.witness]
    with path.open("rb") as file:
        is_receipt = receipts.is_receipt(file.read(64))
    if is_receipt:
        return _verify_receipt(path, key, witnesses, args.against, out)
    return _verify_published(path, key, witnesses, args.against, out)


def _verify_published(
    path: Path, key: Any, witnesses: list[Any], against: str | None, out: Output
) -> int:
    from anlan.kernel.ledger.verification import verify

    older = None if against is None else _read_head(against)
    with path.open("rb") as file:
        report = verify(file, key=key, witnesses=witnesses, older=older)
    document = {
        "kind": "ledger",
        "valid": report.valid,
        "origin": report.origin,
        "key": report.key,
        "key_was_given": report.key_was_given,
        "entries": report.entries,
        "heads": report.heads,
        "size": report.size,
        "root": report.root,
        "cosigned": [
            {"witness": name, "size": size, "seen_at": at} for name, size, at in report.cosigned
        ],
        "not_checked": report.not_checked,
        "faults": [
            {
                "kind": each.kind,
                "place": each.place,
                "entry": each.entry,
                "sentence": each.sentence,
            }
            for each in report.faults
        ],
    }
    out.result(document, "\n".join(_published_lines(report)))
    return 0 if report.valid else 1


def _published_lines(report: Any) -> list[str]:
    lines = [f"INVALID  {each.kind}: {each.sentence}" for each in report.faults]
    if report.valid:
        lines.append(
            f"valid  {report.origin}: entries {report.entries:,}, heads {report.heads:,}; "
            f"the newest has size {report.size:,} and root {report.root}."
        )
    lines += [f"Cosigned by {name} at size {size:,}." for name, size, _ in report.cosigned]
    if report.not_checked:
        names = ", ".join(report.not_checked)
        lines.append(f"Signed also by {names}; not checked, since no --witness gives the key.")
    if not report.key_was_given:
        lines.append(
            f"The key is the file's own word: {report.key} Compare it with one that you have from "
            "elsewhere (--key)."
        )
    return lines


def _verify_receipt(
    path: Path, key: Any, witnesses: list[Any], against: str | None, out: Output
) -> int:
    from anlan.kernel.ledger import receipts

    if key is None:
        raise BadInput("A receipt is verified by the ledger's public key; give it by --key.")
    if against is not None:
        raise BadInput("A receipt proves one entry under one head: --against is for a ledger.")
    receipt = receipts.read(path.read_bytes())
    faults = receipts.faults(receipt, key=key, witnesses=witnesses)
    checkpoint = receipt.head.checkpoint
    entry = receipt.entry.decode("utf-8", errors="replace")
    document = {
        "kind": "receipt",
        "valid": not faults,
        "origin": checkpoint.origin,
        "place": receipt.place,
        "size": checkpoint.size,
        "entry": entry,
        "faults": faults,
    }
    human = [f"INVALID  {each}" for each in faults] or [
        f"valid  {checkpoint.origin}: place {receipt.place:,} of {checkpoint.size:,} is",
        entry,
    ]
    out.result(document, "\n".join(human))
    return 1 if faults else 0


def _check(args: argparse.Namespace, out: Output) -> int:
    from anlan.kernel.ledger.proofs import judge

    found = [(name, judge(Path(name).read_bytes(), name=name)) for name in args.files]
    document = [
        {"file": name, "kind": each.kind, "valid": each.valid, "why": each.why}
        for name, each in found
    ]
    lines = [
        f"{'valid' if each.valid else 'INVALID'}  {name}: {each.kind}. {each.why}"
        for name, each in found
    ]
    out.result(document, "\n".join(lines))
    return 0 if all(each.valid for _, each in found) else 1


def _read_key(name: str, kind: Any) -> Any:
    from anlan.kernel.ledger.notes import BadNote, read_key

    try:
        return read_key(Path(name).read_text("utf-8"), kinds=[kind])
    except UnicodeDecodeError as error:
        raise BadInput(f"{name} holds no public key: it is no text.") from error
    except BadNote as error:
        raise BadInput(f"{name} holds no public key. {error}") from error


def _read_head(name: str) -> Any:
    from anlan.kernel.ledger.notes import BadNote, read_head

    try:
        return read_head(Path(name).read_bytes())
    except BadNote as error:
        raise BadInput(f"{name} is no signed head. {error}") from error
