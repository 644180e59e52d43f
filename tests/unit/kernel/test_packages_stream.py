"""A case's package is written, passed on and opened with one document in memory, not with all."""

from __future__ import annotations

import io
import json
import tracemalloc
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

import pytest

from anlan.kernel.sealing import ciphers, file_ciphers
from anlan.kernel.sealing.custody import backups, packages, wraps
from anlan.kernel.sealing.custody.packages import CHUNK_BYTES, PackedFile, PackedKey
from anlan.kernel.values import BadInput

REF, MOMENT = "smallcase:1", datetime(2026, 3, 2, tzinfo=UTC)
ONE_BYTES, COUNT = 3_000_000, 18  # 54 MB together
LIMIT = 24_000_000
KEY = ciphers.new_key()
COURT, NOTARY = wraps.new_identity(), wraps.new_identity()


def head() -> str:
    held = wraps.wrap_for([COURT[1], NOTARY[1]], KEY, case_ref=REF)
    keys = [PackedKey(REF, MOMENT, {"court+notary": held}, [])]
    return packages.pack(REF, town="grid", purpose="review", exported_at=MOMENT, keys=keys)


def pieces(data: bytes) -> Iterator[bytes]:
    file = io.BytesIO(data)
    while piece := file.read(CHUNK_BYTES):
        yield piece


def document(number: int) -> PackedFile:
    """Give a document of one repeated byte, sealed as the service does."""
    sealed = file_ciphers.seal_file(bytes([number]) * ONE_BYTES)
    key = file_ciphers.seal_key(sealed, space_ref=REF, case_key=KEY)
    return PackedFile(REF, sealed.stored_as, "", "image/png", key, partial(pieces, sealed.cipher))


def peak(run) -> int:
    tracemalloc.start()
    try:
        run()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_documents_larger_together_than_the_limit_go_through_all_three_hands(tmp_path):
    whole, half = tmp_path / "case.json", tmp_path / "half.json"

    def export() -> None:
        with whole.open("w") as out:
            out.writelines(packages.with_files(head(), (document(n) for n in range(COUNT))))

    def first() -> None:
        with whole.open() as file, half.open("w") as out:
            out.writelines(packages.take_layer_off(file, identity=COURT[0]).package)

    read = []

    def second() -> None:
        with half.open() as file:
            for each in packages.take_layer_off(file, identity=NOTARY[0]).files:
                read.append((each.data[0], len(each.data)))
                del each

    assert [peak(run) < LIMIT for run in (export, first, second)] == [True] * 3
    assert whole.stat().st_size > ONE_BYTES * COUNT > 2 * LIMIT
    assert read == [(number, ONE_BYTES) for number in range(COUNT)]


def test_a_document_that_no_key_opens_is_said_to_stay_shut():
    other = file_ciphers.seal_file(b"sealed at another time")
    key = file_ciphers.seal_key(other, space_ref=REF, case_key=ciphers.new_key())
    lost = PackedFile(REF, other.stored_as, "", "text/plain", key, partial(pieces, other.cipher))
    package = "".join(packages.with_files(head(), [document(1), lost]))
    half = packages.take_layer_off(package, identity=COURT[0])
    found = list(packages.take_layer_off("".join(half.package), identity=NOTARY[0]).files)
    assert found[0].data == bytes([1]) * ONE_BYTES
    assert found[1:] == [packages.ShutFile(REF)]


DEEP = "[" * 100_000


@pytest.mark.parametrize(
    ("name", "value"),
    [("left", 5), ("left", [5]), ("data", 5), ("ref", 5), ("texts", 5), ("wraps", [5])],
)
def test_a_damaged_package_is_one_sentence(name, value):
    document = json.loads("".join(head()))
    (key,) = document["keys"]
    (wrap,) = key["wraps"]
    (wrap if name in wrap else key)[name] = value
    with pytest.raises(BadInput, match="no file that"):
        packages.take_layer_off([json.dumps(document) + "\n"], identity=COURT[0])
    with pytest.raises(BadInput, match="no file that"):
        packages.take_layer_off([DEEP], identity=COURT[0])


@pytest.mark.parametrize(
    ("name", "value"),
    [("expires_at", "2026-03-01"), ("created_at", "2026-03-01T00:00:00"), ("key", float("inf"))],
)
def test_a_damaged_backup_of_keys_is_one_sentence(name, value):
    wrap = backups.LivingWrap(1, REF, MOMENT, "a", b"w")
    document = json.loads(backups.pack([wrap], made_at=MOMENT, expires_at=MOMENT))
    assert backups.read(json.dumps(document), now=MOMENT) == [wrap]
    (document if name in document else document["wraps"][0])[name] = value
    for text in (json.dumps(document), DEEP):
        with pytest.raises(BadInput, match="no file that"):
            backups.read(text, now=MOMENT)


@pytest.mark.parametrize("line", ["", "[]", "{}", '"text"', '{"stored_as": 4}', DEEP])
def test_a_damaged_document_line_is_one_sentence(line):
    package = "".join(packages.take_layer_off(head(), identity=COURT[0]).package)
    done = packages.take_layer_off([package, line], identity=NOTARY[0])
    with pytest.raises(BadInput, match="no file that"):
        list(done.files)


def test_parts_of_base64_make_up_one():
    data = bytes(range(256)) * 9000
    sealed = file_ciphers.SealedFile(uuid.uuid4(), data, b"")
    one = PackedFile(REF, sealed.stored_as, "", "text/plain", b"k", partial(pieces, data))
    line = "".join(packages.with_files("", [one]))
    assert packages._read_file(line)["cipher"] == data
