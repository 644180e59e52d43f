"""Telling parties: neutral notices, and never one to a side that was not asked yet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from anlan.areas.mediation.rules.guards import asked_itself
from anlan.areas.mediation.rules.known import known
from anlan.kernel.cases.rules.acting import parties_in
from anlan.kernel.cases.rules.facts import Consent, PartyFacts
from anlan.kernel.cases.services import Doing, notify
from anlan.kernel.cases.services.links import link_in
from anlan.kernel.places.queries import town


def tell(doing: Doing, template: str, **words: str) -> None:
    """Tell every party that knows of the case."""
    for one in told_parties(doing):
        notify(doing, party=one.number, template=template, words=words)


def tell_asker(doing: Doing, template: str, **words: str) -> None:
    """Tell who asked, with a link of its own."""
    for one in _askers(doing):
        _with_link(doing, one, template, words)


def ask_others(doing: Doing, template: str) -> None:
    """Ask those who have not asked themselves, each with a link of its own; nobody who agreed."""
    askers = {one.number for one in _askers(doing)}
    for one in parties_in(doing.facts):
        if one.number not in askers and not one.minor and one.consent is Consent.NOT_ASKED:
            _with_link(doing, one, template, {})


def ask(doing: Doing, party: int, template: str) -> None:
    """Ask one party, with a link of its own."""
    found = doing.facts.party(party)
    if found is not None:
        _with_link(doing, found, template, {})


def _with_link(doing: Doing, one: PartyFacts, template: str, words: dict[str, str]) -> None:
    token = link_in(doing, party=one.number)
    notify(doing, party=one.number, template=template, words=words | {"link": f"/follow/{token}"})


def told_parties(doing: Doing) -> Iterator[PartyFacts]:
    """Give the parties that may hear: who asked; the others once they were asked themselves.

    A case that ended before that must not become known by a notice that it ended. For a minor the
    guardian is told.
    """
    askers = {one.number for one in _askers(doing)}
    asked = known(doing.facts).asked
    for one in parties_in(doing.facts):
        if (one.number in askers or one.number in asked) and not one.minor:
            yield one


def _askers(doing: Doing) -> list[PartyFacts]:
    """Give who asked, and for a minor its guardian."""
    facts = doing.facts
    return [one for one in parties_in(facts) if asked_itself(facts, one) and not one.minor]


def local(doing: Doing, moment: datetime) -> str:
    """Write a moment in the town's zone."""
    return moment.astimezone(town(doing.case.town.key).tz).strftime("%Y-%m-%d %H:%M")
