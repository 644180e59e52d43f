"""Sending an e-mail through the town's own mail server, encrypted on the way there.

`smtps://` speaks TLS from the first byte, `smtp://` asks for STARTTLS and sends nothing without it,
unless the server is this machine.
"""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import SplitResult, unquote, urlsplit

from anlan.gateways.not_sent import NotSent

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Letter:
    """One e-mail in plain text; `id` stands in its Message-ID, the same at every attempt."""

    id: str
    to: str
    subject: str
    text: str


def send(letter: Letter, *, url: str, sender: str, timeout_s: float = 10.0) -> None:
    """Send one e-mail; raises NotSent. `url` is smtp[s]://[user:password@]host[:port]."""
    message = compose(letter, sender=sender)
    server = urlsplit(url)
    try:
        line = _connect(server, timeout_s)
        try:
            if server.username:
                _sign_in(line, unquote(server.username), unquote(server.password or ""))
            line.send_message(message)
        finally:
            _leave(line)
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        forever = bool(codes) and all(500 <= code < 600 for code in codes)
        raise NotSent("recipient_refused", forever=forever) from None
    except smtplib.SMTPAuthenticationError:
        raise NotSent("login_refused") from None
    except smtplib.SMTPDataError as error:  # a no to this very letter
        forever = 500 <= error.smtp_code < 600
        raise NotSent(f"smtp_{error.smtp_code}", forever=forever) from None
    except smtplib.SMTPNotSupportedError:  # signs in an address that this server can't carry
        raise NotSent("bad_address", forever=True) from None
    except smtplib.SMTPResponseException as error:
        raise NotSent(f"smtp_{error.smtp_code}") from None
    except (smtplib.SMTPException, OSError, ValueError):
        raise NotSent("unreachable") from None


def compose(letter: Letter, *, sender: str) -> EmailMessage:
    """Give the e-mail as it is sent; an address or subject with a line break is refused."""
    message = EmailMessage(policy=SMTP)
    try:
        message["From"] = sender
        message["To"] = letter.to
        message["Subject"] = letter.subject
        message["Message-ID"] = f"<{letter.id}@{sender.rpartition('@')[2].strip('>') or 'anlan'}>"
        message["Auto-Submitted"] = "auto-generated"
    except ValueError:
        raise NotSent("bad_address", forever=True) from None
    if len(message["To"].addresses) != 1:
        raise NotSent("bad_address", forever=True)
    message.set_content(letter.text)
    return message


def _sign_in(line: smtplib.SMTP, name: str, password: str) -> None:
    """Sign in. A server on this machine may take passwords under TLS alone, with any certificate:
    nothing leaves the machine.
    """
    line.ehlo_or_helo_if_needed()
    in_clear = not isinstance(line.sock, ssl.SSLSocket)
    if in_clear and not line.has_extn("auth") and line.has_extn("starttls"):
        anyone = ssl.create_default_context()
        anyone.check_hostname, anyone.verify_mode = False, ssl.CERT_NONE
        line.starttls(context=anyone)
    try:
        line.login(name, password)
    except (smtplib.SMTPNotSupportedError, UnicodeEncodeError):
        raise NotSent("login_refused") from None


def _leave(line: smtplib.SMTP) -> None:
    """Say goodbye; what the server answers to that undoes nothing that it took before."""
    with contextlib.suppress(smtplib.SMTPException, OSError):
        line.quit()
    line.close()


def _connect(server: SplitResult, timeout_s: float) -> smtplib.SMTP:
    host = server.hostname or ""
    if server.scheme == "smtps":
        return smtplib.SMTP_SSL(
            host, server.port or 465, timeout=timeout_s, context=ssl.create_default_context()
        )
    if server.scheme != "smtp":
        raise NotSent("bad_server_address")
    line = smtplib.SMTP(host, server.port or (25 if host in LOOPBACK else 587), timeout=timeout_s)
    if host not in LOOPBACK:
        try:
            line.starttls(context=ssl.create_default_context())
        except ssl.SSLCertVerificationError:
            line.close()
            raise NotSent("bad_certificate") from None
        except (smtplib.SMTPException, OSError, ValueError):
            line.close()
            raise NotSent("no_encryption") from None
    return line
