"""Runs what-if studies beside the server: one at a time, in a process of its own, at low priority.

The server's thread only looks for waiting studies and starts `python -m anlan.jobs.run_studies ID`.
That process takes the study up by compare-and-set, beats while it works, and keeps what it found.
When it is killed, its beat stops, and the study is marked as lost; when the server is killed, it
goes on to its end.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from anlan.kernel.values import BadInput

LOOK_EVERY_S = 2.0
BEAT_EVERY_S = 1.0
NICENESS = 15

log = structlog.get_logger("anlan.jobs.run_studies")


@dataclass(frozen=True, slots=True)
class Running:
    """A study's process."""

    study_id: int
    process: subprocess.Popen[bytes]


class _Stopped(Exception):
    """Somebody asked the study to stop before there was anything to report."""


def start() -> threading.Event:
    """Run waiting studies beside the server; set the event to end the looking."""
    stop = threading.Event()
    threading.Thread(target=_look, args=(stop,), name="studies", daemon=True).start()
    return stop


def _look(stop: threading.Event) -> None:
    from django.db import DatabaseError, connection

    running: Running | None = None
    while not stop.wait(LOOK_EVERY_S):
        try:
            running = look_once(running)
        except DatabaseError:  # a busy or absent database now is tried again later
            log.warning("studies.look_failed", exc_info=True)
        except Exception:
            log.error("studies.look_failed", exc_info=True)
        finally:
            connection.close()


def look_once(running: Running | None) -> Running | None:
    """Start a process for the oldest waiting study unless one runs; gives the one that runs."""
    from anlan.areas.coverage import services
    from anlan.areas.coverage.queries.studies.asked import waiting

    now = datetime.now(UTC)
    services.give_up_lost(now=now)
    if running is not None:
        if running.process.poll() is None:
            return running
        # A process that ended well has said so itself; what still runs then was killed.
        services.end(running.study_id, state="failed", now=now, fault_code="lost")
    queue = waiting()
    if not queue:
        return None
    words = [sys.executable, "-m", "anlan.jobs.run_studies", str(queue[0])]
    # A session of its own: Ctrl-C in the server's terminal is not meant for the study.
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL, start_new_session=True)
    return Running(queue[0], process)


def run_one(study_id: int) -> bool:
    """Take a study up and run it to its end; False where another process has it."""
    from anlan.areas.coverage import services
    from anlan.areas.coverage.queries.studies import study
    from anlan.areas.coverage.queries.studies.asked import keep_report, scenarios_asked

    if not services.take_up(study_id, now=datetime.now(UTC)):
        return False
    heart = _Heart(study_id)
    try:
        key, scenarios, replications, seed = scenarios_asked(study_id)
    except BadInput:
        _end(study_id, "failed", fault_code="gone")
        return True
    try:
        report = study(
            key,
            scenarios,
            replications=replications,
            seed=seed,
            progress=heart.progress,
            stop=heart.stops,
        )
        keep_report(study_id, key, report.document)
        stopped = report.document["replications"]["stopped"]
        _end(study_id, "stopped" if stopped else "done")
    except _Stopped:
        _end(study_id, "stopped", fault_code="nothing_done")
    except BadInput as fault:
        _end(study_id, "failed", fault_code=_cause(key, fault))
    except Exception:
        _end(study_id, "failed", fault_code="internal")
        raise
    return True


def _cause(town_key: str, fault: BadInput) -> str:
    """Say whether the town has no log, its choices contradict one another, or its data lack."""
    from anlan.areas.coverage.queries.studies.asked import has_calls
    from anlan.areas.coverage.rules.scenarios import ScenarioFault

    if not has_calls(town_key):
        return "no_log"
    return "choices" if isinstance(fault.__cause__, ScenarioFault) else "does_not_fit"


def _end(study_id: int, state: str, *, fault_code: str = "") -> None:
    from anlan.areas.coverage import services

    services.end(study_id, state=state, now=datetime.now(UTC), fault_code=fault_code)


class _Heart:
    """Beats at most once a second, and hears then whether to stop.

    The two long pieces of work share the bar: measuring the error the first third, simulating the
    rest.
    """

    def __init__(self, study_id: int) -> None:
        self._study_id = study_id
        self._last = float("-inf")
        self._asked = False
        self._piece, self._label = -1, ""

    def progress(self, label: str, share: float) -> None:
        """Note how far a piece of work is; before anything is done, a stop ends it here."""
        if label != self._label:
            self._label, self._piece = label, self._piece + 1
        begins, ends = ((0.0, 0.03), (0.03, 0.33), (0.33, 0.97), (0.97, 1.0))[min(self._piece, 3)]
        self._beat(begins + (ends - begins) * share)
        if self._asked and self._piece < 2:
            raise _Stopped

    def stops(self) -> bool:
        """Say whether somebody asked it to stop."""
        return self._asked

    def _beat(self, share: float) -> None:
        from anlan.areas.coverage import services

        now = time.monotonic()
        if now - self._last < BEAT_EVERY_S:
            return
        self._last = now
        self._asked = services.beat(self._study_id, share=share, now=datetime.now(UTC))


def main() -> int:
    """Run the study that the command line names."""
    os.nice(NICENESS)
    import django

    django.setup()
    return 0 if run_one(int(sys.argv[1])) else 1


if __name__ == "__main__":
    sys.exit(main())
