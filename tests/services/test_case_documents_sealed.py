"""Documents of a case that was sealed away: two custodians open them, one alone opens none."""

from __future__ import annotations

import pytest
from tests.services import custody as desk
from tests.services import small_case as small
from tests.services.small_case import do, open_small, stamp
from tests.services.test_case_documents import here

from anlan.cli.main import main
from anlan.kernel.cases import queries
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import Case, Document
from anlan.kernel.cases.rules.types import Space
from anlan.kernel.cases.services import documents
from anlan.kernel.sealing.custody import packages
from anlan.kernel.sealing.custody import services as custody
from anlan.kernel.sealing.models import Opening
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.values import Refused

pytestmark = pytest.mark.django_db(transaction=True)
TEXTS = {"": b"for all", "p2": b"of the second", "notes": b"of the handlers"}
SPACES = {"": (Space.CASE, None), "p2": (Space.PARTY, 2), "notes": (Space.NOTES, None)}


@pytest.fixture
def package(settings, tmp_path, monkeypatch):
    """Seal a case away that has a document in each of three spaces, and export it."""
    settings.ANLAN_DATA = tmp_path / "data"
    settings.ANLAN_DATA.mkdir()
    settings.ANLAN_ERASURES_FILE = tmp_path / "erasures.jsonl"
    monkeypatch.setattr(documents.content, "look_into", here)
    with small.small_case_type():
        small.make_town()
        desk.set_custodians()
        one = open_small()
        do(one, "take")
        for name, (space, party) in SPACES.items():
            given = {"data": TEXTS[name], "name": f"金丝雀 {name}.txt", "kind": "paper"}
            cases.add_document(one, space=space, party=party, **given, **stamp())
        do(one, "finish", result="good")
        desk.seal(one)
        row = queries.documents_of(one, town_key=small.KEY, actor=small.HANDLER)[0]
        with pytest.raises(Refused) as refused:
            cases.open_document(row.id, purpose=Purpose.HANDLING, **stamp())
        assert refused.value.code == "sealed"
        asked = {"town": small.KEY, "actor": small.SUPERVISOR, "purpose": Purpose.OWN_REQUEST}
        when = {"at": small.AT, "recorded_at": small.AT}
        written = custody.export_case(f"smallcase:{one}", **asked, **when)
        files = queries.files_for_custodians(f"smallcase:{one}")
        yield "".join(packages.with_files(written, files))


def test_two_custodians_open_the_documents_and_never_the_notes(package):
    first = packages.take_layer_off(package, identity=_secret("court"))
    assert (first.texts, first.files) == (None, ())
    done = packages.take_layer_off(first.package, identity=_secret("notary"))
    found = {(each.name, each.media_type, each.data) for each in done.files}
    assert found == {
        ("金丝雀 .txt", "text/plain", b"for all"),
        ("金丝雀 p2.txt", "text/plain", b"of the second"),
    }


def test_the_package_alone_and_one_custodian_read_nothing(package):
    first = packages.take_layer_off(package, identity=_secret("court"))
    passed_on = "".join(first.package)
    for text in (package, passed_on):
        for plain in TEXTS.values():
            assert plain.decode() not in text
            assert packages._coded(plain) not in text
    with pytest.raises(Refused):
        packages.take_layer_off(passed_on, identity=_secret("court"))


def test_the_second_custodians_computer_writes_the_documents_and_overwrites_none(
    package, tmp_path, capsys
):
    (tmp_path / "one.json").write_text(package, "utf-8")
    for name in ("court", "notary"):
        (tmp_path / f"{name}.age").write_text(_secret(name), "utf-8")

    def unwrap(file, who, *more):
        words = ["custodians", "unwrap", str(tmp_path / file), *more]
        return main([*words, "--identity", str(tmp_path / f"{who}.age")])

    assert unwrap("one.json", "court", "--out", str(tmp_path / "two.json")) == 0
    folder = ("--documents", str(tmp_path / "read"))
    assert unwrap("two.json", "notary", *folder) == 0
    read = {path.name: path.read_bytes() for path in (tmp_path / "read").iterdir()}
    assert read == {"001 金丝雀 .txt": b"for all", "002 金丝雀 p2.txt": b"of the second"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "read").iterdir())
    assert unwrap("two.json", "notary", *folder) == 2
    assert "can't be written" in capsys.readouterr().err


def test_after_a_reopening_what_is_new_opens_and_what_was_sealed_is_left_out(package):
    one = Case.objects.get().pk
    do(one, "reopen", days=20)
    by = stamp(days=20)
    given = {"data": b"new", "name": "new.txt", "kind": "paper"}
    new = cases.add_document(one, space=Space.CASE, **given, **by)
    rows = queries.documents_of(one, town_key=small.KEY, actor=small.HANDLER)
    assert {row.id: row.shut for row in rows} == {row.id: row.id != new for row in rows}, (
        "each says which it is"
    )
    opened = cases.open_documents([row.id for row in rows], purpose=Purpose.HANDLING, **by)
    assert [each.id for each in opened] == [new]
    (noted,) = Opening.objects.filter(actor_ref=small.HANDLER.staff_ref, opened_at=by["at"])
    assert noted.parts == [f"document:{new}"]
    with pytest.raises(Refused) as refused:
        cases.open_document(rows[0].id, purpose=Purpose.HANDLING, **by)
    assert refused.value.code == "sealed"
    assert Opening.objects.filter(opened_at=by["at"]).count() == 1, "a door that stays shut"


def test_an_erased_case_leaves_no_file_behind(package, settings):
    root = settings.ANLAN_DATA / "documents"
    assert len([path for path in root.rglob("*") if path.is_file()]) == 3
    one = Case.objects.get()
    cases.erase_case(one.pk, reason="kept_long_enough", **stamp(desk.SEALER, days=400))
    assert [path for path in root.rglob("*") if path.is_file()] == []
    assert Document.objects.count() == 0


def _secret(name: str) -> str:
    return desk.IDENTITIES[name][0]
