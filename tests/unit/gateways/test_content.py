"""What an uploaded file is, by its content: hostile ones are named and never kept."""

from __future__ import annotations

import errno
import io
import json
import socket
import struct
import subprocess
import sys

import pytest
import structlog
from PIL import Image
from tests.unit.gateways import hostile

from anlan.gateways import content
from anlan.gateways.content import checker, client
from anlan.gateways.content.client import Unfit
from anlan.gateways.content.cut_off import _filter

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


# --- cut off -------------------------------------------------------------------------------------

TRIES = """
import json, os, socket, subprocess, sys
from anlan.gateways.content.cut_off import cut_off
ways, told = cut_off(), {}
for name in ("inet", "inet6", "unix"):
    family = getattr(socket, f"AF_{name.upper()}")
    try:
        one = socket.socket(family)
        one.settimeout(2)
        one.connect("/nowhere" if name == "unix" else ("127.0.0.1", PORT))
        told[name] = "connected"
    except OSError as error:
        told[name] = error.errno
try:
    subprocess.run(["/bin/true"])
    told["programme"] = "started"
except OSError as error:
    told["programme"] = error.errno
told["reads"] = len(open(sys.executable, "rb").read(4))
print(json.dumps({"ways": ways, **told}))
"""


def _in_a_child(programme: str) -> dict[str, object]:
    found = subprocess.run(
        [sys.executable, "-c", programme], capture_output=True, text=True, check=True, timeout=60
    )
    return json.loads(found.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="Only Linux cuts a process off so.")
def test_the_child_opens_no_socket_and_starts_no_programme():
    with socket.create_server(("127.0.0.1", 0)) as there:
        port = there.getsockname()[1]
        told = _in_a_child(TRIES.replace("PORT", str(port)))
        free = _in_a_child(TRIES.replace("PORT", str(port)).replace("cut_off(), {}", "(), {}"))
    assert free["inet"] == "connected", "without it the child reaches whoever listens"
    if not told["ways"]:
        pytest.skip("This system's kernel lets nobody cut a process off; a log line says so.")
    assert told["inet"] != "connected"
    assert told["reads"] == 4
    if "calls" in told["ways"]:
        assert {told[name] for name in ("inet", "inet6", "unix", "programme")} == {errno.EPERM}


def test_every_call_that_is_refused_leads_to_the_refusal():
    """Follow the filter by hand, as the kernel does: number in, verdict out."""
    refused = (41, 425, 59, 322)
    lines = [struct.unpack("HBBI", line) for line in _filter(0xC000003E, refused)]

    def verdict(call: int, mark: int = 0xC000003E) -> int:
        at, held = 0, 0
        while True:
            code, if_true, if_false, value = lines[at]
            at += 1
            if code == 0x06:
                return value
            if code == 0x20:
                held = mark if value == 4 else call
            else:
                yes = held == value if code == 0x15 else held >= value
                at += if_true if yes else if_false

    assert {verdict(call) for call in refused} == {0x00050001}
    assert {verdict(call) for call in (0, 1, 40, 42, 60, 424)} == {0x7FFF0000}
    assert verdict(0x40000000 + 41) == 0x00050001
    assert verdict(41, mark=0x40000003) == 0x80000000


def test_a_child_that_could_not_be_cut_off_is_said_once():
    client._say_once.cache_clear()
    with structlog.testing.capture_logs() as said:
        for _ in range(2):
            client._answer(b'{"cut_off": [], "media_type": "text/plain"}\nx')
        client._answer(b'{"cut_off": ["calls"], "media_type": "text/plain"}\nx')
    assert [one["event"] for one in said] == ["uploads.child_not_cut_off"]
    client._say_once.cache_clear()
