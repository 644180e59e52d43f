"""The outbox: a notice is put in with the action that it tells of, and sent later by a job.

Nothing here waits for a gateway. What the job does between taking a notice and its end is no use
case of a person and writes no entry; that one was made, sent or given up is entered.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Q

from anlan.kernel.cases.catalogue import notice_catalogue
from anlan.kernel.cases.models import CaseStaff, Notice, Task
from anlan.kernel.cases.rules import notices as rules
from anlan.kernel.cases.rules.facts import Part
from anlan.kernel.cases.rules.notices import Channel, NoticeState
from anlan.kernel.cases.rules.types import Space
from anlan.kernel.cases.services.doing import Doing, space_ref
from anlan.kernel.ledger.services import write
from anlan.kernel.sealing import ciphers, outbox
from anlan.kernel.values import Actor

TASK = "tell_party"
AT_ONCE = 10


@dataclass(frozen=True, slots=True)
class ClaimedNotice:
    """A notice in the hands of a sender, whole: `id` is what the receiver sees at every attempt."""

    pk: int
    attempt: int
    id: str
    channel: Channel
    town: str
    to: str
    subject: str
    text: str
    language: str
    fault: str = ""  # why it can't be sent at all: it is given up


def notify(
    doing: Doing,
    *,
    party: int,
    template: str,
    words: Mapping[str, str] | None = None,
    channel: Channel | str | None = None,
) -> Notice:
    """Put a notice to a party into the outbox, with the action in whose hook this is called.

    `template` is a code of catalogue/notices.toml and `words` what it is filled with; a `link` may
    be a path ("/follow/…"), which gets the town's public address in front when it is sent. The
    address comes from the party's sealed contact. Where there is none to use, who handles the case
    gets the task to tell the party another way. The notices of made-up cases go nowhere.
    Raises ValueError for a template or words that don't fit: a fault of the hook.
    """
    catalogue, told = notice_catalogue(), dict(words or {})
    if template not in catalogue.templates:
        raise ValueError(f"There is no notice {template} in catalogue/notices.toml.")
    rules.check_words(catalogue.templates[template], told)
    one = doing.case
    wanted = None if channel is None else Channel(channel)
    way, address = (wanted, "") if one.made_up else _way_to(doing, party, wanted)
    ident = uuid.uuid4()
    notice = Notice(
        case=one,
        ident=ident,
        party=party,
        channel=(way or wanted or Channel.SMS).value,
        template=template,
        state=NoticeState.WAITING.value,
        next_at=doing.write.recorded_at,
        expires_at=doing.write.recorded_at + rules.WAITS_AT_MOST,
        made_at=doing.at,
    )
    if address:
        language = _language_of(doing, party)
        notice.sealed = outbox.seal_notice(
            ident, {"to": address, "language": language, "words": told}
        )
    else:
        notice.state, notice.ended_at = NoticeState.GIVEN_UP.value, doing.at
        notice.outcome = "made_up" if one.made_up else "no_address"
        if not one.made_up:
            doing.add_task(TASK, staff_ref=doing.facts.handler or "", party=party)
    notice.save()
    doing.write.record(
        subject=space_ref(one.ref, Space.PARTY, party=party),
        about=[f"notice:{notice.pk}"],
        fields=[outbox.CONTACT] if address else [],
        reason_code=notice.outcome,
        cipher=bytes(notice.sealed or b""),
        action=f"{one.type}.notice_made",
    )
    return notice


def _way_to(doing: Doing, party: int, wanted: Channel | None) -> tuple[Channel | None, str]:
    contact = outbox.contact_of(space_ref(doing.case.ref, Space.PARTY, party=party))
    ways = rules.ways_to(contact)
    way = rules.choose_way(ways, wanted=wanted, set_up=channels_set_up())
    return way, "" if way is None else ways[way]


def _language_of(doing: Doing, party: int) -> str:
    """Give the party's language where it said one, else the town's."""
    facts = doing.facts.party(party)
    said = None if facts is None else facts.answers.get("language")
    if said in ("en", "zh"):
        return str(said)
    return "zh" if doing.case.town.country == "CN" else "en"


def channels_set_up() -> tuple[Channel, ...]:
    """Give the ways for which a gateway is set."""
    addresses = {
        Channel.SMS: settings.ANLAN_SMS_URL,
        Channel.EMAIL: settings.ANLAN_SMTP_URL,
        Channel.WEBHOOK: settings.ANLAN_NOTICE_WEBHOOK_URL,
    }
    return tuple(each for each, address in addresses.items() if address)


# --- the job's side ------------------------------------------------------------------------------


def claim_notices(channel: str, *, now: datetime, most: int = AT_ONCE) -> list[ClaimedNotice]:
    """Take notices that are due, by compare-and-set; what another sender has is left to it.

    A notice whose sender gave no sign of life for the length of a lease is taken again. One whose
    link needs the town's public address waits until that is set.
    """
    due = Notice.objects.filter(
        _idle(now) & (Q(state=NoticeState.SENDING.value) | Q(next_at__lte=now)), channel=channel
    )
    claimed = []
    for one in due.select_related("case__town").order_by("next_at", "pk")[:most]:
        attempt = one.attempts + 1
        mine = Notice.objects.filter(
            pk=one.pk, attempts=one.attempts, state=one.state, leased_until=one.leased_until
        ).update(state=NoticeState.SENDING.value, attempts=attempt, leased_until=now + rules.LEASE)
        if mine == 1:
            claimed += _opened(one, attempt, now=now)
    return claimed


def _opened(one: Notice, attempt: int, *, now: datetime) -> list[ClaimedNotice]:
    try:
        told = outbox.open_notice(one.ident, bytes(one.sealed or b""))
    except ciphers.Unreadable:  # another key file: it waits for the right one
        _wait(one.pk, attempt, code="unreadable", now=now)
        return []
    words = dict(told["words"])
    if words.get("link", "").startswith("/"):
        if not settings.ANLAN_PUBLIC_URL:
            _wait(one.pk, attempt, code="no_public_url", now=now)
            return []
        words["link"] = settings.ANLAN_PUBLIC_URL.rstrip("/") + words["link"]
    subject = text = fault = ""
    try:
        subject, text = rules.filled(
            notice_catalogue(), one.template, words, language=told["language"]
        )
    except KeyError:  # its template is gone, or asks for other words, since an upgrade
        fault = "unreadable"
    return [
        ClaimedNotice(
            pk=one.pk,
            attempt=attempt,
            id=str(one.ident),
            channel=Channel(one.channel),
            town=one.case.town.key,
            to=told["to"],
            subject=subject,
            text=text,
            language=told["language"],
            fault=fault,
        )
    ]


def beat(pk: int, attempt: int, *, now: datetime) -> bool:
    """Say that a notice's sender lives; False where the notice is no longer its."""
    held = Notice.objects.filter(pk=pk, attempts=attempt, state=NoticeState.SENDING.value)
    return held.update(leased_until=now + rules.LEASE) == 1


def put_off(pk: int, attempt: int, *, code: str, now: datetime) -> None:
    """Let a notice wait after an attempt that failed; longer each time."""
    pause = rules.pause_after(attempt) or rules.PAUSES[-1]
    Notice.objects.filter(pk=pk, attempts=attempt, state=NoticeState.SENDING.value).update(
        state=NoticeState.WAITING.value, outcome=code, next_at=now + pause, leased_until=None
    )


def _wait(pk: int, attempt: int, *, code: str, now: datetime) -> None:
    """Let a notice wait for the installation to be set right: this was no attempt to send it."""
    Notice.objects.filter(pk=pk, attempts=attempt, state=NoticeState.SENDING.value).update(
        state=NoticeState.WAITING.value,
        attempts=attempt - 1,
        outcome=code,
        next_at=now + rules.UNREADY,
        leased_until=None,
    )


def is_last_attempt(attempt: int) -> bool:
    """Say whether a notice that fails now is given up."""
    return rules.pause_after(attempt) is None


def end_notice(
    pk: int,
    attempt: int | None,
    *,
    sent: bool,
    outcome: str = "",
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
) -> bool:
    """Enter that a notice was sent, or given up with a task for who handles the case.

    Its address and words are erased. False, and nothing changed, where the notice is gone or
    another sender has it; `attempt` is None for one that nobody holds.
    """
    found = Notice.objects.filter(pk=pk, case__town__key=town_key)
    code = found.values_list("case__type", flat=True).first()
    if code is None:
        return False
    action = f"{code}.{'notice_sent' if sent else 'notice_given_up'}"
    try:
        with write(
            town=town_key, actor=actor, action=action, at=at, recorded_at=recorded_at
        ) as entry:
            locked = found.select_for_update(of=("self",)).select_related("case").first()
            one = _held(locked, attempt, now=recorded_at)
            one.state = (NoticeState.SENT if sent else NoticeState.GIVEN_UP).value
            one.outcome, one.sealed, one.leased_until, one.ended_at = outcome, None, None, at
            one.save()
            if not sent:
                _ask_handler(one, at=at)
            entry.record(
                subject=space_ref(one.case.ref, Space.PARTY, party=one.party),
                about=[f"notice:{pk}"],
                reason_code=outcome,
            )
    except _NotHeld:
        return False
    return True


class _NotHeld(Exception):
    """The notice is gone, has ended, or another sender has it."""


def _held(one: Notice | None, attempt: int | None, *, now: datetime) -> Notice:
    if one is None:
        raise _NotHeld
    mine = (one.attempts, one.state) == (attempt, NoticeState.SENDING)
    if not mine and (attempt is not None or not Notice.objects.filter(_idle(now), pk=one.pk)):
        raise _NotHeld
    return one


def _idle(now: datetime) -> Q:
    """Give the notices that are still to be sent and that no living sender has."""
    lost = Q(state=NoticeState.SENDING.value, leased_until__lte=now)
    return Q(state=NoticeState.WAITING.value) | lost


def _ask_handler(one: Notice, *, at: datetime) -> None:
    handler = CaseStaff.objects.filter(
        case=one.case, part=Part.HANDLER.value, until__isnull=True
    ).first()
    Task.objects.create(
        case=one.case,
        kind=TASK,
        party=one.party,
        staff_ref="" if handler is None else handler.staff_ref,
        made_at=at,
    )


def overdue_notices(*, now: datetime) -> list[tuple[int, str]]:
    """Give the notices that nobody could send in time, each with its town."""
    late = Notice.objects.filter(_idle(now), expires_at__lte=now)
    return list(late.order_by("pk").values_list("pk", "case__town__key")[:100])


def stop_notices(doing: Doing, *, outcome: str) -> int:
    """Take back what still waits for a case that is sealed; in the action's write.

    What a sender has just now is its to end.
    """
    return Notice.objects.filter(_idle(doing.write.recorded_at), case=doing.case).update(
        state=NoticeState.GIVEN_UP.value, outcome=outcome, sealed=None, ended_at=doing.at
    )


def erase_notices(doing: Doing) -> int:
    """Delete all notices of a case that is erased; in the erasure's write."""
    return Notice.objects.filter(case=doing.case).delete()[0]
