"""Keeping what was filled in: words and secrets sealed, answers as codes, new parties."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _

from anlan.kernel.cases.queries.cases import case_facts
from anlan.kernel.cases.rules.facts import Value
from anlan.kernel.cases.rules.types import Space
from anlan.kernel.cases.services.doing import Doing
from anlan.kernel.values import BadInput

SECRET_LENGTH = 64  # every secret answer is as long as every other: its ciphertext's length is told


def keep_asked(doing: Doing) -> None:
    """Keep parties, words and answers, in that order: words may be a new party's."""
    add_parties(doing)
    keep_texts(doing)
    keep_values(doing)


def add_parties(doing: Doing) -> None:
    """Add those who were asked for; the hook's facts then know them."""
    for each in doing.asked.parties:
        party = doing.add_party(
            each.role,
            kind=each.kind,
            minor=each.minor,
            guardian=each.guardian,
            consent=each.consent,
            texts=each.texts,
        )
        doing.added.append(party.number)
    if doing.asked.parties:
        doing.facts = case_facts(doing.case, at=doing.at)


def add_asked_party(doing: Doing) -> None:
    """Add the party that an action asks for; what else was asked then is about that party."""
    values = doing.asked.values
    guardian = values.get("guardian")
    party = doing.add_party(
        str(values["party_role"]),
        kind=str(values.get("party_kind") or "person"),
        minor=values.get("minor") is True,
        guardian=guardian if isinstance(guardian, int) else None,
    )
    doing.added.append(party.number)
    doing.asked = replace(doing.asked, party=party.number)


def keep_texts(doing: Doing) -> None:
    """Seal the words and the secret answers, each into its space."""
    open_codes = doing.type.kept_in_clear(doing.asked.values)
    secrets = {
        code: _plain(value).ljust(SECRET_LENGTH)
        for code, value in doing.asked.values.items()
        if code not in open_codes
    }
    for code, text in {**doing.asked.texts, **secrets}.items():
        each = doing.type.field(code)
        if each is not None:
            party = doing.asked.party if each.space is Space.PARTY else None
            if each.space is Space.PARTY and party is None:
                raise BadInput(_("Say which party these words belong to."))
            doing.seal(code, text, space=each.space, party=party)


def _plain(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def keep_values(doing: Doing) -> None:
    """Keep the answers that are no secret, with the case or with the party."""
    of_case: dict[str, Value] = {}
    of_party: dict[str, Value] = {}
    for code, value in doing.type.kept_in_clear(doing.asked.values).items():
        each = doing.type.field(code)
        if each is not None and not each.passing:
            (of_party if each.of_party else of_case)[code] = value
    doing.answer(**of_case)
    if of_party and doing.asked.party is not None:
        party = doing.party()
        kept = {**party.answers, **of_party}
        party.answers = {name: value for name, value in kept.items() if value is not None}
        party.save()
