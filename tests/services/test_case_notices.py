"""The outbox: put in with the action that it tells of, sent once, and nothing of it kept after."""

from __future__ import annotations

import json
import os
import signal
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, connections
from tests.services import small_case as small
from tests.services.small_case import AT, HANDLER, KEY, do, open_small, stamp

from anlan.cli.main import main
from anlan.gateways.email.fake import BrokenEmail, FakeEmail, HangingEmail
from anlan.gateways.sms.fake import FakeSms
from anlan.jobs import send_notices as job
from anlan.kernel.cases import queries
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import Case, Notice, Task
from anlan.kernel.cases.rules import notices as rules
from anlan.kernel.cases.rules.types import Space
from anlan.kernel.ledger.models import LedgerEntry
from anlan.kernel.sealing import outbox

pytestmark = pytest.mark.django_db
REAL = pytest.mark.django_db(transaction=True)  # where a second thread or process counts
CONTACT = "wang@example.cn 金丝雀"


@pytest.fixture(autouse=True)
def town(settings):
    settings.ANLAN_SMTP_URL = "smtp://localhost"
    settings.ANLAN_PUBLIC_URL = "https://town.example.cn/"
    with small.small_case_type():
        small.make_town()
        yield


@pytest.fixture
def mail(monkeypatch):
    fake = FakeEmail()
    monkeypatch.setattr(job.email, "send", fake)
    return fake


def tell(case_id=None, *, contact=CONTACT, template="news", event="link_made", **more):
    with cases.acting(case_id or open_small(), event, **stamp()) as doing:
        if contact:
            doing.seal("contact", contact, space=Space.PARTY, party=1)
        return cases.notify(doing, party=1, template=template, **more)


def send(channel="email", *, after=timedelta()):
    return job.send_due(channel, now=lambda: AT + after)


def again(notice):
    return Notice.objects.get(pk=notice.pk)


# --- putting in ----------------------------------------------------------------------------------


def test_a_notice_says_in_the_towns_language_only_that_there_is_news(mail):
    tell(words={"link": "/follow/t0k"})
    assert send() == 1
    letter = mail.sent[0]
    assert letter.to == "wang@example.cn"
    assert letter.text == "您关注的事项有新进展。请打开https://town.example.cn/follow/t0k"


def test_a_partys_own_language_comes_first(mail):
    one = open_small()
    party = Case.objects.get(pk=one).parties.get(number=1)
    party.answers = {"language": "en"}
    party.save()
    tell(one)
    send()
    assert mail.sent[0].text.startswith("There is news in a matter that you follow with us.")


def test_that_a_contact_was_used_is_entered_and_nothing_stands_in_clear():
    notice = tell()
    entry = LedgerEntry.objects.get(action="smallcase.notice_made")
    assert (entry.subject, entry.fields) == (f"smallcase:{notice.case_id}:p1", ["contact"])
    assert entry.about == [f"notice:{notice.pk}"]
    for trace in ("wang", "金丝雀", "news"):
        assert trace.encode() not in bytes(again(notice).sealed)


def test_a_party_without_an_address_becomes_a_task_for_who_handles_the_case():
    notice = tell(contact="ask at the shop")
    assert (notice.state, notice.outcome) == ("given_up", "no_address")
    task = Task.objects.get(case_id=notice.case_id)
    assert (task.kind, task.staff_ref) == ("tell_party", HANDLER.staff_ref)


def test_the_newest_contact_counts(mail):
    one = open_small()
    tell(one)
    with cases.acting(one, "link_made", **stamp(days=1)) as doing:
        doing.seal("contact", "new@example.cn", space=Space.PARTY, party=1)
    with cases.acting(one, "link_made", **stamp(days=2)) as doing:
        cases.notify(doing, party=1, template="news")
    send(after=timedelta(days=3))
    assert [each.to for each in mail.sent] == ["wang@example.cn", "new@example.cn"]


def test_a_made_up_case_tells_nobody(mail):
    notice = tell(open_small(made_up=True))
    assert (notice.state, notice.outcome, notice.sealed) == ("given_up", "made_up", None)
    assert Task.objects.count() == 0
    assert send() == 0


def test_an_action_that_fails_tells_nobody():
    def fail_after_telling():
        with cases.acting(open_small(), "link_made", **stamp()) as doing:
            doing.seal("contact", CONTACT, space=Space.PARTY, party=1)
            cases.notify(doing, party=1, template="news")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_telling()
    assert Notice.objects.count() == 0


def test_a_template_or_words_that_do_not_fit_are_the_hooks_fault():
    for wrong in ({"template": "nothing"}, {"template": "appointment"}, {"words": {"when": "x"}}):
        with pytest.raises(ValueError, match=r"no notice|needs"):
            tell(**wrong)


# --- sending -------------------------------------------------------------------------------------


def test_a_sent_notice_keeps_that_it_was_sent_and_nothing_else(mail):
    notice = tell()
    send()
    row = again(notice)
    assert (row.state, row.sealed, row.attempts) == ("sent", None, 1)
    assert LedgerEntry.objects.latest("id").action == "smallcase.notice_sent"
    assert send() == 0
    assert len(mail.sent) == 1


def test_without_a_gateway_a_notice_waits_and_that_is_said(settings, mail):
    settings.ANLAN_SMTP_URL = ""
    tell()
    row = queries.outbox(KEY)[0]
    assert (row.channel, row.state, row.count) == ("email", "waiting", 1)
    assert cases.channels_set_up() == ()


def test_a_link_waits_for_the_towns_public_address(settings, mail):
    settings.ANLAN_PUBLIC_URL = ""
    notice = tell(words={"link": "/follow/t0k"})
    assert send() == 0
    assert again(notice).outcome == "no_public_url"
    settings.ANLAN_PUBLIC_URL = "https://town.example.cn"
    assert send(after=timedelta(minutes=2)) == 1


def test_a_notice_under_another_key_file_waits_for_the_right_one(monkeypatch, mail):
    notice = tell()
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "_outbox_key", lambda _wrapping: bytes(32))
        assert send() == 0
    assert (again(notice).state, again(notice).outcome) == ("waiting", "unreadable")
    assert send(after=timedelta(minutes=2)) == 1


def test_waiting_for_the_installation_uses_no_attempt_up(settings, mail):
    settings.ANLAN_PUBLIC_URL = ""
    notice = tell(words={"link": "/follow/t0k"})
    for minutes in range(20):
        assert send(after=timedelta(minutes=minutes)) == 0
    assert (again(notice).state, again(notice).attempts) == ("waiting", 0)
    settings.ANLAN_PUBLIC_URL = "https://town.example.cn"
    assert send(after=timedelta(minutes=20)) == 1
    assert again(notice).attempts == 1


@pytest.mark.parametrize("change", [{"template": "renamed"}, {"template": "appointment"}])
def test_what_an_upgrade_left_without_its_words_is_given_up_with_a_task(change, mail):
    notice, other = tell(), tell()
    Notice.objects.filter(pk=notice.pk).update(**change)
    assert send() == 1, "the one after it goes"
    row = again(notice)
    assert (row.state, row.outcome, row.sealed) == ("given_up", "unreadable", None)
    assert Task.objects.get(case_id=notice.case_id).kind == "tell_party"
    assert again(other).state == "sent"


def test_what_a_dead_sender_left_is_given_up_in_the_end_and_what_a_living_one_has_is_its(mail):
    notice, late = tell(), AT + timedelta(days=7)
    (claimed,) = cases.claim_notices("email", now=late)
    assert job.give_up_overdue(now=late) == 0
    by = {"actor": job.ACTOR, "town_key": KEY, "at": late, "recorded_at": late}
    assert not cases.end_notice(notice.pk, None, sent=False, outcome="too_late", **by)
    with cases.acting(notice.case_id, "link_made", **stamp(days=7)) as doing:
        assert cases.stop_notices(doing, outcome="sealed") == 0
    assert cases.end_notice(notice.pk, claimed.attempt, sent=True, **by)
    other = tell()
    cases.claim_notices("email", now=late)
    assert job.give_up_overdue(now=late + rules.LEASE) == 1
    assert (again(other).outcome, again(other).sealed) == ("too_late", None)


def test_what_fails_is_tried_again_later_each_time_and_given_up_in_the_end(monkeypatch):
    broken = BrokenEmail()
    monkeypatch.setattr(job.email, "send", broken)
    notice, after = tell(), timedelta()
    for pause in rules.PAUSES:
        send(after=after)
        assert (again(notice).state, again(notice).outcome) == ("waiting", "unreachable")
        send(after=after + pause - timedelta(seconds=1))
        after += pause
    send(after=after)
    assert len(broken.sent) == rules.MOST_ATTEMPTS
    assert len({letter.id for letter in broken.sent}) == 1
    row = again(notice)
    assert (row.state, row.outcome, row.sealed) == ("given_up", "unreachable", None)
    assert Task.objects.get(case_id=notice.case_id).kind == "tell_party"


def test_a_fault_that_nobody_foresaw_keeps_neither_the_others_nor_the_sender(monkeypatch, mail):
    first, second = tell(contact="wang@example.cn"), tell(contact="li@example.cn")

    def breaks(letter, **how):
        if letter.to.startswith("wang"):
            raise KeyError(letter.to)
        mail(letter, **how)

    monkeypatch.setattr(job.email, "send", breaks)
    assert send() == 1
    row = again(first)
    assert (row.state, row.outcome, row.attempts) == ("waiting", "fault", 1)
    assert again(second).state == "sent"
    monkeypatch.setattr(job.email, "send", mail)
    assert send(after=timedelta(minutes=2)) == 1


def test_what_can_never_go_is_given_up_at_once(monkeypatch):
    monkeypatch.setattr(job.email, "send", BrokenEmail(forever=True))
    notice = tell()
    send()
    assert (again(notice).state, again(notice).sealed) == ("given_up", None)


def test_what_nobody_could_send_in_a_week_is_given_up_and_erased(settings):
    settings.ANLAN_SMTP_URL = ""
    notice = tell()
    assert job.give_up_overdue(now=AT + timedelta(days=6)) == 0
    assert job.give_up_overdue(now=AT + timedelta(days=7)) == 1
    row = again(notice)
    assert (row.state, row.outcome, row.sealed) == ("given_up", "too_late", None)


def test_the_outcome_of_a_notice_does_not_disturb_who_has_the_case_open(mail):
    one = open_small()
    tell(one)
    seen = Case.objects.get(pk=one).version
    send()
    do(one, "take", expected_version=seen)
    assert Case.objects.get(pk=one).state == "working"


# --- two senders, dead senders, slow gateways ----------------------------------------------------


@REAL
def test_two_senders_at_once_send_each_notice_once(mail):
    notices = [tell() for _ in range(6)]
    begin = threading.Barrier(2)

    def sender():
        begin.wait()
        for _ in range(50):
            try:
                if not send() and not Notice.objects.filter(state="waiting").exists():
                    break
            except Exception:  # noqa: BLE001, S112 - a busy SQLite: the job's loop tries again too
                continue
        connection.close()

    threads = [threading.Thread(target=sender) for _ in range(2)]
    [each.start() for each in threads]
    [each.join() for each in threads]
    ids = [letter.id for letter in mail.sent]
    assert sorted(ids) == sorted(str(each.ident) for each in notices)


def test_a_notice_in_other_hands_is_not_taken(mail):
    tell()
    claimed = cases.claim_notices("email", now=AT)
    assert len(claimed) == 1
    assert cases.claim_notices("email", now=AT) == []
    assert cases.claim_notices("email", now=AT + rules.LEASE - timedelta(seconds=1)) == []


def test_two_who_saw_the_same_notice_do_not_both_get_it(monkeypatch, mail):
    notice = tell()
    stale = list(Notice.objects.select_related("case__town"))
    assert len(cases.claim_notices("email", now=AT)) == 1
    monkeypatch.setattr(Notice.objects, "filter", _stale_once(stale, Notice.objects.filter))
    assert cases.claim_notices("email", now=AT) == []
    assert again(notice).attempts == 1


def _stale_once(rows, real):
    """Answer the first question with rows that another sender has taken meanwhile."""
    asked = []

    class Stale:
        def __getattr__(self, name):
            return lambda *args: self

        def __getitem__(self, _):
            return rows

    def filter_(*args, **kwargs):
        asked.append(kwargs)
        return Stale() if len(asked) == 1 else real(*args, **kwargs)

    return filter_


@REAL
def test_a_sender_killed_while_sending_is_followed_by_one_more_attempt_under_the_same_id():
    notice = tell()
    reader, writer = os.pipe()
    connections.close_all()
    child = os.fork()
    if child == 0:  # the sender that will be killed: it tells what it sends, and hangs
        job.email.send = lambda letter, **_: (os.write(writer, letter.id.encode()), signal.pause())
        job.send_due("email", now=lambda: AT)
        os._exit(1)
    os.close(writer)
    first = os.read(reader, 100).decode()
    os.kill(child, signal.SIGKILL)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    os.close(reader)
    sent = FakeEmail()
    original, job.email.send = job.email.send, sent
    try:
        assert send(after=rules.LEASE / 2) == 0, "it may still be alive"
        assert send(after=rules.LEASE) == 1
        assert send(after=rules.LEASE * 9) == 0
    finally:
        job.email.send = original
    assert [letter.id for letter in sent.sent] == [first] == [str(notice.ident)]
    assert again(notice).state == "sent"


@REAL
def test_a_gateway_that_hangs_holds_up_neither_the_case_nor_another_way(monkeypatch, settings):
    settings.ANLAN_SMS_URL = "http://localhost"
    hanging, phones = HangingEmail(), FakeSms()
    monkeypatch.setattr(job.email, "send", hanging)
    monkeypatch.setattr(job.sms, "send", phones)
    one = open_small()
    tell(one)

    def sender():
        send()
        connection.close()

    thread = threading.Thread(target=sender)
    thread.start()
    try:
        assert hanging.reached.wait(20)
        do(one, "take")
        tell(contact="13800001111")
        assert send("sms") == 1
        assert phones.sent[0].to == "13800001111"
    finally:
        hanging.let_go.set()
        thread.join(20)
    assert len(hanging.sent) == 1
    assert not Notice.objects.exclude(state="sent").exists()


@REAL
def test_a_slow_sender_keeps_its_notice_by_signs_of_life(monkeypatch):
    hanging = HangingEmail()
    monkeypatch.setattr(job.email, "send", hanging)
    monkeypatch.setattr(job, "BEAT_EVERY", timedelta(milliseconds=20))
    notice = tell()
    later = AT + timedelta(seconds=50)
    moments = iter([AT, AT])

    def now() -> datetime:
        return next(moments, later)

    def sender():
        job.send_due("email", now=lambda: now())
        connection.close()

    thread = threading.Thread(target=sender)
    thread.start()
    try:
        assert hanging.reached.wait(20)
        give_up = threading.Event()
        for _ in range(1000):
            if again(notice).leased_until > AT + rules.LEASE:
                break
            give_up.wait(0.02)
        assert cases.claim_notices("email", now=AT + rules.LEASE) == []
    finally:
        hanging.let_go.set()
        thread.join(20)
    assert again(notice).state == "sent"


def test_a_sender_that_lost_its_notice_writes_nothing_about_it():
    notice = tell()
    first = cases.claim_notices("email", now=AT)[0]
    second = cases.claim_notices("email", now=AT + rules.LEASE)[0]
    assert (first.id, first.attempt, second.attempt) == (second.id, 1, 2)
    assert not cases.beat(first.pk, first.attempt, now=AT)
    cases.put_off(first.pk, first.attempt, code="late", now=AT)
    given = {"sent": True, **stamp(small.JOB)}
    assert not cases.end_notice(first.pk, first.attempt, **given)
    assert (again(notice).state, again(notice).outcome) == ("sending", "")
    assert cases.end_notice(second.pk, second.attempt, **given)


@REAL
def test_the_job_beside_the_server_sends_and_stops_when_told(monkeypatch, mail):
    monkeypatch.setattr(job, "LOOK_EVERY", timedelta(milliseconds=10))
    notice = tell()
    Notice.objects.update(expires_at=datetime.now(UTC) + timedelta(days=1))
    stop = job.start()
    waiting = threading.Event()
    for _ in range(1000):
        if again(notice).state == "sent":
            break
        waiting.wait(0.02)
    stop.set()
    for thread in threading.enumerate():
        if thread.name.startswith("notices-"):
            thread.join(20)
            assert not thread.is_alive()
    assert [letter.id for letter in mail.sent] == [str(notice.ident)]


@REAL
def test_the_command_counts_what_waits_and_says_when_its_gateway_is_missing(
    settings, monkeypatch, tmp_path, capsys, mail
):
    settings.ANLAN_DATA = tmp_path
    monkeypatch.setenv("ANLAN_DATA", str(settings.ANLAN_DATA))
    words = ["notices", KEY, "--data", str(settings.ANLAN_DATA)]
    assert main(words) == 0
    tell()
    send()
    tell()
    assert main(words) == 0
    settings.ANLAN_SMTP_URL = ""
    capsys.readouterr()
    assert main([*words, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["set_up"], told["stuck"]) == ([], ["email"])
    states = [(each["state"], each["count"]) for each in told["notices"]]
    assert sorted(states) == [("sent", 1), ("waiting", 1)]
    assert main(words) == 1
    printed = capsys.readouterr().out
    assert "waits until its gateway is set" in printed
    assert "wang" not in printed


# --- gone with the case --------------------------------------------------------------------------


def test_an_erased_cases_notices_vanish_even_out_of_a_senders_hands(mail):
    one = open_small()
    tell(one)
    claimed = cases.claim_notices("email", now=AT)[0]
    with cases.acting(one, "erased", keeps_event=False, **stamp(small.JOB)) as doing:
        assert cases.erase_notices(doing) == 1
    entries = LedgerEntry.objects.count()
    assert not cases.end_notice(claimed.pk, claimed.attempt, sent=True, **stamp(small.JOB))
    assert LedgerEntry.objects.count() == entries
    assert send(after=timedelta(days=1)) == 0
    assert mail.sent == []


def test_a_case_sealed_away_takes_back_what_still_waits():
    notice = tell()
    with cases.acting(notice.case_id, "sealed", **stamp(small.JOB)) as doing:
        assert cases.stop_notices(doing, outcome="case_sealed") == 1
    row = again(notice)
    assert (row.state, row.outcome, row.sealed) == ("given_up", "case_sealed", None)
