"""`anlan keys`: back up the open cases' keys apart from the data, briefly, and put them back."""

from __future__ import annotations

import argparse
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from anlan.cli.output import Output
from anlan.kernel.values import BadInput, Refused

LONGEST_WRITE_S = 600  # no write takes as long: the database gives one up that waits for 20 s


def register(subparsers: Any) -> None:
    """Add `keys` with its actions."""
    keys = subparsers.add_parser("keys", help="back up open cases' keys apart from the data")
    actions = keys.add_subparsers(required=True, metavar="ACTION", dest="action")
    backup = actions.add_parser("backup", help="write the living wraps to a file of their own")
    backup.add_argument("--out", metavar="FILE", required=True, help="where it is written")
    backup.add_argument(
        "--days", type=int, default=30, help="how long it is taken back (default 30, at most 60)"
    )
    backup.set_defaults(run=_backup)
    strip = actions.add_parser(
        "strip", help="take the wraps out of a copy of an SQLite database; no installation"
    )
    strip.add_argument("file", metavar="COPY", help="the copy, never the database in use")
    strip.set_defaults(run=_strip, bare=True)
    change = actions.add_parser(
        "change",
        help="put a new wrapping key into the key file; `--end` takes the earlier one out, after "
        "which no older copy of the database opens anything",
    )
    change.add_argument(
        "--end", action="store_true", help="end the change: the earlier key goes for good"
    )
    change.set_defaults(run=_change)
    restore = actions.add_parser(
        "restore", help="erase again what was erased, then put wraps back where they lack"
    )
    restore.add_argument("file", metavar="FILE", help="what `keys backup` wrote")
    restore.set_defaults(run=_restore)


def _backup(args: argparse.Namespace, out: Output) -> None:
    from datetime import timedelta

    from anlan.cli.custodians import write_private
    from anlan.kernel.sealing.custody import backups
    from anlan.kernel.sealing.queries import living_wraps

    if not 1 <= args.days <= backups.MOST_DAYS:
        raise BadInput(f"Days are 1 to {backups.MOST_DAYS}: keys are backed up briefly.")
    now = datetime.now(UTC)
    wraps = living_wraps()
    ends = now + timedelta(days=args.days)
    write_private(Path(args.out), backups.pack(wraps, made_at=now, expires_at=ends))
    out.result(
        {"file": args.out, "wraps": len(wraps), "expires_at": ends.isoformat()},
        f"Written: {args.out}, keys {len(wraps):,}. It is taken back until {ends:%Y-%m-%d}; "
        "destroy it then. Keep it apart from the data and from the key file.",
    )


def _strip(args: argparse.Namespace, out: Output) -> None:
    from anlan.kernel.sealing.custody.backups import strip

    in_use = None  # on PostgreSQL no file is
    if not os.environ.get("ANLAN_DATABASE_URL"):
        folder = args.data or os.environ.get("ANLAN_DATA") or ".data"
        in_use = Path(folder).expanduser() / "anlan.sqlite3"
    gone = strip(Path(args.file), in_use=in_use)
    out.result({"file": args.file, "wraps": gone}, f"Taken out of {args.file}: {gone:,} wraps.")


def _change(args: argparse.Namespace, out: Output) -> None:
    from django.conf import settings

    from anlan.cli.installation import stamp
    from anlan.kernel.sealing import keyfile
    from anlan.kernel.sealing.custody import services
    from anlan.kernel.sealing.held_keys import service_keys
    from anlan.kernel.sealing.queries import check_service_key

    check_service_key()
    path, data = settings.ANLAN_KEY_FILE, settings.ANLAN_DATA
    if args.end:
        if not service_keys().earlier:
            raise BadInput("No change has begun: anlan keys change")
        _check_age(path)
        _check_outbox()
        services.wrap_living_anew(**stamp())  # what another process wrapped at the last moment
        services.overwrite_log()
        name = keyfile.end_change(path, data=data).fingerprint
        human = (
            "The earlier key is gone: older copies of the database open nothing any more. Destroy "
            f"older backups of the key file, and back up {path} now."
        )
        out.result({"key": name, "ended": True}, human)
        return
    name = keyfile.begin_change(path, data=data).fingerprint
    count = services.wrap_living_anew(**stamp())
    human = (
        f"A new wrapping key stands in {path}, and {count:,} keys are wrapped with it. Back the "
        "file up now: an older backup of it does not open what is written from now on. After 8 "
        "days no notice waits under the earlier key: anlan keys change --end"
    )
    out.result({"key": name, "ended": False, "wrapped": count}, human)


def _check_age(path: Path) -> None:
    """Refuse to end a change that a write may have overtaken: what it seals, nothing would open.

    A write that began before holds the earlier key, and PostgreSQL shows it to nobody till it ends.
    """
    age_s = datetime.now(UTC).timestamp() - path.stat().st_mtime
    if 0 <= age_s < LONGEST_WRITE_S:
        raise Refused(
            f"The change began less than {LONGEST_WRITE_S // 60} minutes ago; what was being "
            "written then may still need the earlier key. End the change later.",
            code="too_soon",
        )


def _check_outbox() -> None:
    """Refuse to end a change while notices would be lost with the earlier key."""
    from anlan.kernel.cases.queries import notices_under_earlier_key

    waiting = notices_under_earlier_key()
    if waiting:
        raise Refused(
            f"Notices that wait under the earlier key: {waiting:,}. They are sent or given up "
            "within 7 days (anlan notices); end the change then.",
            code="notices_wait",
        )


def _restore(args: argparse.Namespace, out: Output) -> None:
    from anlan.cli.custodians import read_text
    from anlan.cli.installation import stamp
    from anlan.kernel.cases.services import replay_erasures
    from anlan.kernel.sealing.custody import backups, services

    now = datetime.now(UTC)
    wraps = backups.read(read_text(args.file), now=now)
    again = replay_erasures(recorded_at=now)
    back = services.restore_wraps(wraps, **stamp())
    out.result(
        {"erased_again": again, "restored": back},
        f"Erased again: {again:,} cases. Put back: {back:,} keys of {len(wraps):,}.",
    )
