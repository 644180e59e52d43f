"""Documents of a case: looked into, sealed under their space's key, whole on the disk or not there.

The process that looks into a file is tried in tests/unit/gateways; here it is called in this one,
but for one test that walks the whole way.
"""

from __future__ import annotations

import errno
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from tests.services import small_case as small
from tests.services.small_case import HANDLER, KEY, OTHER, SUPERVISOR, do, open_small, stamp
from tests.unit.gateways import hostile

from anlan.gateways import content
from anlan.gateways.content import checker
from anlan.gateways.virus.fake import EICAR, AbsentScanner, FakeClamd, FakeScanner
from anlan.kernel.cases import queries
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import Case, Document, FollowLink
from anlan.kernel.cases.rules.documents import saved_name, tidy_name
from anlan.kernel.cases.rules.types import Space
from anlan.kernel.cases.services import documents, file_checks, reading
from anlan.kernel.ledger.models import LedgerEntry
from anlan.kernel.sealing import file_ciphers, files
from anlan.kernel.sealing.ciphers import Unreadable
from anlan.kernel.sealing.models import CaseKey, Opening, SealedText
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.values import Actor, BadInput, Forbidden, Refused, Role

pytestmark = pytest.mark.django_db
REAL = pytest.mark.django_db(transaction=True)  # where a commit or a second thread counts
COLLEAGUE = Actor("staff:9", frozenset({Role.CLERK, Role.SUPERVISOR}))  # sees all, handles none
TEXT = "金丝雀 owes 300".encode()


def here(data, **_):
    try:
        return content.Checked(*checker.check(data))
    except checker.Fault as fault:
        raise content.Unfit(fault.code) from fault


@pytest.fixture(autouse=True)
def town(settings, tmp_path, monkeypatch):
    settings.ANLAN_DATA = tmp_path / "data"
    settings.ANLAN_DATA.mkdir()
    monkeypatch.setattr(documents.content, "look_into", here)
    with small.small_case_type():
        small.make_town()
        yield


def add(case_id, data=TEXT, actor=HANDLER, **more):
    given = {"name": "合同 金丝雀.txt", "kind": "paper", "space": Space.CASE}
    return cases.add_document(case_id, data=data, **(given | more), **stamp(actor))


def read(document_id, actor=HANDLER, purpose=Purpose.HANDLING):
    return cases.open_document(document_id, purpose=purpose, **stamp(actor))


def on_disk():
    root = file_checks.settings.ANLAN_DATA
    return sorted(path for path in root.rglob("*") if path.is_file())


def link_of(case_id, party):
    token = f"{party}" * 64
    made = FollowLink.objects.create(
        case_id=case_id, party=party, token_hash=token, made_at=small.AT
    )
    return Actor(f"link:{made.pk}", frozenset())


# --- the whole way -------------------------------------------------------------------------------


def test_a_document_comes_back_as_it_was_and_stands_nowhere_in_clear(monkeypatch):
    monkeypatch.undo()
    one = open_small()
    doc = add(one)
    opened = read(doc)
    assert (opened.data, opened.media_type, opened.name) == (TEXT, "text/plain", "合同 金丝雀.txt")
    for path in on_disk():
        assert "金丝雀".encode() not in path.read_bytes()
        assert "金丝雀" not in str(path)
        assert path.stat().st_mode & 0o077 == 0


def test_adding_has_its_event_and_its_entry_with_the_ciphertexts_hash():
    one = open_small()
    doc = add(one)
    row = queries.documents_of(one, town_key=KEY, actor=HANDLER)[0]
    assert (row.id, row.kind, row.scan, row.size_bytes) == (doc, "paper", "not_scanned", len(TEXT))
    event = queries.events_of(one)[-1]
    assert (event.action, event.values["document"]) == ("document_added", doc)
    entry = LedgerEntry.objects.get(action="smallcase.document_stored")
    assert entry.about == [f"document:{doc}"]
    assert entry.cipher_hash == Document.objects.get(pk=doc).cipher_hash
    assert queries.case_facts(Case.objects.get(pk=one), at=small.AT).documents == {"paper": 1}


def test_several_of_a_case_are_opened_in_one_opening_that_names_each_and_of_two_cases_none():
    one, another = open_small(), open_small()
    first, second = add(one), add(one, party=1, space=Space.PARTY)
    elsewhere = add(another)

    def together(*numbers, actor=HANDLER):
        return cases.open_documents(numbers, purpose=Purpose.HANDLING, **stamp(actor))

    assert [each.data for each in together(second, first)] == [TEXT, TEXT]
    (opening,) = Opening.objects.all()
    assert set(opening.parts) == {f"document:{first}", f"document:{second}"}
    with pytest.raises(Refused, match="no such document"):
        together(first, elsewhere)
    with pytest.raises(Forbidden):
        together(first, actor=SUPERVISOR)
    assert Opening.objects.count() == 1


@pytest.mark.parametrize("purpose", [Purpose.LIVE_INCIDENT, Purpose.CALL_BACK, Purpose.DISCLOSURE])
def test_a_document_opens_for_no_purpose_that_its_words_do_not_open_for(purpose, settings):
    settings.ANLAN_OPENINGS_PER_HOUR = 0
    one = open_small()
    first, second = add(one), add(one)
    on_duty = Actor("staff:9", frozenset({Role.SUPERVISOR}), shift_ref="shift:1")
    for number in (first, second):
        with pytest.raises(Forbidden) as refused:
            read(number, on_duty, purpose)
        assert refused.value.code == "not_a_purpose"
    assert not Opening.objects.exists()


def test_who_decides_opens_words_and_no_document(monkeypatch):
    one = add(open_small())
    for waits in (False, True):
        monkeypatch.setattr(reading, "asked_to_decide", lambda case_id, actor, said=waits: said)
        with pytest.raises(Forbidden) as refused:
            read(one, SUPERVISOR, Purpose.DECIDING)
        assert refused.value.code == "not_a_purpose"
    assert not Opening.objects.exists()


def test_opening_one_is_entered_once_for_half_a_day_and_each_for_itself():
    one = open_small()
    first, second = add(one), add(one)
    for number in (first, second, first):
        read(number)
    assert LedgerEntry.objects.filter(action="sealing.opened").count() == 2
    noted = [each.parts for each in Opening.objects.order_by("id")]
    assert noted == [[f"document:{first}"], [f"document:{second}"]]


@REAL
def test_a_disk_that_lets_no_file_go_undoes_no_removal_and_the_sweep_takes_it_later(monkeypatch):
    one = open_small()
    number = add(one)

    def refuses(stored_as):
        raise PermissionError(errno.EACCES, "read-only")

    with monkeypatch.context() as patch:
        patch.setattr(files, "remove_file", refuses)
        cases.remove_document(number, reason="wrong_file", **stamp())
    assert Document.objects.get(pk=number).removed_at is not None
    assert len(on_disk()) == 1
    cases.sweep_files(real_now=datetime.now(UTC) + timedelta(hours=2))
    assert on_disk() == []


def test_the_same_key_twice_adds_one_document_and_one_file():
    one = open_small()
    assert add(one, client_key="k-1") == add(one, client_key="k-1")
    assert len(on_disk()) == 1
    assert Document.objects.count() == 1


# --- whose ---------------------------------------------------------------------------------------


def test_each_space_has_its_own_key():
    one = open_small()
    own = add(one, space=Space.PARTY, party=2)
    row = Document.objects.get(pk=own)
    assert row.space == "p2"
    others = Document.objects.get(pk=add(one, space=Space.PARTY, party=1))
    given = {"space_ref": f"smallcase:{one}:p2", "stored_as": row.stored_as}
    with pytest.raises(Unreadable):
        file_ciphers.open_file(
            files.read_file(row.stored_as),
            bytes(row.sealed_key),
            case_key=files.service_key_of(others.case_key_id),
            **given,
        )


def test_the_notes_documents_are_for_who_handles_the_case():
    one = open_small()
    doc = add(one, space=Space.NOTES)
    assert queries.documents_of(one, town_key=KEY, actor=SUPERVISOR) == []
    with pytest.raises(Forbidden):
        read(doc, SUPERVISOR, Purpose.REVIEW)
    with pytest.raises(Forbidden):
        add(one, actor=COLLEAGUE, space=Space.NOTES)


def test_a_document_of_others_is_not_there():
    one = open_small()
    doc = add(one)
    for attempt in (lambda: read(doc, OTHER), lambda: add(one, actor=OTHER)):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.code.startswith("no_such")
    with pytest.raises(Forbidden):
        read(doc, SUPERVISOR)
    assert read(doc, SUPERVISOR, Purpose.REVIEW).data == TEXT


def test_a_party_adds_to_its_own_part_alone_and_takes_its_own_away_alone():
    one, other = open_small(), open_small()
    link = link_of(one, 2)
    own = add(one, actor=link, space=Space.PARTY)
    assert Document.objects.get(pk=own).space == "p2"
    for wrong in (
        {"space": Space.CASE},
        {"space": Space.NOTES},
        {"space": Space.PARTY, "party": 1},
    ):
        with pytest.raises(Refused):
            add(one, actor=link, **wrong)
    with pytest.raises(Refused):
        add(other, actor=link, space=Space.PARTY)
    with pytest.raises(Refused):
        add(one, actor=link, space=Space.PARTY, kind="order")
    theirs = add(one, space=Space.PARTY, party=1)
    for_all = add(one)
    for foreign in (theirs, for_all):
        with pytest.raises(Refused):
            cases.remove_document(foreign, reason="wrong_file", **stamp(link))
    cases.remove_document(own, reason="wrong_file", **stamp(link))
    seen = [row.id for row in queries.documents_of_party(one, party=2)]
    assert seen == [for_all]


def test_a_party_who_left_adds_nothing_more():
    one = open_small()
    link = link_of(one, 2)
    Case.objects.get(pk=one).parties.filter(number=2).update(left_at=small.AT)
    with pytest.raises(Refused) as refused:
        add(one, actor=link, space=Space.PARTY)
    assert refused.value.code == "party_left"


def test_a_party_cannot_fill_the_disk():
    one = open_small()
    link = link_of(one, 2)
    for _ in range(20):
        add(one, actor=link, space=Space.PARTY)
    with pytest.raises(Refused) as refused:
        add(one, actor=link, space=Space.PARTY)
    assert refused.value.code == "too_many"


def test_an_ended_link_and_an_ended_case_take_no_document():
    one = open_small()
    link = link_of(one, 2)
    FollowLink.objects.update(ended_at=small.AT)
    with pytest.raises(Refused):
        add(one, actor=link, space=Space.PARTY)
    do(one, "take")
    do(one, "finish", result="good")
    with pytest.raises(Refused) as refused:
        add(one)
    assert refused.value.code == "case_ended"
    assert on_disk() == []


# --- hostile -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        b"",
        hostile.bomb(),
        b"<svg onload='x()'>",
        hostile.pdf_with_action("JavaScript"),
        hostile.picture()[:-200],
        hostile.zipped(before=hostile.picture()),
        b"a" * 20_000_001,
    ],
    ids=["empty", "bomb", "svg", "script", "cut off", "two-faced", "too large"],
)
def test_a_file_that_is_not_taken_leaves_nothing(data):
    one = open_small()
    before = (Case.objects.get(pk=one).version, LedgerEntry.objects.count())
    with pytest.raises(BadInput):
        add(one, data, name="picture.png")
    assert (Case.objects.get(pk=one).version, LedgerEntry.objects.count()) == before
    assert on_disk() == []


def test_what_the_scanner_finds_is_refused_and_a_clean_file_is_marked(settings, monkeypatch):
    settings.ANLAN_CLAMD = "unix:/nowhere"
    monkeypatch.setattr(file_checks.virus, "scan", FakeScanner())
    one = open_small()
    with pytest.raises(BadInput, match="scanner"):
        add(one, EICAR)
    assert on_disk() == []
    add(one)
    assert queries.documents_of(one, town_key=KEY, actor=HANDLER)[0].scan == "clean"


def test_a_scanner_that_is_set_and_away_is_not_passed_by(settings, monkeypatch):
    settings.ANLAN_CLAMD = "unix:/nowhere"
    monkeypatch.setattr(file_checks.virus, "scan", AbsentScanner())
    with pytest.raises(Refused) as refused:
        add(open_small())
    assert refused.value.code == "no_scanner"
    assert on_disk() == []


def test_a_file_that_the_scanner_is_not_made_for_is_never_asked_for_again(settings, tmp_path):
    with FakeClamd(tmp_path / "clamd", longest=10) as clamd:
        settings.ANLAN_CLAMD = clamd.address
        with pytest.raises(BadInput, match="larger than the virus scanner"):
            add(open_small(), b"eleven signs")
    assert on_disk() == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../../etc/passwd", "passwd"),
        ("C:\\Users\\wang\\合同.pdf", "合同.pdf"),
        ("a\x00b\r\nSet-Cookie: x.txt", "a b Set-Cookie: x.txt"),
        ("\u202efdp.exe", "fdp.exe"),
        ("..", "document"),
        ("", "document"),
        ("é" * 400, "é" * 120),
    ],
)
def test_a_name_is_words_and_leads_nowhere(given, kept):
    assert tidy_name(given) == kept


def test_a_document_is_handed_out_with_its_contents_ending():
    assert saved_name("evil.html", "image/png") == "evil.png"
    assert saved_name("no ending", "application/pdf") == "no ending.pdf"
    assert saved_name(".html", "text/plain") == ".html.txt"


def test_a_name_with_folders_in_it_is_sealed_and_stored_elsewhere():
    one = open_small()
    doc = add(one, name="../../../金丝雀.sh")
    assert read(doc).name == "金丝雀.txt"
    assert all(
        path.is_relative_to(file_checks.settings.ANLAN_DATA / "documents") for path in on_disk()
    )


# --- whole or not there --------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
def test_a_full_disk_is_one_sentence_and_leaves_nothing(monkeypatch, step):
    one = open_small()

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    if step == "write":
        monkeypatch.setattr(files.tempfile, "mkstemp", full)
    else:
        monkeypatch.setattr(files.os, step, full)
    with pytest.raises(Refused) as refused:
        add(one)
    monkeypatch.undo()
    assert refused.value.code == "not_stored"
    assert on_disk() == []
    assert Document.objects.count() == 0


def test_a_write_that_fails_after_the_file_was_stored_takes_it_away(monkeypatch):
    one = open_small()
    monkeypatch.setattr(documents.rules, "tidy_name", lambda name: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        add(one)
    assert on_disk() == []
    assert SealedText.objects.filter(field="document_name").count() == 0


@REAL
def test_two_uploads_at_once_are_two_documents():
    one = open_small()
    found, faults = [], []

    def send(data):
        for _ in range(20):
            try:
                found.append((add(one, data), data))
                break
            except Exception as fault:  # noqa: BLE001 - a busy SQLite is tried again, as the desk does
                faults.append(fault)
                time.sleep(0.05)
        connection.close()

    threads = [threading.Thread(target=send, args=(f"file {n}".encode(),)) for n in (1, 2)]
    [each.start() for each in threads]
    [each.join() for each in threads]
    assert len(found) == 2, faults
    assert {read(doc).data for doc, _ in found} == {b"file 1", b"file 2"}
    assert all(read(doc).data == data for doc, data in found)


def test_the_sweep_passes_over_a_file_that_takes_its_place_or_goes_while_it_looks(monkeypatch):
    doc = add(open_small())
    (name,) = on_disk()
    (name.parent / ".new-1").touch()  # its writer gives it its own name just now
    stat = type(name).stat

    def gone(path, **how):
        if path.name == ".new-1":
            path.unlink(missing_ok=True)
        return stat(path, **how)

    monkeypatch.setattr(type(name), "stat", gone)
    assert cases.sweep_files(real_now=datetime.now(UTC) + timedelta(hours=2)) == 0
    assert read(doc).data == TEXT


def test_the_sweep_takes_what_no_document_names_and_nothing_else():
    one = open_small()
    doc = add(one)
    kept = on_disk()
    orphan = file_ciphers.seal_file(b"left by a process that died")
    files.write_file(orphan)
    half = files.path_of(orphan.stored_as).with_name(".new-half")
    half.write_bytes(b"half")
    now = datetime.now(UTC)
    assert cases.sweep_files(real_now=now) == 0, "an upload may be under way"
    assert cases.sweep_files(real_now=now + timedelta(hours=2)) == 2
    assert on_disk() == kept
    assert read(doc).data == TEXT


# --- gone ----------------------------------------------------------------------------------------


@REAL
def test_a_removed_documents_bytes_and_name_are_gone_and_its_event_stays():
    one = open_small()
    doc = add(one)
    with pytest.raises(BadInput):
        cases.remove_document(doc, reason="because", **stamp())
    with pytest.raises(Forbidden):
        cases.remove_document(doc, reason="wrong_file", **stamp(COLLEAGUE))
    cases.remove_document(doc, reason="wrong_file", **stamp())
    row = Document.objects.get(pk=doc)
    assert (row.sealed_key, on_disk()) == (None, [])
    assert not SealedText.objects.filter(pk=row.name_text).exists()
    assert queries.documents_of(one, town_key=KEY, actor=HANDLER) == []
    for attempt in (read, lambda d: cases.remove_document(d, reason="wrong_file", **stamp())):
        with pytest.raises(Refused) as refused:
            attempt(doc)
        assert refused.value.code == "no_such_document"
    assert [each.action for each in queries.events_of(one)][1:] == [
        "document_added",
        "document_removed",
    ]


def test_a_case_sealed_away_opens_no_document():
    one = open_small()
    doc = add(one)
    CaseKey.objects.filter(case_ref=f"smallcase:{one}").update(wrapped=None, destroyed_at=small.AT)
    with pytest.raises(Refused) as refused:
        read(doc)
    assert refused.value.code == "sealed"


def test_an_altered_or_missing_file_is_seen():
    one = open_small()
    doc = add(one)
    path = on_disk()[0]
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(Refused) as refused:
        read(doc)
    assert refused.value.code == "file_altered"
    os.unlink(path)
    with pytest.raises(Refused) as refused:
        read(doc)
    assert refused.value.code == "file_missing"


@REAL
def test_an_erased_cases_files_go_with_it():
    one = open_small()
    add(one)
    add(one, space=Space.PARTY, party=1)
    with cases.acting(one, "erased", keeps_event=False, **stamp(small.JOB)) as doing:
        assert cases.erase_documents(doing) == 2
    assert (Document.objects.count(), on_disk()) == (0, [])


def test_files_never_hold_every_thread_that_answers_the_desk(monkeypatch):
    inside, let_go = threading.Semaphore(0), threading.Event()
    queued = threading.Event()

    class Queue(threading.BoundedSemaphore):
        """Tells that its place is taken; to try it would take it from who is to wait there."""

        def acquire(self, blocking=True, timeout=None):
            taken = super().acquire(blocking, timeout)
            if taken:
                queued.set()
            return taken

    def hangs(data):
        inside.release()
        let_go.wait(20)
        return content.Checked("text/plain", data)

    monkeypatch.setattr(file_checks.content, "look_into", hangs)
    monkeypatch.setattr(file_checks, "_places", threading.BoundedSemaphore(2))
    monkeypatch.setattr(file_checks, "_queue", Queue(1))
    monkeypatch.setattr(file_checks, "WAITS_AT_MOST_S", 20)
    with ThreadPoolExecutor(6) as threads:
        held = [threads.submit(file_checks.look_into, b"a") for _ in range(2)]
        assert all(inside.acquire(timeout=20) for _ in range(2))
        waits = threads.submit(file_checks.look_into, b"b")
        assert queued.wait(20)
        for _ in range(3):
            with pytest.raises(Refused) as told:
                file_checks.look_into(b"c")
            assert told.value.code == "busy"
        let_go.set()
        assert [each.result(20)[0].data for each in (*held, waits)] == [b"a", b"a", b"b"]
