"""What an uploaded file is, by its content: hostile ones are named and never kept."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from tests.unit.gateways import hostile

from anlan.gateways import content
from anlan.gateways.content import checker
from anlan.gateways.content.client import Unfit

DISGUISED = hostile.pdf_with_action("JavaScript").replace(b"/JavaScript", b"/J#61vaScript")
IN_PNG = [("PNG", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")]
IN_JPEG = [("JPEG", mode) for mode in ("L", "RGB", "CMYK")]


def fault_of(data: bytes) -> str:
    with pytest.raises(checker.Fault) as fault:
        checker.check(data)
    return fault.value.code


@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_a_picture_loses_where_and_by_whom_it_was_taken(form):
    given = hostile.picture(form)
    assert b"Exif" in given or b"eXIf" in given
    media_type, kept = checker.check(given)
    assert media_type == f"image/{form.lower()}"
    for trace in (b"Exif", b"eXIf", b"iCCP", b"ICC_PROFILE", hostile.SECRET.encode()):
        assert trace not in kept
    with Image.open(io.BytesIO(kept)) as image:
        assert image.size == (30, 40), "the turn that the metadata asked for is in the pixels"


def test_a_png_keeps_its_pixels():
    given = hostile.picture("PNG", said=False)
    kept = checker.check(given)[1]
    with Image.open(io.BytesIO(given)) as before, Image.open(io.BytesIO(kept)) as after:
        assert before.tobytes() == after.tobytes()


@pytest.mark.parametrize(("form", "mode"), [*IN_PNG, *IN_JPEG])
def test_every_mode_of_picture_is_taken(form, mode):
    out = io.BytesIO()
    Image.new(mode, (8, 8)).save(out, form)
    assert checker.check(out.getvalue())[0] == f"image/{form.lower()}"


@pytest.mark.parametrize(
    ("what", "data", "code"),
    [
        ("nothing", b"", "empty"),
        ("blanks", b" \n\n", "empty"),
        ("page named .png", b"<!doctype html><script>alert(1)</script>", "unknown"),
        (
            "drawing named .png",
            b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>',
            "unknown",
        ),
        ("programme", b"MZ\x90\x00\x03", "unknown"),
        ("script", b"#!/bin/sh\nrm -rf /\n", "unknown"),
        ("old Word", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "unknown"),
        ("archive, docx or xlsx", hostile.zipped(), "unknown"),
        ("rich text", b"{\\rtf1 \\object}", "unknown"),
        ("other letters than UTF-8", "纠纷".encode("gb18030"), "unknown"),
        ("text with a bell", b"hello\x07", "unknown"),
        ("PNG bomb", hostile.bomb(), "too_many_pixels"),
        ("smaller bomb", hostile.bomb(9_000), "too_many_pixels"),
        ("cut-off JPEG", hostile.picture()[:-200], "damaged"),
        ("cut-off PNG", hostile.picture("PNG")[:-12], "damaged"),
        ("JPEG that is none", b"\xff\xd8\xff\xe0" + bytes(200), "damaged"),
        ("picture and archive", hostile.zipped(before=hostile.picture()), "two_faced"),
        ("picture and page", hostile.picture() + b"<script>x()</script>", "two_faced"),
        ("PDF and archive", hostile.zipped(before=hostile.pdf(), comment=b"%%EOF"), "two_faced"),
        ("PDF with something behind", hostile.pdf() + b"<html>", "damaged"),
        ("PDF cut off", hostile.pdf()[:-60], "damaged"),
        ("PDF that is none", b"%PDF-1.7\n%%EOF", "damaged"),
        ("PDF with script", hostile.pdf_with_action("JavaScript"), "active"),
        ("PDF that starts programmes", hostile.pdf_with_action("Launch"), "active"),
        ("PDF that sends forms", hostile.pdf_with_action("SubmitForm"), "active"),
        ("PDF with script in disguise", DISGUISED, "active"),
        ("PDF with script in a packed stream", hostile.pdf_with_hidden_script(), "active"),
        ("the same in disguise", hostile.pdf_with_hidden_script(b"J#61vaScript"), "active"),
        ("PDF with a script left over", hostile.pdf_with_leftover_script(), "active"),
        ("PDF with a file within", hostile.pdf_with_file(), "active"),
        ("PDF with a password", hostile.pdf_locked(), "encrypted"),
    ],
)
def test_a_hostile_file_is_named(what, data, code):
    assert fault_of(data) == code, what


def test_a_packed_stream_without_a_script_is_taken():
    assert checker.check(hostile.pdf_with_hidden_script(b"URI"))[0] == "application/pdf"


def test_a_plain_pdf_and_a_plain_text_are_kept_as_they_are():
    for data, media_type in (
        (hostile.pdf(), "application/pdf"),
        ("合同 1: ¥300\r\n".encode(), "text/plain"),
    ):
        assert checker.check(data) == (media_type, data)


def test_the_process_of_its_own_gives_the_same_answer():
    given = hostile.picture()
    assert content.look_into(given) == content.Checked(*checker.check(given))
    with pytest.raises(Unfit) as unfit:
        content.look_into(hostile.pdf_locked())
    assert unfit.value.code == "encrypted"


def test_a_file_that_takes_too_long_is_not_taken():
    with pytest.raises(Unfit) as unfit:
        content.look_into(hostile.picture(), timeout_s=0.01)
    assert unfit.value.code == "too_much"


def test_the_process_of_its_own_holds_no_secret(monkeypatch):
    seen = {}
    monkeypatch.setenv("ANLAN_DATABASE_URL", "postgresql://secret")

    def run(words, **given):
        seen.update(given["env"])
        raise content.client.subprocess.TimeoutExpired(words, 1)

    monkeypatch.setattr(content.client.subprocess, "run", run)
    with pytest.raises(Unfit):
        content.look_into(b"x")
    assert "ANLAN_DATABASE_URL" not in seen
