"""Disclosure: taken in with its basis, granted by two, opened once for this one case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import TypedDict

from django.utils.translation import gettext as _

from anlan.areas.oversight.rules import (
    CODE,
    GRANTED,
    KEEP_SILENT,
    OPENED,
    check_case_ref,
    check_grant_holds,
)
from anlan.kernel.cases import queries
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.registry import Hook
from anlan.kernel.cases.rules.acting import day_of
from anlan.kernel.cases.rules.facts import Asked, Part, Value
from anlan.kernel.cases.services.words import in_words
from anlan.kernel.places import queries as places
from anlan.kernel.sealing import services as sealing
from anlan.kernel.sealing.custody import packages
from anlan.kernel.sealing.custody import services as custody
from anlan.kernel.sealing.rules import AskedBy, Purpose
from anlan.kernel.values import Actor, Forbidden, Refused, Role, check_role


@in_words
def take_disclosure(
    about: str,
    *,
    authority: str,
    basis: str,
    basis_words: str,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> int:
    """Take an authority's request for one case in and give the disclosure's id.

    `about` is the one case that is asked for ("mediation:12"); it is kept as a sealed text. Refused
    where the town has none such, or its words are erased.
    """
    check_role(actor, Role.SUPERVISOR)
    reference = _in_town(about, town_key)
    asked = Asked(
        values={"authority": authority, "basis": basis},
        texts={"basis_words": basis_words, "about": reference},
    )
    done = cases.open_case(
        CODE,
        asked=asked,
        town_key=town_key,
        actor=actor,
        at=at,
        recorded_at=recorded_at,
        client_key=client_key,
    )
    return done.case_id


def _in_town(about: str, town_key: str) -> str:
    """Give the reference of a case that this town has, or refuse."""
    reference = check_case_ref(about)
    standing = sealing.standing_of(reference)
    if standing is None or standing.town != town_key:
        raise Refused(_("There is no such case in this town."), code="no_such_case")
    return reference


def _names_another(doing: cases.Doing) -> None:
    about = doing.asked.texts.get("about", "")
    if about.strip():
        _in_town(about, doing.case.town.key)


def _handles(doing: cases.Doing) -> None:
    """Let who took a request in, or takes it over, handle it from now on."""
    doing.set_staff(doing.actor.staff_ref, Part.HANDLER)


@dataclass(frozen=True, slots=True)
class Disclosed:
    """The one case of a disclosure, opened: its words, what stands beside them, and the request.

    `shown_from` is the moment from which its party reads of this opening, None where at once.
    """

    about: str
    texts: tuple[sealing.OpenedText, ...]
    case: queries.ShownCase | None  # None for what is no case of the kernel's, as an incident
    paper: str  # the authority's: number, article
    answers: Mapping[str, Value]  # of the disclosure: which authority, which basis
    shown_from: datetime | None


@dataclass(frozen=True, slots=True)
class _Granted:
    """What a granted disclosure opens, and from when its party may read of that."""

    about: str
    paper: str
    answers: Mapping[str, Value]
    shown_from: datetime | None

    @property
    def asked_by(self) -> AskedBy:
        """Give which authority asked, and on which basis."""
        return AskedBy(str(self.answers.get("authority", "")), str(self.answers.get("basis", "")))


class _Stamp(TypedDict):
    actor: Actor
    at: datetime
    recorded_at: datetime


HOOKS: Mapping[str, Hook] = {
    "opened": _handles,
    "take_over": _handles,
    "correct": _names_another,
}


def _said_last(field: str, disclosure_id: int, texts: Sequence[sealing.OpenedText]) -> str:
    """Give the words of a disclosure's field as they were corrected last; "" where there are none.

    Only what an event wrote counts: another's correction that waits or was declined is not in it.
    """
    written = [text for event in queries.events_of(disclosure_id) for text in event.texts]
    said = {each.id: each.text.strip() for each in texts if each.field == field}
    return next((said[text] for text in reversed(written) if text in said), "")


@in_words
def open_for_disclosure(
    disclosure_id: int,
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
) -> Disclosed:
    """Open the one case that a granted disclosure is about, for who handles the disclosure.

    Two openings are entered, the disclosure's and the case's; the second is seen by the party
    through its link, at once or from the day on which the law lets it be told. Handlers' notes are
    never part of it. The first opening is an event of the disclosure, before anybody reads: from
    then on it can't end as if nothing had been shown.
    """
    stamp: _Stamp = {"actor": actor, "at": at, "recorded_at": recorded_at}
    granted = _granted(disclosure_id, town_key=town_key, **stamp)
    opened = sealing.open_one(
        granted.about,
        town=town_key,
        purpose=Purpose.DISCLOSURE,
        spaces=cases.spaces_without_notes(granted.about),
        granted=True,
        shown_from=granted.shown_from,
        asked_by=granted.asked_by,
        **stamp,
    )
    _note_opened(disclosure_id, town_key=town_key, **stamp)
    return Disclosed(
        granted.about,
        opened,
        queries.shown_case(granted.about),
        granted.paper,
        granted.answers,
        granted.shown_from,
    )


@in_words
def open_document_for_disclosure(
    disclosure_id: int,
    document_id: int,
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
) -> cases.OpenedDocument:
    """Open one document of the one case of a granted disclosure, by the rule of its words.

    An opening of its own, which names the document; the handlers' notes have none for anybody else.
    """
    stamp: _Stamp = {"actor": actor, "at": at, "recorded_at": recorded_at}
    granted = _granted(disclosure_id, town_key=town_key, **stamp)
    found = queries.shown_case(granted.about)
    there = {} if found is None else {each.id: each for each in found.documents}
    if document_id not in there:
        raise cases.no_such_document()
    space = there[document_id].space
    opened = sealing.open_one(
        granted.about,
        town=town_key,
        purpose=Purpose.DISCLOSURE,
        spaces=(f"{granted.about}:{space}" if space else granted.about,),
        parts=(f"document:{document_id}",),
        granted=True,
        shown_from=granted.shown_from,
        asked_by=granted.asked_by,
        **stamp,
    )
    _note_opened(disclosure_id, town_key=town_key, **stamp)
    return cases.document_in(document_id, case_ref=granted.about, opened=opened)


@in_words
def export_for_disclosure(
    disclosure_id: int,
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
) -> Iterator[str]:
    """Write the one case of a granted disclosure, once sealed, as a file for two custodians.

    By the same rule as `open_for_disclosure`, and entered as it is; gives the file piece by piece.
    """
    stamp: _Stamp = {"actor": actor, "at": at, "recorded_at": recorded_at}
    granted = _granted(disclosure_id, town_key=town_key, **stamp)
    package = custody.export_case(
        granted.about,
        town=town_key,
        purpose=Purpose.DISCLOSURE,
        granted=True,
        shown_from=granted.shown_from,
        asked_by=granted.asked_by,
        **stamp,
    )
    _note_opened(disclosure_id, town_key=town_key, **stamp)
    return packages.with_files(package, queries.files_for_custodians(granted.about))


def _granted(
    disclosure_id: int, *, town_key: str, actor: Actor, at: datetime, recorded_at: datetime
) -> _Granted:
    """Give the case that a granted disclosure names, and from when its party may read of it.

    Only who handles the disclosure reads which case it is; that is an opening of the disclosure.
    """
    one = queries.case(disclosure_id, town_key=town_key, actor=actor)
    if one.type != CODE or one.state != GRANTED:
        raise _not_granted()
    check_grant_holds(queries.facts_of(disclosure_id, town_key=town_key, actor=actor, at=at))
    if any(each.action == KEEP_SILENT for each in queries.proposals_of(disclosure_id)):
        raise Refused(
            _(
                "A second person decides first whether the law forbids to tell the party: it reads "
                "of the opening otherwise."
            ),
            code="silence_waits",
        )
    words = cases.open_words(
        disclosure_id,
        purpose=Purpose.HANDLING,
        town_key=town_key,
        actor=actor,
        at=at,
        recorded_at=recorded_at,
    )
    about = _said_last("about", disclosure_id, words.spaces[""])
    if not about:
        raise Forbidden(_("This disclosure names no case."), code="no_case_named")
    paper = _said_last("basis_words", disclosure_id, words.spaces[""])
    until = day_of(one.answers, "silent_until")
    zone = places.town(town_key).tz
    shown_from = None if until is None else datetime.combine(until, time(), zone)
    return _Granted(about, paper, one.answers, shown_from)


def _not_granted() -> Refused:
    return Refused(_("Only a granted disclosure opens a case."), code="not_granted")


def _note_opened(
    disclosure_id: int, *, town_key: str, actor: Actor, at: datetime, recorded_at: datetime
) -> None:
    if any(each.action == OPENED for each in queries.events_of(disclosure_id)):
        return
    with cases.acting(
        disclosure_id, OPENED, town_key=town_key, actor=actor, at=at, recorded_at=recorded_at
    ) as doing:
        if doing.case.state != GRANTED:  # it was refused this moment: what was opened is not given
            raise _not_granted()
