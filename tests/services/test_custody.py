"""What becomes of a closed case: custodians by pairs, the party's link, erasing, older copies."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import json
import os
import stat
import types
import uuid
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.db import connection
from tests.services import custody as desk
from tests.services import small_case as small
from tests.services.custody import IDENTITIES, ended_case, over, seal, set_custodians
from tests.services.small_case import HANDLER, SUPERVISOR, do, stamp

from anlan.kernel.cases import queries
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import Case, CaseEvent, Document, FollowLink, Party
from anlan.kernel.cases.rules.types import Space
from anlan.kernel.cases.services.acting import applying
from anlan.kernel.ledger.models import LedgerEntry
from anlan.kernel.sealing import ciphers
from anlan.kernel.sealing import queries as sealing
from anlan.kernel.sealing import services as sealing_services
from anlan.kernel.sealing.custody import erasures, packages, wraps
from anlan.kernel.sealing.custody import services as custody
from anlan.kernel.sealing.custody.services import wrapping_key
from anlan.kernel.sealing.models import CaseKey, Custodian, KeyWrap, Opening, SealedText
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.staff import services as staff
from anlan.kernel.staff.models import Staff
from anlan.kernel.values import Actor, BadInput, Forbidden, Refused

pytestmark = pytest.mark.django_db(transaction=True)
BY_CLI = {"town": small.KEY, "actor": small.CLI, "at": small.AT, "recorded_at": small.AT}


@pytest.fixture(autouse=True)
def town(settings, tmp_path):
    settings.ANLAN_ERASURES_FILE = tmp_path / "keys" / "erasures.jsonl"
    with small.small_case_type():
        small.make_town()
        yield


def words(case_id, actor=HANDLER, purpose=Purpose.HANDLING, days=0.0):
    return cases.open_words(case_id, purpose=purpose, **stamp(actor, days=days)).spaces


def link(case_id, party=1):
    return cases.make_link(case_id, party=party, **stamp())


def by_link(token, days=9.0):
    found = queries.link_of(token)
    moment = small.AT + timedelta(days=days)
    opened = cases.open_by_link(found, token, at=moment, recorded_at=moment)
    return {name: [text.text for text in texts] for name, texts in opened.spaces.items()}


def export(case_id, purpose=Purpose.OWN_REQUEST):
    return custody.export_case(f"smallcase:{case_id}", purpose=purpose, **BY_CLI)


def unwrap(package, who):
    return packages.take_layer_off(package, identity=IDENTITIES[who][0])


# --- custodians ----------------------------------------------------------------------------------


def test_fewer_than_three_custodians_are_refused_and_none_is_changed():
    desk.set_custodians()
    two = {name: IDENTITIES[name][1] for name in ("court", "notary")}
    with pytest.raises(BadInput, match="any two of them"):
        custody.set_custodians(two, **BY_CLI)
    assert [one.ident for one in sealing.custodians(small.KEY)] == ["court", "notary", "ombud"]


def test_one_key_twice_and_a_damaged_key_are_refused():
    keys = {name: IDENTITIES[name][1] for name in desk.HOLDERS}
    with pytest.raises(BadInput, match="same key"):
        custody.set_custodians(keys | {"ombud": keys["court"]}, **BY_CLI)
    damaged = keys["ombud"][:-1] + ("p" if keys["ombud"].endswith("q") else "q")
    with pytest.raises(BadInput, match="age1"):
        custody.set_custodians(keys | {"ombud": damaged}, **BY_CLI)
    assert not Custodian.objects.exists()


def test_only_an_administrator_sets_custodians():
    with pytest.raises(Forbidden):
        custody.set_custodians(
            {name: pair[1] for name, pair in IDENTITIES.items()}, **BY_CLI | {"actor": HANDLER}
        )


def test_a_town_without_its_own_has_the_installations_custodians():
    assert sealing.custodians(small.KEY) == ()
    desk.set_custodians(town="")
    assert len(sealing.custodians(small.KEY)) == 3


def test_without_custodians_nothing_is_sealed_away_and_the_words_still_open():
    one = ended_case()
    with pytest.raises(Refused) as refused:
        seal(one)
    assert refused.value.code == "no_custodians"
    assert Case.objects.get(pk=one).sealed_at is None
    assert words(one, days=8)[""][0].text == "金丝雀 common"


@pytest.mark.parametrize(
    "changed",
    [
        lambda rows: rows.filter(ident="court").update(recipient=wraps.new_identity()[1]),
        lambda rows: rows.filter(ident="court").update(ident="friend"),
        lambda rows: rows.update(until=small.AT),
        lambda rows: rows.delete(),
    ],
    ids=["another's key", "another's name", "ended", "deleted"],
)
def test_nothing_is_sealed_for_custodians_that_somebody_wrote_into_the_database(changed):
    """Whoever can write there, and has no key file, would open what is sealed from then on."""
    desk.set_custodians()
    one = ended_case()
    changed(Custodian.objects.filter(town=small.KEY))
    with pytest.raises(Refused) as refused:
        seal(one)
    assert refused.value.code == "custodians_altered"
    assert words(one, days=8)[""][0].text == "金丝雀 common"
    desk.set_custodians()
    seal(one)


# --- sealing away --------------------------------------------------------------------------------


def test_a_case_is_sealed_when_its_time_is_over_and_not_before():
    desk.set_custodians()
    one = ended_case()
    with pytest.raises(Refused, match="not due"):
        seal(one, days=6.9)
    assert words(one)[""]
    seal(one, days=7)
    with pytest.raises(Refused) as refused:
        words(one, days=7.5)
    assert refused.value.code == "sealed"
    assert "custodians" in refused.value.sentence
    with pytest.raises(Refused, match="not due"):
        seal(one, days=8)


def test_every_space_but_the_notes_is_wrapped_for_every_pair_and_the_services_copies_are_gone():
    desk.set_custodians()
    one = ended_case()
    seal(one)
    keys = CaseKey.objects.all()
    assert {key.case_ref.removeprefix(f"smallcase:{one}") for key in keys} == {
        "",
        ":p1",
        ":p2",
        ":notes",
    }
    assert all(key.wrapped is None and key.destroyed_at for key in keys)
    pairs = {"court+notary", "court+ombud", "notary+ombud"}
    for key in keys:
        held = {wrap.holder for wrap in key.wraps.all()}
        assert held == (set() if key.case_ref.endswith(":notes") else pairs)


def test_a_case_that_is_opened_again_begins_new_notes_beside_those_that_ended():
    desk.set_custodians()
    one = ended_case()
    seal(one)
    do(one, "reopen")
    do(one, "jot", texts={"secret": "金丝雀 new notes"})
    opened = cases.open_words(one, purpose=Purpose.HANDLING, **stamp(HANDLER))
    assert [each.text for each in opened.spaces["notes"]] == ["金丝雀 new notes"]


def test_the_whole_database_with_every_key_on_disk_opens_no_closed_case():
    """The attack of a stolen disk: try each stored blob with the key file, each text with each."""
    desk.set_custodians()
    one = ended_case()
    token = link(one)
    assert canaries_opened_by_thief(), "the attack itself must work on an open case"
    seal(one)
    assert token
    assert canaries_opened_by_thief() == []


def canaries_opened_by_thief():
    """Try all that the disk holds: every binary column, under every key there is."""
    keys = [django_settings.ANLAN_KEYS.wrapping, django_settings.ANLAN_KEYS.web]
    for row in CaseKey.objects.exclude(wrapped=None):
        try:
            keys.append(
                ciphers.unwrap(
                    django_settings.ANLAN_KEYS,
                    bytes(row.wrapped),
                    case_ref=row.case_ref,
                    service_key=row.service_key,
                )
            )
        except ciphers.Unreadable:
            continue
    found = []
    for text in SealedText.objects.select_related("key"):
        place = ciphers.text_place(text.key.case_ref, text.field, text.pk)
        for key in keys:
            try:
                plain = ciphers.decrypt(key, bytes(text.cipher), bound_to=place).decode()
            except ciphers.Unreadable:
                continue
            found += [plain] if "金丝雀" in plain else []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                held = [
                    bytes(v) if isinstance(v, memoryview | bytes) else str(v).encode() for v in row
                ]
                found += [table for each in held if "金丝雀".encode() in each]
    return found


def test_what_cannot_be_entered_in_the_ledger_leaves_the_case_as_it_was(monkeypatch):
    desk.set_custodians()
    one = ended_case()

    def broken(*args, **kwargs):
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(LedgerEntry.objects, "create", broken)
        with pytest.raises(OSError, match="disk full"):
            seal(one)
    assert not KeyWrap.objects.exists()
    assert words(one, days=8)[""]
    seal(one)
    assert KeyWrap.objects.exists()


def test_after_sealing_a_case_takes_no_words_and_reopened_it_takes_new_ones_only():
    desk.set_custodians()
    one = ended_case()
    seal(one)
    do(one, "reopen", days=9)
    assert Case.objects.get(pk=one).sealed_at is None
    do(one, "note", texts={"words": "new words"}, days=9)
    assert [text.text for text in words(one, days=9)[""]] == ["new words"]
    do(one, "finish", result="good", days=9)
    seal(one, days=17)
    assert KeyWrap.objects.filter(key__case_ref=f"smallcase:{one}").count() == 6
    with pytest.raises(Refused):
        words(one, days=18)


def test_words_that_come_after_sealing_are_refused_with_the_document_that_brings_them():
    desk.set_custodians()
    one = ended_case()
    seal(one)
    keys = CaseKey.objects.count()
    with pytest.raises(Refused) as refused, cases.acting(one, "document_added", **stamp()) as doing:
        doing.seal("words", "late words")
    assert refused.value.code == "sealed"
    given = {"data": b"late words", "name": "late.txt", "kind": "paper", "space": Space.CASE}
    with pytest.raises(Refused):
        cases.add_document(one, **given, **stamp())
    assert CaseKey.objects.count() == keys, "no key was begun that nobody would wrap"


def test_nobody_seals_or_erases_by_hand():
    one = ended_case()
    for actor in (HANDLER, SUPERVISOR):
        with pytest.raises(Forbidden):
            cases.seal_case(one, **stamp(actor, days=8))
        with pytest.raises(Forbidden):
            cases.erase_case(one, reason="hush", **stamp(actor))
    assert CaseEvent.objects.filter(case_id=one).exists()


# --- custodians open -----------------------------------------------------------------------------


def test_two_of_three_custodians_open_a_case_in_turn_and_one_alone_does_not():
    desk.set_custodians()
    one = ended_case()
    seal(one)
    package = export(one)
    for first, second in (("court", "notary"), ("court", "ombud"), ("notary", "ombud")):
        half = unwrap(package, first)
        assert half.texts is None
        assert second in half.next
        passed_on = "".join(half.package)
        assert "金丝雀" not in passed_on
        opened = unwrap(passed_on, second)
        assert {text.text for text in opened.texts} == {
            "金丝雀 common",
            "金丝雀 one",
            "金丝雀 of one",
            "金丝雀 two",
            "金丝雀 of two",
        }
    for alone in ("court", "notary"):
        with pytest.raises(Refused) as refused:
            unwrap(unwrap(package, alone).package, alone)
        assert refused.value.code == "not_your_turn"


def test_the_inner_custodian_and_a_stranger_are_told_whose_turn_it_is():
    desk.set_custodians()
    one = ended_case()
    seal(one)
    package = export(one)
    stranger, _public = wraps.new_identity()
    for identity in (IDENTITIES["ombud"][0], stranger):
        with pytest.raises(Refused, match="court, notary"):
            packages.take_layer_off(package, identity=identity)


def test_one_layer_alone_is_one_custodians_and_no_more():
    """One age recipient inside the other: the second's key opens nothing that the first holds."""
    desk.set_custodians()
    one = ended_case()
    seal(one)
    for wrap in KeyWrap.objects.all():
        first, second = wrap.holder.split("+")
        assert wraps.peel(bytes(wrap.wrapped), IDENTITIES[second][0]) is None
        inner = wraps.peel(bytes(wrap.wrapped), IDENTITIES[first][0])
        assert inner.startswith(b"age-encryption.org/v1")
        assert wraps.peel(inner, IDENTITIES[first][0]) is None
        key = wraps.key_of(wraps.peel(inner, IDENTITIES[second][0]), case_ref=wrap.key.case_ref)
        assert len(key) == 32


def test_a_wrap_moved_to_another_case_opens_nothing():
    key = ciphers.new_key()
    held = wraps.wrap_for([IDENTITIES["court"][1]], key, case_ref="smallcase:1")
    plain = wraps.peel(held, IDENTITIES["court"][0])
    assert wraps.key_of(plain, case_ref="smallcase:1") == key
    with pytest.raises(ciphers.Unreadable):
        wraps.key_of(plain, case_ref="smallcase:2")


def test_a_case_sealed_twice_under_other_custodians_opens_for_either_two_their_part():
    desk.set_custodians()
    one = ended_case()
    seal(one)
    do(one, "reopen", days=9)
    do(one, "note", texts={"words": "new words"}, days=9)
    do(one, "finish", result="good", days=9)
    later = {name: wraps.new_identity() for name in ("abbot", "mayor", "union")}
    custody.set_custodians({name: pair[1] for name, pair in later.items()}, **BY_CLI)
    seal(one, days=17)
    package = export(one)

    def read(*whose):
        lines = package
        for identity in whose[:-1]:
            half = packages.take_layer_off(lines, identity=identity)
            assert half.texts is None
            lines = "".join(half.package)
        return packages.take_layer_off(lines, identity=whose[-1])

    earlier = [IDENTITIES[name][0] for name in ("court", "ombud")]
    since = [later[name][0] for name in ("abbot", "union")]
    first, second = read(*earlier), read(*since)
    assert "new words" not in [each.text for each in first.texts]
    assert "金丝雀 common" in [each.text for each in first.texts]
    assert first.shut == (f"smallcase:{one}",)
    assert first.next == ("abbot", "mayor")
    assert [each.text for each in second.texts] == ["new words"]
    assert set(second.shut) == {f"smallcase:{one}{space}" for space in ("", ":p1", ":p2")}
    both = read(earlier[0], since[0], earlier[1])
    assert (both.texts, both.shut) == (first.texts, first.shut)
    assert both.next == ("mayor", "union")
    with pytest.raises(Refused) as refused:
        read(wraps.new_identity()[0])
    assert refused.value.code == "not_your_turn"


def test_no_export_holds_the_handlers_notes():
    desk.set_custodians()
    one = ended_case()
    seal(one)
    refs = {key["ref"] for key in json.loads(export(one))["keys"]}
    assert refs == {f"smallcase:{one}{space}" for space in ("", ":p1", ":p2")}


def test_an_export_is_entered_with_its_purpose_and_shown_to_the_party():
    desk.set_custodians()
    one = ended_case()
    token = link(one)
    seal(one)
    export(one, Purpose.REVIEW)
    entry = LedgerEntry.objects.filter(action="sealing.opened").last()
    assert (entry.subject, entry.reason_code) == (f"smallcase:{one}", "review")
    shown = queries.follow(queries.link_of(token), at=small.AT).openings
    assert [(each.role, each.purpose) for each in shown] == [("custodians", "review")]


def test_exports_past_the_hours_budget_are_told_and_refused(settings):
    settings.ANLAN_OPENINGS_PER_HOUR = 2
    desk.set_custodians()
    one = ended_case()
    seal(one)
    export(one), export(one)
    with pytest.raises(Refused) as refused:
        export(one)
    assert refused.value.code == "budget_exceeded"
    assert LedgerEntry.objects.filter(action="sealing.budget_exceeded").count() == 1


def test_a_case_that_is_not_sealed_is_not_exported():
    desk.set_custodians()
    one = ended_case()
    with pytest.raises(Refused) as refused:
        export(one)
    assert refused.value.code == "nothing_sealed"
    assert not Opening.objects.exists()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"form": 1}', "not json", '{"keys": 4}'])
def test_a_file_that_is_no_export_is_one_sentence(text):
    with pytest.raises(BadInput, match="anlan custodians export"):
        packages.take_layer_off(text, identity=IDENTITIES["court"][0])


def test_an_altered_ciphertext_in_an_export_is_found():
    desk.set_custodians()
    one = ended_case()
    seal(one)
    document = json.loads(export(one))
    text = document["keys"][0]["texts"][0]
    text["cipher"] = base64.b64encode(bytes(reversed(base64.b64decode(text["cipher"])))).decode()
    half = unwrap(json.dumps(document), "court")
    with pytest.raises(ciphers.Unreadable):
        unwrap(half.package, "notary")


# --- the party's link ----------------------------------------------------------------------------


def test_a_link_opens_its_own_and_the_common_words_before_and_after_sealing():
    desk.set_custodians()
    one = ended_case()
    tokens = {number: link(one, number) for number in (1, 2)}
    before = {number: by_link(token, days=1) for number, token in tokens.items()}
    seal(one)
    after = {number: by_link(token) for number, token in tokens.items()}
    assert (
        before
        == after
        == {
            1: {"": ["金丝雀 common"], "p1": ["金丝雀 one", "金丝雀 of one"]},
            2: {"": ["金丝雀 common"], "p2": ["金丝雀 two", "金丝雀 of two"]},
        }
    )


def test_no_key_of_another_partys_space_nor_of_the_notes_is_wrapped_for_a_link():
    desk.set_custodians()
    one = ended_case()
    link(one, 1)
    seal(one)
    refs = KeyWrap.objects.filter(holder__startswith="link:").values_list(
        "key__case_ref", flat=True
    )
    assert set(refs) == {f"smallcase:{one}", f"smallcase:{one}:p1"}


def test_a_token_is_kept_nowhere_and_its_row_alone_opens_nothing():
    one = ended_case()
    token = link(one)
    row = FollowLink.objects.get()
    assert token not in repr(row.__dict__)
    with pytest.raises(ciphers.Unreadable):
        wraps.link_identity(wraps.new_link().token, bytes(row.identity))
    assert wraps.link_identity(token, bytes(row.identity)).startswith("AGE-SECRET-KEY-1")


def test_a_link_reads_however_it_was_typed_and_a_wrong_one_is_none():
    one = ended_case()
    token = link(one)
    assert queries.link_of(f" {token[:13].upper()}-{token[13:]} ").party == 1
    for wrong in ("", token[:-1], token + "a", "a" * 26, token[:-1] + "!", "x" * 5000):
        assert queries.link_of(wrong) is None


def test_openings_by_a_link_are_entered_once_in_half_a_day():
    one = ended_case()
    token = link(one)
    for days in (0, 0.1, 0.4, 0.6):
        by_link(token, days=days)
    rows = Opening.objects.filter(role="party")
    assert rows.count() == 2
    assert set(rows.values_list("purpose", flat=True)) == {"own_request"}
    assert LedgerEntry.objects.filter(action="sealing.opened").count() == 2


def test_a_party_reads_who_opened_its_case_as_a_role_and_a_purpose():
    one = ended_case()
    token = link(one)
    words(one)
    words(one, SUPERVISOR, Purpose.REVIEW, days=0.1)
    by_link(token, days=0.2)
    shown = queries.follow(queries.link_of(token), at=small.AT).openings
    assert [(each.role, each.purpose, each.own) for each in shown] == [
        ("party", "own_request", True),
        ("supervisor", "review", False),
        ("mediator", "handling", False),
    ]
    assert "staff" not in repr(shown)


def test_an_ended_link_leads_nowhere_and_its_wraps_are_destroyed():
    desk.set_custodians()
    one = ended_case()
    token = link(one)
    found = queries.link_of(token)
    seal(one)
    cases.end_link(found.id, **stamp())
    assert queries.link_of(token) is None
    assert not KeyWrap.objects.filter(holder=f"link:{found.id}").exists()
    with pytest.raises(Refused):
        by_link_row(found, token)
    again = link(one)
    with pytest.raises(Refused) as refused:
        by_link(again)
    assert refused.value.code == "sealed"


def by_link_row(row, token):
    return cases.open_by_link(row, token, at=small.AT, recorded_at=small.AT)


def test_a_link_does_not_open_with_another_links_token():
    one = ended_case()
    first, second = link(one, 1), link(one, 2)
    with pytest.raises(Refused):
        by_link_row(queries.link_of(first), second)


def test_a_party_who_left_reads_its_own_space_alone():
    desk.set_custodians()
    one = ended_case()
    token = link(one)
    Party.objects.filter(number=1).update(left_at=small.AT)
    assert by_link(token, days=1) == {"p1": ["金丝雀 one", "金丝雀 of one"]}
    seal(one)
    assert by_link(token) == {"p1": ["金丝雀 one", "金丝雀 of one"]}
    assert not KeyWrap.objects.filter(
        holder__startswith="link:", key__case_ref=f"smallcase:{one}"
    ).exists()


def test_links_are_handed_out_by_who_handles_the_case_or_a_clerk():
    one = ended_case()
    with pytest.raises(Forbidden):
        cases.make_link(one, party=1, **stamp(SUPERVISOR))
    staff.create_staff(username="desk-1", **{k: v for k, v in BY_CLI.items() if k != "town"})
    cases.add_member("v-1", username="desk-1", **stamp(small.CLI))
    clerk = dataclasses.replace(small.CLERK, staff_ref=f"staff:{Staff.objects.get().pk}")
    assert cases.make_link(one, party=1, **stamp(clerk))
    with pytest.raises(Refused):
        cases.make_link(one, party=1, **stamp(small.OTHER))


def test_a_party_has_no_more_than_three_links_and_no_party_none():
    one = ended_case()
    for _ in range(3):
        link(one)
    with pytest.raises(Refused) as refused:
        link(one)
    assert refused.value.code == "too_many_links"
    with pytest.raises(Refused) as refused:
        link(one, party=9)
    assert refused.value.code == "no_such_party"


def test_the_same_key_again_makes_no_second_link_and_gives_no_token():
    one = ended_case()
    assert cases.make_link(one, party=1, client_key="k-1", **stamp())
    assert cases.make_link(one, party=1, client_key="k-1", **stamp()) == ""
    assert FollowLink.objects.count() == 1


def test_a_party_acts_by_its_link_in_its_own_case_for_itself():
    one, other = small.open_small(), small.open_small()
    actor = queries.link_of(link(one, 2)).actor
    cases.apply(one, "hear", asked=small.Asked(texts={"own_words": "by two"}), **stamp(actor))
    assert [text.text for text in words(one)["p2"]] == ["金丝雀 two", "by two"]
    for case_id, party in ((other, 2), (one, 1)):
        asked = small.Asked(texts={"own_words": "x"}, party=party)
        with pytest.raises(Refused):
            cases.apply(case_id, "hear", asked=asked, **stamp(actor))


# --- the budgeted door ---------------------------------------------------------------------------


def test_handling_goes_past_the_budget_while_the_case_is_open_and_is_blocked_after(settings):
    settings.ANLAN_OPENINGS_PER_HOUR = 1
    desk.set_custodians()
    live = [small.open_small() for _ in range(3)]
    for one in live:
        assert words(one)
    assert LedgerEntry.objects.filter(action="sealing.budget_exceeded").count() == 2
    ended = ended_case()
    with pytest.raises(Refused) as refused:
        words(ended)
    assert refused.value.code == "budget_exceeded"


# --- erasing -------------------------------------------------------------------------------------


def erase(case_id, days=400.0):
    desk.make_due(case_id, stamp(days=days)["at"])
    cases.erase_case(case_id, reason="kept_long_enough", **stamp(desk.SEALER, days=days))


def test_an_erased_case_leaves_a_tombstone_and_nothing_else():
    desk.set_custodians()
    one = ended_case()
    token = link(one)
    seal(one)
    erase(one)
    assert not SealedText.objects.exists()
    assert not KeyWrap.objects.exists()
    assert not CaseKey.objects.exists()
    assert not Opening.objects.exists()
    for relation in Case._meta.related_objects:
        assert not relation.related_model.objects.exists(), relation.related_model
    stone = Case.objects.get(pk=one)
    assert (stone.type, stone.state, stone.result) == ("smallcase", "done", "good")
    assert stone.erased_at is not None
    assert (stone.answers, stone.cell, stone.office) == ({}, "", None)
    assert queries.link_of(token) is None
    with pytest.raises(Refused):
        words(one)


def test_events_of_a_case_that_is_not_erased_still_cannot_go():
    one, other = ended_case(), ended_case()
    erase(one)
    assert not CaseEvent.objects.filter(case_id=one).exists()
    assert CaseEvent.objects.filter(case_id=other).count() == 7


def test_erasing_is_noted_outside_the_database_before_it_is_committed(settings, monkeypatch):
    one = ended_case()
    with monkeypatch.context() as patch:
        patch.setattr(applying, "bump", lambda one: 1 / 0)  # the commit fails, or its power is cut
        with pytest.raises(ZeroDivisionError):
            erase(one)
    assert Case.objects.get(pk=one).erased_at is None
    (noted,) = erasures.noted(settings.ANLAN_ERASURES_FILE)
    assert noted.case_ref == f"smallcase:{one}"
    assert cases.replay_erasures(recorded_at=small.AT) == 1
    assert Case.objects.get(pk=one).erased_at is not None


def test_what_was_reopened_after_its_erasure_failed_is_not_erased_by_the_list(
    settings, monkeypatch
):
    one = ended_case()
    with monkeypatch.context() as patch:
        patch.setattr(applying, "bump", lambda case: 1 / 0)  # as a disk that is full
        with pytest.raises(ZeroDivisionError):
            erase(one)
    assert len(list(erasures.noted(settings.ANLAN_ERASURES_FILE))) == 1
    do(one, "reopen", days=401)
    assert cases.replay_erasures(recorded_at=small.AT) == 0
    assert words(one)[""]


def test_what_fails_while_it_is_erased_is_not_noted(settings, monkeypatch):
    one = ended_case()
    monkeypatch.setattr(custody, "destroy", lambda ref: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        erase(one)
    assert not list(erasures.noted(settings.ANLAN_ERASURES_FILE))
    assert Case.objects.get(pk=one).erased_at is None


def test_a_case_that_was_reopened_since_it_was_listed_is_neither_erased_nor_noted(settings):
    one = ended_case(result="bad")
    by = stamp(desk.SEALER, days=40)
    (listed,) = queries.due_to_erase(small.KEY, today=by["at"].date())
    do(one, "reopen", days=39)
    for how in ({"reason": "kept_long_enough"}, {"reason": "unconfirmed", "ended_as": "bad"}):
        with pytest.raises(Refused) as refused:
            cases.erase_case(listed, **how, **by)
        assert refused.value.code == "not_due"
    assert not list(erasures.noted(settings.ANLAN_ERASURES_FILE))
    assert words(one, days=40)
    do(one, "finish", result="good", days=40)
    with pytest.raises(Refused):
        cases.erase_case(one, reason="kept_long_enough", **by)
    with pytest.raises(Refused):
        cases.erase_case(one, reason="unconfirmed", ended_as="bad", **by)
    cases.erase_case(one, reason="unconfirmed", ended_as="good", **by)
    assert Case.objects.get(pk=one).erased_at is not None


def test_a_list_that_cannot_be_written_keeps_the_case(settings, tmp_path):
    (tmp_path / "file").write_text("")
    settings.ANLAN_ERASURES_FILE = tmp_path / "file" / "erasures.jsonl"
    one = ended_case()
    with pytest.raises(BadInput, match="nothing was erased"):
        erase(one)
    assert words(one)[""]


def test_a_line_of_erasures_is_written_whole_and_its_new_file_outlives_a_cut(settings, monkeypatch):
    synced = []
    write, sync = os.write, os.fsync
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, data[:7]))
    monkeypatch.setattr(
        os,
        "fsync",
        lambda handle: (synced.append(stat.S_ISDIR(os.fstat(handle).st_mode)), sync(handle)),
    )
    for number in (1, 2):
        erasures.note(
            settings.ANLAN_ERASURES_FILE,
            erasures.Erasure("grid", f"smallcase:{number}", small.AT, small.AT),
        )
    refs = [each.case_ref for each in erasures.noted(settings.ANLAN_ERASURES_FILE)]
    assert refs == ["smallcase:1", "smallcase:2"]
    assert synced == [False, True, False], "the folder once, when the file is new"


def test_postgresql_clears_every_table_that_held_a_wrap(monkeypatch):
    told = []

    class Postgres:
        vendor, in_atomic_block = "postgresql", False

        def cursor(self):
            return contextlib.nullcontext(types.SimpleNamespace(execute=told.append))

    monkeypatch.setattr(wrapping_key, "connection", Postgres())
    custody.overwrite_log()
    assert told == ["VACUUM sealing_casekey, sealing_keywrap, sealing_sealedtext"]


def test_replaying_erases_nothing_that_was_given_the_number_anew(settings):
    one, other = ended_case(), ended_case()
    erase(one)
    assert cases.replay_erasures(recorded_at=small.AT) == 0
    Case.objects.filter(pk=other).update(opened_at=small.AT + timedelta(seconds=1))
    (line,) = erasures.noted(settings.ANLAN_ERASURES_FILE)
    erasures.note(
        settings.ANLAN_ERASURES_FILE,
        dataclasses.replace(line, case_ref=f"smallcase:{other}"),
    )
    assert cases.replay_erasures(recorded_at=small.AT) == 0
    assert words(other)[""]


def test_replaying_asks_of_all_that_was_ever_erased_at_once(settings, django_assert_num_queries):
    row = Case.objects.get(pk=ended_case())
    gone = erasures.Erasure(small.KEY, row.ref, row.opened_at + timedelta(days=1), small.AT)
    for number in range(2, 40):
        line = dataclasses.replace(gone, case_ref=f"smallcase:{row.pk + number}")
        erasures.note(settings.ANLAN_ERASURES_FILE, line)
    erasures.note(settings.ANLAN_ERASURES_FILE, dataclasses.replace(gone, case_ref="smallcase:²"))
    with django_assert_num_queries(1):
        assert cases.replay_erasures(recorded_at=small.AT) == 0


def test_a_line_cut_off_by_a_power_cut_spoils_no_other(settings, tmp_path):
    path = settings.ANLAN_ERASURES_FILE
    first = erasures.Erasure("grid", "smallcase:1", small.AT, small.AT)
    erasures.note(path, first)
    with path.open("a") as half:
        half.write('{"town": "gr')
    second = dataclasses.replace(first, case_ref="smallcase:2")
    erasures.note(path, second)
    assert list(erasures.noted(path)) == [first, second]
    assert path.stat().st_mode & 0o077 == 0


def test_due_lists_name_what_is_over_and_nothing_else():
    desk.set_custodians()
    long, short, live = ended_case(), ended_case(result="bad"), small.open_small()
    at = {days: small.AT + timedelta(days=days) for days in (0, 1, 7, 31)}
    assert queries.due_to_seal(small.KEY, at=at[0]) == []
    assert queries.due_to_seal(small.KEY, at=at[1]) == [short]
    assert queries.due_to_seal(small.KEY, at=at[7]) == [short, long]
    assert queries.due_to_erase(small.KEY, today=at[7].date()) == []
    assert queries.due_to_erase(small.KEY, today=at[31].date()) == [short]
    assert live not in queries.due_to_seal(small.KEY, at=at[31])


def test_a_link_is_no_actor_of_another_kind():
    one = ended_case()
    with pytest.raises(ValueError, match="link"):
        custody.open_for_link(
            f"smallcase:{one}",
            town=small.KEY,
            actor=Actor("staff:2", frozenset()),
            spaces=(f"smallcase:{one}",),
            identity="",
            at=small.AT,
            recorded_at=small.AT,
            version=1,
        )


# --- links of nobody, of guardians, and of a sealed case ------------------------------------------


def test_a_link_of_no_party_follows_the_case_and_opens_nothing():
    one = small.open_small()
    small.do(one, "note", texts={"words": "金丝雀 common"})
    token = link(one, party=None)
    assert by_link(token) == {}
    assert not Opening.objects.exists()
    assert queries.documents_of_party(one, party=None) == []
    assert queries.follow(queries.link_of(token), at=small.AT).case.state == "asked"


def test_a_guardians_link_opens_the_words_of_the_minor_for_whom_it_stands():
    one = small.open_small()
    small.do(one, "hear", texts={"own_words": "金丝雀 of the minor"}, party=1)
    Party.objects.filter(case=one, number=1).update(
        minor=True, guardian=Party.objects.get(case=one, number=2)
    )
    guardian, minor = link(one, 2), link(one, 1)
    assert "金丝雀 of the minor" in by_link(guardian)["p1"]
    assert set(by_link(minor)) == {"", "p1"}

    set_custodians()
    for action, asked in (("take", {}), ("finish", {"result": "good"})):
        small.do(one, action, **asked)
    seal(one)
    assert "金丝雀 of the minor" in by_link(guardian)["p1"]
    assert set(by_link(minor)) == {"", "p1"}

    Party.objects.filter(case=one, number=2).update(left_at=small.AT)
    assert set(by_link(guardian)) == {"p2"}, "who has left stands for nobody"


def test_a_guardian_sees_who_opened_the_words_and_papers_of_the_minor_for_whom_it_stands():
    one = small.open_small()
    Party.objects.filter(case=one, number=1).update(
        minor=True, guardian=Party.objects.get(case=one, number=2)
    )
    guardian = link(one, 2)
    row = CaseKey.objects.get(case_ref=f"smallcase:{one}:p1")
    paper = Document.objects.create(
        case_id=one,
        space="p1",
        kind="paper",
        media_type="text/plain",
        size_bytes=1,
        stored_as=uuid.uuid4(),
        case_key=row,
        name_text=uuid.uuid4(),
        cipher_hash="0" * 64,
        scan="",
        added_by=HANDLER.staff_ref,
        added_at=small.AT,
    )
    given = {"town": small.KEY, "actor": HANDLER, "purpose": Purpose.HANDLING}
    for more in ({}, {"parts": (f"document:{paper.pk}",)}):
        opened = given | more | {"at": small.AT, "recorded_at": small.AT}
        sealing_services.open_one(row.case_ref[:-3], spaces=(row.case_ref,), **opened)
    seen = queries.follow(queries.link_of(guardian), at=small.AT).openings
    assert {each.parts for each in seen} == {("own",), ("document",)}
    Party.objects.filter(case=one, number=2).update(left_at=small.AT)
    assert queries.follow(queries.link_of(guardian), at=small.AT).openings == ()


def test_a_link_made_after_sealing_says_that_older_words_stay_shut():
    set_custodians()
    one = ended_case()
    before = link(one)
    seal(one)
    after = cases.make_link(one, party=1, **stamp(days=9))

    def shut(token):
        return queries.follow(queries.link_of(token), at=small.AT + over(9)).older_shut

    assert (shut(before), shut(after)) == (False, True)
    with pytest.raises(Refused):
        by_link(after)
    small.do(one, "reopen", days=10)
    small.do(one, "note", days=10, texts={"words": "new words"})
    assert by_link(after, days=11)[""] == ["new words"]
    assert shut(after), "what was sealed before it was made stays shut"
