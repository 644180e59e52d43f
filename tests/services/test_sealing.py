"""Words of a case are sealed under its own key, and one door opens them, one case at a time."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from anlan.kernel.ledger import queries as ledger_queries
from anlan.kernel.ledger import services as ledger
from anlan.kernel.ledger.models import LedgerEntry
from anlan.kernel.sealing import queries, services
from anlan.kernel.sealing.keyfile import ServiceKeys
from anlan.kernel.sealing.models import CaseKey, Opening, SealedText
from anlan.kernel.sealing.opened import in_reading_order
from anlan.kernel.sealing.personal_fields import SEALED_FIELDS
from anlan.kernel.sealing.rules import ALLOWED, Purpose, Standing
from anlan.kernel.values import Actor, BadInput, Forbidden, Refused, Role

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
CANARY = "Mrs Silva says the 木 stairs burn"
DISPATCHER = Actor("staff:7", frozenset({Role.DISPATCHER}), shift_ref="shift:70")
SUPERVISOR = Actor("staff:9", frozenset({Role.SUPERVISOR}))
CASES: dict[str, Standing] = {}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def cases(monkeypatch):
    """Two cases in Porto, the second of them closed."""
    CASES.clear()
    CASES["testcase:1"] = Standing(town="porto", live=True)
    CASES["testcase:2"] = Standing(town="porto", live=False)
    monkeypatch.setitem(services._case_kinds, "testcase", CASES.get)
    fields = {name: SEALED_FIELDS["incident"][name] for name in ("words", "caller_number")}
    monkeypatch.setitem(SEALED_FIELDS, "testcase", fields)


def seal(text=CANARY, *, case="testcase:1", field="words", at=AT):
    with ledger.write(
        town="porto", actor=DISPATCHER, action="note.added", at=at, recorded_at=at
    ) as write:
        ref = services.seal(case, field, text, actor=DISPATCHER, at=at)
        write.record(subject=case, fields=[field], cipher=ref.cipher)
    return ref


def open_it(case="testcase:1", *, actor=DISPATCHER, purpose=Purpose.LIVE_INCIDENT, at=AT, **more):
    wanted = {"town": "porto", "at": at, "recorded_at": at} | more
    return services.open_one(case, actor=actor, purpose=purpose, **wanted)


def openings_in_ledger():
    return LedgerEntry.objects.filter(action="sealing.opened").count()


def test_sealed_text_opens_again_with_who_and_when():
    seal()
    seal("07700 900123", field="caller_number", at=AT + timedelta(minutes=1))
    opened = open_it()
    assert [(t.field, t.text) for t in opened] == [
        ("words", CANARY),
        ("caller_number", "07700 900123"),
    ]
    assert {t.author_ref for t in opened} == {"staff:7"}
    assert opened[0].written_at == AT


def test_canary_stands_in_no_column_of_no_table():
    seal()
    open_it()
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                for value in row:
                    held = bytes(value) if isinstance(value, memoryview | bytes) else str(value)
                    raw = held if isinstance(held, bytes) else held.encode()
                    assert CANARY.encode() not in raw, table
                    assert b"Silva" not in raw, table


def test_ledger_keeps_the_hash_of_the_ciphertext_and_not_of_the_words():
    ref = seal()
    (entry,) = ledger_queries.entries_after("porto", 0)
    assert entry.cipher_hash == ref.cipher_hash
    assert seal().cipher_hash != ref.cipher_hash  # the same words: another hash


def test_each_case_has_its_own_key_and_texts_cannot_be_swapped():
    seal("one", case="testcase:1")
    seal("two", case="testcase:2")
    assert CaseKey.objects.count() == 2
    one, two = SealedText.objects.order_by("key_id")
    one.cipher, two.cipher = two.cipher, one.cipher
    one.save()
    two.save()
    with pytest.raises(Refused, match="altered in the database"):
        open_it("testcase:1")


def test_text_moved_to_another_field_of_its_case_does_not_open():
    seal()
    SealedText.objects.update(field="caller_name")
    with pytest.raises(Refused, match="altered in the database"):
        open_it()


def test_two_texts_of_one_field_cannot_change_places():
    first, second = seal("at 12:00"), seal("at 12:05")
    for ref, other in ((first, second), (second, first)):
        SealedText.objects.filter(pk=ref.id).update(cipher=other.cipher)
    with pytest.raises(Refused, match="altered in the database"):
        open_it()


def test_sealing_outside_a_write_is_an_error():
    with pytest.raises(RuntimeError, match=r"ledger\.services\.write"):
        services.seal("testcase:1", "words", CANARY, actor=DISPATCHER, at=AT)


def test_field_that_the_table_of_personal_fields_lacks_is_not_kept():
    with pytest.raises(ValueError, match="personal_fields"):
        seal(field="religion")
    assert not SealedText.objects.exists()


def test_sealing_a_text_without_end_is_refused():
    with pytest.raises(Refused) as refusal:
        seal("x" * (services.MAX_TEXT_BYTES + 1))
    assert refusal.value.code == "text_too_long"


@pytest.mark.parametrize("change", [{"purpose": "review"}, None])
def test_the_database_keeps_an_opening_as_it_is(change):
    seal()
    open_it()
    rows = Opening.objects.all()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows.update(**change) if change else rows.delete()
    assert Opening.objects.get().purpose == "live_incident"


def test_live_incident_is_opened_once_per_person_incident_and_shift():
    seal()
    open_it()
    open_it()
    seal("and the neighbour too")
    assert len(open_it()) == 2  # what was added meanwhile is covered
    assert openings_in_ledger() == Opening.objects.count() == 1
    next_shift = dataclasses.replace(DISPATCHER, shift_ref="shift:71")
    open_it(actor=next_shift)
    open_it(actor=dataclasses.replace(DISPATCHER, staff_ref="staff:8", shift_ref="shift:80"))
    assert openings_in_ledger() == Opening.objects.count() == 3


def test_two_windows_of_one_person_open_at_once_and_both_are_answered(monkeypatch):
    seal()
    open_it()
    real, asked = services._uncovered, []

    def blind_at_first(opens, **kwargs):
        asked.append(opens)
        return opens.parts if len(asked) == 1 else real(opens, **kwargs)

    monkeypatch.setattr(services, "_uncovered", blind_at_first)
    assert [text.text for text in open_it()] == [CANARY]
    assert len(asked) == 2
    assert openings_in_ledger() == Opening.objects.count() == 1


def test_any_other_purpose_is_entered_every_time():
    seal(case="testcase:2")
    for _ in range(3):
        open_it("testcase:2", actor=SUPERVISOR, purpose=Purpose.REVIEW)
    assert openings_in_ledger() == 3
    rows = queries.openings_of("testcase:2", at=AT)
    assert [(r.actor_ref, r.purpose) for r in rows] == [("staff:9", "review")] * 3


def test_opening_names_the_fields_and_the_purpose_in_the_ledger():
    seal()
    open_it()
    entry = ledger_queries.entries_after("porto", 0)[-1]
    assert (entry.subject, entry.reason_code) == ("testcase:1", "live_incident")
    assert entry.fields == ("words",)


def test_opening_that_cannot_be_entered_shows_nothing(monkeypatch):
    seal()

    def broken(*args, **kwargs):
        raise OSError("disk full")

    monkeypatch.setattr(LedgerEntry.objects, "create", broken)
    with pytest.raises(OSError, match="disk full"):
        open_it()
    assert not Opening.objects.exists()


@pytest.mark.parametrize("ref", ["job:demo", "cli", "token:abc"])
def test_machine_never_opens_sealed_fields(ref):
    seal()
    machine = Actor(ref, frozenset(Role), shift_ref="shift:1")
    for purpose in Purpose:
        with pytest.raises(Forbidden) as refusal:
            open_it(actor=machine, purpose=purpose)
        assert refusal.value.code == "machine_may_not_open"


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("role", Role)
def test_role_opens_for_its_own_purposes_only(role, purpose):
    seal()
    actor = Actor("staff:5", frozenset({role}), shift_ref="shift:50")
    asked_first = purpose in (Purpose.DISCLOSURE, Purpose.DECIDING)  # a grant, a proposal
    allowed = role in ALLOWED[purpose] and not asked_first
    if allowed:
        assert open_it(actor=actor, purpose=purpose)
    else:
        with pytest.raises(Forbidden):
            open_it(actor=actor, purpose=purpose)
        assert openings_in_ledger() == 0


@pytest.mark.parametrize(
    ("case", "town", "actor", "code"),
    [
        ("testcase:2", "porto", DISPATCHER, "not_live"),
        ("testcase:1", "porto", dataclasses.replace(DISPATCHER, shift_ref=None), "no_open_shift"),
        ("testcase:1", "lisboa", DISPATCHER, "no_such_case"),
        ("testcase:3", "porto", DISPATCHER, "no_such_case"),
        ("unheard:1", "porto", DISPATCHER, "no_such_case"),
    ],
)
def test_door_stays_shut_and_says_why(case, town, actor, code):
    with pytest.raises(Refused) as refusal:
        open_it(case, town=town, actor=actor)
    assert refusal.value.code == code
    assert not Opening.objects.exists()


def test_going_past_the_budget_tells_the_supervisor_and_never_blocks_a_live_incident(settings):
    settings.ANLAN_OPENINGS_PER_HOUR = 2
    for number in range(4):
        CASES[f"testcase:{10 + number}"] = Standing(town="porto", live=True)
        seal(case=f"testcase:{10 + number}")
        assert open_it(f"testcase:{10 + number}")
    told = LedgerEntry.objects.filter(action="sealing.budget_exceeded")
    assert [e.subject for e in told] == ["staff:7", "staff:7"]
    assert openings_in_ledger() == 4


@pytest.mark.parametrize("purpose", Purpose)
def test_no_purpose_is_blocked_by_the_budget_while_the_incident_is_open(settings, purpose):
    settings.ANLAN_OPENINGS_PER_HOUR = 1
    CASES["testcase:1"] = Standing(town="porto", live=True, urgent=True)
    seal()
    actor = Actor("staff:7", frozenset(Role), shift_ref="shift:70")
    asked = {"granted": True, "decides": True}
    for _ in range(2):
        assert open_it(actor=actor, purpose=purpose, **asked)
        assert open_it(actor=dataclasses.replace(actor, shift_ref="shift:71"), **asked)
    told = LedgerEntry.objects.filter(action="sealing.budget_exceeded")
    assert {each.subject for each in told} == {"staff:7"}
    CASES["testcase:1"] = Standing(town="porto", live=False, urgent=True)
    if purpose not in (Purpose.LIVE_INCIDENT, Purpose.HANDLING):
        with pytest.raises(Refused, match="more cases this hour"):
            open_it(actor=actor, purpose=purpose, **asked)


def test_of_one_case_older_attempts_past_the_budget_are_listed_too(settings):
    settings.ANLAN_OPENINGS_PER_HOUR = 0
    for case in ("testcase:1", "testcase:10"):
        CASES[case] = Standing(town="porto", live=True, urgent=True)
        seal(case=case)
    for number in range(3):
        open_it("testcase:1" if number == 0 else "testcase:10", purpose=Purpose.CALL_BACK)
    asked = {"since": AT - timedelta(days=1), "case_ref": "testcase:1", "over_budget_only": True}
    for limit in (1, 2):
        found = queries.openings_in("porto", limit=limit, **asked)
        assert [each.case_ref for each in found] == ["testcase:1"]


def test_going_past_the_budget_blocks_closed_cases_until_the_hour_is_over(settings):
    settings.ANLAN_OPENINGS_PER_HOUR = 2
    seal(case="testcase:2")
    review = {"actor": SUPERVISOR, "purpose": Purpose.REVIEW}
    for _ in range(2):
        open_it("testcase:2", **review)
    with pytest.raises(Refused) as refusal:
        open_it("testcase:2", **review)
    assert refusal.value.code == "budget_exceeded"
    assert LedgerEntry.objects.filter(action="sealing.budget_exceeded").count() == 1
    assert openings_in_ledger() == 2
    assert open_it("testcase:2", **review, at=AT + timedelta(minutes=61))


def forget(case="testcase:1"):
    with ledger.write(
        town="porto", actor=SUPERVISOR, action="case.forgotten", at=AT, recorded_at=AT
    ) as write:
        living = CaseKey.objects.filter(case_ref=case, destroyed_at__isnull=True)
        gone = living.update(wrapped=None, destroyed_at=AT)
        write.record(subject=case)
    return gone


def test_forgotten_case_opens_no_more_and_no_opening_is_entered():
    seal()
    assert forget() == 1
    with pytest.raises(Refused) as refusal:
        open_it()
    assert refusal.value.code == "sealed"
    assert openings_in_ledger() == 0
    assert CaseKey.objects.get().wrapped is None


def test_reopened_case_starts_a_new_key_and_older_text_stays_shut():
    seal("old words")
    forget()
    seal("new words")
    assert [t.text for t in open_it()] == ["new words"]
    assert CaseKey.objects.filter(case_ref="testcase:1").count() == 2


def test_another_key_file_is_one_clear_sentence(settings):
    seal()
    queries.check_service_key()
    settings.ANLAN_KEYS = ServiceKeys(wrapping=b"o" * 32, web=b"x" * 32)
    for attempt in (queries.check_service_key, open_it, seal):
        with pytest.raises(BadInput, match="ANLAN_KEY_FILE"):
            attempt()


def test_marks_of_sealed_fields_for_a_whole_board_take_one_query(django_assert_num_queries):
    seal()
    seal("more")
    seal("0770", field="caller_number", case="testcase:2")
    with django_assert_num_queries(1):
        marks = queries.sealed_fields(["testcase:1", "testcase:2", "testcase:3"])
    assert marks == {
        "testcase:1": {"words": 2},
        "testcase:2": {"caller_number": 1},
        "testcase:3": {},
    }


def test_words_of_one_moment_are_read_as_their_fields_are_declared():
    def text(field, minute, id):
        return services.OpenedText(
            field, "x", AT.replace(minute=minute), "staff:5", "mediation:1:p1", id
        )

    drawn = [text("request", 1, "a"), text("contact", 1, "b"), text("name", 1, "c")]
    drawn += [text("document_name", 1, "d"), text("request", 0, "e")]
    for some in (drawn, drawn[::-1]):
        fields = [each.field for each in in_reading_order(some)]
        assert fields == ["request", "name", "contact", "request", "document_name"]
