"""A canary, and the search for it in bytes: files, databases, logs, exports.

The canary is drawn anew for each run. It holds Latin and Chinese letters; the search knows it in
UTF-8, UTF-16, GB 18030, JSON escapes, base64 (at each of three offsets) and hex, upper or lower
case, also inside ZIP and gzip files.
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import secrets
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

_CJK_FROM, _CJK_LETTERS = 0x4E00, 0x5000
_DEEPEST = 3


@dataclass(frozen=True, slots=True)
class Canary:
    """Words that stand nowhere else in the world."""

    latin: str
    chinese: str

    @property
    def words(self) -> str:
        """Give it as somebody would say it: no code, since it has blanks."""
        return f"{self.latin} 金丝雀{self.chinese}, 12 Rua das Flores"


def draw() -> Canary:
    """Draw one: 96 random bits in Latin letters, 8 random Chinese ones."""
    chinese = "".join(chr(_CJK_FROM + secrets.randbelow(_CJK_LETTERS)) for _ in range(8))
    return Canary("kanari" + secrets.token_hex(12), chinese)


@dataclass(frozen=True, slots=True)
class Needle:
    """One way in which words may stand in bytes."""

    form: str
    bytes_: bytes


def needles_of(text: str) -> tuple[Needle, ...]:
    """Give every form of a text that is searched for."""
    encodings = ("utf-8", "utf-16-le", "utf-16-be", "gb18030")
    found = [Needle(each, text.encode(each)) for each in encodings]
    escaped = json.dumps(text)[1:-1]
    found.append(Needle("json", escaped.encode()))
    for each in ("utf-8", "utf-16-le", "utf-16-be"):
        data = text.encode(each)
        found += [Needle(f"base64 of {each}", part) for part in _base64_parts(data)]
        found.append(Needle(f"hex of {each}", data.hex().encode()))
    return tuple({each.bytes_: each for each in reversed(found)}.values())


def _base64_parts(data: bytes) -> Iterator[bytes]:
    """Give what is certain to stand in a base64 text, whatever comes before and after."""
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + data)
        first = (before * 8 + 5) // 6  # the first letter that depends on our bytes alone
        last = (before + len(data)) * 8 // 6
        yield coded[first:last]
        yield base64.urlsafe_b64encode(b"\0" * before + data)[first:last]


def forms_in(data: bytes, needles: Iterable[Needle], *, depth: int = 0) -> set[str]:
    """Give the forms in which a text stands in these bytes, inside archives too."""
    lower = data.lower()
    found = {
        each.form for each in needles if each.bytes_ in data or _any_case(each).lower() in lower
    }
    if depth < _DEEPEST:
        for inner in _unpacked(data):
            found |= forms_in(inner, needles, depth=depth + 1)
    return found


def _any_case(needle: Needle) -> bytes:
    """Base64 is not looked for in another case: there that is another text."""
    return needle.bytes_ if not needle.form.startswith("base64") else b"\0" * 64 + needle.bytes_


def _unpacked(data: bytes) -> Iterator[bytes]:
    if data[:4] == b"PK\x03\x04":
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                yield from (archive.read(name) for name in archive.namelist())
        except (zipfile.BadZipFile, RuntimeError, zlib.error):
            return
    elif data[:2] == b"\x1f\x8b":
        try:
            yield gzip.decompress(data)
        except (OSError, EOFError, zlib.error):
            return


def files_below(folders: Iterable[Path]) -> Iterator[Path]:
    """Give every file below these folders."""
    for folder in folders:
        yield from sorted(path for path in folder.rglob("*") if path.is_file())


def search(folders: Iterable[Path], needles: tuple[Needle, ...]) -> dict[str, set[str]]:
    """Give the files in which a text stands, by name, with its forms; names are looked at too."""
    found: dict[str, set[str]] = {}
    for path in files_below(folders):
        forms = forms_in(path.read_bytes(), needles) | forms_in(path.name.encode(), needles)
        if forms:
            found[path.name] = forms
    return found


def is_blind(text: str, needles: tuple[Needle, ...]) -> list[str]:
    """Give the forms that the search would miss: it is tried on planted bytes before it counts."""
    missed = []
    for offset in range(3):
        for each in ("utf-8", "utf-16-le", "utf-16-be", "gb18030"):
            data = text.encode(each)
            planted = {
                each: data,
                f"base64 of {each}": base64.b64encode(b"x" * offset + data + b"yz"),
                f"hex of {each}": data.hex().upper().encode(),
                f"{each} in gzip": gzip.compress(b"x" + data),
            }
            if each == "gb18030":
                planted = {each: data}
            missed += [form for form, held in planted.items() if not forms_in(held, needles)]
    return sorted(set(missed))
