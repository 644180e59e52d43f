"""A published ledger as a file: written, and taken apart again before any of it is believed. Pure.

Lines of canonical JSON (RFC 8785), in this order: the form with the ledger's public key; each head;
the hashes of all leaves, a thousand a line; each entry in its published form. An entry's line,
without its newline, is the very text whose hash is its leaf.
"""

from __future__ import annotations

import base64
import json
import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import rfc8785

from anlan.kernel.ledger import merkle, notes
from anlan.kernel.ledger.notes import BadNote, Head, KeyKind, VerifierKey
from anlan.kernel.values import BadInput

FORM = "anlan-ledger/1"
LEAVES_A_LINE = 1000
_ID = re.compile(rb'"id":([0-9]{1,18})[,}]')


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is not as it was sealed; places are counted from 0."""

    kind: str  # form, key, head, signature, cosignature, entry, order, omission, split
    sentence: str
    place: int | None = None
    entry: int | None = None


# --- writing -------------------------------------------------------------------------------------


def lines(
    key: VerifierKey, heads: Iterable[Head], leaves: Sequence[bytes], entries: Iterable[bytes]
) -> Iterator[bytes]:
    """Give the file's lines, each with its newline; `entries` are the texts of the leaves."""
    yield _line({"form": FORM, "key": str(key)})
    for head in heads:
        yield _line({"head": head.note()})
    for at in range(0, len(leaves), LEAVES_A_LINE):
        joined = b"".join(leaves[at : at + LEAVES_A_LINE])
        yield _line({"leaves": base64.b64encode(joined).decode()})
    for entry in entries:
        yield entry + b"\n"


def _line(value: dict[str, str]) -> bytes:
    return rfc8785.dumps(value) + b"\n"


# --- reading -------------------------------------------------------------------------------------


@dataclass(slots=True)
class File:
    """A file taken apart: what it claims, before any of it is believed."""

    key: VerifierKey
    notes: list[str] = field(default_factory=list)
    leaves: list[bytes] = field(default_factory=list)
    entry_hashes: list[bytes] = field(default_factory=list)
    ids: array[int] = field(default_factory=lambda: array("q"))
    faults: list[Fault] = field(default_factory=list)


def is_published(first_line: bytes) -> bool:
    """Say whether a file that begins so is a published ledger."""
    return first_line.startswith(b'{"form":"anlan-ledger/')


def read(found: Iterable[bytes]) -> File:
    """Take a file apart; BadInput when it is no published ledger."""
    each_line = iter(found)
    file = File(_read_first(next(each_line, b"")))
    step = 0
    for number, line in enumerate(each_line, start=2):
        if not line.endswith(b"\n"):
            file.faults.append(Fault("form", f"Line {number} breaks off."))
        kind, text = _kind_of(line.removesuffix(b"\n"))
        if kind < step:
            file.faults.append(Fault("form", f"Line {number} stands out of its place."))
        step = max(step, kind)
        _take(file, kind, text, line.removesuffix(b"\n"), number)
    return file


def _read_first(line: bytes) -> VerifierKey:
    if not is_published(line):
        raise BadInput("This is no published ledger: its first line names no form of one.")
    try:
        first = json.loads(line)
        if first["form"] != FORM:
            raise BadInput(f"This ledger is of another form than {FORM}; a newer Anlan reads it.")
        fits = first.keys() == {"form", "key"} and isinstance(first["key"], str)
        if not fits or _line(first) != line:
            raise BadNote("The first line was altered.")
        return notes.read_key(first["key"], kinds=[KeyKind.ED25519])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput("The first line of the published ledger was altered.") from error


_HEAD, _LEAVES, _ENTRY = 0, 1, 2
_KINDS = ((_HEAD, "head"), (_LEAVES, "leaves"))


def _kind_of(line: bytes) -> tuple[int, str | None]:
    """Give a line's kind, and the text it carries; None where it is not as it is written."""
    for kind, name in _KINDS:
        if line.startswith(b'{"%s":' % name.encode()):
            try:
                value = json.loads(line)
                fits = value.keys() == {name} and _line(value) == line + b"\n"
                return kind, value[name] if fits and isinstance(value[name], str) else None
            except (ValueError, AttributeError, RecursionError):
                return kind, None
    return _ENTRY, ""


def _take(file: File, kind: int, text: str | None, line: bytes, number: int) -> None:
    if text is None:
        file.faults.append(Fault("form", f"Line {number} was altered: it can't be read."))
    elif kind == _HEAD:
        file.notes.append(text)
    elif kind == _LEAVES:
        leaves = _leaves_of(text)
        if not leaves:
            file.faults.append(Fault("form", f"Line {number} was altered: it holds no hashes."))
        file.leaves += leaves
    else:
        file.entry_hashes.append(merkle.leaf_hash(line))
        found = _ID.search(line)
        file.ids.append(int(found[1]) if found else -1)


def _leaves_of(text: str) -> list[bytes]:
    """Read joined hashes; gives none when they are not written as we write them."""
    try:
        joined = base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError:
        return []
    if len(joined) % merkle.HASH_BYTES or base64.b64encode(joined).decode() != text:
        return []
    return [joined[at : at + merkle.HASH_BYTES] for at in range(0, len(joined), merkle.HASH_BYTES)]
