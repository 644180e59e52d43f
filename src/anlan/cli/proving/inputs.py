"""The canary through every input of the scratch town: each way by which words come in."""

from __future__ import annotations

import csv
import uuid
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from anlan.cli.proving.scene import AT, CLI, JOB, KEY, POINT, Scratch
from anlan.kernel.values import Actor, BadInput, Refused

SEALED_AFTER = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Mediated:
    """A mediation with the canary in every space, and the first party's link."""

    id: int
    token: str
    documents: tuple[int, ...]

    @property
    def ref(self) -> str:
        """Give its reference."""
        return f"mediation:{self.id}"


def mediation(scene: Scratch) -> Mediated:
    """Take a dispute in, hear both parties, keep notes, papers and a notice; it stays open."""
    from anlan.kernel.cases import services as cases

    words = scene.canary.words
    one = _request(scene, "clerk", source="desk")
    act(scene, one, "confirm", "clerk", party=1)
    act(scene, one, "give_to_office", "clerk", values={"office": "v-1"})
    act(scene, one, "take", values={"no_interest": True})
    act(scene, one, "write_note", texts={"note": words})
    for party in (1, 2):
        act(scene, one, "hear", texts={"account": words}, party=party)
    token = cases.make_link(one, party=1, **scene.stamp("mediator"))
    documents = tuple(_document(scene, one, space, party) for space, party in _SPACES)
    with cases.acting(one, "link_made", **scene.stamp("mediator")) as doing:
        cases.notify(doing, party=1, template="link", words={"link": f"/follow/{token}"})
    return Mediated(one, token, documents)


def _request(scene: Scratch, who: str, *, source: str, incident: str = "") -> int:
    from anlan.areas.mediation import services as area
    from anlan.areas.mediation.rules import Intake, PartyWords

    words = scene.canary.words
    party = PartyWords(words, f"{scene.canary.latin}@example.org", words)
    intake = Intake(
        source=source,
        category="neighbours",
        asker=party,
        other=party,
        asked_for=True,
        violence_at_home=False,
        request=words,
        incident=incident,
        office="v-1",
    )
    return int(area.take_request(intake, **scene.stamp(who)).case_id)


def request_from_incident(scene: Scratch) -> int:
    """Take a request at an incident; which one it came from is the canary."""
    return _request(scene, "dispatcher", source="incident", incident=scene.canary.latin)


_SPACES: tuple[tuple[str, int | None], ...] = (("case", None), ("party", 1), ("party", 2))


def _document(scene: Scratch, one: int, space: str, party: int | None) -> int:
    from anlan.kernel.cases import services as cases
    from anlan.kernel.cases.rules.types import Space

    words = scene.canary.words
    return cases.add_document(
        one,
        data=f"{words}\n".encode(),
        name=f"{words}.txt",
        kind="proof",
        space=Space(space),
        party=party,
        **scene.stamp("mediator"),
    )


def act(scene: Scratch, one: int, action: str, who: str | Actor = "mediator", **asked: Any) -> Any:
    """Act in a case."""
    from anlan.kernel.cases import services as cases
    from anlan.kernel.cases.rules.facts import Asked

    return cases.apply(one, action, asked=Asked(**asked), **scene.stamp(who))


def end(scene: Scratch, one: int) -> None:
    """End a mediation without an agreement."""
    act(scene, one, "fail", values={"told_routes": True}, result="failed")


def sealed_mediation(scene: Scratch) -> Mediated:
    """Give a mediation that ended and was sealed away as the job does it, eight days later."""
    one = mediation(scene)
    seal(scene, one)
    return one


def seal(scene: Scratch, one: Mediated) -> None:
    """End a mediation and seal it away."""
    from anlan.kernel.cases import services as cases

    end(scene, one.id)
    cases.seal_case(one.id, **scene.stamp(JOB, later=SEALED_AFTER))


def incident(scene: Scratch) -> int:
    """Take a call at a place whose digits stand nowhere else, with a note."""
    from anlan.areas.dispatch import services as dispatch

    lon, lat = POINT
    names = ("words", "caller_name", "caller_number", "place_text")
    words: dict[str, Any] = {name: scene.canary.words[:60] for name in names}
    one = dispatch.create_incident(
        type="vehicle_fire", lon=lon, lat=lat, **words, **scene.stamp("dispatcher")
    )
    dispatch.add_note(one.id, text=scene.canary.words, **scene.stamp("dispatcher"))
    return int(one.id)


def hazard(scene: Scratch) -> int:
    """Report a hazard as a resident does on the public page."""
    from anlan.areas.hazards import services as hazards
    from anlan.areas.hazards.rules.reports import Told

    words, lon, lat = scene.canary.words, *POINT
    told = Told(
        "thing", "wiring", lon=lon, lat=lat, words=words, spot=words, name=words, contact=words
    )
    stamp = scene.stamp("inspector")
    stamp.pop("actor")
    one = hazards.report_hazard(told, **stamp).case_id
    act(scene, one, "take", "inspector")
    act(scene, one, "note", "inspector", texts={"notes": words})
    act(scene, one, "tell_party", "inspector", texts={"told": words}, party=1)
    return one


def disclosure(scene: Scratch, about: str, *, by_two: bool) -> int:
    """Take an authority's request for one case in, and grant it by two."""
    from anlan.areas.oversight import services as oversight

    words = scene.canary.words
    one = oversight.take_disclosure(
        about,
        authority="court",
        basis="court_order",
        basis_words=words,
        **scene.stamp("supervisor"),
    )
    done = act(scene, one, "grant", "supervisor", texts={"finding": words})
    if by_two:
        agree(scene, one, done.proposal)
    return one


def agree(scene: Scratch, case_id: int, proposal: int) -> None:
    """Read what is asked for and agree to it, as the second person."""
    from anlan.kernel.cases import services as cases
    from anlan.kernel.sealing.rules import Purpose

    cases.open_words(case_id, purpose=Purpose.DECIDING, **scene.stamp("second"))
    cases.decide(proposal, agree=True, **scene.stamp("second"))


def call_log(scene: Scratch) -> None:
    """Import a log of calls with words in a column that is not on the list."""
    from anlan.kernel.places.services.calls import import_calls

    file = scene.out.parent / "inbox" / "calls.csv"
    file.parent.mkdir(exist_ok=True)
    for words in (scene.canary.words, scene.canary.chinese):
        _write_log(file, words)
        import_calls(KEY, file, mapping="sf-fire", actor=CLI, at=AT, recorded_at=AT)


def _write_log(file: Path, words: str) -> None:
    headings = (
        "call_number unit_id call_type watch_date received entry dispatch response on_scene "
        "transport hospital available final_priority als_unit unit_type unit_sequence lat lon block"
    )
    hour = "2020-04-01T10"
    times = [f"{hour}:0{minute}:00" for minute in (0, 1, 2, 3, 7)]
    with file.open("w", newline="", encoding="utf-8") as out:
        sheet = csv.writer(out)
        sheet.writerow(headings.split())
        point = ["0.0041", "0.0039"]
        call = [1000, "E1", "Alarms", hour[:10], *times, "", "", f"{hour}:30:00"]
        sheet.writerow([*call, "3", "true", "ENGINE", "1", *point, words])
        for number, priority in ((words, "3"), (1001, words)):  # where a code belongs
            call[0] = number
            sheet.writerow([*call, priority, "true", "ENGINE", "1", *point, ""])


def codes(scene: Scratch) -> list[str]:
    """Give words where a code belongs; names what was taken all the same.

    A Chinese sentence has no blanks, so it is tried without any.
    """
    found = []
    for words in (scene.canary.words, scene.canary.chinese):
        tries = _places_of_codes(scene, words)
        found += [name for name, (service, given) in tries.items() if _taken(service, given)]
    return found


def _places_of_codes(scene: Scratch, words: str) -> dict[str, tuple[Any, dict[str, Any]]]:
    from anlan.areas.dispatch import services as dispatch
    from anlan.areas.hazards import services as hazards
    from anlan.kernel.cases import services as cases
    from anlan.kernel.staff import services as staff

    return {
        "incident type": (
            dispatch.create_incident,
            {"type": words, "lon": POINT[0], "lat": POINT[1], **scene.stamp("dispatcher")},
        ),
        "user name": (
            staff.create_staff,
            {"username": words, "actor": CLI, "at": AT, "recorded_at": AT},
        ),
        "key of a town": (_town, {"key": words}),
        "office": (
            cases.create_office,
            {"ident": words, "name": "Village 9", "tier": "village", **scene.stamp(CLI)},
        ),
        "mark of premises": (
            hazards.register_premises,
            {
                "ident": words,
                "class_code": "school",
                "name": "North school",
                "lon": 0.01,
                "lat": 0.01,
                "risk": "low",
                **scene.stamp("inspector"),
            },
        ),
        "client key": (
            dispatch.create_incident,
            {
                "type": "vehicle_fire",
                "lon": POINT[0],
                "lat": POINT[1],
                "client_key": words,
                **scene.stamp("dispatcher"),
            },
        ),
        "case type": (cases.open_case, {"type": words, **scene.stamp("clerk")}),
        "reference": (_entered, {"subject": f"notice:{words}"}),
        "kept result": (_entered, {"subject": "town:x", "result": {"gave": words}}),
    }


def _entered(*, subject: str, result: dict[str, Any] | None = None) -> None:
    from anlan.kernel.ledger.services import write

    by: dict[str, Any] = {"actor": CLI, "at": AT, "recorded_at": AT}
    key = uuid.uuid4().hex if result else None
    with write(town=KEY, action="prove.tried", client_key=key, asked=result, **by) as entry:
        entry.record(subject=subject)
        entry.result = result or {}


def _town(*, key: str) -> None:
    from anlan.kernel.places import services as places

    by: dict[str, Any] = {"actor": CLI, "at": AT, "recorded_at": AT}
    places.create_town(key=key, name="X", zone="UTC", country="CL", **by)


def _taken(service: Any, given: dict[str, Any]) -> bool:
    try:
        service(**given)
    except (BadInput, Refused):
        return False
    return True


def web(scene: Scratch) -> None:
    """Send the canary to the pages and the API: sign-in, addresses, headers, a broken request."""
    from django.conf import settings
    from django.test import Client

    hosts = list(settings.ALLOWED_HOSTS)
    visitor = Client(SERVER_NAME=hosts[0] if hosts and hosts[0] != "*" else "localhost")
    visitor.raise_request_exception = False
    words = scene.canary.words
    headers: dict[str, Any] = {
        "HTTP_USER_AGENT": words.encode().decode("latin-1"),
        "HTTP_REFERER": "http://x/",
    }
    for login in (words, scene.canary.latin, f"{scene.canary.latin[:8]} {scene.canary.chinese}"):
        visitor.post("/accounts/login/", {"login": login, "password": words}, **headers)
    visitor.post("/accounts/login/", {"login": "dispatcher", "password": words}, **headers)
    for address in ("/", f"/towns/{KEY}/", f"/towns/{words}/", f"/follow/{words}", "/api/health"):
        visitor.get(address, {"q": words, "name": words, "next": words}, **headers)
    for address in (f"/api/towns/{KEY}/incidents", f"/api/towns/{KEY}/cases"):
        body = '{"words": "' + words + '"'  # cut off: the parser's fault quotes it
        visitor.post(address, body, content_type="application/json", **headers)
