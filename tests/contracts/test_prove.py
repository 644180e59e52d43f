"""`anlan prove` runs the attacks behind the guard rails. Each rail is broken on purpose, and named.

The scratch town is made once; each test puts the database and the folders back as they were.
"""

from __future__ import annotations

import argparse
import base64
import dataclasses
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.http import HttpResponse
from django.test.utils import override_settings
from tests.databases import guard, unguarded

from anlan.areas.dispatch.models import (
    Incident,
    IncidentPlace,
    RunCardChange,
    UnitState,
)
from anlan.areas.dispatch.queries import recommending
from anlan.areas.dispatch.services import positions
from anlan.areas.dispatch.services import sealing as incident_sealing
from anlan.areas.hazards.models import Premises
from anlan.areas.hazards.rules import checklists, premises
from anlan.areas.hazards.services import checklists as checklist_services
from anlan.areas.oversight import services as oversight
from anlan.cli import main, prove
from anlan.cli.output import Output
from anlan.cli.proving import inputs, public, search
from anlan.cli.proving import scene as scenes
from anlan.cli.proving.attack import Outcome, attempt
from anlan.cli.proving.canary import copy_database
from anlan.cli.proving.copies import _put_back as put_back
from anlan.cli.proving.here import Here
from anlan.cli.proving.not_protected import NOT_PROTECTED
from anlan.cli.proving.registry import RAILS, attacks_here
from anlan.cli.proving.scratch import attacks_in_scratch
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import Case, FollowLink, Notice, Release
from anlan.kernel.cases.queries import links as link_queries
from anlan.kernel.cases.registry import _figures, figure_subject
from anlan.kernel.cases.services import figures, links, offices
from anlan.kernel.ledger import entries as ledger_entries
from anlan.kernel.ledger import notes, verification
from anlan.kernel.ledger import queries as ledger_queries
from anlan.kernel.ledger import rules as ledger_rules
from anlan.kernel.ledger import services as ledger
from anlan.kernel.ledger.models import LedgerCosignature, LedgerEntry, LedgerHead
from anlan.kernel.ledger.witness import Witness
from anlan.kernel.places.models import Town, Unit
from anlan.kernel.places.services.calls import reading
from anlan.kernel.sealing import ciphers, entering, file_ciphers, outbox, personal_fields, rules
from anlan.kernel.sealing import services as sealing
from anlan.kernel.sealing.custody import backups, erasures, wraps
from anlan.kernel.sealing.custody import services as custody
from anlan.kernel.sealing.models import CaseKey, Custodian, Opening, SealedText
from anlan.kernel.staff.models import Membership, Staff
from anlan.project import sign_in
from anlan.web.cases import views as case_lists

ROOT = Path(__file__).resolve().parents[2]
SCRATCH = {each.code: each for each in attacks_in_scratch()}
HERE = {each.code: each for each in attacks_here()}
# Attacks that cost next to nothing run beside each broken rail: they must go on saying "held".
BESIDE = (
    "homes_as_premises",
    "positions_of_vehicles",
    "hostile_forms",
    "urgent_run_card",
    "split_view",
)


@pytest.fixture(scope="module")
def town(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[scenes.Scratch]:
    """The scratch town, made once; `made.sqlite3` beside its folders is the database then."""
    root = tmp_path_factory.mktemp("prove")
    data, keys, out = root / "town" / "data", root / "town" / "keys", root / "town" / "out"
    for each in (data, keys, out):
        each.mkdir(mode=0o700, parents=True)
    shutil.copy(django_settings.ANLAN_KEY_FILE, keys / "scratch.key")
    own = {
        "ANLAN_DATA": data,
        "ANLAN_KEY_FILE": keys / "scratch.key",
        "ANLAN_LEDGER_KEY_FILE": keys / "scratch.ledger.key",
        "ANLAN_ERASURES_FILE": keys / "scratch.erasures.jsonl",
        "ANLAN_SMTP_URL": "smtp://127.0.0.1:9/",
    }
    with django_db_blocker.unblock(), override_settings(**own):
        if connection.vendor != "sqlite":
            pytest.skip("The scratch installation is SQLite, whatever the town's own database is.")
        guard(True)
        town = scenes.build(data, keys, out)
        keep_town(town, "made")
        yield town


@pytest.fixture
def scene(town, transactional_db) -> Iterator[scenes.Scratch]:
    """The town as it was made, whatever the test does to it."""
    with as_it_was(town, "made") as made:
        yield made


@contextmanager
def as_it_was(town: scenes.Scratch, name: str) -> Iterator[scenes.Scratch]:
    """Put the town back as it was kept under a name, now and afterwards."""
    counted = dict(_figures)
    put_back_town(town, name)
    try:
        with scenes.logged_to(town.log):
            yield dataclasses.replace(town)
    finally:
        put_back_town(town, "made")  # tables that the test made are gone, too
        _figures.clear()
        _figures.update(counted)


def keep_town(town: scenes.Scratch, name: str) -> None:
    """Keep the database and the folders under a name."""
    root = town.data.parents[1]
    connection.ensure_connection()
    copy_database(connection.connection, root / f"{name}.sqlite3")
    shutil.copytree(root / "town", root / name)


def put_back_town(town: scenes.Scratch, name: str) -> None:
    """Put back what was kept."""
    root = town.data.parents[1]
    connection.ensure_connection()
    put_back(root / f"{name}.sqlite3")
    shutil.rmtree(root / "town")
    shutil.copytree(root / name, root / "town")


# --- the whole -----------------------------------------------------------------------------------


def test_all_rails_hold_in_a_new_installation(tmp_path):
    """The command as people run it: its own process, and the scratch town in another."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("ANLAN_", "DJANGO_"))}
    environ |= {
        "PYTHONPATH": str(ROOT / "src"),
        "ANLAN_DATA": str(tmp_path / "data"),
        "ANLAN_KEY_FILE": str(tmp_path / "keys" / "own.key"),
    }
    (tmp_path / "data").mkdir()
    command = [sys.executable, "-m", "anlan.cli.main", "prove", "--json"]
    ran = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    said = json.loads(ran.stdout)
    assert [each for each in said["attacks"] if each["outcome"] == "broken"] == []
    assert ran.returncode == 0, ran.stderr[-2000:]
    found = {each["code"]: each["outcome"] for each in said["attacks"]}
    assert found.keys() == SCRATCH.keys() | HERE.keys()
    assert {found[code] for code in SCRATCH} == {"held"}
    assert not list((tmp_path / "data").rglob("anlan-prove-*"))


def test_every_rail_is_attacked():
    attacked = {each.rail for each in (*SCRATCH.values(), *HERE.values())}
    assert attacked == set(RAILS)
    assert not SCRATCH.keys() & HERE.keys()


def test_every_sentence_stands_in_both_languages():
    labels = [each.title for each in (*SCRATCH.values(), *HERE.values())]
    for each in (*labels, *RAILS.values(), *NOT_PROTECTED):
        assert each.en
        assert any("一" <= letter <= "鿿" for letter in each.zh), each.zh


def test_scopes_own_words_on_what_is_not_protected_are_said():
    said = " ".join(each.en for each in NOT_PROTECTED)
    for sentence in (
        "Whoever runs the server can read open cases and what is in the outbox; altered code could "
        "misuse that.",
        "Rewriting the log is detectable by anyone who holds an earlier head; what was never "
        "logged is not.",
    ):
        assert sentence in said


# --- rails broken on purpose, in the scratch town ------------------------------------------------

Break = Callable[[pytest.MonkeyPatch], object]


def _keeps_the_wrap(patch) -> None:
    rewrap = custody.rewrap

    def and_keep(ref, **given):
        kept = {each.pk: bytes(each.wrapped) for each in CaseKey.objects.exclude(wrapped=None)}
        count = rewrap(ref, **given)
        for key in CaseKey.objects.filter(pk__in=kept, wrapped=None):
            CaseKey.objects.filter(pk=key.pk).update(wrapped=kept[key.pk], destroyed_at=None)
        return count

    patch.setattr(custody, "rewrap", and_keep)


def _pack_with_texts(patch) -> None:
    pack = backups.pack

    def and_texts(wraps, **given):
        coded = base64.b64encode(bytes(SealedText.objects.earliest("written_at").cipher)).decode()
        return pack(wraps, **given) + coded

    patch.setattr(backups, "pack", and_texts)


def _one_layer(patch) -> None:
    whole = wraps.wrap_for
    patch.setattr(wraps, "wrap_for", lambda to, key, **ref: whole(to[:1], key, **ref))


def _lost(patch) -> None:
    whole, stranger = wraps.wrap_for, wraps.new_identity()[1]
    patch.setattr(wraps, "wrap_for", lambda to, key, **ref: whole([*to[:-1], stranger], key, **ref))


def _wide_link(patch) -> None:
    own = links.spaces_of

    def and_theirs(link):
        return own(link) | {f"{link.case.ref}:p2": "p2"}

    patch.setattr(links, "spaces_of", and_theirs)


def _in_clear(patch) -> None:
    patch.setattr(ciphers, "encrypt", lambda key, plain, *, bound_to: b"\x01" + plain)
    patch.setattr(ciphers, "decrypt", lambda key, cipher, *, bound_to: cipher[1:])


def _documents_in_clear(patch) -> None:
    seal = file_ciphers.seal_file
    patch.setattr(
        file_ciphers, "seal_file", lambda data: dataclasses.replace(seal(data), cipher=data)
    )


def _outbox_in_clear(patch) -> None:
    patch.setattr(outbox, "seal_notice", lambda ident, told: json.dumps(told).encode())


def _user_names_as_typed(patch) -> None:
    patch.setattr(
        sign_in, "attempted_username", lambda request, credentials: str(request.POST["login"])
    )


def _finder(patch) -> None:
    case_queries = importlib.import_module("anlan.kernel.cases.queries.cases")

    def person(name):
        return name

    person.__module__ = case_queries.__name__
    patch.setattr(case_queries, "person", person, raising=False)


def _finding_command(patch) -> None:
    build = main.build_parser

    def and_find():
        parser = build()
        below = next(a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
        below.choices["prove"].add_argument("--person")
        return parser

    patch.setattr(main, "build_parser", and_find)


def _finding_list(patch) -> None:
    render = case_lists.render

    def and_find(request, *args, **given):
        page = render(request, *args, **given)
        page.content += b"" if "ffffffff" in request.GET.get("name", "") else b"1 found"
        return page

    patch.setattr(case_lists, "render", and_find)


def _refused(*args: Any, **given: Any) -> HttpResponse:
    return HttpResponse(status=403)


def _plain_hash(patch) -> None:
    seal = sealing.seal

    def with_plain(ref, field, text, **given):
        return dataclasses.replace(seal(ref, field, text, **given), cipher=text.encode())

    patch.setattr(sealing, "seal", with_plain)


def _only_small_hidden(patch) -> None:
    def naive(sums, *, atoms, before):
        return SimpleNamespace(shown=[not 0 < each.count < 5 for each in sums])

    patch.setattr(figures, "withhold", naive)


def _all_shown(patch) -> None:
    def shown(sums, *, atoms, before):
        return SimpleNamespace(shown=[True for _ in sums])

    patch.setattr(figures, "withhold", shown)


def _nothing(*args: Any, **given: Any) -> None:
    return None


def _instead(thing: object, name: str, value: object = _nothing) -> Break:
    return lambda patch: patch.setattr(thing, name, value)


BREAKS: dict[str, tuple[str, Break]] = {
    "the service keeps a closed case's key": ("stolen_disk", _keeps_the_wrap),
    "a closed case's keys lie on in the database's log": (
        "stolen_disk",
        _instead(custody, "overwrite_log"),
    ),
    "a backup of keys holds ciphertext": ("backup_without_keys", _pack_with_texts),
    "one custodian's layer is missing": ("custodians", _one_layer),
    "a pair's wrap is for somebody else": ("custodians", _lost),
    "a link is wrapped the other party's key": ("link_of_a_party", _wide_link),
    "erasures are not noted": ("older_copy", _instead(erasures, "note")),
    "a backup keeps its keys": ("backup_without_keys", _instead(backups, "strip")),
    "a program passes for a person": (
        "programs_at_the_door",
        _instead(rules, "is_machine", lambda actor: False),
    ),
    "an opening is not kept": ("opening_is_seen", _instead(entering, "_keep_opening")),
    "an opening is not entered": (
        "opening_is_seen",
        _instead(sealing, "enter_opening", lambda _opens, look, *, gate: look().behind),
    ),
    "the budget only warns": (
        "hourly_budget",
        _instead(rules, "budget_blocks", lambda purpose, *, standing: False),
    ),
    "somebody writes a search by name": ("no_search", _finder),
    "a command takes a person": ("no_search", _finding_command),
    "a list answers a name": ("no_search", _finding_list),
    "a list answers nobody": ("no_search", _instead(case_lists, "render", _refused)),
    "a disclosure opens before a second person": (
        "disclosure_by_one",
        _instead(oversight, "GRANTED", "asked"),
    ),
    "the party's page is silent": (
        "party_is_told",
        _instead(link_queries, "_openings", lambda *args, **given: ()),
    ),
    "a published ledger names whose case an authority was shown": (
        "party_is_told",
        _instead(ledger_entries, "FOR_AUTHORITY", "nothing"),
    ),
    "a home passes by its name": (
        "homes_as_premises",
        _instead(premises, "_names_a_home", lambda name, **_more: False),
    ),
    "a point stays": (
        "point_of_an_incident",
        _instead(incident_sealing, "_take_point_away", lambda one: []),
    ),
    "a vehicle without a crew is placed": (
        "positions_of_vehicles",
        _instead(positions, "_check_on_shift"),
    ),
    "forms are not read": ("hostile_forms", _instead(checklists, "people_words", lambda text: [])),
    "forms are agreed to alone": ("hostile_forms", _instead(checklist_services, "check_second")),
    "an urgent card has no end": (
        "urgent_run_card",
        _instead(recommending, "in_effect", lambda *, urgent, **given: urgent),
    ),
    "only small counts are withheld": ("counts_by_subtraction", _only_small_hidden),
    "small counts are shown": ("counts_by_subtraction", _all_shown),
    "entries are not held against leaves": (
        "altered_entry",
        lambda patch: [
            patch.setattr(verification, each, _nothing)
            for each in ("_check_entries", "_check_roots", "_check_continues")
        ],
    ),
    "an earlier ledger passes for the newest": (
        "altered_entry",
        _instead(verification, "_check_continues"),
    ),
    "entries may be changed": ("altered_entry", lambda patch: guard(False)),
    "a witness signs whatever it is shown": (
        "split_view",
        _instead(Witness, "_check_continues"),
    ),
    "the ledger hashes words": ("no_values_in_the_ledger", _plain_hash),
    "texts stand in clear": ("canary", _in_clear),
    "documents stand in clear": ("canary", _documents_in_clear),
    "the outbox stands in clear": ("canary", _outbox_in_clear),
    "what was typed as a name is kept": ("canary", _user_names_as_typed),
    "a sealed field is added, and no input is tried for it": (
        "canary",
        lambda patch: patch.setitem(
            personal_fields.SEALED_FIELDS["incident"], "shoe_size", personal_fields.OF_EVERY_CASE
        ),
    ),
    "Chinese words pass for a reference": (
        "canary",
        _instead(ledger_rules, "REFERENCE_PATTERN", r"^[a-z_]+:[\w.:+-]{1,64}$"),
    ),
    "Chinese words pass for an office's code": (
        "canary",
        _instead(offices, "_IDENT", re.compile(r"[\w-]{1,40}")),
    ),
    "a log's words pass for a call's number": (
        "canary",
        _instead(reading, "_CODE", re.compile(r".{1,40}")),
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_broken_rail_is_named_and_no_other(scene, monkeypatch, name):
    code, break_it = BREAKS[name]
    with monkeypatch.context() as patch:
        break_it(patch)
        found = {each: attempt(SCRATCH[each], scene) for each in {code, *BESIDE}}
    broken = {each: finding.seen.en for each, finding in found.items() if finding.is_broken}
    assert broken.keys() == {code}
    assert "could not be carried out" not in broken[code], broken[code]


def test_every_attack_on_the_scratch_town_has_a_rail_broken_for_it():
    assert {code for code, _break in BREAKS.values()} == SCRATCH.keys()


# --- rails broken on purpose, in the town's own data ---------------------------------------------


def look(scene: scenes.Scratch, code: str, *, days: float = 0) -> Any:
    """Run one look at the town as its own installation, so many days after."""
    now = scene.at + timedelta(days=days)
    return attempt(HERE[code], Here(scene.data, now, (scenes.KEY,)))


@pytest.fixture(scope="module")
def lived(town, django_db_blocker) -> scenes.Scratch:
    """What happened in the town, once: open and sealed cases, an open incident, signed heads."""
    with django_db_blocker.unblock():
        put_back_town(town, "made")
        town = dataclasses.replace(town)
        one = inputs.mediation(town)
        cases.open_words(one.id, purpose=rules.Purpose.HANDLING, **town.stamp("mediator"))
        inputs.sealed_mediation(town)
        inputs.incident(town)
        ledger.seal("", real_now=town.at)
        ledger.seal(scenes.KEY, real_now=town.at)
        keep_town(town, "lived")
        put_back_town(town, "made")
    return town


@pytest.fixture
def lived_in(lived, transactional_db) -> Iterator[scenes.Scratch]:
    """That town, whatever the test does to it."""
    with as_it_was(lived, "lived") as there:
        yield there


def test_looking_at_a_town_that_lives_finds_nothing_broken(lived_in):
    with connection.execute_wrapper(_refuse_writes):
        found = {code: look(lived_in, code) for code in HERE}
    broken = {code: each.seen.en for code, each in found.items() if each.is_broken}
    assert broken == {}
    unset = [code for code, each in found.items() if each.outcome is Outcome.NOT_SET_UP]
    assert unset == ["witnesses"]


def _refuse_writes(execute, sql, params, many, context):
    """A look is read-only: whatever writes fails the test."""
    assert sql.lstrip().split()[0].upper() in {"SELECT", "PRAGMA", "BEGIN", "COMMIT"}, sql
    return execute(sql, params, many, context)


def _old_incident() -> None:
    IncidentPlace.objects.filter(incident=Incident.objects.get()).exists()
    Incident.objects.update(state="closed", closed_at=scenes.AT - timedelta(days=9))


def _old_position() -> None:
    unit = Unit.objects.get()
    UnitState.objects.update_or_create(
        unit=unit,
        defaults={
            "status": "available",
            "since": scenes.AT,
            "lon": 0.001,
            "lat": 0.001,
            "position_at": scenes.AT - timedelta(days=4),
        },
    )


def _home_registered() -> None:
    Premises.objects.create(
        town=Town.objects.get(),
        ident="h2",
        class_code="school",
        name="王五家",
        lon=0.01,
        lat=0.01,
        risk="low",
        registered_on=scenes.AT.date(),
    )


def _card_agreed_alone() -> None:
    RunCardChange.objects.create(
        town=Town.objects.get(),
        proposed_by="staff:1",
        proposed_at=scenes.AT,
        decided_by="staff:1",
        decided_at=scenes.AT,
        agreed=True,
    )


def _key_of_a_sealed_case() -> None:
    sealed = Case.objects.exclude(sealed_at=None).get()
    key = CaseKey.objects.filter(case_ref=sealed.ref).get()
    living = CaseKey.objects.exclude(wrapped=None).first()
    CaseKey.objects.filter(pk=key.pk).update(wrapped=living.wrapped, destroyed_at=None)


def _a_living_key() -> int:
    return CaseKey.objects.filter(destroyed_at=None).earliest("pk").pk


def _picture_in_clear() -> None:
    folder = Path(django_settings.ANLAN_DATA) / "documents" / "ab"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "picture").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(400))


def _sent_with_words() -> None:
    assert Notice.objects.filter(state="waiting").update(state="sent")


def _erased_and_back() -> None:
    one = Case.objects.first()
    noted = erasures.Erasure(scenes.KEY, one.ref, one.opened_at, scenes.AT)
    erasures.note(Path(django_settings.ANLAN_ERASURES_FILE), noted)


def _entry(
    action: str, reason: str = "", *, subject: str = "disclosure:99", actor: str = "staff:1"
) -> None:
    LedgerEntry.objects.create(
        town=scenes.KEY,
        at=scenes.AT,
        recorded_at=scenes.AT,
        actor_ref=actor,
        action=action,
        subject=subject,
        reason_code=reason,
    )


def _granted_and_another_opened() -> None:
    _entry("disclosure.proposed", actor="staff:2")
    _entry("disclosure.grant")
    _entry("sealing.opened", "disclosure", subject="mediation:1")


def _two_for_one_grant() -> None:
    _entry("disclosure.proposed", actor="staff:2")
    _entry("disclosure.grant")
    _entry("sealing.opened", "handling")
    for number in (1, 2):
        _entry("sealing.opened", "disclosure", subject=f"mediation:{number}")


def _opening() -> None:
    Opening.objects.create(
        town=scenes.KEY,
        case_ref=Case.objects.first().ref,
        actor_ref="staff:1",
        purpose="handling",
        opened_at=scenes.AT,
        recorded_at=scenes.AT,
    )


def _release(*, withheld: int, of_each: int) -> None:
    """Publish a table with so many single counts withheld, and their sum shown."""
    subject = figure_subject("mediation_satisfaction")
    counts = dict.fromkeys(subject.atoms(), of_each)
    shown = {key: count for key, count in list(counts.items())[withheld:]}
    cells = [
        {"key": ".".join(key), "count": sum(counts.values()) if key == ("all",) else shown.get(key)}
        for key in subject.published()
    ]
    Release.objects.create(
        town=Town.objects.get(),
        subject=subject.code,
        period_from=date(2025, 1, 1),
        period_to=date(2025, 4, 1),
        released_at=scenes.AT,
        cells=cells,
    )


def _account() -> None:
    Staff.objects.create(username="intruder", created_at=scenes.AT)


def _ended_and_back() -> None:
    services = importlib.import_module("anlan.kernel.staff.services")
    services.end_account(username="clerk", actor=scenes.CLI, at=scenes.AT, recorded_at=scenes.AT)
    Staff.objects.filter(username="clerk").update(is_active=True)


def _role() -> None:
    Membership.objects.create(
        staff=Staff.objects.get(username="mediator"),
        town=Town.objects.get(),
        role="administrator",
        granted_at=scenes.AT,
    )


def _link() -> None:
    one = FollowLink.objects.exclude(party=None).earliest("pk")
    one.pk, one.token_hash = None, "0" * 64
    one.save(force_insert=True)


def _link_led_elsewhere() -> None:
    one = FollowLink.objects.filter(party=1).earliest("pk")
    FollowLink.objects.filter(pk=one.pk).update(party=2)


def _words_in_a_session(key: str) -> None:
    session = SessionStore()
    session[key] = {"mediation:1": "Mrs Silva said"}
    session.save()


def _rewritten() -> None:
    guard(False)
    LedgerEntry.objects.filter(pk=LedgerEntry.objects.earliest("pk").pk).update(action="a.b")
    guard(True)


def _another_trigger() -> None:
    _sql("DROP TRIGGER ledger_entry_no_delete")
    _sql("CREATE TRIGGER t BEFORE DELETE ON ledger_ledgerentry BEGIN SELECT 1; END")


def _opening_taken_away() -> None:
    with unguarded():
        assert Opening.objects.earliest("pk").delete()


def _sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


FOUND_HERE: dict[str, tuple[str, Callable[[], object]]] = {
    "a watch-list": ("tables", lambda: _sql("CREATE TABLE watchlist (name text)")),
    "a column beside the models": (
        "tables",
        lambda: _sql("ALTER TABLE places_unit ADD COLUMN driver text"),
    ),
    "words as a code": ("values", lambda: Incident.objects.update(type="Mrs Silva, second floor")),
    "Chinese words as a code": ("values", lambda: Incident.objects.update(type="王五家的电话")),
    "a closed incident's point": ("points_of_closed_incidents", _old_incident),
    "somebody's home on the register": ("homes_on_the_register", _home_registered),
    "a position of last week": ("old_positions", _old_position),
    "a card agreed to by its author": ("second_persons", _card_agreed_alone),
    "a closed case past its time": (
        "closed_cases",
        lambda: Case.objects.filter(sealed_at=None).update(seal_at=scenes.AT - timedelta(days=3)),
    ),
    "an ended incident that opens here": (
        "closed_cases",
        lambda: Incident.objects.update(state="closed", closed_at=scenes.AT - timedelta(days=9)),
    ),
    "a custodian's key that nobody set": (
        "custodians_set",
        lambda: Custodian.objects.filter(ident="court").update(recipient=wraps.new_identity()[1]),
    ),
    "a sealed case's key": ("living_wraps", _key_of_a_sealed_case),
    "an erased case's key": (
        "living_wraps",
        lambda: Case.objects.filter(sealed_at=None).update(erased_at=scenes.AT),
    ),
    "a key file for all to read": (
        "key_files",
        lambda: Path(django_settings.ANLAN_KEY_FILE).chmod(0o644),
    ),
    "another key file": ("own_key", lambda: CaseKey.objects.update(service_key="0" * 16)),
    "an open case without its key": (
        "own_key",
        lambda: CaseKey.objects.filter(pk=_a_living_key()).update(wrapped=b""),
    ),
    "an open case's key under another name": (
        "own_key",
        lambda: CaseKey.objects.filter(pk=_a_living_key()).update(case_ref="smallcase:999"),
    ),
    "a picture in clear": ("documents", _picture_in_clear),
    "a sent notice's words": ("outbox", _sent_with_words),
    "an erased case": ("erased_cases", _erased_and_back),
    "an opening without its entry": ("openings", _opening),
    "an opening that was taken away": ("openings", _opening_taken_away),
    "an account that nobody made": ("let_in", _account),
    "an ended account that signs in again": ("let_in", _ended_and_back),
    "a role that nobody granted": ("let_in", _role),
    "a link that nobody drew": ("let_in", _link),
    "a link led to the other party's words": ("let_in", _link_led_elsewhere),
    "words in a session": ("sessions", lambda: _words_in_a_session("opened")),
    "words in a message": ("sessions", lambda: _words_in_a_session("_messages")),
    "a disclosure by nobody": ("disclosures", lambda: _entry("sealing.opened", "disclosure")),
    "a disclosure beside a grant that nobody used": ("disclosures", _granted_and_another_opened),
    "two cases for one grant": ("disclosures", _two_for_one_grant),
    "a disclosure by one alone": ("disclosures", lambda: _entry("disclosure.grant")),
    "a count of three": ("published_counts", lambda: _release(withheld=0, of_each=3)),
    "a count that the sum gives away": (
        "published_counts",
        lambda: _release(withheld=1, of_each=7),
    ),
    "a rewritten entry": ("ledger", _rewritten),
    "no trigger": ("triggers", lambda: guard(False)),
    "no trigger on heads": ("triggers", lambda: _sql("DROP TRIGGER ledger_ledgerhead_no_update")),
    "no trigger on deleting": ("triggers", lambda: _sql("DROP TRIGGER ledger_entry_no_delete")),
    "another trigger in its place": ("triggers", _another_trigger),
}


@pytest.mark.parametrize("name", FOUND_HERE)
def test_what_should_not_be_in_ones_own_data_is_found(lived_in, name):
    code, put_there = FOUND_HERE[name]
    assert not look(lived_in, code).is_broken
    put_there()
    finding = look(lived_in, code)
    assert finding.is_broken
    assert "could not be carried out" not in finding.seen.en, finding.seen.en
    assert "Silva" not in finding.seen.en + finding.seen.zh


def test_a_case_that_two_authorities_asked_for_is_held_against_both_grants(lived_in):
    one = Case.objects.filter(type="mediation", sealed_at=None).earliest("pk").ref
    for _authority in range(2):
        asked = inputs.disclosure(lived_in, one, by_two=True)
        oversight.open_for_disclosure(asked, **lived_in.stamp("supervisor"))
    finding = look(lived_in, "disclosures")
    assert "2 disclosures granted by two; 1 cases opened" in finding.seen.en


def test_keys_that_are_gone_are_said_with_what_to_do(lived_in):
    assert CaseKey.objects.filter(destroyed_at=None).update(wrapped=b"")
    assert "anlan keys restore FILE" in look(lived_in, "own_key").seen.en


def test_a_column_without_class_is_found(scene, monkeypatch):
    monkeypatch.delitem(Incident.column_classes, "type")
    assert "dispatch.Incident.type" in look(scene, "columns").seen.en


def test_a_witness_that_is_set_and_cosigned_nothing_is_found(lived_in, settings):
    settings.ANLAN_WITNESSES = ["witness.example/w1+00000000+AA https://witness.example"]
    assert look(lived_in, "witnesses").is_broken


W1, W2 = bytes(31) + b"1", bytes(31) + b"2"


def cosigned_by(seed: bytes, *, at: int = 1, claimed: int = 1) -> None:
    """Keep a cosignature of every newest head; made at one second, claimed to be of another."""
    for head in (LedgerHead.objects.filter(town=town).latest("size") for town in ("", scenes.KEY)):
        checkpoint = ledger_queries.head_of(head).checkpoint
        made = notes.cosign(checkpoint, name="witness.example/w", seed=seed, at=at)
        blob = claimed.to_bytes(8, "big") + made.blob[8:]
        LedgerCosignature.objects.create(
            head=head,
            witness=made.name,
            key_id=made.key_id.hex(),
            signature=blob.hex(),
            seen_at=scenes.AT,
        )


@pytest.mark.parametrize(
    ("signed", "outcome"),
    [
        (lambda: cosigned_by(W1), Outcome.HELD),
        (lambda: cosigned_by(W2), Outcome.BROKEN),  # a stranger's
        (lambda: cosigned_by(W1, claimed=2), Outcome.BROKEN),  # forged
    ],
)
def test_a_cosignature_counts_where_it_is_a_set_witness_s_and_fits(
    lived_in, settings, signed, outcome
):
    key = notes.key_of("witness.example/w", W1, notes.KeyKind.COSIGNATURE)
    settings.ANLAN_WITNESSES = [f"{key} https://witness.example"]
    signed()
    assert look(lived_in, "witnesses").outcome is outcome


def test_without_custodians_it_says_so_and_does_not_say_held(lived_in):
    Custodian.objects.all().delete()
    finding = look(lived_in, "closed_cases")
    assert finding.outcome is Outcome.NOT_SET_UP
    assert "anlan custodians set" in finding.seen.en


def test_every_look_has_something_to_find():
    found = {code for code, _put in FOUND_HERE.values()}
    assert found | {"columns", "witnesses"} == HERE.keys()


def test_sums_are_taken_from_each_other_and_not_their_parts_alone():
    """20 in all less the 18 of two parts: the other two are 2, though each of them is 0, 1 or 2."""
    sums = [((0, 1, 2, 3), 20), ((2, 3), 18), ((0, 1), None), ((0,), None), ((2,), None)]
    assert public.worked_out(sums, atoms=4) == [(2, 2), (0, 2), (0, 18)]


# --- the search and the report -------------------------------------------------------------------


def test_the_search_sees_every_form_and_nothing_else():
    canary = search.draw()
    for word in (canary.latin, canary.chinese):
        needles = search.needles_of(word)
        assert search.is_blind(word, needles) == []
        assert search.is_blind(word[:-1] + "x", needles) != []
        assert not search.forms_in(os.urandom(100_000), needles)


def prove_with(monkeypatch, capsys, outcome: str, *words: str) -> tuple[int, str]:
    """Run the command with made-up findings."""
    seen = {"en": "It was seen.", "zh": "已看到。"}
    lines = [
        json.dumps({"code": code, "outcome": outcome if code == "canary" else "held", "seen": seen})
        for code in SCRATCH
    ]
    monkeypatch.setattr(prove, "_here", lambda key, out: iter(()))
    monkeypatch.setattr(prove, "_lines", lambda folder: iter(lines))
    args = SimpleNamespace(key=None, lang=words[0] if words else None)
    code = prove._prove(args, Output(as_json=False))
    return code, capsys.readouterr().out


@pytest.mark.parametrize(("outcome", "code"), [("held", 0), ("not_set_up", 0), ("broken", 1)])
def test_exit_is_1_only_where_a_rail_is_broken(monkeypatch, capsys, outcome, code):
    ended, said = prove_with(monkeypatch, capsys, outcome)
    assert ended == code
    assert ("broken 1 (canary)" in said) == (code == 1)
    assert ("失守1项（canary）" in said) == (code == 1)
    assert NOT_PROTECTED[0].en in said
    assert NOT_PROTECTED[0].zh in said


def test_one_language_alone(monkeypatch, capsys):
    _code, english = prove_with(monkeypatch, capsys, "held", "en")
    assert "守住" not in english
    _code, chinese = prove_with(monkeypatch, capsys, "held", "zh-hans")
    assert "held" not in chinese


def test_a_scratch_town_that_breaks_off_proves_nothing_and_what_was_found_is_told(monkeypatch):
    def breaks_off(folder):
        yield json.dumps({"code": "canary", "outcome": "held", "seen": {"en": "a", "zh": "b"}})
        (folder / prove.ERRORS).write_text("Traceback:\nMemoryError\n", encoding="utf-8")

    monkeypatch.setattr(prove, "_lines", breaks_off)
    found = {each.code: each.finding for each in prove._scratch(Output(as_json=True))}
    assert found.keys() == SCRATCH.keys()
    assert not found.pop("canary").is_broken
    assert all(each.is_broken and "(MemoryError)" in each.seen.en for each in found.values())


def test_a_scratch_town_that_hangs_is_ended(monkeypatch):
    monkeypatch.setattr(prove, "SCRATCH_AT_MOST_S", 0.5)
    begin = subprocess.Popen
    hangs = ["/bin/sh", "-c", "exec sleep 60"]
    monkeypatch.setattr(prove.subprocess, "Popen", lambda _command, **more: begin(hangs, **more))
    found = list(prove._scratch(Output(as_json=True)))
    assert len(found) == len(SCRATCH)
    assert "longer than 0.5 seconds" in found[0].finding.seen.en


def test_an_attack_that_fails_counts_as_broken(scene, monkeypatch):
    monkeypatch.setattr(inputs, "mediation", lambda scene: 1 / 0)
    finding = attempt(SCRATCH["stolen_disk"], scene)
    assert finding.is_broken
    assert "could not be carried out (ZeroDivisionError" in finding.seen.en
