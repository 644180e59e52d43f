"""Rail 7: an authority is shown one case, on a legal basis, by two; the party learns of it."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.services import custody
from tests.services import small_case as small
from tests.services.small_case import AT, HANDLER, KEY, do, open_small, stamp

from anlan.areas.oversight import services
from anlan.areas.oversight.queries import count_disclosures
from anlan.gateways import content
from anlan.kernel.cases import queries
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import CaseClock
from anlan.kernel.cases.rules.facts import Asked
from anlan.kernel.cases.rules.types import Space
from anlan.kernel.cases.services import file_checks
from anlan.kernel.ledger.models import LedgerEntry
from anlan.kernel.sealing import queries as sealing
from anlan.kernel.sealing.custody import packages
from anlan.kernel.sealing.custody.services import export_case
from anlan.kernel.sealing.models import Opening
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.sealing.services import open_one
from anlan.kernel.values import Actor, BadInput, Forbidden, Refused, Role

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = Actor("staff:40", frozenset({Role.SUPERVISOR}))
SECOND = Actor("staff:41", frozenset({Role.SUPERVISOR}))
ADMINISTRATOR = Actor("staff:42", frozenset({Role.ADMINISTRATOR}))


@pytest.fixture(autouse=True)
def case():
    with small.small_case_type():
        small.make_town()
        one = open_small()
        do(one, "note", texts={"words": "what is said between the two"})
        do(one, "jot", texts={"secret": "what the handler thinks"})
        yield f"smallcase:{one}"


def take(case, **more) -> int:
    given = {"authority": "court", "basis": "court_order", "basis_words": "12 C 34/26"} | more
    return services.take_disclosure(case, **given, **stamp(FIRST))


def read(disclosure, actor=SECOND, **more):
    return cases.open_words(disclosure, purpose=Purpose.DECIDING, **stamp(actor, **more))


def granted(case) -> int:
    return grant(take(case))


def grant(one) -> int:
    asked = Asked(texts={"finding": "the order names this case"})
    done = cases.apply(one, "grant", asked=asked, **stamp(FIRST))
    read(one)
    cases.decide(done.proposal, agree=True, **stamp(SECOND))
    return one


def opened(disclosure, actor=FIRST, **more):
    return services.open_for_disclosure(disclosure, **(stamp(actor) | more)).texts


def document_opened(disclosure, document, actor=FIRST):
    return services.open_document_for_disclosure(disclosure, document, **stamp(actor))


@pytest.fixture
def documents(case, settings, tmp_path, monkeypatch) -> dict[str, int]:
    """A document of the case, one of its handlers' notes, one of another case."""
    settings.ANLAN_DATA = tmp_path
    monkeypatch.setattr(
        file_checks.content, "look_into", lambda data, **_: content.Checked("text/plain", data)
    )

    def add(one: int, name: str, space: Space) -> int:
        given = {"data": b"shown to an authority", "name": f"{name}.txt", "kind": "paper"}
        return cases.add_document(one, space=space, **given, **stamp(HANDLER))

    one = int(case.split(":")[1])
    return {
        "case": add(one, "case", Space.CASE),
        "notes": add(one, "notes", Space.NOTES),
        "other": add(open_small(), "other", Space.CASE),
    }


def test_a_granted_disclosure_opens_the_one_case_without_the_notes(case):
    texts = [each.text for each in opened(granted(case))]
    assert "what is said between the two" in texts
    assert "金丝雀 two" in texts
    assert "what the handler thinks" not in texts


def test_a_document_of_the_case_opens_by_the_same_rule_and_is_entered_of_its_own(case, documents):
    one = take(case)
    with pytest.raises(Refused, match="granted"):
        document_opened(one, documents["case"])
    grant(one)
    with pytest.raises(Forbidden):
        document_opened(one, documents["case"], SECOND)
    for space in ("notes", "other"):
        with pytest.raises(Refused, match="no such document"):
            document_opened(one, documents[space])
    assert sealing.openings_of(case, at=AT) == []
    found = document_opened(one, documents["case"])
    assert (found.data, found.name) == (b"shown to an authority", "case.txt")
    rows = sealing.openings_of(case, at=AT)
    assert [(each.purpose, each.parts) for each in rows] == [
        ("disclosure", (f"document:{documents['case']}",))
    ]
    with pytest.raises(Refused, match="opened for this authority already"):
        cases.apply(one, "refuse", asked=Asked(reason="no_basis"), **stamp(FIRST))
    shown = services.open_for_disclosure(one, **stamp(FIRST)).case
    assert [each.id for each in shown.documents] == [documents["case"]]


def test_nothing_opens_before_a_second_person_agreed(case):
    one = take(case)
    proposal = cases.apply(
        one, "grant", asked=Asked(texts={"finding": "x"}), **stamp(FIRST)
    ).proposal
    with pytest.raises(Refused, match="granted"):
        opened(one)
    with pytest.raises(Refused, match="nobody agrees for himself"):
        cases.decide(proposal, agree=True, **stamp(FIRST))


def test_nobody_agrees_to_a_request_unread_and_who_reads_it_sees_which_case_and_why(case):
    one = take(case)
    asked = Asked(texts={"finding": "the order names this case"})
    proposal = cases.apply(one, "grant", asked=asked, **stamp(FIRST)).proposal
    for who in (SECOND, ADMINISTRATOR):
        with pytest.raises(Refused, match="not read"):
            cases.decide(proposal, agree=True, **stamp(who))
    words = read(one, ADMINISTRATOR)
    assert {each.field: each.text for each in words.spaces[""]} == {
        "about": case,
        "basis_words": "12 C 34/26",
        "finding": "the order names this case",
    }
    assert list(words.spaces) == [""]
    entry = LedgerEntry.objects.filter(action="sealing.opened").latest("id")
    assert (entry.subject, entry.reason_code) == (f"disclosure:{one}", "deciding")
    cases.decide(proposal, agree=True, **stamp(ADMINISTRATOR))


def test_who_handles_a_request_and_reads_again_what_another_proposed_agrees_to_it(case):
    """Its half a day of handling covered the reading, which then counted as none."""
    one = take(case)
    handle = {"purpose": Purpose.HANDLING, **stamp(FIRST)}
    cases.open_words(one, **handle)
    asked = Asked(texts={"finding": "the order names this case"})
    proposal = cases.apply(one, "grant", asked=asked, **stamp(SECOND)).proposal
    with pytest.raises(Refused, match="not read"):
        cases.decide(proposal, agree=True, **stamp(FIRST))
    assert "the order names this case" in [
        t.text for t in cases.open_words(one, **handle).spaces[""]
    ]
    cases.decide(proposal, agree=True, **stamp(FIRST))
    cases.open_words(one, **handle)  # nothing is to be decided any more: covered again
    assert Opening.objects.filter(case_ref=f"disclosure:{one}").count() == 2


def test_what_was_corrected_since_is_read_again(case):
    one = take(case)
    asked = Asked(texts={"finding": "x"})
    proposal = cases.apply(one, "grant", asked=asked, **stamp(FIRST)).proposal
    read(one)
    other = Asked(texts={"about": case, "basis_words": "99 C 1/26"})
    cases.apply(one, "correct", asked=other, **stamp(FIRST, days=1))
    with pytest.raises(Refused, match=r"changed since.* not read"):
        cases.decide(proposal, agree=True, **stamp(SECOND, days=1))
    read(one, days=1)
    cases.decide(proposal, agree=True, **stamp(SECOND, days=1))


def test_what_opens_is_the_case_that_was_named_last(case):
    wrong = open_small()
    do(wrong, "note", texts={"words": "of somebody else"})
    one = take(f"smallcase:{wrong}")
    for about in (f"smallcase:{wrong}", f" {case} "):
        cases.apply(one, "correct", asked=Asked(texts={"about": about}), **stamp(FIRST))
    cases.apply(one, "correct", asked=Asked(values={"authority": "police"}), **stamp(FIRST))
    grant(one)
    texts = [each.text for each in opened(one)]
    assert "what is said between the two" in texts
    assert "of somebody else" not in texts
    assert sealing.openings_of(f"smallcase:{wrong}", at=AT) == []


@pytest.mark.parametrize(
    "asked",
    [Asked(), Asked(texts={"about": "  "}), Asked(values={"authority": "court"})],
    ids=["empty", "blank", "what stands there already"],
)
def test_a_correction_corrects_something(case, asked):
    one = take(case)
    with pytest.raises(BadInput, match="Nothing is corrected"):
        cases.apply(one, "correct", asked=asked, **stamp(FIRST))
    assert queries.events_of(one)[-1].action == "opened"


@pytest.mark.parametrize("about", ["x", "mediation:*", "disclosure:1", "Mrs Silva"])
def test_a_correction_names_one_case_too(case, about):
    one = take(case)
    with pytest.raises(BadInput, match="one case"):
        cases.apply(one, "correct", asked=Asked(texts={"about": about}), **stamp(FIRST))


@pytest.mark.parametrize("about", ["smallcase:999999", "mediation:999999"])
def test_a_correction_names_a_case_of_the_town(case, about):
    one = take(case)
    with pytest.raises(Refused, match="no such case"):
        cases.apply(one, "correct", asked=Asked(texts={"about": about}), **stamp(FIRST))
    grant(one)
    assert "what is said between the two" in [text.text for text in opened(one)]


def test_nothing_opens_to_decide_where_nothing_waits(case):
    one = take(case)
    for who in (SECOND, ADMINISTRATOR):
        with pytest.raises(Forbidden, match="purpose"):
            read(one, who)
    given = {"town": KEY, "actor": ADMINISTRATOR, "at": AT, "recorded_at": AT}
    with pytest.raises(Forbidden, match="waits for its second"):
        open_one(case, purpose=Purpose.DECIDING, **given)
    granted(case)
    with pytest.raises(Forbidden, match="waits for its second"):
        open_one(case, purpose=Purpose.DECIDING, **given)


def test_who_does_not_handle_the_disclosure_opens_nothing(case):
    with pytest.raises(Forbidden):
        opened(granted(case), SECOND)


def test_no_other_door_opens_for_the_purpose_of_a_disclosure(case):
    given = {"town": KEY, "actor": FIRST, "at": AT, "recorded_at": AT}
    with pytest.raises(Forbidden, match="granted disclosure only"):
        open_one(case, purpose=Purpose.DISCLOSURE, **given)
    with pytest.raises(Forbidden):
        cases.open_words(int(case.split(":")[1]), purpose=Purpose.DISCLOSURE, **stamp(FIRST))


def test_the_party_reads_that_its_case_was_disclosed(case):
    opened(granted(case))
    rows = sealing.openings_of(case, at=AT)
    assert [each.purpose for each in rows] == ["disclosure"]
    assert [(each.authority, each.basis) for each in rows] == [("court", "court_order")]


def test_where_a_law_forbids_telling_the_party_reads_it_from_that_day(case):
    one = granted(case)
    until = (AT + timedelta(days=30)).date()
    done = cases.apply(
        one,
        "keep_silent",
        asked=Asked(values={"silent_until": until.isoformat(), "silence_basis": "court_order"}),
        **stamp(FIRST),
    )
    read(one)
    cases.decide(done.proposal, agree=True, **stamp(SECOND))
    opened(one)
    midnight = datetime.combine(until, time(), ZoneInfo("Asia/Shanghai"))  # the town's
    assert sealing.openings_of(case, at=midnight - timedelta(minutes=1)) == []
    assert len(sealing.openings_of(case, at=midnight)) == 1
    assert LedgerEntry.objects.filter(action="sealing.opened", subject=case).exists()
    cases.apply(one, "hand_over", asked=Asked(texts={"handed": "all"}), **stamp(FIRST))
    with pytest.raises(Refused, match="from"):
        cases.apply(one, "tell_party", **stamp(FIRST, days=3))
    cases.apply(one, "tell_party", **stamp(FIRST, days=31))


def sealed_case() -> str:
    custody.set_custodians()
    one = custody.ended_case(words="said before the sealing")
    custody.seal(one)
    return f"smallcase:{one}"


def exported(disclosure, actor=FIRST, **more) -> str:
    return "".join(services.export_for_disclosure(disclosure, **(stamp(actor) | more)))


def test_a_sealed_case_is_shown_to_an_authority_by_two_custodians_and_its_disclosure():
    case = sealed_case()
    one = granted(case)
    with pytest.raises(Refused, match="custodians"):
        opened(one)
    package = exported(one)
    assert "said before" not in package
    for name in ("court", "notary"):
        identity = custody.IDENTITIES[name][0]
        done = packages.take_layer_off(package, identity=identity)
        package = "".join(done.package)
    texts = {each.text for each in done.texts}
    assert "said before the sealing" in texts
    assert "金丝雀 notes" not in texts
    rows = sealing.openings_of(case, at=AT)
    assert [(each.role, each.purpose) for each in rows] == [("custodians", "disclosure")]
    assert [(each.authority, each.basis) for each in rows] == [("court", "court_order")]
    entries = sealing.openings_in(KEY, since=AT - timedelta(days=1), case_ref=case)
    assert [each.as_file for each in entries] == [True]  # nobody opened it yet
    with pytest.raises(Refused, match="opened for this authority already"):
        cases.apply(one, "refuse", asked=Asked(reason="no_basis"), **stamp(FIRST))
    cases.apply(one, "hand_over", asked=Asked(texts={"handed": "all"}), **stamp(FIRST))


def test_no_sealed_case_goes_to_an_authority_without_grant_handler_and_person(case):
    about = sealed_case()
    with pytest.raises(Refused, match="granted"):
        exported(take(about))
    one = granted(about)
    with pytest.raises(Forbidden):
        exported(one, SECOND)
    given = {"town": KEY, "at": AT, "recorded_at": AT, "purpose": Purpose.DISCLOSURE}
    for actor in (FIRST, ADMINISTRATOR, small.CLI):
        with pytest.raises(Forbidden):
            export_case(about, actor=actor, **given)
    with pytest.raises(Forbidden, match="never by a program"):
        export_case(about, actor=small.CLI, granted=True, **given)
    assert sealing.openings_of(about, at=AT) == []
    with pytest.raises(Refused, match="not sealed yet"):
        exported(granted(case))


def test_a_sealed_case_too_is_told_of_from_the_day_that_the_law_gives():
    case = sealed_case()
    one = granted(case)
    until = (AT + timedelta(days=30)).date().isoformat()
    values = {"silent_until": until, "silence_basis": "statute"}
    done = cases.apply(one, "keep_silent", asked=Asked(values=values), **stamp(FIRST))
    read(one)
    cases.decide(done.proposal, agree=True, **stamp(SECOND))
    exported(one)
    assert sealing.openings_of(case, at=AT + timedelta(days=29)) == []
    assert len(sealing.openings_of(case, at=AT + timedelta(days=31))) == 1


def test_a_request_whose_handler_left_is_taken_over_by_two_and_goes_on(case):
    """What was opened could else never be handed over, and its party never be told."""
    one = granted(case)
    opened(one)
    with pytest.raises(Refused, match="already"):
        cases.apply(one, "take_over", **stamp(FIRST))
    with pytest.raises(Forbidden):
        cases.apply(one, "hand_over", asked=Asked(texts={"handed": "all"}), **stamp(SECOND))
    proposal = cases.apply(one, "take_over", **stamp(SECOND)).proposal
    with pytest.raises(Refused, match="nobody agrees for himself"):
        cases.decide(proposal, agree=True, **stamp(SECOND))
    cases.decide(proposal, agree=True, **stamp(ADMINISTRATOR))
    with pytest.raises(Forbidden):
        opened(one)  # it is no longer in the first one's hands
    assert opened(one, SECOND)
    cases.apply(one, "hand_over", asked=Asked(texts={"handed": "all"}), **stamp(SECOND))
    cases.apply(one, "tell_party", **stamp(SECOND))


def test_a_grant_that_nobody_used_lapses_and_is_examined_again(case):
    """Clocks: granted on Monday 2 March 2026; ten working days end with Monday the 16th."""
    one = granted(case)
    clock = {row.code: row for row in queries.clocks_of(one)}["hand_over"]
    assert clock.due_at == datetime(2026, 3, 17, tzinfo=ZoneInfo("Asia/Shanghai"))
    with pytest.raises(Refused, match="still holds"):
        cases.apply(one, "examine_again", **stamp(FIRST, days=14))
    with pytest.raises(Refused, match="lapsed") as refused:
        opened(one, **stamp(FIRST, days=15))
    assert refused.value.code == "grant_lapsed"
    assert sealing.openings_of(case, at=AT + timedelta(days=15)) == []
    cases.apply(one, "examine_again", **stamp(FIRST, days=15))
    running = {row.code: row for row in queries.clocks_of(one) if row.running}
    assert list(running) == ["examine"]
    assert running["examine"].due_at > AT + timedelta(days=15)  # anew, not what was left of it
    asked = Asked(texts={"finding": "examined anew"})
    done = cases.apply(one, "grant", asked=asked, **stamp(FIRST, days=16))
    read(one, days=16)
    cases.decide(done.proposal, agree=True, **stamp(SECOND, days=16))
    assert opened(one, **stamp(FIRST, days=16))


def test_what_was_opened_is_noted_though_the_grant_lapsed_and_not_opened_again(case):
    one = granted(case)
    opened(one)
    with pytest.raises(Refused, match="lapsed"):
        opened(one, **stamp(FIRST, days=15))
    with pytest.raises(Refused, match="opened for this authority already"):
        cases.apply(one, "examine_again", **stamp(FIRST, days=15))
    asked = Asked(texts={"handed": "all"})
    cases.apply(one, "hand_over", asked=asked, **stamp(FIRST, days=15))


def test_where_a_law_forbids_telling_the_clock_counts_from_its_day(case):
    one = granted(case)
    until = (AT + timedelta(days=30)).date()  # Wednesday 1 April 2026
    asked = Asked(values={"silent_until": until.isoformat(), "silence_basis": "statute"})
    done = cases.apply(one, "keep_silent", asked=asked, **stamp(FIRST))
    read(one)
    cases.decide(done.proposal, agree=True, **stamp(SECOND))
    opened(one)
    cases.apply(one, "hand_over", asked=Asked(texts={"handed": "all"}), **stamp(FIRST))
    clock = {row.code: row for row in queries.clocks_of(one) if row.running}["tell"]
    # counted from 1 April: 2, 3, 7, 8 and 9 April are worked (China's Qingming is 4 to 6)
    assert clock.due_at == datetime(2026, 4, 10, tzinfo=ZoneInfo("Asia/Shanghai"))


def test_a_case_that_was_granted_before_grants_lapsed_gets_its_clock(case):
    one = granted(case)
    CaseClock.objects.filter(case_id=one).delete()
    by_job = {"town_key": KEY, "actor": small.CLI, "recorded_at": AT}
    assert cases.begin_gained_clocks(at=AT + timedelta(days=2), **by_job) == 1
    assert cases.begin_gained_clocks(at=AT + timedelta(days=3), **by_job) == 0
    (clock,) = queries.clocks_of(one)
    assert (clock.code, clock.running) == ("hand_over", True)
    assert clock.due_at == datetime(2026, 3, 17, tzinfo=ZoneInfo("Asia/Shanghai"))  # as granted
    assert queries.events_of(one)[-1].action == "clock_begun"
    with pytest.raises(Refused, match="lapsed"):
        opened(one, **stamp(FIRST, days=15))


def test_silence_is_settled_before_the_case_is_opened(case):
    """The party reads of an opening as it was entered: silence that came after it hid nothing."""
    one = granted(case)
    until = (AT + timedelta(days=30)).date().isoformat()
    asked = Asked(values={"silent_until": until, "silence_basis": "statute"})
    proposal = cases.apply(one, "keep_silent", asked=asked, **stamp(FIRST)).proposal
    with pytest.raises(Refused, match="second person decides first"):
        opened(one)
    assert sealing.openings_of(case, at=AT) == []
    cases.decide(proposal, agree=False, reason="no_grounds", **stamp(SECOND))
    opened(one)
    with pytest.raises(Refused, match="before the case is opened"):
        cases.apply(one, "keep_silent", asked=asked, **stamp(FIRST))


def test_silence_without_end_is_refused(case):
    one = granted(case)
    for days in (0, 400):
        until = (AT + timedelta(days=days)).date().isoformat()
        values = {"silent_until": until, "silence_basis": "statute"}
        with pytest.raises(BadInput, match="within a year"):
            cases.apply(one, "keep_silent", asked=Asked(values=values), **stamp(FIRST))


def test_the_case_that_is_asked_for_stands_nowhere_in_clear(case):
    one = take(case)
    row = queries.case(one, town_key=KEY, actor=FIRST)
    assert case not in repr(row)
    entries = LedgerEntry.objects.filter(subject=f"disclosure:{one}")
    assert entries.exists()
    assert all(case not in [*each.about, each.reason_code] for each in entries)


@pytest.mark.parametrize("about", ["all of them", "mediation:*", "disclosure:1", "", "Mrs Silva"])
def test_an_authority_is_shown_one_case_and_no_search(case, about):
    with pytest.raises(BadInput, match="one case"):
        take(about)


@pytest.mark.parametrize("about", ["smallcase:999999", "incident:999999", "nothing:1"])
def test_what_the_town_has_not_is_not_taken_in(case, about):
    with pytest.raises(Refused) as refused:
        take(about)
    assert refused.value.code == "no_such_case"


def test_disclosures_are_taken_in_by_supervisors(case):
    given = {"authority": "court", "basis": "court_order", "basis_words": "x"}
    with pytest.raises(Forbidden):
        services.take_disclosure(case, **given, **stamp(HANDLER))


def test_disclosures_are_counted_by_authority_and_outcome(case):
    one = granted(case)
    opened(one)
    cases.apply(one, "hand_over", asked=Asked(texts={"handed": "all"}), **stamp(FIRST))
    cases.apply(one, "tell_party", **stamp(FIRST))
    cases.apply(take(case), "refuse", asked=Asked(reason="no_basis"), **stamp(FIRST))
    found = count_disclosures(KEY, AT.date(), AT.date() + timedelta(days=1))
    assert found == {("court", "told"): 1, ("court", "refused"): 1}


def test_what_was_handed_over_counts_that_day_though_a_law_keeps_it_from_the_party(case):
    one = granted(case)
    opened(one)
    cases.apply(one, "hand_over", asked=Asked(texts={"handed": "all"}), **stamp(FIRST, days=1))
    day = AT.date() + timedelta(days=1)
    assert count_disclosures(KEY, AT.date(), day) == {}
    assert count_disclosures(KEY, day, day + timedelta(days=1)) == {("court", "told"): 1}
    cases.apply(one, "tell_party", **stamp(FIRST, days=40))
    later = day + timedelta(days=39)
    assert count_disclosures(KEY, day, day + timedelta(days=1)) == {("court", "told"): 1}
    assert count_disclosures(KEY, later, later + timedelta(days=1)) == {}


@pytest.mark.parametrize("action", ["refuse", "note_withdrawal"])
def test_what_was_opened_for_an_authority_never_ends_as_not_given(case, action):
    reason = "no_basis" if action == "refuse" else ""
    one = granted(case)
    opened(one)
    opened(one)
    assert [each.action for each in queries.events_of(one)].count("opened_for_authority") == 1
    with pytest.raises(Refused, match="opened for this authority already"):
        cases.apply(one, action, asked=Asked(reason=reason), **stamp(FIRST))
    other = granted(case)
    cases.apply(other, action, asked=Asked(reason=reason), **stamp(FIRST))
    assert queries.case(other, town_key=KEY, actor=FIRST).state == "refused"


def test_what_was_never_opened_is_not_handed_over(case):
    one = granted(case)
    with pytest.raises(Refused, match="not opened"):
        cases.apply(one, "hand_over", asked=Asked(texts={"handed": "all"}), **stamp(FIRST))


def test_an_opening_that_is_refused_is_no_event(case, settings):
    one = granted(case)
    settings.ANLAN_OPENINGS_PER_HOUR = 1
    with pytest.raises(Refused):
        opened(one)
    assert "opened_for_authority" not in [each.action for each in queries.events_of(one)]


def test_a_disclosure_refused_while_its_case_opens_shows_nothing(case, monkeypatch):
    one = granted(case)

    def refused_meanwhile(*given, **more):
        found = open_one(*given, **more)
        if more["purpose"] is Purpose.DISCLOSURE:
            cases.apply(one, "refuse", asked=Asked(reason="no_basis"), **stamp(FIRST))
        return found

    monkeypatch.setattr(services.sealing, "open_one", refused_meanwhile)
    with pytest.raises(Refused, match="granted"):
        opened(one)


def test_opening_for_an_authority_counts_against_the_budget(case, settings):
    one = granted(case)
    settings.ANLAN_OPENINGS_PER_HOUR = Opening.objects.filter(actor_ref=FIRST.staff_ref).count() + 1
    with pytest.raises(Refused, match="more cases this hour"):
        opened(one)
