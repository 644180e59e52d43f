"""The key file: made once, by one of many, for its owner alone, outside the data."""

from __future__ import annotations

import multiprocessing
import os
import stat

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from anlan.kernel.sealing import keyfile
from anlan.kernel.values import BadInput


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


def test_key_file_is_made_once_for_its_owner_alone(tmp_path, data):
    path = tmp_path / "config" / "town.key"
    first = keyfile.load_or_create(path, data=data)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert keyfile.load_or_create(path, data=data) == first
    assert len(first.wrapping) == len(first.web) == 32
    assert first.wrapping != first.web
    assert [p.name for p in path.parent.iterdir()] == ["town.key"]  # nothing half-made is left


def _make(path, data, barrier, answers):
    barrier.wait()
    answers.put(keyfile.load_or_create(path, data=data).wrapping)


def test_processes_that_start_at_once_share_one_key(tmp_path, data):
    context = multiprocessing.get_context("fork")
    path, number = tmp_path / "town.key", 8
    barrier, answers = context.Barrier(number), context.Queue()
    processes = [
        context.Process(target=_make, args=(path, data, barrier, answers)) for _ in range(number)
    ]
    for process in processes:
        process.start()
    keys = {answers.get(timeout=30) for _ in processes}
    for process in processes:
        process.join()
    assert keys == {keyfile.load_or_create(path, data=data).wrapping}


def test_key_file_inside_the_data_is_refused(data):
    with pytest.raises(BadInput, match="ANLAN_KEY_FILE"):
        keyfile.load_or_create(data / "towns" / "town.key", data=data)
    assert not (data / "towns").exists()


def test_key_file_that_a_link_puts_inside_the_data_is_refused(tmp_path, data):
    (tmp_path / "elsewhere").symlink_to(data)
    with pytest.raises(BadInput, match="inside the data"):
        keyfile.load_or_create(tmp_path / "elsewhere" / "town.key", data=data)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o622])
def test_key_file_that_others_may_touch_is_refused(tmp_path, data, mode):
    path = tmp_path / "town.key"
    keyfile.load_or_create(path, data=data)
    path.chmod(mode)
    with pytest.raises(BadInput, match="chmod 600"):
        keyfile.load_or_create(path, data=data)


@pytest.mark.parametrize("text", ["", "wrapping abc\nweb abc\n", "wrapping AAAA\n", "\x00\xff"])
def test_damaged_key_file_is_said_and_never_replaced(tmp_path, data, text):
    path = tmp_path / "town.key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(BadInput, match="damaged"):
        keyfile.load_or_create(path, data=data)
    assert path.read_text() == text


@pytest.mark.skipif(os.geteuid() == 0, reason="Root may write everywhere.")
def test_folder_that_cannot_be_written_is_one_sentence(tmp_path, data):
    tmp_path.chmod(0o500)
    with pytest.raises(BadInput, match="cannot be made"):
        keyfile.load_or_create(tmp_path / "town.key", data=data)


def test_file_where_the_folder_should_be_is_one_sentence(tmp_path, data):
    (tmp_path / "config").write_text("")
    with pytest.raises(BadInput, match="cannot be made"):
        keyfile.load_or_create(tmp_path / "config" / "town.key", data=data)


def test_repr_gives_no_key_away(tmp_path, data):
    keys = keyfile.load_or_create(tmp_path / "town.key", data=data)
    assert keys.wrapping.hex() not in repr(keys)
    assert keys.fingerprint in repr(keys)


def test_web_secrets_differ_by_purpose_and_are_not_the_key(tmp_path, data):
    keys = keyfile.load_or_create(tmp_path / "town.key", data=data)
    assert keys.web_secret("a") == keys.web_secret("a") != keys.web_secret("b")
    assert len(keys.web_secret("a")) >= 50


@pytest.mark.parametrize("length", [8, 32, 48, 100])
def test_hkdf_agrees_with_cryptography(length):
    secret, info = bytes(range(32)), b"anlan test"
    theirs = HKDF(SHA256(), length, salt=None, info=info).derive(secret)
    assert keyfile.hkdf_sha256(secret, info=info, length=length) == theirs


def test_default_path_is_outside_the_data_and_one_per_installation(tmp_path):
    environ = {"XDG_CONFIG_HOME": str(tmp_path / "config")}
    one = keyfile.default_path(tmp_path / "a", environ=environ)
    assert one.parent == tmp_path / "config" / "anlan"
    assert one == keyfile.default_path(tmp_path / "x" / ".." / "a", environ=environ)
    assert one != keyfile.default_path(tmp_path / "b", environ=environ)


# --- changing the wrapping key -------------------------------------------------------------------


def test_a_changed_file_holds_the_new_key_and_the_earlier_one_until_the_end(tmp_path, data):
    path = tmp_path / "town.key"
    first = keyfile.load_or_create(path, data=data)
    amid = keyfile.begin_change(path, data=data)
    assert amid.wrapping != first.wrapping
    assert amid.earlier == (first.wrapping,)
    assert amid.web == first.web, "sessions and signed data stay valid"
    assert amid.wrapping_named(first.fingerprint) == first.wrapping
    ended = keyfile.end_change(path, data=data)
    assert (ended.wrapping, ended.earlier) == (amid.wrapping, ())
    assert ended.wrapping_named(first.fingerprint) is None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir() if p.name != "data"] == ["town.key"]


def test_the_earlier_files_bytes_are_overwritten(tmp_path, data):
    path = tmp_path / "town.key"
    keyfile.load_or_create(path, data=data)
    with path.open("rb") as held_open:  # its inode stays to be looked into
        keyfile.begin_change(path, data=data)
        keyfile.end_change(path, data=data)
        assert set(held_open.read()) == {0}


def test_a_process_that_runs_on_reads_the_file_again_when_it_was_written(tmp_path, data):
    path = tmp_path / "town.key"
    held = keyfile.load_or_create(path, data=data)
    assert keyfile.read_again(path, held) is held
    keyfile.begin_change(path, data=data)
    now = keyfile.read_again(path, held)
    assert now.earlier == (held.wrapping,)
    path.unlink()
    assert keyfile.read_again(path, now) is now


def test_keys_that_came_from_no_file_stay(tmp_path, data):
    path = tmp_path / "town.key"
    keyfile.load_or_create(path, data=data)
    made = keyfile.ServiceKeys(wrapping=b"o" * 32, web=b"x" * 32)
    assert keyfile.read_again(path, made) is made
