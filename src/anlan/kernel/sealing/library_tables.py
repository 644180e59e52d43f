"""The tables of libraries, column by column: what they hold and how long it lives.

`rails.py` fails the build when a library brings a table or a column that is not classed here.
"""

from __future__ import annotations

from dataclasses import dataclass

from anlan.kernel.sealing.classes import ColumnClass

_KEY, _STAFF, _TIME = ColumnClass.KEY, ColumnClass.STAFF, ColumnClass.TIME
_VOCABULARY, _FIGURE = ColumnClass.VOCABULARY, ColumnClass.FIGURE


@dataclass(frozen=True, slots=True)
class LibraryTable:
    """A library's table: what for, how long its rows live, and the class of each column."""

    what_for: str
    lives: str
    columns: dict[str, ColumnClass]


_EMPTY = "stays empty"
_ATTEMPT = {
    "user_agent": _STAFF,
    "ip_address": _STAFF,
    "username": _STAFF,
    "http_accept": _STAFF,
    "path_info": _VOCABULARY,
    "attempt_time": _TIME,
}

LIBRARY_TABLES: dict[str, LibraryTable] = {
    "contenttypes.ContentType": LibraryTable(
        "Django's list of its own tables",
        "for good",
        {"app_label": _VOCABULARY, "model": _VOCABULARY},
    ),
    "auth.Permission": LibraryTable(
        "Django's permissions, which Anlan does not use: roles are per town",
        "for good",
        {"name": _VOCABULARY, "codename": _VOCABULARY},
    ),
    "auth.Group": LibraryTable("not used", _EMPTY, {"name": _VOCABULARY}),
    "auth.Group_permissions": LibraryTable("not used", _EMPTY, {}),
    "sessions.Session": LibraryTable(
        "who is signed in: a random key and signed data with the account's id",
        "12 hours; ended ones are erased daily",
        {"session_key": _STAFF, "session_data": _STAFF, "expire_date": _TIME},
    ),
    "account.EmailAddress": LibraryTable(
        "allauth's; no e-mail is asked of anyone",
        _EMPTY,
        {"email": _STAFF, "verified": _FIGURE, "primary": _FIGURE},
    ),
    "account.EmailConfirmation": LibraryTable(
        "allauth's; no e-mail is asked of anyone",
        _EMPTY,
        {"created": _TIME, "sent": _TIME, "key": _STAFF},
    ),
    "axes.AccessAttempt": LibraryTable(
        "failed sign-ins, to lock out a guesser; words of the form are masked",
        "until the sign-in succeeds; 24 hours at most",
        {**_ATTEMPT, "get_data": _STAFF, "post_data": _STAFF, "failures_since_start": _FIGURE},
    ),
    "axes.AccessAttemptExpiration": LibraryTable(
        "when a lock-out ends", "with the attempt", {"expires_at": _TIME}
    ),
    "axes.AccessFailureLog": LibraryTable(
        "switched off (AXES_ENABLE_ACCESS_FAILURE_LOG)", _EMPTY, {**_ATTEMPT, "locked_out": _FIGURE}
    ),
    "axes.AccessLog": LibraryTable(
        "switched off (AXES_DISABLE_ACCESS_LOG)",
        _EMPTY,
        {**_ATTEMPT, "logout_time": _TIME, "session_hash": _STAFF},
    ),
}
