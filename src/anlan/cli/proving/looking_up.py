"""Rail 3 in the scratch town: is there any way by which a person may be looked up?"""

from __future__ import annotations

import argparse
import itertools
import re
from collections.abc import Iterator
from typing import Any

from anlan.cli.proving import inputs
from anlan.cli.proving.attack import Attack, Finding, broken, held, label
from anlan.cli.proving.scene import AT, CLI, KEY, Scratch
from anlan.kernel.values import Role

# Parameters by which somebody could be looked up over cases. A user name is staff's own.
OF_A_PERSON = frozenset(
    (
        *("name", "names", "person", "people", "party_name", "caller", "caller_name", "household"),
        *("caller_number", "phone", "telephone", "mobile", "contact", "email", "address", "plate"),
        *("place_text", "text", "texts", "word", "words", "q", "query", "search", "find", "term"),
        *("like", "id_number", "identity", "passport", "birth", "licence_plate", "resident"),
    )
)
# The same words where they ask for a street, a place of the register, or how many live somewhere,
# and where a command names a thing that it makes, or the file of a custodian's own key.
_OF_THINGS = frozenset(
    {
        ("/api/towns/{key}/streets", "q"),
        ("anlan.kernel.places.queries.roads.find_street", "q"),
        ("anlan.areas.hazards.queries.premises.premises", "search"),
        ("anlan.areas.hazards.queries.premises.offered_premises", "search"),
        ("anlan.areas.coverage.queries.gaps.gaps", "people"),
        ("anlan town create", "name"),
        ("anlan mediation room", "name"),
        ("anlan ledger witness", "name"),
        ("anlan custodians unwrap", "identity"),
    }
)
# Lists that have to answer, or the asking proves nothing.
_LISTS = (f"/api/towns/{KEY}/cases", f"/api/towns/{KEY}/board", f"/towns/{KEY}/cases")
_FILLED = {"key": KEY, "type": "mediation"}
_PLACEHOLDER = re.compile(r"<(?:\w+:)?(\w+)>")
_DRAWN = re.compile(rb"[A-Za-z0-9_-]{32,}")  # what a page draws anew each time, for its forms
_DIGITS = re.compile(rb"\d+")


def _no_search(scene: Scratch) -> Finding:
    """Look through the parameters of the API, of commands and of queries; ask pages and lists."""
    parameters = list(_parameters())
    found = [
        f"{where} {name}"
        for where, name in parameters
        if name in OF_A_PERSON and (where, name) not in _OF_THINGS
    ]
    if found:
        return broken(f"A person may be looked up: {found[0]}.", f"可按个人查找：{found[0]}。")
    asked, told = _ask_everywhere(scene)
    if told:
        return broken(f"An answer depends on a name: {told}.", f"结果随姓名变化：{told}。")
    silent = [each for each in _LISTS if each not in asked]
    if silent:
        return broken(
            f"{silent[0]} does not answer, so nothing is proven.",
            f"{silent[0]}无应答，未得到证明。",
        )
    return held(
        f"None of {len(parameters)} parameters of the API, of commands and of queries takes a "
        f"person, and {len(asked)} pages and lists answer a name like any other word.",
        f"接口、命令和查询的{len(parameters)}个参数均不接受个人信息，{len(asked)}个页面和列表对姓名与"
        "对任何其他词的回答相同。",
    )


def _parameters() -> Iterator[tuple[str, str]]:
    """Give each parameter by which something is read: of routes that read, and of queries.

    Of commands all are given: which of them only read is not written anywhere.
    """
    import importlib
    import inspect
    import pkgutil

    from anlan import areas, kernel
    from anlan.api.app import api
    from anlan.cli.main import build_parser

    for path, methods in api.get_openapi_schema()["paths"].items():
        for given in methods.get("get", {}).get("parameters", ()):
            yield path, given["name"]
    yield from _words_of(build_parser(), "anlan")
    modules = itertools.chain.from_iterable(
        pkgutil.walk_packages(each.__path__, f"{each.__name__}.") for each in (kernel, areas)
    )
    for module in modules:
        if ".queries" not in module.name:
            continue
        loaded = importlib.import_module(module.name)
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            if function.__module__ == module.name and not name.startswith("_"):
                for parameter in inspect.signature(function).parameters:
                    yield f"{module.name}.{name}", parameter


def _words_of(parser: argparse.ArgumentParser, name: str) -> Iterator[tuple[str, str]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for word, child in action.choices.items():
                yield from _words_of(child, f"{name} {word}")
        else:
            words = {action.dest, *(each.lstrip("-") for each in action.option_strings)}
            yield from ((name, each.replace("-", "_").lower()) for each in sorted(words))


def _ask_everywhere(scene: Scratch) -> tuple[list[str], str]:
    """Ask for a party's name and for a name that nobody has, wherever something is read.

    Gives the addresses that answered, and the first whose answers are not the same, or "".
    """
    inputs.mediation(scene)
    asking = _reader()
    answered: list[str] = []
    for address in _addresses():
        one, other = _answer(asking, address, scene.canary.latin), _answer(asking, address, _NOBODY)
        if one != other:
            again = _answer(asking, address, scene.canary.latin)
            shift = one != again  # the clock's doing, as on the board
            if not shift or _DIGITS.sub(b"", one[1]) != _DIGITS.sub(b"", other[1]):
                return answered, address
        if one[0] == 200:
            answered.append(address)
        elif one[0] >= 500:
            return answered, address
    return answered, ""


_NOBODY = "kanari" + "f" * 24


def _reader() -> Any:
    """Make an account that may read all that anybody may, and sign it in."""
    from django.apps import apps
    from django.conf import settings
    from django.test import Client

    from anlan.kernel.staff import services as staff

    by: dict[str, Any] = {"actor": CLI, "at": AT, "recorded_at": AT}
    accounts = apps.get_model("staff.Staff").objects
    if not accounts.filter(username="reader").exists():
        staff.create_staff(username="reader", **by)
        for role in Role:
            staff.grant_role(username="reader", role=role, town_key=KEY, **by)
    asking = Client(SERVER_NAME=next(iter(settings.ALLOWED_HOSTS), "localhost"))
    asking.raise_request_exception = False
    account = accounts.get(username="reader")
    asking.force_login(account, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return asking


def _answer(asking: Any, address: str, word: str) -> tuple[int, bytes]:
    answer = asking.get(address, dict.fromkeys(sorted(OF_A_PERSON), word))
    content = b"" if answer.streaming else answer.content
    return answer.status_code, _DRAWN.sub(b"", content.replace(word.encode(), b""))


def _addresses() -> Iterator[str]:
    """Give each address of a page or a list: what a town has, not one case or one thing of it."""
    from django.urls import get_resolver

    def walk(resolver: Any, before: str) -> Iterator[str]:
        for each in resolver.url_patterns:
            route = before + str(each.pattern)
            yield from walk(each, route) if hasattr(each, "url_patterns") else [route]

    for route in walk(get_resolver(), "/"):
        if "(" not in route and _FILLED.keys() >= set(_PLACEHOLDER.findall(route)):
            yield _PLACEHOLDER.sub(lambda found: _FILLED[found[1]], route)


LOOKING_UP: tuple[Attack[Scratch], ...] = (
    Attack(
        3,
        "no_search",
        label("No search over people is offered.", "不提供对人的检索。"),
        _no_search,
    ),
)
