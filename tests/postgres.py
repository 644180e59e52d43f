"""A throw-away PostgreSQL for tests: Debian's, in a temporary folder, on a socket of its own."""

from __future__ import annotations

import contextlib
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

APT = "apt-get install -y --no-install-recommends postgresql"
ABSENT = f"PostgreSQL is not installed, so nothing was tried on it; run: sudo {APT}"
READY_WITHIN_S = 30
PR_SET_PDEATHSIG = 1


class PostgresAbsent(RuntimeError):
    """There is no PostgreSQL on this machine."""


def binaries() -> Path:
    """Give the folder with initdb and postgres, the newest version's first."""
    versions = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: [int(part) for part in path.parts[4].split(".") if part.isdigit()],
    )
    found = str(versions[-1]) if versions else shutil.which("initdb")
    if found is None:
        raise PostgresAbsent(ABSENT)
    return Path(found).resolve().parent


@contextlib.contextmanager
def throw_away_postgres(*, durable: bool = False) -> Iterator[str]:
    """Start a server for as long as the block runs, and give its URL.

    As root it runs as an unprivileged user, since PostgreSQL refuses root. It does not sync to
    disk unless it has to be `durable`, for a benchmark: nothing here outlives the run.
    """
    tools = binaries()
    folder = Path(tempfile.mkdtemp(prefix="anlan-pg-"))
    account = _account()
    if account is not None:
        os.chown(folder, account.pw_uid, account.pw_gid)
    server: subprocess.Popen[bytes] | None = None
    try:
        data = folder / "data"
        initdb = [str(tools / "initdb"), "-D", str(data), "-U", "anlan", "-A", "trust"]
        _run([*initdb, "-E", "UTF8", "--locale=C", "--no-sync"], folder, account)
        options = ["listen_addresses=", "max_connections=120"]
        options += [] if durable else ["fsync=off", "full_page_writes=off"]
        command = [str(tools / "postgres"), "-D", str(data), "-k", str(folder)]
        command += [part for option in options for part in ("-c", option)]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                command,
                cwd=folder,
                stdout=log,
                stderr=log,
                preexec_fn=_end_with_parent,
                **_as(account),
            )
        url = f"postgresql://anlan@/postgres?host={folder}"
        _await(url, server, folder / "log")
        yield url
    finally:
        if server is not None:
            server.send_signal(signal.SIGINT)  # "fast": open sessions are ended
            server.wait(timeout=READY_WITHIN_S)
        shutil.rmtree(folder, ignore_errors=True)


def _account() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise PostgresAbsent("PostgreSQL refuses root and there is no account to run it as.")


def _as(account: pwd.struct_passwd | None) -> dict[str, object]:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _end_with_parent() -> None:
    """Let the server stop by itself when a run is killed; only Linux knows how."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def _run(command: list[str], folder: Path, account: pwd.struct_passwd | None) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, **_as(account))
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr[-500:]}")


def _await(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    import psycopg

    give_up_at = time.monotonic() + READY_WITHIN_S
    while True:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > give_up_at:
                raise RuntimeError(f"PostgreSQL did not start: {log.read_text()[-500:]}") from error
            time.sleep(0.05)
        else:
            return
