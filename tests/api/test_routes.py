"""The API's promises: who may do what, strict input, one shape of fault, safe to send twice."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from tests.api.case_of_a_town import open_case, to_tell
from tests.api.conftest import KEY, SOUTH, WEST, stamp
from tests.services.small_case import small_case_type

from anlan.api.basemap import basemap_file
from anlan.kernel.ledger.models import LedgerEntry
from anlan.kernel.values import Role

pytestmark = pytest.mark.django_db(transaction=True)

PLACE = {"lon": WEST + 0.006, "lat": SOUTH + 0.005}
FIRE = {"type": "structure_fire", **PLACE}
ROLES = [*(role.value for role in Role), None]
DESK = {"dispatcher", "duty_officer"}
MEMBERS = {role for role in ROLES if role}
REFUSED_AS_SENT = pytest.mark.one_database(
    "refused for what was sent: no row is written, and none read that others don't read on both"
)


@pytest.fixture(autouse=True)
def cases_of_a_small_type():
    """Let the routes of cases have a type to act on."""
    with small_case_type():
        yield


def incident(staff, **more) -> dict:
    response = staff.post("/incidents", {**FIRE, **more})
    assert response.status_code == 201, response.content
    return response.json()


def sentence(response) -> str:
    document = response.json()
    assert set(document) == {"sentence", "code"}, document
    assert document["sentence"]
    return document["sentence"]


# --- a call from its intake to its end -----------------------------------------------------------


def test_a_higher_alarm_asks_for_more_units(dispatcher):
    made = incident(dispatcher)

    def asked() -> int:
        found = dispatcher.get(f"/incidents/{made['id']}/recommendation").json()
        sent = len(found["plans"][0]["units"]) if found["plans"] else 0
        return sent + sum(one["count"] for one in found["missing"])

    first = asked()
    raised = dispatcher.post(f"/incidents/{made['id']}/triage", {"alarm_level": 2})
    assert (raised.status_code, raised.json()["alarm_level"]) == (200, 2)
    assert asked() > first
    assert dispatcher.post(f"/incidents/{made['id']}/triage", {"alarm_level": 6}).status_code == 422


def test_a_call_is_taken_answered_and_closed(dispatcher):
    made = incident(dispatcher, words="smoke on the third floor", caller_number="555 0100")
    assert (made["state"], made["type"], made["units"]) == ("received", "structure_fire", [])
    assert "smoke on the third floor" not in json.dumps(made)

    found = dispatcher.get(f"/incidents/{made['id']}/recommendation").json()
    best = found["plans"][0]
    assert found["status"] in {"full", "partial"}
    assert {"unit", "kind", "travel_s", "for", "reason"} <= set(best["units"][0])
    assert all(unit["reason"] for unit in best["units"])

    idents = [unit["unit"] for unit in best["units"]]
    sent = dispatcher.post(f"/incidents/{made['id']}/dispatch", {"units": idents}).json()
    assert (sent["state"], set(sent["units"])) == ("dispatched", set(idents))

    unit = dispatcher.post(f"/units/{idents[0]}/status", {"status": "en_route"}).json()
    assert (unit["status"], unit["incident"]) == ("en_route", made["id"])
    for ident in idents:
        for status in ("on_scene", "available"):
            assert dispatcher.post(f"/units/{ident}/status", {"status": status}).status_code == 200
    closed = dispatcher.post(f"/incidents/{made['id']}/close")
    assert closed.json()["state"] == "closed"
    assert dispatcher.post(f"/incidents/{made['id']}/reopen").json()["state"] != "closed"


@REFUSED_AS_SENT
def test_request_too_large_is_a_clear_refusal(dispatcher):
    body = {**FIRE, "words": "x" * 2_000_000}
    answer = dispatcher.post("/incidents", body)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_the_board_shows_everything_at_once(dispatcher):
    made = incident(dispatcher)
    board = dispatcher.get("/board").json()
    assert [one["id"] for one in board["incidents"]] == [made["id"]]
    assert {unit["ident"] for unit in board["units"]} >= {"E1", "T1", "M1"}
    assert board["me"]["roles"] == ["dispatcher"]
    assert board["event_id"] == LedgerEntry.objects.latest("id").pk
    assert len(board["town"]["bounds"]) == 4


def test_the_board_names_a_base_map_only_where_there_is_one(dispatcher):
    tiles = basemap_file(KEY)
    tiles.unlink(missing_ok=True)
    assert dispatcher.get("/board").json()["town"]["basemap"] is None
    tiles.write_bytes(b"PMTiles")
    address = dispatcher.get("/board").json()["town"]["basemap"]
    assert b"".join(dispatcher.client.get(address).streaming_content) == b"PMTiles"


def test_the_board_speaks_the_readers_language(dispatcher):
    path = f"/api/towns/{KEY}/board"
    english = dispatcher.client.get(path, headers={"accept-language": "en"}).json()
    chinese = dispatcher.client.get(path, headers={"accept-language": "zh-hans"}).json()
    assert english["types"][0]["code"] == chinese["types"][0]["code"]
    assert english["types"][0]["label"] != chinese["types"][0]["label"]


def test_words_are_opened_by_a_person_on_shift_and_the_ledger_says_so(dispatcher):
    made = incident(dispatcher, words="smoke on the third floor")
    path = f"/incidents/{made['id']}/open"
    assert dispatcher.post(path, {"client_key": None}).status_code == 422
    body = json.dumps({"purpose": "live_incident"})
    send = {"content_type": "application/json", "headers": {"X-CSRFToken": "a" * 32}}
    address = f"/api/towns/{KEY}{path}"
    off_shift = dispatcher.client.post(address, body, **send)
    assert off_shift.status_code == 403, off_shift.content
    assert dispatcher.post("/shift/open").status_code == 201
    opened = dispatcher.client.post(address, body, **send)
    assert opened.status_code == 200, opened.content
    assert [text["text"] for text in opened.json()["texts"]] == ["smoke on the third floor"]
    assert LedgerEntry.objects.filter(action__startswith="sealing.").count() == 1


def test_a_note_is_taken_and_not_given_back_in_lists(dispatcher):
    made = incident(dispatcher)
    noted = dispatcher.post(f"/incidents/{made['id']}/notes", {"text": "gate code 4711"})
    assert noted.status_code == 201
    assert "gate code" not in dispatcher.get("/board").content.decode()


def test_a_street_is_found_closed_and_opened(dispatcher):
    found = dispatcher.get("/streets", q="3 str").json()
    assert found[0]["label"] == "3 Street"
    way = {"from": f"{WEST},{SOUTH}", "to": f"{WEST + 0.024},{SOUTH}"}
    before = dispatcher.get("/route", **way).json()
    assert before["steps"][0]["name"]
    on_the_way = {"lon": WEST + 0.010, "lat": SOUTH}
    for ends in ("9999-12-31T23:59:00-12:00", "0001-01-01T00:00:00+14:00", "9998-01-01T00:00:00Z"):
        beyond = dispatcher.post("/closures", {**on_the_way, "ends_at": ends})
        assert beyond.status_code == 422
        assert beyond.json()["sentence"] == "“ends_at” must lie in the years 1900 to 2200."
    closed = dispatcher.post("/closures", {**on_the_way, "minutes": 30})
    assert closed.status_code == 201, closed.content
    assert dispatcher.get("/route", **way).json()["time_s"] > before["time_s"]
    assert dispatcher.post(f"/closures/{closed.json()['id']}/lift").status_code == 200
    assert dispatcher.get("/route", **way).json()["time_s"] == pytest.approx(before["time_s"])


def test_a_unit_that_is_taken_meanwhile_is_refused_in_a_sentence(dispatcher):
    first, second = incident(dispatcher), incident(dispatcher)
    sent = dispatcher.post(f"/incidents/{first['id']}/dispatch", {"units": ["E1"]})
    assert sent.status_code == 200, sent.content
    dispatcher.post("/units/E1/status", {"status": "on_scene"})
    refused = dispatcher.post(f"/incidents/{second['id']}/dispatch", {"units": ["E1"]})
    assert refused.status_code == 409
    assert "E1" in sentence(refused)


# --- sent twice, it is done once -----------------------------------------------------------------


def test_the_same_write_sent_twice_is_done_once(dispatcher):
    body = {**FIRE, "client_key": uuid4().hex}
    first, second = dispatcher.post("/incidents", body), dispatcher.post("/incidents", body)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    assert len(dispatcher.get("/board").json()["incidents"]) == 1


def test_a_key_used_for_something_else_is_refused(dispatcher):
    key = uuid4().hex
    made = dispatcher.post("/incidents", {**FIRE, "client_key": key}).json()
    refused = dispatcher.post(f"/incidents/{made['id']}/close", {"client_key": key})
    assert (refused.status_code, refused.json()["code"]) == (409, "client_key_reused")


# --- what is taken -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"lat": False},
        {"lat": "40.4"},
        {"lat": None},
        {"lat": float("nan")},
        {"lon": float("inf")},
        {"lat": 90.1},
        {"lon": -180.5},
        {"lon": [1]},
        {"type": 7},
        {"type": "Structure Fire"},
        {"type": ""},
        {"words": 5},
        {"words": "x" * 4001},
        {"words": "\ud800"},
        {"caller_name": None},
        {"colour": "red"},
        {"client_key": "a b"},
        {"client_key": 5},
    ],
    ids=str,
)
def test_what_is_not_of_its_type_is_refused_and_nothing_is_written(dispatcher, wrong):
    before = LedgerEntry.objects.count()
    refused = dispatcher.post("/incidents", {**FIRE, **wrong})
    assert refused.status_code == 422, refused.content
    field = next(iter(wrong))
    assert field in sentence(refused)
    assert LedgerEntry.objects.count() == before


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '"x"', "\x00", '{"type": "a", "type": 1}'])
def test_what_is_no_json_object_is_refused(dispatcher, body):
    response = dispatcher.client.post(
        f"/api/towns/{KEY}/incidents",
        body,
        content_type="application/json",
        headers={"X-CSRFToken": "a" * 32},
    )
    assert response.status_code in {400, 422}
    assert sentence(response)


def test_a_type_that_no_catalogue_knows_is_refused(dispatcher):
    refused = dispatcher.post("/incidents", {**FIRE, "type": "petition"})
    assert refused.status_code == 422
    assert "petition" in sentence(refused)


@pytest.mark.parametrize(
    "query", [{"from": "1", "to": "2"}, {}, {"from": "-3.7,40.4"}, {"from": "9e9,1", "to": "0,0"}]
)
def test_a_route_between_what_are_no_points_is_refused(dispatcher, query):
    refused = dispatcher.get("/route", **query)
    assert refused.status_code == 422
    assert sentence(refused)


@pytest.mark.parametrize("path", ["/incidents/0/recommendation", "/incidents/x/recommendation"])
def test_an_address_that_cannot_be_is_refused(dispatcher, path):
    refused = dispatcher.get(path)
    assert refused.status_code == 422
    assert sentence(refused)


@pytest.mark.parametrize("number", [999_999, 2**31 - 1])
def test_an_incident_that_is_not_there_is_said_to_be_absent(dispatcher, number):
    absent = dispatcher.get(f"/incidents/{number}/recommendation")
    assert absent.status_code == 404
    assert sentence(absent)


# --- who may -------------------------------------------------------------------------------------

SEE_INCIDENTS = MEMBERS - {"planner", "clerk", "mediator", "inspector"}
SEE_CASES = {"clerk", "mediator", "supervisor"}
PLAN = {"planner", "duty_officer", "supervisor", "administrator"}
READS = {
    "/board": SEE_INCIDENTS,
    "/streets?q=3": MEMBERS,
    "/incidents/{id}/recommendation": SEE_INCIDENTS,
    "/incidents/{id}/preplans": SEE_INCIDENTS,
    "/route?from=-3.7,40.4&to=-3.69,40.41": MEMBERS,
    "/cover": SEE_INCIDENTS,
    "/cover/cells?kind=fire&minutes=1": SEE_INCIDENTS,
    "/coverage?minutes=1,2": PLAN,
    "/coverage/layers?hour=8": PLAN,
    "/siting?model=p-center&add=1&weights=people": PLAN,
    "/mediation/sessions?since=2026-03-02T00:00Z&until=2026-03-09T00:00Z": SEE_CASES,
    "/cases": MEMBERS,
    "/cases/smallcase": SEE_CASES,
    "/cases/smallcase/{case}": SEE_CASES,
    "/tasks": MEMBERS,
    "/awaited": MEMBERS,
    "/cases/smallcase/{case}/timeline": SEE_CASES,
}
WRITES = {
    "/incidents": (FIRE, DESK),
    "/incidents/{id}/dispatch": ({"units": ["E2"]}, DESK),
    "/incidents/{id}/triage": ({"type": "vehicle_fire"}, DESK),
    "/incidents/{id}/close": ({}, DESK),
    "/incidents/{id}/cancel": ({}, DESK),
    "/incidents/{id}/reopen": ({}, DESK),
    "/incidents/{id}/notes": ({"text": "x"}, DESK),
    "/incidents/{id}/open": ({"purpose": "live_incident"}, None),
    "/units/E1/status": ({"status": "on_scene"}, DESK),
    "/units/E1/move-up": ({"post": "fire 1"}, DESK),
    "/units/E1/move-up/end": ({}, DESK),
    "/inspections/{id}/record": ({"answers": {}}, {"inspector"}),
    "/mediation/requests": (
        {
            "asked_for": True,
            "violence_at_home": False,
            "source": "desk",
            "category": "house",
            "asker": {"name": "A"},
        },
        {"clerk", "mediator"},
    ),
    "/closures": (PLACE, DESK),
    "/closures/1/lift": ({}, DESK),
    "/shift/open": ({}, MEMBERS),
    "/shift/close": ({}, MEMBERS),
    "/cases/smallcase/{case}/act": (
        {"action": "note", "texts": {"words": "x"}},
        {"clerk", "mediator"},
    ),
    "/cases/smallcase/{case}/tasks/{task}/done": ({}, {"mediator"}),
    "/cases/smallcase/{case}/open": ({"purpose": "handling"}, None),
    "/cases/smallcase/{case}/proposals/{proposal}/decide": ({"agree": True}, None),
}


def filled(path, member):
    """Give a path with an incident, a case, a proposal, a task where it names one."""
    made = incident(member("dispatcher")) if "{id}" in path else {"id": 1}
    case, proposal = open_case(member) if "{case}" in path else (1, 1)
    task = to_tell(case) if "{task}" in path else 1
    return path.format(id=made["id"], case=case, proposal=proposal, task=task)


@pytest.mark.parametrize("path", READS)
def test_members_read_and_others_do_not(path, member, client):
    may, path = READS[path], filled(path, member)
    for role in ROLES:
        response = member(role).client.get(f"/api/towns/{KEY}{path}")
        assert response.status_code == (200 if role in may else 403), (role, response.content)
        if role not in may:
            assert sentence(response)
    stranger = client.get(f"/api/towns/{KEY}{path}")
    assert (stranger.status_code, stranger.json()["code"]) == (401, "not_signed_in")


def test_a_planner_is_shown_no_incident_by_any_route(member):
    made = incident(member("dispatcher"))
    planner = member("planner")
    assert planner.post("/shift/open").status_code == 201
    for answer in (
        planner.get("/board"),
        planner.get(f"/incidents/{made['id']}/recommendation"),
        planner.post(f"/incidents/{made['id']}/close"),
        planner.client.post(
            f"/api/towns/{KEY}/incidents/{made['id']}/open",
            json.dumps({"purpose": "live_incident"}),
            content_type="application/json",
            headers={"X-CSRFToken": "a" * 32},
        ),
    ):
        assert answer.status_code == 403
        assert answer.json()["code"] == "no_incidents"


def test_a_planner_who_also_dispatches_sees_the_board(member):
    from anlan.kernel.staff import services as staff

    planner = member("planner")
    role = Role.DISPATCHER
    staff.grant_role(town_key=KEY, username=planner.username, role=role, **stamp())
    assert planner.get("/board").status_code == 200


@pytest.mark.parametrize("path", [path for path, (_, may) in WRITES.items() if may is not None])
def test_a_write_is_for_its_roles_and_the_refusal_is_a_sentence(path, member):
    (body, may), path = WRITES[path], filled(path, member)
    for role in ROLES:
        response = member(role).post(path, body)
        allowed = role in may
        assert (response.status_code != 403) == allowed, (role, response.content)
        assert response.status_code < 500
        if not allowed:
            assert sentence(response)


def test_every_route_stands_in_the_tables_of_roles():
    from anlan.api.app import api

    stem = "/api/towns/{key}"
    described = {
        path.removeprefix(stem).replace("{incident_id}", "{id}").replace("{closure_id}", "1")
        .replace("{ident}", "E1").replace("{type}", "smallcase").replace("{case_id}", "{case}")
        .replace("{proposal_id}", "{proposal}").replace("{inspection_id}", "{id}")
        .replace("{task_id}", "{task}")
        for path in api.get_openapi_schema()["paths"]
        if path.startswith(stem)
    }  # fmt: skip
    assert described == {path.split("?")[0] for path in READS} | set(WRITES)


@REFUSED_AS_SENT
@pytest.mark.parametrize("path", list(WRITES))
def test_a_write_without_the_token_is_refused(path, member):
    address, dispatcher = filled(path, member), member("dispatcher")
    before = LedgerEntry.objects.count()
    refused = dispatcher.post(address, WRITES[path][0], token=False)
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")
    assert LedgerEntry.objects.count() == before


@REFUSED_AS_SENT
@pytest.mark.parametrize("path", list(WRITES))
def test_a_write_by_a_stranger_is_refused(path, little_town, client):
    refused = client.post(
        f"/api/towns/{KEY}{path.format(id=1, case=1, proposal=1, task=1)}", "{}", "application/json"
    )
    assert (refused.status_code, refused.json()["code"]) == (401, "not_signed_in")


def test_a_crew_sets_the_status_of_its_own_unit_only(member):
    made = incident(member("dispatcher"))
    member("dispatcher").post(f"/incidents/{made['id']}/dispatch", {"units": ["E1", "E2"]})
    crew = member("crew")
    assert crew.post("/shift/open", {"unit": "E1"}).status_code == 201
    assert crew.post("/units/E1/status", {"status": "en_route"}).status_code == 200
    assert crew.post(f"/incidents/{made['id']}/notes", {"text": "hydrant"}).status_code == 201
    refused = crew.post("/units/E2/status", {"status": "en_route"})
    assert refused.status_code == 403
    assert sentence(refused)


def test_a_town_that_is_not_there_is_absent(dispatcher):
    absent = dispatcher.client.get("/api/towns/atlantis/board")
    assert absent.status_code == 404
    assert "atlantis" in sentence(absent)


def test_health_answers_to_anyone(client):
    assert client.get("/api/health").json() == {"status": "ok"}


def test_our_own_fault_is_a_sentence_without_its_values(dispatcher, monkeypatch):
    from anlan.api import board

    def broken(*args, **named):
        raise RuntimeError("the caller's name is Mo")

    monkeypatch.setattr(board.dispatch, "board", broken)
    response = dispatcher.get("/board")
    assert response.status_code == 500
    assert "Mo" not in sentence(response)


# --- coverage ------------------------------------------------------------------------------------


def test_coverage_is_told_with_its_error_and_its_guess(member):
    planner = member("planner")
    found = planner.get("/coverage", minutes="1,2,3", hour="8").json()
    assert (found["minutes"], found["hour"], found["kind"]) == ([1, 2, 3], 8, "fire")
    assert found["speed"]["source"] == "free_flow"
    assert found["demand"]["people_source"] == "streets"
    shares = [band["area_share"] for band in found["bands"]]
    assert shares == sorted(shares)
    assert 0 < shares[0] < 1
    assert {post["ref"] for post in found["posts"]} == {"fire 1", "fire 2"}
    assert found["gap_count"] == len(found["gaps"]) > 0


@REFUSED_AS_SENT
@pytest.mark.parametrize(
    "query",
    [
        {"kind": "lighthouse"},
        {"minutes": "5,x"},
        {"minutes": "10,5"},
        {"minutes": "0"},
        {"minutes": "500"},
        {"hour": "24"},
        {"hour": "-1"},
        {"counted_from": "birth"},
        {"gap_minutes": "0"},
        {"unit_kinds": "tank"},
        {"kind": "police"},
    ],
    ids=str,
)
def test_coverage_that_cannot_be_asked_is_refused_in_both_languages(member, query):
    planner = member("planner")
    address = f"/api/towns/{KEY}/coverage"
    said = [
        planner.client.get(address, query, headers={"accept-language": language})
        for language in ("en", "zh-hans")
    ]
    assert [one.status_code for one in said] == [422, 422]
    assert sentence(said[0]) != sentence(said[1])


@REFUSED_AS_SENT
@pytest.mark.parametrize("path", ["/coverage", "/siting"])
def test_minutes_that_are_none_are_told_how_to_be_written(member, path):
    told = sentence(member("planner").get(path, minutes="abc"))
    assert told == "“abc” are no minutes; write whole minutes such as 5,10,30."


def test_coverage_layers_are_geojson_for_other_programs(member):
    found = member("planner").get("/coverage/layers", minutes="1,2").json()
    assert found["type"] == "FeatureCollection"
    assert {one["properties"]["layer"] for one in found["features"]} == {"band", "gap", "post"}
    assert found["anlan"]["town"] == KEY


# --- cover ---------------------------------------------------------------------------------------


def fire_cover(staff, **asked) -> dict:
    document = staff.get("/cover", **asked).json()
    return next(one for one in document["services"] if one["kind"] == "fire")


def test_cover_falls_as_units_leave_and_says_where(dispatcher):
    """Engines 1, 3 and 5 stand at Station 2, the others at Station 1, the town's two corners."""
    whole = fire_cover(dispatcher, minutes=3)
    assert (whole["state"], whole["share_now"]) == ("good", whole["share_usual"])
    assert (whole["free"], whole["areas"], whole["moves"]) == (6, [], [])
    for ident in ("E1", "E3", "E5"):
        dispatcher.post(f"/units/{ident}/status", {"status": "out_of_service"})
    thin = fire_cover(dispatcher, minutes=4)
    assert thin["share_now"] < thin["share_usual"]
    assert [one["name"] for one in thin["areas"]] == ["Station 2"]
    assert thin["areas"][0]["now_min"] > thin["areas"][0]["usual_min"]
    best = thin["moves"][0]
    assert (best["post"], best["unit"], best["back"]) == ("fire 2", "E2", False)
    cells = dispatcher.get("/cover/cells", kind="fire", minutes=4).json()
    assert cells
    assert any(one["usually"] for one in cells)


def test_a_proposed_move_is_carried_out_by_the_dispatcher_alone(dispatcher):
    for ident in ("E1", "E3", "E5"):
        dispatcher.post(f"/units/{ident}/status", {"status": "out_of_service"})
    best = fire_cover(dispatcher, minutes=4)["moves"][0]
    units = {one["ident"]: one for one in dispatcher.get("/board").json()["units"]}
    assert units[best["unit"]]["covering"] is None
    moved = dispatcher.post(f"/units/{best['unit']}/move-up", {"post": best["post"]}).json()
    assert (moved["covering"], moved["status"]) == (best["post"], "returning")
    under_way = fire_cover(dispatcher, minutes=5)["under_way"]
    assert under_way == [{"unit": "E2", "post": "fire 2", "name": "Station 2", "there": False}]
    again = dispatcher.post(f"/units/{best['unit']}/move-up", {"post": best["post"]})
    assert (again.status_code, again.json()["code"]) == (409, "moved_up_already")
    back = dispatcher.post(f"/units/{best['unit']}/move-up/end").json()
    assert back["covering"] is None


def test_cover_speaks_the_readers_language(dispatcher):
    path = f"/api/towns/{KEY}/cover"
    english = dispatcher.client.get(path, headers={"accept-language": "en"}).json()
    chinese = dispatcher.client.get(path, headers={"accept-language": "zh-hans"}).json()
    assert english["services"][0]["label"] != chinese["services"][0]["label"]
    assert english["services"][0]["share_now"] == chinese["services"][0]["share_now"]


def test_a_site_is_proposed_with_its_proof_and_cover_before_and_after(member):
    asked = {"model": "mclp", "add": 1, "minutes": "2", "weights": "people", "seconds": 5}
    found = member("planner").get("/siting", **asked).json()
    told = found["siting"]
    assert (told["optimal"], told["unit"], told["sense"]) == (True, "people", "max")
    assert told["value"] == told["bound"]
    assert [site["state"] for site in told["sites"]] == ["new", "kept", "kept"]
    assert "Street" in told["sites"][0]["name"]
    assert told["after"][0]["people"] > told["before"][0]["people"]
    assert {one["properties"]["layer"] for one in found["features"]} >= {"band", "site"}


@REFUSED_AS_SENT
@pytest.mark.parametrize(
    "query",
    [
        {"model": "guess"},
        {"model": "mclp"},
        {"model": "mclp", "add": 1, "total": 3},
        {"model": "lscp", "add": 1},
        {"model": "mclp", "add": 1, "keep": "false"},
        {"model": "dsm", "add": 1, "minutes": "5"},
        {"model": "mclp", "add": 1, "minutes": "5,8"},
        {"model": "mclp", "add": 1, "forbid": "here"},
        {"model": "mclp", "add": 1, "seconds": 3600},
        {"model": "p-median", "add": 1},
        {"model": "p-median", "add": 400, "weights": "people"},
        {"model": "mclp", "kind": "police", "add": 1, "weights": "people"},
    ],
    ids=str,
)
def test_a_siting_that_has_no_meaning_is_refused_in_a_sentence(member, query):
    refused = member("planner").get("/siting", **query)
    assert refused.status_code == 422, refused.content
    assert sentence(refused)


def test_one_search_for_sites_runs_at_a_time(member):
    from anlan.api import coverage

    with coverage._searching:
        refused = member("planner").get("/siting", model="p-center", add=1, weights="people")
    assert (refused.status_code, refused.json()["code"]) == (409, "busy")


@REFUSED_AS_SENT
def test_a_write_without_a_key_is_refused_in_a_sentence(member):
    for path, (body, _) in WRITES.items():
        if "purpose" in body:  # an opening is entered each time
            continue
        refused = member("dispatcher").post(filled(path, member), {**body, "client_key": None})
        assert refused.status_code == 422, path
        assert "client_key" in sentence(refused)
