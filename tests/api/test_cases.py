"""Cases by API: strict, unopened, acted in once, never past a change of somebody else."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from tests.api.case_of_a_town import OFFICE, open_case
from tests.api.conftest import KEY
from tests.services.small_case import small_case_type

from anlan.kernel.cases.models import Case, CaseStaff
from anlan.kernel.cases.registry import case_types
from anlan.kernel.sealing.models import CaseKey, Opening, SealedText
from anlan.kernel.values import Role

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/cases/smallcase"


@pytest.fixture(autouse=True)
def small_type():
    with small_case_type():
        yield


def test_a_case_is_listed_shown_and_acted_in_without_a_word_in_clear(member):
    case, _proposal = open_case(member)
    mediator = member("mediator")
    told = mediator.get(LIST).json()
    assert [one["id"] for one in told["cases"]] == [case]
    assert told["cases"][0]["overdue"] is False
    note = {"action": "note", "texts": {"words": "金丝雀 note"}}
    done = mediator.post(f"{LIST}/{case}/act", note).json()
    whole = mediator.get(f"{LIST}/{case}")
    assert whole.json()["version"] == done["version"]
    possible = {one["code"]: one["possible"] for one in whole.json()["actions"]}
    assert (possible["take"], possible["finish"]) == (True, False)
    events = mediator.get(f"{LIST}/{case}/timeline")
    assert [one["action"] for one in events.json()] == ["opened", "note"]
    for text in (whole.content, events.content, mediator.get(LIST).content):
        assert "金丝雀" not in text.decode()


def test_an_older_version_is_refused_and_nothing_of_it_kept(member):
    case, _proposal = open_case(member)
    version = Case.objects.get(pk=case).version
    note = {"action": "note", "texts": {"words": "x"}, "expected_version": version}
    assert member("clerk").post(f"{LIST}/{case}/act", note).status_code == 200
    kept = SealedText.objects.count()
    refused = member("mediator").post(f"{LIST}/{case}/act", note)
    assert (refused.status_code, refused.json()["code"]) == (409, "changed")
    assert SealedText.objects.count() == kept


def test_the_same_act_sent_twice_is_done_once(member):
    case, _proposal = open_case(member)
    note = {"action": "note", "texts": {"words": "x"}, "client_key": uuid4().hex}
    first = member("clerk").post(f"{LIST}/{case}/act", note).json()
    assert member("clerk").post(f"{LIST}/{case}/act", note).json() == first
    assert SealedText.objects.filter(field="words").count() == 1


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_other_words_under_the_same_key_are_refused_and_not_dropped_in_silence(member, lang):
    case, _proposal = open_case(member)
    note = {"action": "note", "texts": {"words": "once"}, "client_key": uuid4().hex}
    clerk = member("clerk")
    clerk.client.cookies["django_language"] = lang
    assert clerk.post(f"{LIST}/{case}/act", note).status_code == 200
    refused = clerk.post(f"{LIST}/{case}/act", note | {"texts": {"words": "twice"}})
    assert (refused.status_code, refused.json()["code"]) == (409, "client_key_reused")
    says = {"en": "something else in it", "zh-hans": "不同的内容"}[lang]
    assert says in refused.json()["sentence"]
    assert SealedText.objects.filter(field="words").count() == 1


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"action": "note", "texts": {"words": 5}}, 422),
        ({"action": "note", "texts": {}}, 422),
        ({"action": "note", "texts": {"secret": "x"}}, 422),
        ({"action": "paint", "values": {"colour": 1.5}, "reason": "better"}, 422),
        ({"action": "paint", "values": {"colour": "purple"}, "reason": "better"}, 422),
        ({"action": "paint", "values": {"colour": ["red"]}, "reason": "better"}, 422),
        ({"action": "burn"}, 422),
        ({"action": "take", "colour": "red"}, 422),
        ({"action": "take", "expected_version": "1"}, 422),
        ({"action": "finish", "result": "good"}, 409),
        ({"action": "hear", "party": 9, "texts": {"own_words": "x"}}, 422),
    ],
    ids=str,
)
def test_what_cannot_be_taken_is_refused_in_a_sentence_and_nothing_is_written(
    member, wrong, status
):
    case, _proposal = open_case(member)
    version = Case.objects.get(pk=case).version
    refused = member("mediator").post(f"{LIST}/{case}/act", wrong)
    assert refused.status_code == status, refused.content
    assert set(refused.json()) == {"sentence", "code"}
    assert Case.objects.get(pk=case).version == version


def test_a_second_person_decides_and_never_the_first(member):
    case, proposal = open_case(member)
    address = f"{LIST}/{case}/proposals/{proposal}/decide"
    for role in ("clerk", "mediator"):  # the role can't; it proposed it itself
        assert member(role).post(address, {"agree": True}).status_code in {403, 409}
    assert member("supervisor").post(address, {"agree": True}).status_code == 200
    assert Case.objects.get(pk=case).state == "done"
    late = member("supervisor").post(address, {"agree": False})
    assert (late.status_code, late.json()["code"]) == (409, "decided_already")
    elsewhere = f"{LIST}/{case}/proposals/{proposal + 1}/decide"
    assert member("supervisor").post(elsewhere, {"agree": True}).status_code == 404


def test_words_open_for_a_purpose_of_cases_by_who_may(member):
    case, _proposal = open_case(member)
    address = f"{LIST}/{case}/open"

    def opened(role, purpose):
        return member(role).client.post(
            f"/api/towns/{KEY}{address}",
            json.dumps({"purpose": purpose}),
            content_type="application/json",
            headers={"X-CSRFToken": "a" * 32},
        )

    told = opened("mediator", "handling")
    assert {one["space"] for one in told.json()["spaces"]} == {"", "notes", "p1", "p2"}
    assert "金丝雀 one" in told.content.decode()
    assert opened("clerk", "handling").status_code == 403  # it doesn't handle this one
    reviewed = opened("supervisor", "review").json()["spaces"]
    assert {one["space"] for one in reviewed} == {"", "p1", "p2"}
    assert opened("supervisor", "live_incident").status_code == 422
    assert Opening.objects.count() == 2
    CaseKey.objects.update(wrapped=b"")
    gone = opened("mediator", "handling")
    assert gone.status_code == 422
    assert "anlan keys restore FILE" in gone.content.decode()


def test_a_case_of_another_or_of_another_kind_is_not_there(member):
    case, _proposal = open_case(member)
    CaseStaff.objects.filter(case_id=case).update(staff_ref="staff:999999")
    for answer in (
        member("mediator").get(f"{LIST}/{case}"),
        member("mediator").post(f"{LIST}/{case}/act", {"action": "take"}),
        member("clerk").get(f"/cases/nothing/{case}"),
        member("clerk").get(f"{LIST}/{case + 1}"),
    ):
        assert answer.status_code == 404, answer.content


def test_a_list_is_filtered_and_goes_on_by_key(member):
    case, _proposal = open_case(member)
    clerk = member("clerk")
    assert clerk.get(LIST, state="working").json()["cases"] == []
    assert clerk.get(LIST, office=OFFICE, limit="1").json()["cases"][0]["id"] == case
    assert clerk.get(LIST, mine="true").json()["cases"] == []
    for wrong in ({"state": "lost"}, {"limit": "0"}, {"office": "a b"}):
        assert clerk.get(LIST, **wrong).status_code == 422, wrong


def test_kinds_are_those_that_a_role_reads_in_its_language(member):
    path = f"/api/towns/{KEY}/cases"
    for role in (Role.CLERK, Role.CREW, Role.PLANNER):
        read = {one.code for one in case_types() if role in one.readers}
        assert {one["code"] for one in member(role.value).get("/cases").json()} == read, role
    chinese = member("clerk").client.get(path, headers={"accept-language": "zh-hans"}).json()
    assert "small case（中）" in {one["label"] for one in chinese}
