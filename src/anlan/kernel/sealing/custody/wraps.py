"""A case's key wrapped with age for custodians or a party's link. Bytes only, no database.

Two of three custodians: one wrap for each pair, one age recipient inside the other, so that both
must be there. A link's token is kept nowhere: it derives the key under which the link's own age
identity lies, so a case can be wrapped for the link by whoever does not know the token.
"""

from __future__ import annotations

import hashlib
import itertools
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyrage

from anlan.kernel.sealing import ciphers
from anlan.kernel.sealing.ciphers import Unreadable
from anlan.kernel.sealing.keyfile import hkdf_sha256
from anlan.kernel.values import BadInput

TOKEN_LETTERS = 26  # of 32: 130 random bits
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
TOKEN = re.compile(rf"^[a-z2-7]{{{TOKEN_LETTERS}}}$")
_IDENTITY_PLACE = b"anlan link identity"
_IDENTITY_LINE = re.compile(r"^AGE-SECRET-KEY-1[A-Z0-9]+$")


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link in the making: the token is shown once; the rest is kept."""

    token: str
    token_hash: str
    recipient: str
    identity: bytes


def check_recipient(text: str) -> str:
    """Give an age public key back in its written form; BadInput for anything else."""
    try:
        return str(pyrage.x25519.Recipient.from_str(text.strip()))
    except pyrage.RecipientError as error:
        raise BadInput("A custodian's public key is age1… with 62 letters in all.") from error


def new_identity() -> tuple[str, str]:
    """Make an age identity; gives the secret key and the public one."""
    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def read_identity(text: str) -> str:
    """Find the one secret key in the text of an age key file."""
    found = [line.strip() for line in text.splitlines() if _IDENTITY_LINE.match(line.strip())]
    if len(found) != 1:
        raise BadInput("This file holds no age secret key (AGE-SECRET-KEY-1…), or several.")
    try:
        pyrage.x25519.Identity.from_str(found[0])
    except pyrage.IdentityError as error:
        raise BadInput("The age secret key in this file is damaged.") from error
    return found[0]


def pairs_of(holders: Iterable[str]) -> list[tuple[str, str]]:
    """Give each pair of custodians in the order in which they take a wrap off."""
    return list(itertools.combinations(sorted(holders), 2))


def wrap_for(recipients: Sequence[str], key: bytes, *, case_ref: str) -> bytes:
    """Wrap a case's key for recipients who must all be there; the first takes its layer off first.

    The case's reference lies inside, so that a wrap moved to another case does not open it.
    """
    held = b"anlan case key|" + case_ref.encode() + b"|" + key
    for recipient in reversed(recipients):
        held = pyrage.encrypt(held, [pyrage.x25519.Recipient.from_str(recipient)])
    return held


def peel(wrapped: bytes, identity: str) -> bytes | None:
    """Take one layer off; None where it is another's."""
    try:
        return pyrage.decrypt(wrapped, [pyrage.x25519.Identity.from_str(identity)])
    except pyrage.DecryptError:
        return None
    except pyrage.IdentityError as error:
        raise BadInput("This is no age secret key (AGE-SECRET-KEY-1…).") from error


def key_of(held: bytes, *, case_ref: str) -> bytes:
    """Give the case's key when every layer is off, or raise Unreadable."""
    head = b"anlan case key|" + case_ref.encode() + b"|"
    if not held.startswith(head) or len(held) != len(head) + ciphers.KEY_BYTES:
        raise Unreadable("The wrap was altered or belongs to another case.")
    return held[len(head) :]


def new_link() -> NewLink:
    """Draw a link's token and its age identity, which lies under what the token derives."""
    token = "".join(secrets.choice(_ALPHABET) for _ in range(TOKEN_LETTERS))
    secret, recipient = new_identity()
    sealed = ciphers.encrypt(_link_key(token), secret.encode(), bound_to=_IDENTITY_PLACE)
    return NewLink(token, token_hash(token), recipient, sealed)


def token_hash(token: str) -> str:
    """Give what is kept of a token: its hash. 130 random bits need no salt."""
    return hashlib.sha256(b"anlan follow link|" + token.encode()).hexdigest()


def read_token(typed: str) -> str | None:
    """Give a token as it was drawn, however it was typed; None where it is none."""
    token = typed.strip().replace("-", "").replace(" ", "").lower()
    return token if TOKEN.match(token) else None


def link_identity(token: str, sealed: bytes) -> str:
    """Give a link's age identity by its token, or raise Unreadable."""
    return ciphers.decrypt(_link_key(token), sealed, bound_to=_IDENTITY_PLACE).decode()


def _link_key(token: str) -> bytes:
    return hkdf_sha256(token.encode(), info=b"anlan link key v1", length=ciphers.KEY_BYTES)
