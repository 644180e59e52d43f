"""The service's key file: two secrets that live outside the data. Standard library only.

Settings read it at import, so nothing heavy may be imported here.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from anlan.kernel import private_file
from anlan.kernel.values import BadInput

SECRET_BYTES = 32
_REMEDY = "set ANLAN_KEY_FILE to a file in a folder that can be written."
_HEADER = (
    "# Anlan's keys. Whoever has this file and the data can read open cases.\n"
    "# Keep it apart from the data and from its backups, readable by the service alone.\n"
)


@dataclass(frozen=True, slots=True)
class ServiceKeys:
    """The key that wraps every case's key, and the secret that web secrets are derived from."""

    wrapping: bytes
    web: bytes
    earlier: tuple[bytes, ...] = ()  # wrapping keys that are being changed for the current one
    read_ns: int = field(default=0, compare=False)  # the file's time when it was read

    def __repr__(self) -> str:
        return f"ServiceKeys(fingerprint={self.fingerprint!r})"

    @property
    def fingerprint(self) -> str:
        """A name for the wrapping key that gives nothing of it away."""
        return _name_of(self.wrapping)

    def wrapping_named(self, name: str) -> bytes | None:
        """Give the wrapping key of a name, the current or an earlier one."""
        known = (self.wrapping, *self.earlier)
        return next((key for key in known if _name_of(key) == name), None)

    def web_secret(self, purpose: str) -> str:
        """Give the text secret for one purpose, such as Django's SECRET_KEY."""
        derived = hkdf_sha256(self.web, info=f"anlan {purpose} v1".encode(), length=48)
        return base64.urlsafe_b64encode(derived).decode()


def _name_of(wrapping: bytes) -> str:
    return hkdf_sha256(wrapping, info=b"anlan key name v1", length=8).hex()


def hkdf_sha256(secret: bytes, *, info: bytes, length: int, salt: bytes = b"") -> bytes:
    """Derive `length` bytes from a secret by HKDF with SHA-256 (RFC 5869)."""
    pseudo_random_key = hmac.digest(salt or bytes(32), secret, hashlib.sha256)
    output, block, counter = b"", b"", 1
    while len(output) < length:
        block = hmac.digest(pseudo_random_key, block + info + bytes([counter]), hashlib.sha256)
        output += block
        counter += 1
    return output[:length]


def default_path(data: Path, *, environ: Mapping[str, str] = os.environ) -> Path:
    """Name the key file of an installation: ~/.config/anlan/<hash of its folder>.key."""
    base = environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    name = hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:16]
    return Path(base) / "anlan" / f"{name}.key"


def load_or_create(path: Path, *, data: Path) -> ServiceKeys:
    """Read the key file, or make it (0600); two processes that start at once make one."""
    _check_place(path, data)
    text = private_file.read_or_create(path, _new_keys, remedy=_REMEDY)
    return _parse(text, path, read_ns=path.stat().st_mtime_ns)


def read_again(path: Path, held: ServiceKeys) -> ServiceKeys:
    """Give the keys as they are in the file now: read anew when it was written since.

    Another process may have changed the wrapping key. Keys that came from no file stay as they are.
    """
    if not held.read_ns:
        return held
    try:
        written_ns = path.stat().st_mtime_ns
    except OSError:
        return held  # what is in memory still opens everything
    if written_ns == held.read_ns:
        return held
    return _parse(private_file.read(path), path, read_ns=written_ns)


def begin_change(path: Path, *, data: Path) -> ServiceKeys:
    """Put a new wrapping key into the file; the one until now stays beside it for the meantime."""
    held = load_or_create(path, data=data)
    new = secrets.token_bytes(SECRET_BYTES)
    text = _serialise(new, held.web, (held.wrapping, *held.earlier))
    private_file.replace(path, text, remedy=_REMEDY)
    return load_or_create(path, data=data)


def end_change(path: Path, *, data: Path) -> ServiceKeys:
    """Take the earlier wrapping keys out of the file: whatever they wrapped is shut for good."""
    held = load_or_create(path, data=data)
    private_file.replace(path, _serialise(held.wrapping, held.web), remedy=_REMEDY)
    return load_or_create(path, data=data)


def _check_place(path: Path, data: Path) -> None:
    inside = path.resolve().is_relative_to(data.resolve())
    if inside:
        raise BadInput(
            f"The key file {path} lies inside the data folder {data}; whoever copies the data "
            "would hold the key too. Set ANLAN_KEY_FILE to a file elsewhere."
        )


def _new_keys() -> str:
    return _serialise(secrets.token_bytes(SECRET_BYTES), secrets.token_bytes(SECRET_BYTES))


def _serialise(wrapping: bytes, web: bytes, earlier: tuple[bytes, ...] = ()) -> str:
    named = [("wrapping", wrapping), ("web", web), *(("earlier", key) for key in earlier)]
    lines = (f"{name} {base64.b64encode(value).decode()}\n" for name, value in named)
    return _HEADER + "".join(lines)


def _parse(text: str, path: Path, *, read_ns: int = 0) -> ServiceKeys:
    found: dict[str, bytes] = {}
    earlier: list[bytes] = []
    for line in text.splitlines():
        name, _, value = line.partition(" ")
        if name in {"wrapping", "web"}:
            found[name] = _decode(value, path)
        elif name == "earlier":
            earlier.append(_decode(value, path))
    if found.keys() != {"wrapping", "web"}:
        raise _damaged(path)
    return ServiceKeys(found["wrapping"], found["web"], tuple(earlier), read_ns)


def _decode(value: str, path: Path) -> bytes:
    try:
        decoded = base64.b64decode(value.strip(), validate=True)
    except ValueError as error:
        raise _damaged(path) from error
    if len(decoded) != SECRET_BYTES:
        raise _damaged(path)
    return decoded


def _damaged(path: Path) -> BadInput:
    return BadInput(
        f"The key file {path} is damaged; put its backup back. "
        "A new key could not open what is already sealed."
    )
