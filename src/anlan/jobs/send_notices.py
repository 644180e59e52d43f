"""Sends what waits in the outbox, beside the server: a thread for each way of sending.

A notice is taken by compare-and-set under a lease, which is renewed while the gateway works; the
sending itself stands outside any transaction. A sender that was killed lets its lease run out, and
the notice is sent again under the same id, by which the other side can see that it has it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from anlan.gateways import email, sms, webhook
from anlan.gateways.not_sent import NotSent
from anlan.kernel.values import Actor

if TYPE_CHECKING:
    from anlan.kernel.cases.services import ClaimedNotice

LOOK_EVERY = timedelta(seconds=5)
BEAT_EVERY = timedelta(seconds=20)
MOST_BEATS = 9  # three minutes: a gateway that drips for longer loses the notice
MOST_IN_A_ROW = 50
ACTOR = Actor("job:notices", frozenset())

log = structlog.get_logger("anlan.jobs.send_notices")


def send_sms(notice: ClaimedNotice) -> None:
    """Send a claimed notice as a short message."""
    from django.conf import settings

    sms.send(
        sms.Sms(notice.id, notice.to, notice.text),
        url=settings.ANLAN_SMS_URL,
        token=settings.ANLAN_SMS_TOKEN,
        timeout_s=settings.ANLAN_NOTICE_TIMEOUT_S,
    )


def send_email(notice: ClaimedNotice) -> None:
    """Send a claimed notice as an e-mail."""
    from django.conf import settings

    email.send(
        email.Letter(notice.id, notice.to, notice.subject, notice.text),
        url=settings.ANLAN_SMTP_URL,
        sender=settings.ANLAN_MAIL_FROM,
        timeout_s=settings.ANLAN_NOTICE_TIMEOUT_S,
    )


def send_webhook(notice: ClaimedNotice) -> None:
    """Hand a claimed notice to the town's web hook."""
    from django.conf import settings

    webhook.send(
        webhook.Told(notice.id, notice.to, notice.subject, notice.text, notice.language),
        url=settings.ANLAN_NOTICE_WEBHOOK_URL,
        secret=settings.ANLAN_NOTICE_WEBHOOK_SECRET,
        seconds=int(datetime.now(UTC).timestamp()),
        timeout_s=settings.ANLAN_NOTICE_TIMEOUT_S,
    )


SENDERS: Mapping[str, Callable[[ClaimedNotice], None]] = {
    "sms": send_sms,
    "email": send_email,
    "webhook": send_webhook,
}


def send_due(channel: str, *, now: Callable[[], datetime]) -> int:
    """Send what is due by one way; gives how many went out. `now` gives the real time."""
    from anlan.kernel.cases import services

    went = 0
    for _ in range(MOST_IN_A_ROW):
        claimed = services.claim_notices(channel, now=now(), most=1)
        if not claimed:
            break
        went += sum(_send_one(each, now=now) for each in claimed)
    return went


def _send_one(notice: ClaimedNotice, *, now: Callable[[], datetime]) -> bool:

    if notice.fault:
        _end(notice.pk, notice.attempt, notice.town, sent=False, outcome=notice.fault, now=now())
        return False
    beating = _Heart(notice, now=now)
    try:
        SENDERS[notice.channel.value](notice)
    except NotSent as fault:
        log.warning("notices.not_sent", gateway=notice.channel.value, outcome=fault.code)
        _not_sent(notice, fault, now=now())
        return False
    except Exception:  # of this one: the others are sent all the same
        log.error("notices.not_sent", gateway=notice.channel.value, outcome="fault", exc_info=True)
        _not_sent(notice, NotSent("fault"), now=now())
        return False
    finally:
        beating.stop()
    _end(notice.pk, notice.attempt, notice.town, sent=True, outcome="", now=now())
    return True


def _not_sent(notice: ClaimedNotice, fault: NotSent, *, now: datetime) -> None:
    from anlan.kernel.cases import services

    if fault.forever or services.is_last_attempt(notice.attempt):
        _end(notice.pk, notice.attempt, notice.town, sent=False, outcome=fault.code, now=now)
    else:
        services.put_off(notice.pk, notice.attempt, code=fault.code, now=now)


def give_up_overdue(*, now: datetime) -> int:
    """Give up what nobody could send in time, so that its address is kept no longer."""
    from anlan.kernel.cases import services

    late = services.overdue_notices(now=now)
    for pk, town in late:
        _end(pk, None, town, sent=False, outcome="too_late", now=now)
    return len(late)


def _end(
    pk: int, attempt: int | None, town_key: str, *, sent: bool, outcome: str, now: datetime
) -> None:
    from anlan.kernel.cases import services
    from anlan.kernel.places.queries import town

    services.end_notice(
        pk,
        attempt,
        sent=sent,
        outcome=outcome,
        town_key=town_key,
        actor=ACTOR,
        at=town(town_key).clock.at(now),
        recorded_at=now,
    )


class _Heart:
    """Renews a notice's lease while its gateway works."""

    def __init__(self, notice: ClaimedNotice, *, now: Callable[[], datetime]) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._beat, args=(notice, now), name="notice-heart", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Beat no more; the notice's end is written after this."""
        self._stop.set()
        self._thread.join()

    def _beat(self, notice: ClaimedNotice, now: Callable[[], datetime]) -> None:
        from django.db import DatabaseError, connection

        from anlan.kernel.cases import services

        for _ in range(MOST_BEATS):
            if self._stop.wait(BEAT_EVERY.total_seconds()):
                return
            try:
                if not services.beat(notice.pk, notice.attempt, now=now()):
                    return
            except DatabaseError:  # a busy database: the next beat is in time
                log.warning("notices.no_beat", exc_info=True)
            finally:
                connection.close()


def start() -> threading.Event:
    """Send beside the server; set the event to end it."""
    stop = threading.Event()
    for channel in SENDERS:
        name = f"notices-{channel}"
        threading.Thread(target=_run, args=(channel, stop), name=name, daemon=True).start()
    return stop


def _run(channel: str, stop: threading.Event) -> None:
    from django.db import DatabaseError, connection

    from anlan.kernel.cases import services

    while not stop.wait(LOOK_EVERY.total_seconds()):
        try:
            if channel in services.channels_set_up():
                send_due(channel, now=lambda: datetime.now(UTC))
            if channel == "sms":  # one of the threads does this for all
                give_up_overdue(now=datetime.now(UTC))
        except DatabaseError:  # a busy or absent database now is tried again later
            log.warning("notices.failed", exc_info=True)
        except Exception:
            log.error("notices.failed", exc_info=True)
        finally:
            connection.close()
