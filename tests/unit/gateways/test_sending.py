"""The gateways that send notices: what goes over the line, and what a no means."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from anlan.gateways import email, sms, webhook
from anlan.gateways.email.client import compose
from anlan.gateways.not_sent import NotSent


@contextmanager
def web(*, status: int = 200, where: str = "") -> Iterator[tuple[str, list]]:
    """Serve one answer at every address, and keep what was asked."""
    asked: list = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            asked.append((self.path, dict(self.headers), body))
            self.send_response(status)
            if where:
                self.send_header("Location", where)
            self.end_headers()

        do_GET = do_POST

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def test_a_short_message_goes_out_with_its_id_and_token():
    with web() as (url, asked):
        sms.send(sms.Sms("id-1", "13800001111", "有新进展"), url=url, token="t0k")
    _path, headers, body = asked[0]
    assert json.loads(body) == {"id": "id-1", "to": "13800001111", "text": "有新进展"}
    assert (headers["Idempotency-Key"], headers["Authorization"]) == ("id-1", "Bearer t0k")


def test_a_web_hooks_body_is_signed_with_its_time():
    told = webhook.Told("id-1", "old_wang", "s", "有新进展", "zh")
    with web() as (url, asked):
        webhook.send(told, url=url, secret="geheim", seconds=1_700_000_000)
    _path, headers, body = asked[0]
    expected = hmac.new(b"geheim", b"1700000000." + body, hashlib.sha256).hexdigest()
    assert headers["Anlan-Signature"] == f"t=1700000000,v1={expected}"
    assert json.loads(body)["to"] == "old_wang"


def test_without_a_secret_nothing_leaves():
    with web() as (url, asked), pytest.raises(NotSent):
        webhook.send(webhook.Told("1", "a", "b", "c", "en"), url=url, secret="", seconds=1)
    assert asked == []


@pytest.mark.parametrize(
    ("status", "forever"), [(400, True), (422, True), (401, False), (429, False), (503, False)]
)
def test_a_no_is_final_only_where_the_same_message_gets_the_same_answer(status, forever):
    with web(status=status) as (url, _), pytest.raises(NotSent) as said:
        sms.send(sms.Sms("1", "2", "3"), url=url)
    assert (said.value.code, said.value.forever) == (f"http_{status}", forever)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status):
    with web() as (elsewhere, seen), web(status=status, where=elsewhere) as (url, asked):
        with pytest.raises(NotSent):
            sms.send(sms.Sms("1", "2", "3"), url=url)
        assert (len(asked), seen) == (1, [])


def test_a_gateway_that_never_answers_is_left_in_time():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(1)
        host, port = silent.getsockname()
        for attempt in (
            lambda: sms.send(sms.Sms("1", "2", "3"), url=f"http://{host}:{port}", timeout_s=0.1),
            lambda: email.send(
                email.Letter("1", "a@b.cn", "s", "t"),
                url=f"smtp://{host}:{port}",
                sender="anlan@town.cn",
                timeout_s=0.1,
            ),
        ):
            with pytest.raises(NotSent) as said:
                attempt()
            assert not said.value.forever


# --- e-mail --------------------------------------------------------------------------------------


@contextmanager
def mail_server(
    *,
    refuses: bytes = b"",
    goodbye: bytes = b"221 bye",
    host: str = "127.0.0.1",
    taken: bytes = b"250 taken",
    secure: ssl.SSLContext | None = None,
) -> Iterator[tuple[str, list]]:
    """Speak as much SMTP as one letter needs; `refuses` is the answer to RCPT.

    With `secure` it offers STARTTLS, and a sign-in only behind that, as Postfix's tls_auth_only.
    """
    kept: list[bytes] = []
    door = socket.socket()
    door.bind((host, 0))
    door.listen(2)

    def serve():
        answers = {b"RCPT": refuses or b"250 ok", b"AUTH": b"235 come in"}
        answers[b"EHLO"] = b"250-here\r\n250 STARTTLS" if secure else b"250 ok"
        with contextlib.suppress(OSError), contextlib.ExitStack() as held:
            line = held.enter_context(door.accept()[0])
            stream = held.enter_context(line.makefile("rwb"))

            def say(text):
                stream.write(text + b"\r\n")
                stream.flush()

            say(b"220 here")
            while word := stream.readline():
                word = word[:4].upper() + word[4:]
                kept.append(word)
                if word.startswith(b"DATA"):
                    say(b"354 go on")
                    while (part := stream.readline()) != b".\r\n":
                        kept.append(part)
                    say(taken)
                elif word.startswith(b"STAR") and secure:
                    say(b"220 go on")
                    line = held.enter_context(secure.wrap_socket(line, server_side=True))
                    stream = held.enter_context(line.makefile("rwb"))
                    answers[b"EHLO"] = b"250-here\r\n250 AUTH PLAIN"
                elif word.startswith(b"QUIT"):
                    return say(goodbye)
                else:
                    say(answers.get(word[:4], b"250 ok"))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"smtp://{host}:{door.getsockname()[1]}", kept
    finally:
        thread.join(5)
        door.close()


LETTER = email.Letter("id-1", "wang@example.cn", "有新进展", "请打开 https://x/1")


def test_a_letter_goes_out_with_the_same_message_id_at_every_attempt():
    for _ in range(2):
        with mail_server() as (url, kept):
            email.send(LETTER, url=url, sender="anlan@town.cn")
        sent = b"".join(kept)
        assert b"RCPT TO:<wang@example.cn>" in sent
        assert b"Message-ID: <id-1@town.cn>" in sent
        assert b"Auto-Submitted: auto-generated" in sent


def test_a_letter_that_was_taken_is_sent_whatever_is_said_at_the_end():
    with mail_server(goodbye=b"421 too busy to say goodbye") as (url, kept):
        email.send(LETTER, url=url, sender="anlan@town.cn")
    assert b"id-1" in b"".join(kept)


@pytest.mark.parametrize(
    ("answer", "forever"), [(b"550 no such user", True), (b"451 later", False)]
)
def test_a_refused_recipient_is_final_only_when_the_server_says_so(answer, forever):
    with mail_server(refuses=answer) as (url, _), pytest.raises(NotSent) as said:
        email.send(LETTER, url=url, sender="anlan@town.cn")
    assert said.value.forever is forever


@pytest.mark.parametrize(
    ("answer", "forever"), [(b"554 no such letters here", True), (b"452 full", False)]
)
def test_a_letter_that_is_refused_itself_is_not_tried_again(answer, forever):
    with mail_server(taken=answer) as (url, _), pytest.raises(NotSent) as said:
        email.send(LETTER, url=url, sender="anlan@town.cn")
    assert said.value.forever is forever


@pytest.mark.parametrize("to", ["李@例子.cn", "", "a@b.cn, c@d.cn"])
def test_an_address_that_can_never_be_reached_is_given_up_at_once(to):
    with mail_server() as (url, kept):
        with pytest.raises(NotSent) as said:
            email.send(email.Letter("1", to, "s", "t"), url=url, sender="anlan@town.cn")
        with contextlib.suppress(OSError), socket.create_connection(_of(url), timeout=1):
            pass  # let the server end where no letter came
    assert (said.value.code, said.value.forever) == ("bad_address", True)
    assert not any(word.startswith(b"DATA") for word in kept)


def _of(url):
    host, _, port = url.removeprefix("smtp://").rpartition(":")
    return host, int(port)


def certificate(folder):
    """Make a certificate of its own, as a mail server on the same machine has."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    pem = serialization.Encoding.PEM
    file = folder / "mail.pem"
    file.write_bytes(key.private_bytes(pem, form, plain) + made.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def test_a_server_on_this_machine_that_takes_passwords_under_tls_alone_is_signed_in_to(tmp_path):
    with mail_server(secure=certificate(tmp_path)) as (url, kept):
        with_name = url.replace("//", "//town:secret@")
        email.send(LETTER, url=with_name, sender="anlan@town.cn")
    words = b"".join(kept)
    assert words.index(b"STAR") < words.index(b"AUTH PLAIN") < words.index(b"id-1")


def test_a_strangers_certificate_is_told_from_no_encryption(tmp_path, monkeypatch):
    monkeypatch.setattr(email.client, "LOOPBACK", frozenset())
    server = mail_server(secure=certificate(tmp_path))
    with server as (url, kept), pytest.raises(NotSent) as said:
        email.send(LETTER, url=url, sender="anlan@town.cn")
    assert said.value.code == "bad_certificate"
    assert not any(word.startswith((b"MAIL", b"AUTH")) for word in kept)


def test_a_server_that_offers_no_sign_in_is_said_so():
    with mail_server() as (url, _), pytest.raises(NotSent) as said:
        email.send(LETTER, url=url.replace("//", "//town:%C3%BC@"), sender="anlan@town.cn")
    assert said.value.code == "login_refused"


def test_nothing_is_sent_in_clear_to_another_machine(monkeypatch):
    monkeypatch.setattr(email.client, "LOOPBACK", frozenset())  # as if it stood elsewhere
    with mail_server() as (url, kept), pytest.raises(NotSent) as said:
        email.send(LETTER, url=url, sender="anlan@town.cn")
    assert said.value.code == "no_encryption"
    assert not any(word.startswith((b"MAIL", b"RCPT", b"DATA")) for word in kept)


def test_an_address_with_a_line_break_smuggles_no_header():
    for wrong in ({"to": "a@b.cn\r\nBcc: c@d.cn"}, {"subject": "x\nBcc: c@d.cn"}):
        letter = email.Letter(**{"id": "1", "to": "a@b.cn", "subject": "s", "text": "t"} | wrong)
        with pytest.raises(NotSent) as said:
            compose(letter, sender="anlan@town.cn")
        assert said.value.forever
