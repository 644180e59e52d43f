"""One closed case as a file that two custodians open, one after the other, without a network.

The file holds the doubly wrapped keys and the ciphertexts; whoever has it alone reads nothing.
Each custodian takes a layer off; when both are off, the texts open. No Django, no database.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from anlan.kernel.sealing import ciphers
from anlan.kernel.sealing.custody import wraps
from anlan.kernel.values import BadInput, Refused

FORM = "anlan case for custodians, form 1"


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
class ReadText:
    """A text in clear, in the hands of two custodians."""

    space: str
    field: str
    written_at: str
    text: str


@dataclass(frozen=True, slots=True)
class Turn:
    """What a custodian's turn came to: the texts, or the package with one layer less."""

    texts: tuple[ReadText, ...] | None
    package: str
    next: tuple[str, ...]  # who can take the next layer off


def pack(
    case: str, *, town: str, purpose: str, exported_at: datetime, keys: Sequence[PackedKey]
) -> str:
    """Write a case's package as JSON."""
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
    return json.dumps(document, indent=1) + "\n"


def take_layer_off(package: str, *, identity: str) -> Turn:
    """Take one custodian's layers off; when none is left, open the texts.

    Raises Refused when no layer is this custodian's turn, BadInput when the file is no package.
    """
    document = _read(package)
    fresh = True
    for key in document["keys"]:
        key["wraps"], turned = _turn(key["wraps"], identity)
        fresh = fresh and turned
    if not fresh or not document["keys"]:
        raise _not_your_turn(document)
    if all(_bare(key) is not None for key in document["keys"]):
        return Turn(_open(document), "", ())
    after = {each["left"][0] for key in document["keys"] for each in key["wraps"]}
    return Turn(None, json.dumps(document, indent=1) + "\n", tuple(sorted(after)))


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


def _open(document: Mapping[str, Any]) -> tuple[ReadText, ...]:
    read = []
    for key in document["keys"]:
        case_key = wraps.key_of(_bare(key) or b"", case_ref=key["ref"])
        for text in key["texts"]:
            place = ciphers.text_place(key["ref"], text["field"], text["id"])
            plain = ciphers.decrypt(case_key, _decoded(text["cipher"]), bound_to=place)
            read.append(ReadText(key["ref"], text["field"], text["written_at"], plain.decode()))
    return tuple(sorted(read, key=lambda text: text.written_at))


def _not_your_turn(document: Mapping[str, Any]) -> Refused:
    first = sorted(
        {each["left"][0] for k in document["keys"] for each in k["wraps"] if each["left"]}
    )
    return Refused(
        "This key opens no layer of this file now; whose turn it may be: " + ", ".join(first) + ".",
        code="not_your_turn",
    )


def _read(package: str) -> dict[str, Any]:
    try:
        document = json.loads(package)
        if document["form"] != FORM:
            raise ValueError
        for key in document["keys"]:
            key["ref"], [(each["left"], _decoded(each["data"])) for each in key["wraps"]]
            [(t["id"], t["field"], t["written_at"], _decoded(t["cipher"])) for t in key["texts"]]
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput("This is no file that `anlan custodians export` wrote.") from error
    return dict(document)


def _coded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoded(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
