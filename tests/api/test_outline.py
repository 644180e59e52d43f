"""The API for other programs: its schema says how to sign in, and every answer is of one shape."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.test import Client
from tests.api.conftest import KEY, SOUTH, WEST
from tests.api.server import installation, running

from anlan.api.app import api

PAGE = Path(__file__).resolve().parents[2] / "docs" / "guide" / "programs.md"
NOWHERE = [
    "/api",
    "/api/",
    "/api/nothing",
    "/api/towns/littleton",
    "/api/towns/littleton/nothing",
    "/api/openapi.json/x",
]


def test_the_schema_names_the_cookie_and_the_header_of_a_write():
    schema = api.get_openapi_schema()
    schemes = {
        name: (one["type"], one["in"], one["name"])
        for name, one in schema["components"]["securitySchemes"].items()
    }
    assert schemes == {
        "Session": ("apiKey", "cookie", "sessionid"),
        "CSRFToken": ("apiKey", "header", "X-CSRFToken"),
    }
    asked = {
        (method, tuple(sorted(way)))
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        for way in operation.get("security", [{}])
        if path != "/api/health"
    }
    assert asked == {("get", ("Session",)), ("post", ("CSRFToken", "Session"))}


def test_every_write_of_the_schema_must_have_its_key():
    schema = api.get_openapi_schema()
    parts = schema["components"]["schemas"]
    keyed = {name for name, part in parts.items() if "client_key" in part.get("properties", {})}
    assert "NewIncident" in keyed
    for name in keyed:
        assert "client_key" in parts[name]["required"], name
        assert parts[name]["properties"]["client_key"]["type"] == "string", name


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("path", NOWHERE)
def test_an_address_that_is_none_answers_as_the_others_do_in_both_languages(path, method):
    said = {}
    for language in ("en", "zh-hans"):
        browser = Client(enforce_csrf_checks=True, headers={"accept-language": language})
        answer = getattr(browser, method)(path, follow=True)
        assert answer.status_code == 404, answer.content
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.json()["code"] == "not_found"
        said[language] = answer.json()["sentence"]
    assert said == {"en": "There is nothing here.", "zh-hans": "这里没有内容。"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("delete", "board", "GET"), ("get", "incidents", "POST"), ("post", "streets", "GET")],
)
def test_a_method_that_is_not_taken_is_said_in_the_same_shape(method, path, allowed):
    browser = Client(enforce_csrf_checks=True, headers={"accept-language": "zh-hans"})
    answer = getattr(browser, method)(f"/api/towns/{KEY}/{path}")
    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)
    assert answer.json() == {
        "sentence": f"此地址不接受 {method.upper()} 请求。",
        "code": "method_not_allowed",
    }


@pytest.mark.django_db(transaction=True)
def test_a_write_without_the_header_is_told_which_header(dispatcher):
    refused = dispatcher.post("/incidents", token=False)
    assert refused.status_code == 403
    assert "X-CSRFToken" in refused.json()["sentence"]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_page_for_programs_goes_from_signing_in_to_a_write_as_it_is_written(tmp_path):
    """Every block but the first, which says where; in order, in one shell."""
    first, *blocks = re.findall(r"```\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    named = {"AT", "TOWN", "NAME", "PASSWORD", "PLACE"}
    assert {name for name in named if re.search(rf"\b{name}\b", first)} == named
    with running(installation(tmp_path)) as server:
        where = {
            "AT": server.address,
            "TOWN": KEY,
            "NAME": server.said["username"],
            "PASSWORD": server.said["password"],
            "PLACE": f'"lon": {WEST}, "lat": {SOUTH}',
        }
        done = subprocess.run(
            ["bash", "-euc", "\necho\n".join(blocks)],
            env={**os.environ, **where},
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 0, done.stderr
    signed_in, streets, incident, signed_out = filter(None, map(str.strip, done.stdout.split("\n")))
    assert (signed_in, signed_out) == ("302", "302")
    assert "Avenue" in streets
    assert '"state":"received"' in incident
