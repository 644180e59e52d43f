"""What is to be done, for programs."""

from __future__ import annotations

import pytest
from tests.api.case_of_a_town import open_case, to_tell
from tests.services.small_case import small_case_type

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def cases_of_a_small_type():
    with small_case_type():
        yield


def test_a_member_reads_its_tasks_alone_and_in_the_case_and_says_that_one_is_done(member):
    case, _proposal = open_case(member)
    task, mediator = to_tell(case), member("mediator")
    (mine,) = mediator.get("/tasks").json()
    assert (mine["id"], mine["case_id"], mine["kind"], mine["party"]) == (
        task, case, "tell_party", 1,
    )  # fmt: skip
    assert mine["label"].startswith("Tell the party")
    assert (mine["late"], mine["type"]) == (False, "smallcase")
    assert member("supervisor").get("/tasks").json() == []
    whole = mediator.get(f"/cases/smallcase/{case}").json()
    assert [one["id"] for one in whole["tasks"]] == [task]
    assert whole["notices"] == []
    path = f"/cases/smallcase/{case}/tasks/{task}/done"
    assert member("supervisor").post(path).status_code == 403
    assert member("clerk").post(path).status_code == 403
    first, again = (mediator.post(path, {"client_key": "once"}) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert mediator.post(path).json()["code"] == "done_already"
    assert mediator.get("/tasks").json() == []


def test_a_task_of_another_case_is_not_there(member):
    case, _proposal = open_case(member)
    task = to_tell(case)
    mediator = member("mediator")
    assert mediator.post(f"/cases/smallcase/{case}/tasks/{task + 1}/done").status_code == 404
