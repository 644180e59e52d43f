"""What may stand in the ledger: references, names of fields, codes; never values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from anlan.kernel.values import BadInput

TOWN_PATTERN = r"^[a-z0-9][a-z0-9-]{0,39}$|^$"  # "" is the installation itself
ACTOR_PATTERN = r"^(staff:[0-9]+|link:[0-9]+|job:[a-z0-9_-]+|token:[a-z0-9_-]+|cli)$"
ACTION_PATTERN = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$"
# Codes are of ASCII letters: a Chinese sentence needs no blank. A unit alone is named by its town.
REFERENCE_PATTERN = r"^[a-z][a-z0-9_]*:[A-Za-z0-9_.:+-]{1,64}$|^unit:[\w.+-]{1,40}$"
FIELD_PATTERN = r"^[a-z][a-z0-9_.]{0,63}$"
REASON_PATTERN = r"^[a-z0-9][a-z0-9_.-]{0,63}$|^$"
ROLES_PATTERN = r"^[a-z_+]{0,160}$"
HASH_PATTERN = r"^[0-9a-f]{64}$|^$"
HEX_PATTERN = r"^([0-9a-f]{2})+$"
NAME_PATTERN = r"^[A-Za-z0-9_.:/-]{1,79}$"
ORIGIN_PATTERN = (
    r"^[A-Za-z0-9_.:/-]{1,120}$"  # a ledger's or a witness's name: no space, no plus sign
)
CLIENT_KEY_PATTERN = r"^[A-Za-z0-9_.:-]{1,64}$"
_CODE = re.compile(r"[\w.:+/-]{0,64}", re.ASCII)


class NotALedgerWord(BadInput):
    """Something other than a reference, a field's name or a code was about to be logged."""


def check_word(pattern: str, value: str, *, what: str) -> str:
    """Give the word back when it has the declared form.

    The message names the kind of word and never the value, which may be someone's words.
    """
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise NotALedgerWord(f"A code is expected here, not words: this is no {what}.")
    return value


def check_words(pattern: str, values: Iterable[str], *, what: str) -> list[str]:
    """Give the words back as a list when each has the declared form."""
    if isinstance(values, str):
        raise NotALedgerWord(f"A list of {what}s is expected, not one text.")
    return [check_word(pattern, value, what=what) for value in values]


def check_references_only(value: object) -> object:
    """Give back a JSON value made of ids, codes, yes/no and nothing; refuse text and points.

    Numbers with a fraction are refused, since a point is made of them.
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        if not _CODE.fullmatch(value):
            raise NotALedgerWord("A code is expected here, not words.")
        return value
    if isinstance(value, Mapping):
        return {
            check_word(FIELD_PATTERN, key, what="field name"): check_references_only(member)
            for key, member in value.items()
        }
    if isinstance(value, list | tuple):
        return [check_references_only(member) for member in value]
    raise NotALedgerWord(f"Ids and codes only: a {type(value).__name__} is neither.")
