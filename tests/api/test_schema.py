"""Each route, for each role, under made-up input: never a 500, always what its schema says."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)
from tests.api.case_of_a_town import open_case
from tests.api.conftest import KEY, SOUTH, WEST
from tests.services.small_case import small_case_type

from anlan.api.app import api

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.one_database("the shape of questions and answers, by many of each"),
]

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
POSITIVE = GenerationMode.POSITIVE
EXAMPLES = {"dispatcher": 24, "mediator": 8}


def narrowed(incident: int, case: int, proposal: int) -> dict[str, Any]:
    """Give the schema with addresses that exist beside some that don't, so that calls go deep."""
    schema = copy.deepcopy(api.get_openapi_schema())
    choices = {
        "key": [KEY],
        "incident_id": [incident, 2**31 - 1],
        "type": ["smallcase", "nothing"],
        "case_id": [case, 2**31 - 1],
        "proposal_id": [proposal, 2**31 - 1],
        "ident": ["E1", "M1", "none"],
        "from": [f"{WEST},{SOUTH}", "x"],
        "to": [f"{WEST + 0.004},{SOUTH}"],
    }
    for path in schema["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters", []):
                if parameter["name"] in choices:
                    parameter["schema"] = {"enum": choices[parameter["name"]]}
    parts = schema["components"]["schemas"]
    for part in parts.values():
        if "client_key" in part["properties"]:
            assert "client_key" in part["required"]
            part["properties"]["client_key"] = {"type": "string", "pattern": "^[a-z0-9]{12}$"}
    parts["NewIncident"]["properties"]["type"] = {"enum": ["medical", "structure_fire", "unknown"]}
    parts["NewStatus"]["properties"]["status"] = {"enum": ["en_route", "available", "asleep"]}
    parts["MoveUp"]["properties"]["post"] = {"enum": ["fire 1", "fire 2", "fire 9"]}
    parts["Dispatch"]["properties"]["units"] = {"enum": [["E1"], ["E1", "E2"], ["none"]]}
    parts["Triage"]["properties"]["type"] = {"enum": ["medical", "structure_fire"]}
    parts["Close"]["properties"]["result_code"] = {"enum": ["", "unheard_of"]}
    parts["NewShift"]["properties"]["unit"] = {"enum": ["", "E1"]}
    for placed in ("NewIncident", "NewClosure"):  # 0: far from every street, a slip
        parts[placed]["properties"]["lon"] = {"enum": [WEST, 0]}
        parts[placed]["properties"]["lat"] = {"enum": [SOUTH]}
    parts["Act"]["properties"]["action"] = {"enum": ["note", "take", "paint", "burn"]}
    parts["Act"]["properties"]["texts"] = {"enum": [{}, {"words": "x"}, {"secret": "x"}]}
    parts["Opening"]["properties"]["purpose"] = {"enum": ["live_incident", "curiosity"]}
    return dict(schema)


@pytest.fixture(autouse=True)
def cases_of_a_small_type():
    """Let the routes of cases have a type to act on."""
    with small_case_type():
        yield


@pytest.mark.parametrize(
    "role",
    [
        "dispatcher",
        "duty_officer",
        "crew",
        "supervisor",
        "planner",
        "mediator",
        "administrator",
        None,
    ],
)
def test_every_route_keeps_to_its_schema_for_each_role(role, member):
    dispatcher, staff = member("dispatcher"), member(role)
    body = {"type": "medical", "lon": WEST + 0.002, "lat": SOUTH + 0.002}
    incident = dispatcher.post("/incidents", body).json()["id"]
    if role:
        staff.post("/shift/open")
    schema = schemathesis.openapi.from_dict(narrowed(incident, *open_case(member)))
    schema.app = get_wsgi_application()
    cookies = {name: one.value for name, one in staff.client.cookies.items()}
    answers = {
        found.ok().label: fuzz(found.ok(), cookies, examples=EXAMPLES.get(str(role), 3))
        for found in schema.get_all_operations()
    }
    assert len(answers) == len(api.get_openapi_schema()["paths"])
    assert not any(401 in statuses for statuses in answers.values())  # the session was taken
    if role == "dispatcher":
        unreached = {label for label, statuses in answers.items() if statuses <= {404, 422}}
        assert unreached == set()  # each service was asked; what it says depends on the case


def fuzz(operation: Any, cookies: dict[str, str], *, examples: int) -> set[int]:
    statuses: set[int] = set()

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy() | operation.as_strategy(generation_mode=POSITIVE))
    def one(case: Any) -> None:
        headers = {"X-CSRFToken": cookies["csrftoken"]}
        response = case.call_and_validate(headers=headers, cookies=cookies, checks=CHECKS)
        statuses.add(response.status_code)

    one()
    return statuses
