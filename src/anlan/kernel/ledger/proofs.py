"""Proofs as JSON files, in the form of transparency-dev/merkle's test vectors: read and judged.

An inclusion proof has leafIdx, treeSize, root, leafHash and proof; a consistency proof size1,
size2, root1, root2 and proof. Hashes are base64 (RFC 4648 §4); sizes are whole numbers of 64 bits;
null stands for nothing. What else stands in the file is not looked at.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from anlan.kernel.ledger import merkle
from anlan.kernel.values import BadInput

INCLUSION = frozenset({"leafIdx", "treeSize", "root", "leafHash", "proof"})
CONSISTENCY = frozenset({"size1", "size2", "root1", "root2", "proof"})
LARGEST_SIZE = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a proof is, whether it holds, and why."""

    kind: str  # "inclusion" or "consistency"
    valid: bool
    why: str


def judge(text: bytes, *, name: str) -> Judgement:
    """Say whether the proof in a file's text holds; BadInput when the text is no proof."""
    fields = _read(text, name)
    kind = _kind(fields, name)
    try:
        return Judgement(
            kind,
            True,
            _check_inclusion(fields, name)
            if kind == "inclusion"
            else _check_consistency(fields, name),
        )
    except merkle.WrongProof as fault:
        return Judgement(kind, False, str(fault))


def _read(text: bytes, name: str) -> Mapping[str, Any]:
    try:
        found = json.loads(text.decode("utf-8"), object_pairs_hook=_once)
    except _NamedTwice as twice:
        raise BadInput(f"{name} names {twice} twice, so it can't be said what it claims.") from None
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{name} is no JSON document.") from error
    if not isinstance(found, dict):
        raise BadInput(f"{name} is no proof: a JSON object is expected.")
    return found


class _NamedTwice(Exception):
    """A JSON object has two members of one name, of which readers would take different ones."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _NamedTwice(key)
        found[key] = value
    return found


def _kind(fields: Mapping[str, Any], name: str) -> str:
    inclusion, consistency = fields.keys() >= INCLUSION, fields.keys() >= CONSISTENCY
    if inclusion == consistency:
        raise BadInput(
            f"{name} is no proof: it has {'both' if inclusion else 'neither'} "
            "leafIdx, treeSize, root, leafHash, proof (inclusion) "
            f"{'and' if inclusion else 'nor'} size1, size2, root1, root2, proof (consistency)."
        )
    return "inclusion" if inclusion else "consistency"


def _check_inclusion(fields: Mapping[str, Any], name: str) -> str:
    index, size = _size(fields, "leafIdx", name), _size(fields, "treeSize", name)
    merkle.check_inclusion(
        index=index,
        size=size,
        leaf=_hash(fields, "leafHash", name),
        proof=_hashes(fields, name),
        root=_hash(fields, "root", name),
    )
    return f"Leaf {index} is in the tree of {size} under this root."


def _check_consistency(fields: Mapping[str, Any], name: str) -> str:
    size1, size2 = _size(fields, "size1", name), _size(fields, "size2", name)
    merkle.check_consistency(
        size1=size1,
        size2=size2,
        root1=_hash(fields, "root1", name),
        root2=_hash(fields, "root2", name),
        proof=_hashes(fields, name),
    )
    return f"The tree of {size1} is the beginning of the tree of {size2}."


def _size(fields: Mapping[str, Any], key: str, name: str) -> int:
    value = fields[key]
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_SIZE:
        raise BadInput(f"{name}: {key} is no whole number from 0 to {LARGEST_SIZE}.")
    return value


def _hash(fields: Mapping[str, Any], key: str, name: str) -> bytes:
    return _decode(fields[key], f"{name}: {key}")


def _hashes(fields: Mapping[str, Any], name: str) -> list[bytes]:
    value = [] if fields["proof"] is None else fields["proof"]
    if not isinstance(value, list):
        raise BadInput(f"{name}: proof is no list of hashes.")
    return [_decode(each, f"{name}: proof[{at}]") for at, each in enumerate(value)]


def _decode(value: object, what: str) -> bytes:
    if value is None:
        return b""
    if not isinstance(value, str):
        raise BadInput(f"{what} is no text in base64.")
    try:
        return base64.b64decode(value.encode("ascii"), validate=True)
    except ValueError as error:
        raise BadInput(f"{what} is not written in base64.") from error
