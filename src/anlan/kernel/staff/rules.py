"""Forms of user names, passwords and shifts. Pure."""

from __future__ import annotations

import re
import secrets

from anlan.kernel.values import BadInput

USERNAME_PATTERN = r"^[a-z0-9][a-z0-9._-]{1,38}$"
UNIT_PATTERN = r"^[\w.-]{0,40}$"
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that are read as one another


def check_username(username: str) -> str:
    """Give the user name back, or say which form it must have."""
    if not re.fullmatch(USERNAME_PATTERN, username):
        raise BadInput(
            "A user name is 2 to 39 small letters, digits, dots, dashes or underscores, "
            "beginning with a letter or digit: a staff number or a desk, such as desk-2."
        )
    return username


def generate_password(*, groups: int = 4, letters: int = 5) -> str:
    """Make a password that can be read out: 4 × 5 letters carry 99 bits."""
    return "-".join(
        "".join(secrets.choice(_LETTERS) for _ in range(letters)) for _ in range(groups)
    )


def check_unit(unit: str) -> str:
    """Give a unit's ident back ("" for none), or say which form it has."""
    if not re.fullmatch(UNIT_PATTERN, unit):
        raise BadInput("A unit is named by its mark on the board, such as E7.")
    return unit
