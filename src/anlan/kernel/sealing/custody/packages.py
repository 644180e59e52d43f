"""One closed case as a file that two custodians open, one after the other, without a network.

The file holds the doubly wrapped keys and the ciphertexts; whoever has it alone reads nothing.
Each custodian takes a layer off; when both are off, the texts open. No Django, no database.

A line of JSON holds keys and texts; each further line is one document, so that a case with a
thousand pictures is written, passed on and opened with one of them in memory.
"""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from anlan.kernel.sealing import ciphers, file_ciphers
from anlan.kernel.sealing.custody import wraps
from anlan.kernel.sealing.personal_fields import reading_place
from anlan.kernel.values import BadInput, Refused

FORM = "anlan case for custodians, form 2"
CHUNK_BYTES = 3 * 2**18  # whole groups of three, so that parts of base64 make up one


@dataclass(frozen=True, slots=True)
class PackedText:
    """One text as ciphertext."""

    id: str
    field: str
    written_at: datetime
    cipher: bytes


@dataclass(frozen=True, slots=True)
class PackedKey:
    """One key of a case: its wraps by pair ("court+notary") and the texts under it."""

    ref: str
    made_at: datetime
    wraps: Mapping[str, bytes]
    texts: Sequence[PackedText]


@dataclass(frozen=True, slots=True)
class PackedFile:
    """One document as ciphertext: its key stands sealed under its space's key."""

    ref: str
    stored_as: uuid.UUID
    name_text: str  # the id of the text that is its name
    media_type: str
    sealed_key: bytes
    chunks: Callable[[], Iterable[bytes]]  # the ciphertext, `CHUNK_BYTES` at a time


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A document in clear, in the hands of two custodians; `name` is what it was called."""

    space: str
    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ShutFile:
    """A document that no key at hand opens."""

    space: str


@dataclass(frozen=True, slots=True)
class ReadText:
    """A text in clear, in the hands of two custodians."""

    space: str
    field: str
    written_at: str
    text: str


@dataclass(frozen=True, slots=True)
class Turn:
    """What a custodian's turn came to: the texts, or the package with one layer less.

    `package` (lines) and `files` are read as they are taken, once. `shut` are the spaces of which
    a key is still wrapped, for other custodians: a case that was sealed twice has keys of both
    times.
    """

    texts: tuple[ReadText, ...] | None
    package: Iterable[str]
    next: tuple[str, ...]  # who can take the next layer off
    files: Iterable[ReadFile | ShutFile] = ()
    shut: tuple[str, ...] = ()


def pack(
    case: str, *, town: str, purpose: str, exported_at: datetime, keys: Sequence[PackedKey]
) -> str:
    """Write a case's package without its documents: one line of JSON."""
    document = {
        "form": FORM,
        "case": case,
        "town": town,
        "purpose": purpose,
        "exported_at": exported_at.isoformat(),
        "keys": [
            {
                "ref": key.ref,
                "made_at": key.made_at.isoformat(),
                "wraps": [
                    {"left": pair.split("+"), "data": _coded(data)}
                    for pair, data in sorted(key.wraps.items())
                ],
                "texts": [
                    {
                        "id": text.id,
                        "field": text.field,
                        "written_at": text.written_at.isoformat(),
                        "cipher": _coded(text.cipher),
                    }
                    for text in key.texts
                ],
            }
            for key in keys
        ],
    }
    return json.dumps(document) + "\n"


def with_files(package: str, packed: Iterable[PackedFile]) -> Iterator[str]:
    """Give a package that holds a case's documents, too, piece by piece."""
    yield package
    for each in packed:
        head = {
            "ref": each.ref,
            "stored_as": str(each.stored_as),
            "name_text": each.name_text,
            "media_type": each.media_type,
            "sealed_key": _coded(each.sealed_key),
        }
        yield f'{json.dumps(head)[:-1]}, "cipher": "'
        for chunk in each.chunks():
            yield _coded(chunk)
        yield '"}\n'


def take_layer_off(package: str | Iterable[str], *, identity: str) -> Turn:
    """Take one custodian's layers off, of each key where it is its turn; open what is bare then.

    `package` is a text or its lines. Raises Refused when no layer is this custodian's turn,
    BadInput when it is no package.
    """
    lines = iter(package.splitlines(keepends=True) if isinstance(package, str) else package)
    document = _read(next(lines, ""))
    turns = [_turn(key["wraps"], identity) for key in document["keys"]]
    if not any(turned for _wraps, turned in turns):
        raise _not_your_turn(document)
    for key, (held, _turned) in zip(document["keys"], turns, strict=True):
        key["wraps"] = held
    shut = [key for key in document["keys"] if _bare(key) is None]
    after = tuple(sorted({each["left"][0] for key in shut for each in key["wraps"]}))
    if len(shut) < len(document["keys"]):
        refs = tuple(dict.fromkeys(key["ref"] for key in shut))
        return Turn(_open(document), (), after, _open_files(document, lines), refs)
    return Turn(None, itertools.chain([json.dumps(document) + "\n"], lines), after)


def _turn(held: list[dict[str, Any]], identity: str) -> tuple[list[dict[str, Any]], bool]:
    """Take this identity's layer off where it is the outer one; the other wraps are left out."""
    kept = []
    for each in held:
        if not each["left"]:
            continue
        inner = wraps.peel(_decoded(each["data"]), identity)
        if inner is not None:
            kept.append({"left": each["left"][1:], "data": _coded(inner)})
    return (kept, True) if kept else (held, False)


def _bare(key: Mapping[str, Any]) -> bytes | None:
    return next((_decoded(each["data"]) for each in key["wraps"] if not each["left"]), None)


def _bare_keys(document: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], bytes]]:
    for key in document["keys"]:
        bare = _bare(key)
        if bare is not None:
            yield key, wraps.key_of(bare, case_ref=key["ref"])


def _open(document: Mapping[str, Any]) -> tuple[ReadText, ...]:
    read = []
    for key, case_key in _bare_keys(document):
        for text in key["texts"]:
            place = ciphers.text_place(key["ref"], text["field"], text["id"])
            plain = ciphers.decrypt(case_key, _decoded(text["cipher"]), bound_to=place)
            read.append(ReadText(key["ref"], text["field"], text["written_at"], plain.decode()))
    return tuple(
        sorted(read, key=lambda each: (each.written_at, reading_place(each.space, each.field)))
    )


def _open_files(document: Mapping[str, Any], lines: Iterable[str]) -> Iterator[ReadFile | ShutFile]:
    """Open the documents one by one; one whose key is not at hand is said to stay shut."""
    names = {text["id"]: text for key in document["keys"] for text in key["texts"]}
    keys = list(_bare_keys(document))
    for line in lines:
        each = _read_file(line)
        yield _opened_file(each, [found for key, found in keys if key["ref"] == each["ref"]], names)


def _opened_file(
    each: Mapping[str, Any], case_keys: Iterable[bytes], names: Mapping[str, Mapping[str, Any]]
) -> ReadFile | ShutFile:
    for case_key in case_keys:
        with contextlib.suppress(ciphers.Unreadable):  # another key of the same space
            data = _one_file(each, case_key)
            name = _name_of(names.get(each["name_text"]), each["ref"], case_key)
            return ReadFile(each["ref"], name, each["media_type"], data)
    return ShutFile(each["ref"])


def _one_file(each: Mapping[str, Any], case_key: bytes) -> bytes:
    return file_ciphers.open_file(
        each["cipher"],
        each["sealed_key"],
        space_ref=each["ref"],
        stored_as=uuid.UUID(each["stored_as"]),
        case_key=case_key,
    )


def _name_of(text: Mapping[str, Any] | None, ref: str, case_key: bytes) -> str:
    if text is None:
        return ""
    place = ciphers.text_place(ref, text["field"], text["id"])
    return ciphers.decrypt(case_key, _decoded(text["cipher"]), bound_to=place).decode()


def _not_your_turn(document: Mapping[str, Any]) -> Refused:
    first = sorted(
        {each["left"][0] for k in document["keys"] for each in k["wraps"] if each["left"]}
    )
    return Refused(
        "This key opens no layer of this file now; whose turn it may be: " + ", ".join(first) + ".",
        code="not_your_turn",
    )


def _read(line: str) -> dict[str, Any]:
    try:
        document = json.loads(line)
        if document["form"] != FORM:
            raise ValueError
        for key in document["keys"]:
            _check_texts(key["ref"])
            for each in key["wraps"]:
                _check_texts(*each["left"])
                _decoded(each["data"])
            for t in key["texts"]:
                _check_texts(t["id"], t["field"], t["written_at"])
                _decoded(t["cipher"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _no_package() from error
    return dict(document)


def _read_file(line: str) -> dict[str, Any]:
    try:
        each = json.loads(line)
        uuid.UUID(each["stored_as"])
        _check_texts(each["ref"], each["name_text"], each["media_type"])
        each["sealed_key"], each["cipher"] = (
            _decoded(each["sealed_key"]),
            _decoded(each["cipher"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _no_package() from error
    return dict(each)


def _check_texts(*values: object) -> None:
    if not all(isinstance(each, str) for each in values):
        raise TypeError("A text is expected.")


def _no_package() -> BadInput:
    return BadInput("This is no file that `anlan custodians export` wrote.")


def _coded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoded(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
