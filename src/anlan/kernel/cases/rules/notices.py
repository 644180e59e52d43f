"""What a notice says, where it goes, when it is tried again. Pure."""

from __future__ import annotations

import enum
import re
import string
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from anlan.kernel.places.catalogue import Label, read_label
from anlan.kernel.values import BadInput

LEASE = timedelta(seconds=60)  # a sender that gives no sign of life for so long is dead
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720, 1440))
UNREADY = timedelta(minutes=1)  # until the installation is looked at again: nothing was tried
MOST_ATTEMPTS = len(PAUSES) + 1
WAITS_AT_MOST = timedelta(days=7)  # address and words are kept no longer than this
LONGEST_WORD = 200
CONTACT = "contact"  # the field of a party's space that says how it is reached
PLACEHOLDERS = frozenset({"link", "when", "where", "days"})
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_PHONE = re.compile(r"(?<![\w@.])\+?\d(?:[ ()./-]{0,2}\d){5,16}(?![\w@])", re.ASCII)
_HALF_A_MAIL = re.compile(r"[^\s@]@")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class NoticeState(enum.StrEnum):
    """Where a notice stands."""

    WAITING = "waiting"
    SENDING = "sending"  # somebody has it, until its lease ends
    SENT = "sent"
    GIVEN_UP = "given_up"


class Channel(enum.StrEnum):
    """By which way a notice goes."""

    SMS = "sms"
    EMAIL = "email"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class NoticeTemplate:
    """A notice's words; both languages have the same placeholders."""

    code: str
    subject: Label
    text: Label


@dataclass(frozen=True)
class NoticeCatalogue:
    """All templates, and what stands for a link that isn't sent along."""

    templates: Mapping[str, NoticeTemplate]
    given_link: Label


def parse_notices(raw: Mapping[str, Any]) -> NoticeCatalogue:
    """Check and freeze the templates; raises BadInput with what is wrong in the file."""
    templates: dict[str, NoticeTemplate] = {}
    for item in raw.get("templates", []):
        one = NoticeTemplate(
            code=str(item.get("code", "")),
            subject=read_label(item.get("subject"), where="A notice's subject"),
            text=read_label(item.get("text"), where="A notice's text"),
        )
        if not one.code or one.code in templates:
            raise BadInput(f"Notice “{one.code}” has no code or stands twice.")
        if _names_in(one.text.en) != _names_in(one.text.zh):
            raise BadInput(f"Notice {one.code}: its languages have not the same placeholders.")
        for name in sorted(_names_in(one.text.en + one.subject.en + one.subject.zh)):
            if name not in PLACEHOLDERS:
                raise BadInput(f"Notice {one.code}: nothing called {{{name}}} is filled in.")
        templates[one.code] = one
    given_link = read_label(raw.get("words", {}).get("given_link"), where="The word for a link")
    return NoticeCatalogue(templates, given_link)


def _names_in(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def check_words(one: NoticeTemplate, words: Mapping[str, str]) -> None:
    """Raise ValueError unless just what a template needs is given, each short and of one line."""
    needed = _names_in(one.text.en) - {"link"}
    if set(words) - {"link"} != needed:
        raise ValueError(f"Notice {one.code} needs: {', '.join(sorted(needed)) or 'nothing'}.")
    for name, word in words.items():
        if len(word) > LONGEST_WORD or _CONTROL.search(word):
            raise ValueError(f"Notice {one.code}: {name} is too long or has a line break.")


def filled(
    catalogue: NoticeCatalogue, code: str, words: Mapping[str, str], *, language: str
) -> tuple[str, str]:
    """Give a notice's subject and text in a language."""
    one = catalogue.templates[code]
    told = {"link": catalogue.given_link.in_language(language), **words}
    return (
        one.subject.in_language(language).format(**told),
        one.text.in_language(language).format(**told),
    )


def ways_to(contact: str) -> dict[Channel, str]:
    """Give the addresses in a contact as a party gave it: "138 0000 0000, wang@example.cn".

    Whatever is neither a telephone number nor an e-mail address goes to the web hook as it is.
    """
    ways: dict[Channel, str] = {}
    mail, phone = _MAIL.search(contact), _PHONE.search(contact)
    if phone is not None:
        ways[Channel.SMS] = ("+" if phone[0].startswith("+") else "") + re.sub(r"\D", "", phone[0])
    if mail is not None:
        ways[Channel.EMAIL] = mail[0]
    bare = " ".join(contact.split())
    if bare and not _CONTROL.search(bare):
        ways[Channel.WEBHOOK] = bare[:LONGEST_WORD]
    return ways


def is_contact(text: str) -> bool:
    """Say whether a text tells how to reach somebody: by number, by mail, or in words on purpose.

    A number or address of which a part lacks is none: a notice to it would never go. Nothing at
    all may be told, too.
    """
    if not text.strip() or {Channel.SMS, Channel.EMAIL} & set(ways_to(text)):
        return True
    return sum(letter.isalpha() for letter in text) > 1 and not _HALF_A_MAIL.search(text)


def choose_way(
    ways: Mapping[Channel, str], *, wanted: Channel | None, set_up: Iterable[Channel]
) -> Channel | None:
    """Choose by which way a notice goes: as wanted, else the first that is set up, else the first.

    A notice whose way is not set up yet waits; a bare web hook is only chosen where there is one.
    """
    if wanted is not None:
        return wanted if wanted in ways else None
    ready = set(set_up)
    order = (Channel.SMS, Channel.EMAIL, Channel.WEBHOOK)
    there = [each for each in order if each in ways and (each in ready or each != Channel.WEBHOOK)]
    return next((each for each in there if each in ready), there[0] if there else None)


def pause_after(attempts: int) -> timedelta | None:
    """Give how long to wait after so many attempts, None when it is given up."""
    return PAUSES[attempts - 1] if 0 < attempts <= len(PAUSES) else None
