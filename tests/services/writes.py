"""Every service that writes, with a call that it carries out; test_every_write walks this table.

Whoever adds a service adds it here, or `test_every_service_that_writes_is_in_the_table` fails. A
line sets the scene and gives the call; its texts are CANARY, which must show up in clear nowhere.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from tests.services import custody as custodians
from tests.services import dispatch_desk as desk
from tests.services import hazard_round
from tests.services import mediation_desk as med
from tests.services import small_case as small
from tests.services.demo_town import write_grid
from tests.unit.gateways import hostile

from anlan.areas.coverage import services as coverage
from anlan.areas.coverage.rules.studies import AskedStudy
from anlan.areas.dispatch import services as dispatch
from anlan.areas.hazards import queries as hazard_queries
from anlan.areas.hazards import services as hazards
from anlan.areas.hazards.models import Failure
from anlan.areas.hazards.rules.preplans import Fact
from anlan.areas.hazards.rules.reports import Told
from anlan.areas.hazards.services.hazards import DESK_JOB, add_report
from anlan.areas.mediation import services as mediation
from anlan.areas.mediation.rules import PartyWords
from anlan.areas.oversight import services as oversight
from anlan.kernel.cases import queries as case_queries
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import Case, CaseClock, FollowLink, Task
from anlan.kernel.cases.registry import register_figures
from anlan.kernel.cases.rules.facts import Asked
from anlan.kernel.cases.rules.figures import Dimension, FigureSubject
from anlan.kernel.cases.rules.types import Choice, Space
from anlan.kernel.cases.services.figures import release_counts
from anlan.kernel.places import services as places
from anlan.kernel.places.models import Post, Town, Unit
from anlan.kernel.places.services.calls import calibrate, import_calls
from anlan.kernel.sealing import queries as sealing_queries
from anlan.kernel.sealing import services as sealing
from anlan.kernel.sealing.custody import erasures, wraps
from anlan.kernel.sealing.custody import services as custody
from anlan.kernel.sealing.models import CaseKey
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.staff import queries as staff_queries
from anlan.kernel.staff import services as staff
from anlan.kernel.staff.models import Staff
from anlan.kernel.values import Actor, Role

CANARY = "Mrs Silva, 12 Rua das Flores, 金丝雀"
CLI = {"actor": desk.CLI, "at": desk.AT, "recorded_at": desk.AT}


@dataclass(frozen=True, slots=True)
class Call:
    """A service with what it is called with."""

    service: Callable[..., Any]
    args: tuple[Any, ...]
    given: dict[str, Any]

    def __call__(self, **more: Any) -> Any:
        """Call it."""
        return self.service(*self.args, **(self.given | more))


WRITES: dict[str, Callable[[Path], Call]] = {}


def name_of(service: Callable[..., Any]) -> str:
    """Name a service by its module and name."""
    return f"{service.__module__.removeprefix('anlan.')}.{service.__name__}"


def writes(service: Callable[..., Any]) -> Callable[[Callable[[Path], Any]], None]:
    """Add a line: the function sets the scene and gives (args, given)."""

    def add(scene: Callable[[Path], tuple[tuple[Any, ...], dict[str, Any]]]) -> None:
        def prepare(folder: Path) -> Call:
            args, given = scene(folder)
            return Call(service, args, given)

        WRITES[name_of(service)] = prepare

    return add


# --- staff ---------------------------------------------------------------------------------------


def _bare_town(key: str = desk.KEY, *, made_up: bool = False) -> None:
    places.create_town(key=key, name="Grid", zone="UTC", country="CL", made_up=made_up, **CLI)


def _member(role: Role = Role.DISPATCHER) -> Actor:
    _bare_town()
    staff.create_staff(username="desk-2", **CLI)
    staff.grant_role(town_key=desk.KEY, username="desk-2", role=role, **CLI)
    return staff_queries.actor_for(Staff.objects.get(username="desk-2"), desk.KEY)


@writes(staff.create_staff)
def _(folder):
    return (), {"username": "desk-9", **CLI}


@writes(staff.reset_password)
def _(folder):
    _member()
    return (), {"username": "desk-2", **CLI}


@writes(staff.change_own_password)
def _(folder):
    return ("brook-stone-lantern-42",), {**CLI, "actor": _member()}


@writes(staff.end_account)
def _(folder):
    _member()
    return (), {"username": "desk-2", **CLI}


@writes(staff.grant_role)
def _(folder):
    _member()
    return (), {"town_key": desk.KEY, "username": "desk-2", "role": Role.SUPERVISOR, **CLI}


@writes(staff.withdraw_role)
def _(folder):
    _member()
    return (), {"town_key": desk.KEY, "username": "desk-2", "role": Role.DISPATCHER, **CLI}


@writes(staff.open_shift)
def _(folder):
    crew = _member(Role.CREW)
    Unit.objects.create(town=Town.objects.get(key=desk.KEY), ident="E1", kind="engine")
    return (), {**desk.stamp(crew), "unit": "E1"}


@writes(staff.close_shift)
def _(folder):
    member = _member()
    staff.open_shift(**desk.stamp(member))
    return (), desk.stamp(member)


# --- sealing -------------------------------------------------------------------------------------


@writes(sealing.open_one)
def _(folder):
    desk.open_desk(folder)
    incident = desk.call(words=CANARY)
    given = {"town": desk.KEY, "actor": desk.DISPATCHER, "purpose": Purpose.LIVE_INCIDENT}
    return (f"incident:{incident.id}",), {**given, "at": desk.AT, "recorded_at": desk.AT}


@writes(custody.set_custodians)
def _(folder):
    _bare_town()
    public = {name: pair[1] for name, pair in custodians.IDENTITIES.items()}
    return (public,), {"town": desk.KEY, **CLI}


@writes(custody.restore_wraps)
def _(folder):
    small.make_town()
    small.open_small()
    kept = sealing_queries.living_wraps()
    CaseKey.objects.update(wrapped=b"")
    return (kept,), dict(CLI)


@writes(custody.wrap_living_anew)
def _(folder):
    small.make_town()
    small.open_small()
    return (), dict(CLI)


@writes(custody.export_case)
def _(folder):
    one, _token = _sealed_case()
    given = {"town": small.KEY, "actor": desk.CLI, "purpose": Purpose.REVIEW}
    return (f"smallcase:{one}",), {**given, "at": small.AT, "recorded_at": small.AT}


@writes(custody.open_for_link)
def _(folder):
    one, token = _sealed_case()
    found = case_queries.link_of(token)
    row = FollowLink.objects.get()
    given = {"town": small.KEY, "actor": found.actor, "spaces": (f"smallcase:{one}:p1",)}
    given["identity"] = wraps.link_identity(token, bytes(row.identity))
    return (f"smallcase:{one}",), {**given, "at": small.AT, "recorded_at": small.AT, "version": 1}


# --- places --------------------------------------------------------------------------------------


@writes(places.create_town)
def _(folder):
    return (), {"key": "porto", "name": "Porto", "zone": "Europe/Lisbon", "country": "PT", **CLI}


@writes(places.set_clock)
def _(folder):
    _bare_town(made_up=True)
    return (desk.KEY,), {"town_anchor": desk.AT + timedelta(days=1), "speed": 2.0, **CLI}


@writes(places.set_factor)
def _(folder):
    _bare_town()
    return (desk.KEY,), {"factor": 1.2, "error": {"n": 40, "p50_error_s": 12.0}, **CLI}


@writes(places.import_roads)
def _(folder):
    _bare_town()
    return (desk.KEY, write_grid(folder)), dict(CLI)


def _file(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


@writes(places.import_posts)
def _(folder):
    _bare_town()
    places.import_roads(desk.KEY, write_grid(folder), **CLI)
    return (desk.KEY, _file(folder, "posts.csv", desk.POSTS)), dict(CLI)


@writes(places.import_units)
def _(folder):
    desk.open_desk(folder)
    units = "unit,kind,capabilities,post,on,off\nE9,engine,,fire 1,,\n"
    return (desk.KEY, _file(folder, "more.csv", units)), dict(CLI)


@writes(places.site_posts)
def _(folder):
    _bare_town(made_up=True)
    places.import_roads(desk.KEY, write_grid(folder), **CLI)
    return (desk.KEY,), dict(CLI)


@writes(places.close_street)
def _(folder):
    desk.open_desk(folder)
    ends = {"ends_at": desk.AT + timedelta(hours=1)}
    return (), {"lon": desk.STEP, "lat": desk.STEP, **ends, **desk.stamp()}


@writes(places.lift_closure)
def _(folder):
    desk.open_desk(folder)
    closure = places.close_street(lon=desk.STEP, lat=desk.STEP, **desk.stamp())
    return (closure.id,), desk.stamp()


def _log(folder: Path, *, rows: int) -> Path:
    file = folder / "calls.csv"
    with file.open("w", newline="") as out:
        sheet = csv.writer(out)
        headings = (
            "call_number unit_id call_type watch_date received entry dispatch response on_scene "
            "transport hospital available final_priority als_unit unit_type unit_sequence lat lon "
            "block"
        )
        sheet.writerow(headings.split(" "))
        for n in range(rows):
            hour = f"2020-04-{1 + n // 24:02d}T{n % 24:02d}"
            times = [f"{hour}:0{minute}:00" for minute in (0, 1, 2, 3, 7)]
            point = [f"{(2 + n % 5) * desk.STEP:.4f}", f"{(2 + n % 3) * desk.STEP:.4f}"]
            call = [1000 + n, "E1", "Alarms", hour[:10], *times, "", "", f"{hour}:30:00"]
            sheet.writerow([*call, "3", "true", "ENGINE", "1", *point, CANARY])
    return file


@writes(import_calls)
def _(folder):
    desk.open_desk(folder)
    return (desk.KEY, _log(folder, rows=3)), {"mapping": "sf-fire", **CLI}


@writes(calibrate)
def _(folder):
    desk.open_desk(folder)
    import_calls(desk.KEY, _log(folder, rows=40), mapping="sf-fire", **CLI)
    return (desk.KEY,), dict(CLI)


# --- dispatch ------------------------------------------------------------------------------------


def _incident(folder: Path, **more: Any) -> int:
    desk.open_desk(folder)
    return desk.call(**more).id


@writes(dispatch.create_incident)
def _(folder):
    desk.open_desk(folder)
    point = {"type": "vehicle_fire", "lon": 1.5 * desk.STEP, "lat": desk.STEP}
    words = dict.fromkeys(("words", "caller_name", "caller_number", "place_text"), CANARY)
    return (), {**point, **words, **desk.stamp()}


@writes(dispatch.triage_incident)
def _(folder):
    return (_incident(folder),), {"type": "structure_fire", **desk.stamp()}


@writes(dispatch.add_note)
def _(folder):
    return (_incident(folder),), {"text": CANARY, **desk.stamp()}


@writes(dispatch.dispatch_units)
def _(folder):
    return (_incident(folder),), {"units": ["E1"], **desk.stamp()}


@writes(dispatch.set_unit_status)
def _(folder):
    desk.open_desk(folder)
    desk.send(desk.call(), "E1")
    return ("E1",), {"status": "en_route", **desk.stamp(seconds=60)}


@writes(dispatch.move_up_unit)
def _(folder):
    desk.open_desk(folder)
    return ("E1",), {"post": "fire 3", **desk.stamp()}


@writes(dispatch.end_move_up)
def _(folder):
    desk.open_desk(folder)
    dispatch.move_up_unit("E1", post="fire 3", **desk.stamp())
    return ("E1",), desk.stamp(seconds=60)


@writes(dispatch.report_positions)
def _(folder):
    desk.open_desk(folder, made_up=True)
    return ([("E1", 0.001, 0.002)],), desk.stamp(Actor("job:demo", frozenset({Role.DISPATCHER})))


@writes(dispatch.forget_positions)
def _(folder):
    desk.open_desk(folder, made_up=True)
    job = Actor("job:demo", frozenset({Role.DISPATCHER}))
    dispatch.report_positions([("E1", 0.001, 0.002)], **desk.stamp(job))
    return (), desk.stamp(desk.CLI, seconds=72 * 3600)


@writes(dispatch.close_incident)
def _(folder):
    return (_incident(folder, words=CANARY),), desk.stamp()


@writes(dispatch.cancel_incident)
def _(folder):
    return (_incident(folder, words=CANARY),), desk.stamp()


@writes(dispatch.reopen_incident)
def _(folder):
    incident = _incident(folder, words=CANARY)
    dispatch.close_incident(incident, **desk.stamp())
    return (incident,), desk.stamp()


@writes(dispatch.open_incident_texts)
def _(folder):
    return (_incident(folder, words=CANARY),), {"purpose": "live_incident", **desk.stamp()}


@writes(dispatch.import_run_cards)
def _(folder):
    desk.open_desk(folder)
    card = '[[cards]]\ntype = "structure_fire"\nlevels = [[{ capability = "engine", count = 2 }]]\n'
    return (desk.KEY, _file(folder, "cards.toml", card)), dict(CLI)


@writes(dispatch.decide_run_cards)
def _(folder):
    desk.open_desk(folder)
    card = '[[cards]]\ntype = "structure_fire"\nlevels = [[{ capability = "engine", count = 2 }]]\n'
    found = dispatch.import_run_cards(desk.KEY, _file(folder, "cards.toml", card), **CLI)
    return (found["change"],), {"agree": True, **desk.stamp(desk.OFFICER)}


# --- coverage ------------------------------------------------------------------------------------


def _planned_town() -> tuple[Actor, Post]:
    planner = _member(Role.PLANNER)
    town = Town.objects.get(key=desk.KEY)
    post = Post.objects.create(town=town, ident="1", kind="fire", name="1", lon=0.0, lat=0.0)
    return planner, post


@writes(coverage.ask_study)
def _(folder):
    planner, post = _planned_town()
    return (AskedStudy(close=(post.pk,)),), desk.stamp(planner)


@writes(coverage.stop_study)
def _(folder):
    planner, post = _planned_town()
    asked = coverage.ask_study(AskedStudy(close=(post.pk,)), **desk.stamp(planner))
    return (asked,), desk.stamp(planner)


# --- cases ---------------------------------------------------------------------------------------


@writes(cases.close_office)
def _(folder):
    small.make_town()
    return ("v-1",), small.stamp(small.CLI)


@writes(cases.change_office)
def _(folder):
    small.make_town()
    return ("v-1",), {"name": "Village 1", "telephone": "555-0107", **small.stamp(small.CLI)}


@writes(cases.create_office)
def _(folder):
    _bare_town()
    return (), {"ident": "v-1", "name": "Village 1", "tier": "village", **desk.stamp(desk.CLI)}


def _office_and_member() -> dict[str, Any]:
    small.make_town()
    staff.create_staff(username="desk-2", **CLI)
    return {"username": "desk-2", **desk.stamp(desk.CLI)}


@writes(cases.add_member)
def _(folder):
    return ("v-1",), _office_and_member()


@writes(cases.remove_member)
def _(folder):
    given = _office_and_member()
    cases.add_member("v-1", **given)
    return ("v-1",), given


@writes(cases.open_case)
def _(folder):
    small.make_town()
    asked = Asked(texts={"words": CANARY})
    return ("smallcase",), {"office": "v-1", "asked": asked, **small.stamp(small.CLERK)}


@writes(cases.apply)
def _(folder):
    small.make_town()
    asked = Asked(texts={"words": CANARY})
    return (small.open_small(), "note"), {"asked": asked, **small.stamp()}


@writes(cases.decide)
def _(folder):
    small.make_town()
    proposal = small.do(small.open_small(), "drop", texts={"words": CANARY}).proposal
    return (proposal,), {"agree": True, **small.stamp(small.SUPERVISOR)}


@writes(cases.finish_task)
def _(folder):
    small.make_town()
    given = {"kind": "tell_party", "party": 1, "staff_ref": small.HANDLER.staff_ref}
    one = Task.objects.create(case_id=small.open_small(), made_at=small.AT, **given)
    return (one.pk,), small.stamp()


@writes(cases.open_words)
def _(folder):
    small.make_town()
    one = small.open_small(asked=Asked(texts={"words": CANARY}))
    return (one,), {"purpose": Purpose.HANDLING, **small.stamp()}


@writes(release_counts)
def _(folder):
    small.make_town()
    side = Dimension("kind", small.label("kind"), (Choice("a", small.label("a")),))
    subject = FigureSubject("favours", small.label("favours"), (side,))
    register_figures(subject, count=lambda town_key, begins, ends: {("a",): 7})
    return ("favours", "2025Q4"), small.stamp(small.SUPERVISOR)


@writes(cases.load_calendar)
def _(folder):
    file = _file(folder, "notice.csv", "day,works\n2027-02-08,no\n2027-02-20,yes\n")
    return (file,), {"region": "CN", "year": 2027, **CLI}


@writes(cases.set_region)
def _(folder):
    small.make_town()
    return (small.KEY,), {"region": "CN-XZ", **CLI}


@writes(cases.begin_gained_clocks)
def _(folder):
    small.make_town()
    small.open_small()
    CaseClock.objects.all().delete()  # as if its type had had none
    return (), small.stamp(small.CLI)


@writes(cases.recompute_dues)
def _(folder):
    small.make_town()
    small.open_small()
    CaseClock.objects.update(provisional=True)  # as if its year had not been published
    return (), small.stamp(small.CLI)


# --- papers of cases -----------------------------------------------------------------------------


def _case_with_document(**more: Any) -> tuple[int, dict[str, Any]]:
    small.make_town()
    given = {"data": CANARY.encode(), "name": f"{CANARY}.txt", "kind": "paper"}
    one = small.open_small()
    return one, {**given, "space": Space.CASE, **small.stamp(), **more}


@writes(cases.add_document)
def _(folder):
    one, given = _case_with_document()
    return (one,), given


@writes(cases.remove_document)
def _(folder):
    one, given = _case_with_document()
    return (cases.add_document(one, **given),), {"reason": "wrong_file", **small.stamp()}


@writes(cases.open_document)
def _(folder):
    one, given = _case_with_document()
    document = cases.add_document(one, **given)
    return (document,), {"purpose": Purpose.HANDLING, **small.stamp()}


@writes(cases.open_documents)
def _(folder):
    one, given = _case_with_document()
    document = cases.add_document(one, **given)
    return ([document],), {"purpose": Purpose.HANDLING, **small.stamp()}


@writes(cases.end_notice)
def _(folder):
    small.make_town()
    asked = Asked(texts={"words": CANARY})
    with cases.acting(small.open_small(asked=asked), "link_made", **small.stamp()) as doing:
        doing.seal("contact", f"silva@example.org {CANARY}", space=Space.PARTY, party=1)
        notice = cases.notify(doing, party=1, template="news")
    return (notice.pk, None), {"sent": True, **small.stamp(small.JOB)}


def _ended_case() -> int:
    small.make_town()
    custodians.set_custodians()
    return custodians.ended_case(words=CANARY)


def _sealed_case() -> tuple[int, str]:
    one = _ended_case()
    token = cases.make_link(one, party=1, **small.stamp())
    custodians.seal(one)
    return one, token


@writes(cases.make_link)
def _(folder):
    return (_ended_case(),), {"party": 1, **small.stamp()}


@writes(cases.end_link)
def _(folder):
    _one, token = _sealed_case()
    return (case_queries.link_of(token).id,), small.stamp()


@writes(cases.open_by_link)
def _(folder):
    _one, token = _sealed_case()
    return (case_queries.link_of(token), token), {"at": small.AT, "recorded_at": small.AT}


@writes(cases.open_document_by_link)
def _(folder):
    one, given = _case_with_document()
    document = cases.add_document(one, **given | {"space": Space.CASE, "party": None})
    token = cases.make_link(one, party=1, **small.stamp())
    args = (case_queries.link_of(token), token, document)
    return args, {"at": small.AT, "recorded_at": small.AT}


@writes(cases.seal_case)
def _(folder):
    return (_ended_case(),), custodians.later()


@writes(cases.erase_case)
def _(folder):
    one, _token = _sealed_case()
    return (one,), {"reason": "kept_long_enough", **custodians.later(400)}


@writes(cases.replay_erasures)
def _(folder):
    one = _ended_case()
    row = Case.objects.get(pk=one)
    erasure = erasures.Erasure(small.KEY, row.ref, row.opened_at, small.AT)
    erasures.note(settings.ANLAN_ERASURES_FILE, erasure)
    return (), {"recorded_at": small.AT}


@writes(dispatch.seal_incident)
def _(folder):
    incident = _incident(folder, words=CANARY)
    custodians.set_custodians(desk.KEY)
    dispatch.close_incident(incident, **desk.stamp())
    return (incident,), desk.stamp(custodians.SEALER, seconds=7 * 86400)


# --- hazards -------------------------------------------------------------------------------------


def _school() -> None:
    hazard_round.make_town()
    hazard_round.register()


@writes(hazards.register_premises)
def _(folder):
    hazard_round.make_town()
    return ("s-1",), hazard_round.SCHOOL | hazard_round.stamp()


@writes(hazards.correct_premises)
def _(folder):
    _school()
    given = hazard_round.SCHOOL | {"name": "South school"}
    return ("s-1",), {**given, **hazard_round.stamp()}


@writes(hazards.end_premises)
def _(folder):
    _school()
    return ("s-1",), hazard_round.stamp()


@writes(hazards.import_premises)
def _(folder):
    hazard_round.make_town()
    text = "ident,class,name,lon,lat,risk\ns-1,school,North school,0.01,0.01,high\n"
    stamp = hazard_round.stamp()
    return (stamp.pop("town_key"), _file(folder, "premises.csv", text)), {"datum": "wgs84", **stamp}


@writes(hazards.state_fact)
def _(folder):
    _school()
    return ("s-1",), {"fact": Fact("warning", "weak_floor"), **hazard_round.stamp()}


@writes(hazards.remove_fact)
def _(folder):
    _school()
    fact = hazards.state_fact("s-1", fact=Fact("access", "stair"), **hazard_round.stamp())
    return (fact,), hazard_round.stamp()


@writes(hazards.propose_checklist)
def _(folder):
    _school()
    return (hazard_round.OWN_FORM,), hazard_round.stamp()


@writes(hazards.decide_checklist)
def _(folder):
    _school()
    hazards.propose_checklist(hazard_round.OWN_FORM, **hazard_round.stamp())
    return ("fire_general",), {"agree": True, **hazard_round.stamp(hazard_round.CHECKER)}


@writes(hazards.plan_inspection)
def _(folder):
    _school()
    return ("s-1",), {"due_on": hazard_round.AT.date(), **hazard_round.stamp()}


@writes(hazards.assign_inspection)
def _(folder):
    _school()
    inspector = hazard_round.member("insp", Role.INSPECTOR)
    return (hazard_round.plan(),), {"inspector": inspector.staff_ref, **hazard_round.stamp()}


@writes(hazards.move_inspection)
def _(folder):
    _school()
    day = hazard_round.AT.date() + timedelta(days=3)
    given = {"due_on": day, "outside_hours": True, "reason": "weather"}
    return (hazard_round.plan(),), {**given, **hazard_round.stamp()}


@writes(hazards.call_off_inspection)
def _(folder):
    _school()
    return (hazard_round.plan(),), {"reason": "moved", **hazard_round.stamp()}


@writes(hazards.plan_due_inspections)
def _(folder):
    _school()
    return (), hazard_round.stamp(hazard_round.JOB, days=1)


@writes(hazards.record_inspection)
def _(folder):
    _school()
    answers = hazard_round.answers(exits="blocked", gas="danger")
    return (hazard_round.plan(),), {"answers": answers, **hazard_round.stamp()}


@writes(hazards.add_photo)
def _(folder):
    _school()
    hazard_round.inspect(exits="blocked")
    done = hazard_queries.done_inspections(hazard_round.KEY)[0]
    given = {"question": "exits", "data": CANARY.encode(), **hazard_round.stamp()}
    return (done.id,), given


def _fixed() -> int:
    _school()
    one = hazard_round.open_one()
    hazard_round.order(one)
    hazard_round.fix(one)
    return one


@writes(hazards.record_recheck)
def _(folder):
    asked = Asked(texts={"notes": CANARY})
    given = {"passed": True, "asked": asked, "photo": hostile.picture()}
    return (_fixed(),), {**given, **hazard_round.stamp(hazard_round.CHECKER)}


@writes(hazards.open_photos)
def _(folder):
    one = _fixed()
    asked = Asked(values={"remedy_by": "2026-04-01"})
    hazards.record_recheck(
        one,
        passed=False,
        asked=asked,
        photo=hostile.picture(),
        **hazard_round.stamp(hazard_round.CHECKER),
    )
    return (one,), hazard_round.stamp()


@writes(hazards.open_cases_of_failures)
def _(folder):
    _school()
    hazard_round.inspect()
    Failure.objects.create(  # as if the line had broken before its case was opened
        inspection_id=hazard_queries.done_inspections(hazard_round.KEY)[0].id,
        question="exits",
        answer="blocked",
        hazard="exit_blocked",
    )
    return (), hazard_round.stamp(hazard_round.JOB)


@writes(hazards.open_hazard)
def _(folder):
    _school()
    asked = Asked(values={"kind": "wiring", "source": "desk"}, texts={"notes": CANARY})
    return (), {"asked": asked, **hazard_round.stamp()}


@writes(hazards.join_known)
def _(folder):
    _school()
    one = hazard_round.open_one()
    return (one,), {"texts": {"report": CANARY, "name": CANARY}, **hazard_round.stamp()}


@writes(add_report)
def _(folder):
    _school()
    one = hazard_round.open_one()
    given = {"texts": {"report": CANARY, "name": CANARY}, "imminent": True}
    return (one,), {**given, **hazard_round.stamp(DESK_JOB)}


@writes(hazards.report_hazard)
def _(folder):
    _school()
    told = Told("thing", "wiring", premises="s-1", words=CANARY, name=CANARY, contact=CANARY)
    stamp = hazard_round.stamp()
    stamp.pop("actor")
    return (told,), stamp


# --- mediation -----------------------------------------------------------------------------------


@writes(mediation.take_request)
def _(folder):
    desk_there = med.make_desk()
    asker = PartyWords(CANARY, CANARY, CANARY)
    return (med.intake(asker=asker, request=CANARY),), desk_there.stamp("clerk")


@writes(mediation.let_lapse)
def _(folder):
    there = med.make_desk()
    one = med.ask(there)
    there.at += timedelta(days=8)
    return (one,), there.stamp(med.JOB)


@writes(mediation.create_room)
def _(folder):
    there = med.make_desk()
    given = {"office_ident": "v-1", "ident": "r-2", "name": "Room 2", **there.stamp(med.CLI)}
    return (), given


@writes(mediation.close_room)
def _(folder):
    there = med.make_desk()
    return (there.room,), there.stamp(med.CLI)


@writes(mediation.open_agreement)
def _(folder):
    there = med.make_desk()
    return (med.walk(there, "drafted"),), there.stamp()


@writes(mediation.open_dossier)
def _(folder):
    there = med.make_desk()
    return (med.walk(there, "drafted"),), {"party": 1, **there.stamp()}


@writes(mediation.open_own_agreement)
def _(folder):
    there = med.make_desk()
    token = cases.make_link(med.walk(there, "agreed"), party=1, **there.stamp())
    return (case_queries.link_of(token), token), {"at": there.at, "recorded_at": there.at}


# --- oversight -----------------------------------------------------------------------------------


def _disclosure(about: str) -> int:
    given = {"authority": "court", "basis": "court_order", "basis_words": CANARY}
    return oversight.take_disclosure(about, **given, **small.stamp(small.SUPERVISOR))


@writes(oversight.take_disclosure)
def _(folder):
    small.make_town()
    given = {"authority": "court", "basis": "court_order", "basis_words": CANARY}
    return (f"smallcase:{small.open_small()}",), {**given, **small.stamp(small.SUPERVISOR)}


def _granted(about: str) -> int:
    one = _disclosure(about)
    asked = Asked(texts={"finding": CANARY})
    done = cases.apply(one, "grant", asked=asked, **small.stamp(small.SUPERVISOR))
    second = Actor("staff:9", frozenset({Role.SUPERVISOR}))
    cases.open_words(one, purpose=Purpose.DECIDING, **small.stamp(second))
    cases.decide(done.proposal, agree=True, **small.stamp(second))
    return one


@writes(oversight.open_for_disclosure)
def _(folder):
    small.make_town()
    return (_granted(f"smallcase:{small.open_small()}"),), small.stamp(small.SUPERVISOR)


@writes(oversight.open_document_for_disclosure)
def _(folder):
    one, given = _case_with_document()
    document = cases.add_document(one, **given)
    return (_granted(f"smallcase:{one}"), document), small.stamp(small.SUPERVISOR)


@writes(oversight.export_for_disclosure)
def _(folder):
    small.make_town()
    custodians.set_custodians()
    one = custodians.ended_case()
    custodians.seal(one)
    return (_granted(f"smallcase:{one}"),), small.stamp(small.SUPERVISOR)
