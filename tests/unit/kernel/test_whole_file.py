"""Files are written whole or not at all, and in the place that their name leads to."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from anlan.kernel.values import BadInput
from anlan.kernel.whole_file import write_files, written_whole


def write(path: Path, text: str = "new") -> None:
    with written_whole(path) as part:
        part.write_text(text, encoding="utf-8")


def test_a_block_that_fails_leaves_what_was_there_and_nothing_beside(tmp_path):
    path = tmp_path / "a.txt"
    write(path, "old")

    def write_half() -> None:
        with written_whole(path) as part:
            part.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path):
    there, link = tmp_path / "there.txt", tmp_path / "link"
    for before in (None, "old"):  # whether or not it is there yet
        if before is not None:
            there.write_text(before)
        link.unlink(missing_ok=True)
        link.symlink_to(there)
        write(link)
        assert link.is_symlink()
        assert there.read_text() == "new"
        there.unlink()


def test_what_is_no_file_stays_what_it_is(tmp_path):
    pipe, circle = tmp_path / "pipe", tmp_path / "circle"
    os.mkfifo(pipe)
    circle.symlink_to(circle)
    to_pipe = tmp_path / "to-pipe"
    to_pipe.symlink_to(pipe)
    for path in (pipe, to_pipe, tmp_path, circle, Path("")):
        with pytest.raises(BadInput, match=r"is no file|leads to itself"):
            write(path)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert to_pipe.is_symlink()


def test_where_nothing_can_be_written_one_sentence_says_so(tmp_path):
    with pytest.raises(BadInput, match="can't be written: No such file"):
        write(tmp_path / "none" / "a.txt")
    with pytest.raises(BadInput, match="can't be written"):
        write(tmp_path / ("x" * 300))


def test_a_private_file_is_its_owner_s_alone_from_the_first_byte(tmp_path):
    path = tmp_path / "secret"
    path.write_text("old")
    path.chmod(0o644)
    with written_whole(path, private=True) as part:
        assert stat.S_IMODE(part.stat().st_mode) == 0o600
        part.write_text("new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_files_of_one_result_are_put_only_when_all_are_written(tmp_path):
    write_files(tmp_path, {"a": b"1", "b": b"2"})
    with pytest.raises(BadInput):
        write_files(tmp_path, {"a": b"3", "x" * 300: b"4"})
    assert (tmp_path / "a").read_bytes() == b"1"
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]
