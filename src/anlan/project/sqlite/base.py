"""Django's SQLite backend with a lock around every write transaction.

SQLite lets one writer in at a time and makes the others poll with growing pauses: with 16 writers
the slowest commits wait 20 times longer than with a lock in front (docs/decisions/0003). So a
transaction first takes a lock among the threads of this process, then one among processes.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

POLL_S = 0.0005


class WriterLock:
    """A lock on one database file, held by one thread of one process at a time."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._thread_lock = threading.Lock()
        self._descriptor = -1
        self._pid = 0

    def acquire(self, *, timeout_s: float) -> None:
        """Take the lock, or raise Django's OperationalError after `timeout_s`."""
        give_up_at = time.monotonic() + timeout_s
        if not self._thread_lock.acquire(timeout=timeout_s):
            raise OperationalError("database is locked by another thread")
        try:
            self._lock_file(give_up_at)
        except BaseException:
            self._thread_lock.release()
            raise

    def release(self) -> None:
        """Let the next writer in."""
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        self._thread_lock.release()

    def _lock_file(self, give_up_at: float) -> None:
        if self._pid != os.getpid():  # a forked child would share its parent's lock
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._pid = os.getpid()
        while True:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                if time.monotonic() > give_up_at:
                    raise OperationalError("database is locked by another process") from error
                time.sleep(POLL_S)
            else:
                return


_locks: dict[str, WriterLock] = {}
_locks_guard = threading.Lock()


def _forget_locks_after_fork() -> None:
    """A lock held by a thread of the parent would never be released in the child."""
    global _locks_guard
    _locks.clear()
    _locks_guard = threading.Lock()


os.register_at_fork(after_in_child=_forget_locks_after_fork)


def _lock_for(path: str) -> WriterLock:
    with _locks_guard:
        if path not in _locks:
            _locks[path] = WriterLock(path)
        return _locks[path]


class DatabaseWrapper(base.DatabaseWrapper):
    """SQLite whose every transaction begins by taking the writer's lock."""

    _held: WriterLock | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Open the file; it and its folder, where there are none, are made for their owner alone.

        What SQLite puts beside the file (its journal) takes over the file's mode.
        """
        if not self.is_in_memory_db():
            file = Path(conn_params["database"])
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file.touch(mode=0o600)
        return super().get_new_connection(conn_params)

    def _start_transaction_under_autocommit(self) -> None:
        self._take_lock()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._give_lock()
            raise

    def _commit(self) -> None:
        # Released before on_commit hooks run, so that a hook may write.
        super()._commit()  # type: ignore[misc]
        self._give_lock()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._give_lock()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._give_lock()

    def _take_lock(self) -> None:
        if self._held is None and not self.is_in_memory_db():
            lock = _lock_for(f"{self.settings_dict['NAME']}.lock")
            lock.acquire(timeout_s=float(self.settings_dict["OPTIONS"].get("timeout", 20)))
            self._held = lock

    def _give_lock(self) -> None:
        if self._held is not None:
            lock, self._held = self._held, None
            lock.release()
