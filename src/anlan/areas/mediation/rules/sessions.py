"""Why a session can't be booked, moved, called off or noted now, in a sentence. Pure."""

from __future__ import annotations

import re

from anlan.areas.mediation.rules.guards import joint
from anlan.areas.mediation.rules.known import SessionFact, known, tries
from anlan.kernel.cases.rules.acting import AnswerFault, moment_of
from anlan.kernel.cases.rules.facts import Asked, CaseFacts, Value
from anlan.kernel.values import Actor, RuleSays, gettext_noop

POLICE_TRIES = 2
_LEADS_THERE = re.compile(r"https?://\S+\.\S|\d(?:[ -]?\d){4}", re.ASCII)


def check_session(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise unless a session of all may be booked as asked: in time, in a room or online."""
    joint(facts, actor)
    if facts.answers.get("source") == "police" and tries(facts.answers) >= POLICE_TRIES:
        raise RuleSays(
            gettext_noop("What the police referred is mediated once, and once more at most."),
            code="police_tries",
        )
    _check_when_and_where(facts, asked, actor, link="online_link")


def check_session_alone(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise unless a session with one party alone may be booked as asked."""
    _check_when_and_where(facts, asked, actor, link="own_link")


def _check_when_and_where(facts: CaseFacts, asked: Asked, actor: Actor, *, link: str) -> None:
    check_time(facts, asked, actor)
    if asked.values.get("held_at") == "room" and asked.values.get("room") is None:
        raise RuleSays(gettext_noop("Choose a room."), code="no_room")
    if asked.values.get("held_at") == "online" and not _LEADS_THERE.search(
        asked.texts.get(link, "")
    ):
        raise AnswerFault(
            gettext_noop("Give the web address of the online room (https://…) or its number."),
            code="no_link",
            field=link,
        )


def check_time(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise unless a session begins in the future."""
    starts = moment_of(asked.values, "starts")
    if starts is not None and starts <= facts.at:
        raise RuleSays(gettext_noop("A session begins in the future."), code="in_the_past")


def an_hour(facts: CaseFacts) -> dict[str, Value]:
    """Give the usual length of a session, which its form shows."""
    return {"minutes": 60}


def session_booked(facts: CaseFacts, actor: Actor) -> None:
    """Raise where no session is still to come."""
    if not any(one.state == "booked" for one in known(facts).sessions):
        raise RuleSays(gettext_noop("No session is booked."), code="no_session")


def session_begun(facts: CaseFacts, actor: Actor) -> None:
    """Raise where no booked session has begun: nothing can be said of how it went."""
    session_booked(facts, actor)
    if not any(one.state == "booked" and _begun(one, facts) for one in known(facts).sessions):
        raise _not_begun()


def session_there(facts: CaseFacts, actor: Actor) -> None:
    """Raise where there is no session to which somebody could have come."""
    there = [one for one in known(facts).sessions if one.state != "cancelled"]
    if not there:
        raise RuleSays(gettext_noop("This case has no session yet."), code="no_session")
    if not any(_begun(one, facts) for one in there):
        raise _not_begun()


def _begun(one: SessionFact, facts: CaseFacts) -> bool:
    return one.starts_at <= facts.at


def _not_begun() -> RuleSays:
    return RuleSays(
        gettext_noop("The session has not begun yet: note it once it has."), code="not_begun"
    )


def check_booked(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise unless the session is one that is still booked."""
    _booked(facts, asked)


def _booked(facts: CaseFacts, asked: Asked) -> SessionFact:
    found = known(facts).session(asked.values.get("session"))
    if found is None or found.state != "booked":
        raise RuleSays(gettext_noop("There is no such booked session."), code="no_session")
    return found


def check_held(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise unless the session is booked still and has begun."""
    if not _begun(_booked(facts, asked), facts):
        raise _not_begun()


def check_move(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise unless a booked session may be moved to where and when it is asked.

    One of all parties is only moved while one could be booked; otherwise it can be called off.
    """
    if _booked(facts, asked).kind == "joint":
        joint(facts, actor)
    check_time(facts, asked, actor)


def check_attendance(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    """Raise unless the session is one of the case, not cancelled, and this party was asked to it.

    Of a session with one party alone nothing is noted about another.
    """
    found = known(facts).session(asked.values.get("session"))
    not_theirs = (
        found is not None and found.kind == "separate" and found.party not in (None, asked.party)
    )
    if found is None or found.state == "cancelled" or not_theirs:
        raise RuleSays(gettext_noop("There is no such session."), code="no_session")
    if not _begun(found, facts):
        raise _not_begun()
