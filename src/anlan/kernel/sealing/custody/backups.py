"""The living wraps as a file of their own, apart from the data and short-lived. No database.

A backup of the data without its wraps opens nothing, even with the key file; this file without the
data holds no text. It names the day after which it is not taken any more.
"""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from anlan.kernel.values import BadInput, Refused

FORM = "anlan wraps, form 1"
MOST_DAYS = 60


@dataclass(frozen=True, slots=True)
class LivingWrap:
    """A living key's wrap by the service's key."""

    key_id: int
    case_ref: str
    created_at: datetime
    service_key: str
    wrapped: bytes


def pack(wraps: Sequence[LivingWrap], *, made_at: datetime, expires_at: datetime) -> str:
    """Write the wraps as JSON with the moment after which they are not taken any more."""
    document = {
        "form": FORM,
        "made_at": made_at.isoformat(),
        "expires_at": expires_at.isoformat(),
        "wraps": [
            {
                "key": each.key_id,
                "ref": each.case_ref,
                "created_at": each.created_at.isoformat(),
                "service_key": each.service_key,
                "wrapped": base64.b64encode(each.wrapped).decode(),
            }
            for each in wraps
        ],
    }
    return json.dumps(document, indent=1) + "\n"


def read(text: str, *, now: datetime) -> list[LivingWrap]:
    """Read such a file; Refused when its time is over, BadInput when it is none."""
    try:
        document = json.loads(text)
        if document["form"] != FORM:
            raise ValueError
        expires_at = datetime.fromisoformat(document["expires_at"])
        wraps = [
            LivingWrap(
                int(each["key"]),
                str(each["ref"]),
                datetime.fromisoformat(each["created_at"]),
                str(each["service_key"]),
                base64.b64decode(each["wrapped"], validate=True),
            )
            for each in document["wraps"]
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput("This is no file that `anlan keys backup` wrote.") from error
    if now > expires_at:
        raise Refused(
            f"This backup of keys ended on {expires_at:%Y-%m-%d} and is not taken any more; "
            "destroy it.",
            code="expired",
        )
    return wraps


def strip(path: Path) -> int:
    """Take the wraps out of a copy of an SQLite database, in place; gives how many.

    For a copy only: the living database would no longer open its cases.
    """
    if not path.is_file():
        raise BadInput(f"There is no file {path}.")
    try:
        copy = sqlite3.connect(path)
        try:
            copy.execute("PRAGMA secure_delete = ON")
            gone = copy.execute(
                "UPDATE sealing_casekey SET wrapped = zeroblob(0) WHERE length(wrapped) > 0"
            ).rowcount
            copy.commit()
            copy.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            copy.execute("PRAGMA journal_mode = DELETE")
            copy.execute("VACUUM")
        finally:
            copy.close()
    except sqlite3.DatabaseError as error:
        raise BadInput(f"{path} is no copy of Anlan's SQLite database.") from error
    return gone
