"""Second persons: an action is proposed, and another agrees or declines."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from anlan.kernel.cases.models import Case, Proposal
from anlan.kernel.cases.queries.cases import case_facts, no_such_case
from anlan.kernel.cases.queries.openings import has_read, read_before
from anlan.kernel.cases.registry import Registered, registered
from anlan.kernel.cases.rules.acting import (
    check_possible,
    of_type,
)
from anlan.kernel.cases.rules.facts import Asked
from anlan.kernel.cases.rules.kernel_events import DECLINE_REASONS
from anlan.kernel.cases.rules.types import Action
from anlan.kernel.cases.services.acting.carrying import bump, do, keep_event
from anlan.kernel.cases.services.acting.entering import enter
from anlan.kernel.cases.services.acting.outcome import Done, done_before
from anlan.kernel.cases.services.doing import Doing
from anlan.kernel.cases.services.words import in_words
from anlan.kernel.ledger.services import Write, write
from anlan.kernel.values import Actor, BadInput, Refused, RuleSays, check_role


def propose(doing: Doing, what: Action, entry: Write) -> Done:
    """Keep an action, which the rules let by, until its second person decides."""
    one, asked = doing.case, doing.asked
    proposal = Proposal.objects.create(
        case=one,
        action=what.code,
        party=asked.party,
        result=asked.result,
        reason=asked.reason,
        values=dict(asked.values),
        texts=doing.sealed,
        proposed_by=doing.actor.staff_ref,
        proposed_at=doing.at,
    )
    entry.record(
        subject=one.ref,
        about=[f"proposal:{proposal.pk}"],
        reason_code=asked.reason,
        action=f"{one.type}.proposed",
    )
    bump(one)
    entry.result = {"case": one.pk, "version": one.version, "proposal": proposal.pk}
    return Done(one.pk, one.version, proposal.pk)


@in_words
def decide(
    proposal_id: int,
    *,
    agree: bool,
    reason: str = "",
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> Done:
    """Agree to a proposed action, which is then done, or decline it: never for oneself.

    Who declines says why by one of DECLINE_REASONS. Who proposed it may take it back. Either is an
    event of the case.
    """
    with write(
        town=town_key,
        actor=actor,
        action="proposal.decided",
        at=at,
        recorded_at=recorded_at,
        client_key=client_key,
        asked={"proposal": proposal_id, "agree": agree, "reason": reason},
    ) as entry:
        if entry.replayed:
            return done_before(entry)
        waiting = Proposal.objects.select_for_update().filter(
            pk=proposal_id, case__town__key=town_key
        )
        proposal = waiting.first()
        if proposal is None:
            raise no_such_case()
        one, _asked = enter(proposal.case_id, town_key=town_key, actor=actor, asked=Asked())
        kind = registered(one.type)
        what = kind.type.action(proposal.action)
        if proposal.decided_at is not None or what is None:
            raise Refused(_("This was decided already."), code="decided_already")
        own = proposal.proposed_by == actor.staff_ref
        if own and agree:
            raise Refused(
                _("A second person decides this; nobody agrees for himself."), code="own_proposal"
            )
        if not own:
            check_role(actor, *what.second)
        if agree and what.second_reads:
            _check_read(proposal, actor)
        if not (agree or own) and reason not in DECLINE_REASONS:
            raise BadInput(_("Say why you decline: choose a reason."))
        proposal.decided_by, proposal.decided_at = actor.staff_ref, at
        proposal.agreed = None if own else agree  # what is taken back was neither
        proposal.save()
        if not agree:
            return _say_no(proposal, one, kind, actor, reason="" if own else reason, entry=entry)
        return _do_proposed(proposal, one, kind, what, second=actor, entry=entry)


def _say_no(
    proposal: Proposal, one: Case, kind: Registered, actor: Actor, *, reason: str, entry: Write
) -> Done:
    """Write that what was proposed is not done: declined with a reason, or taken back."""
    said = "declined" if reason else "taken_back"
    asked = Asked(
        values={"proposal": proposal.pk, "proposed": proposal.action},
        reason=reason,
        party=proposal.party,
    )
    facts = case_facts(one, at=entry.at)
    keep_event(Doing(one, kind.type, facts, said, asked, actor, entry), from_state=one.state)
    entry.record(
        subject=one.ref,
        about=[f"proposal:{proposal.pk}"],
        reason_code=reason,
        action=f"{one.type}.{said}",
    )
    bump(one)
    entry.result = {"case": one.pk, "version": one.version}
    return Done(one.pk, one.version)


def _check_read(proposal: Proposal, actor: Actor) -> None:
    if has_read(proposal.case_id, actor):
        return
    if read_before(proposal.case_id, actor):
        raise Refused(
            _(
                "It was changed since you opened it: open it again first, since nobody agrees to "
                "what was not read."
            ),
            code="changed_since_read",
        )
    raise Refused(
        _("Open what is asked for first: nobody agrees to what was not read."), code="not_read"
    )


def _do_proposed(
    proposal: Proposal, one: Case, kind: Registered, what: Action, *, second: Actor, entry: Write
) -> Done:
    """Do what was proposed, if it can still be done; the words were sealed when it was proposed."""
    asked = Asked(
        values=proposal.values,
        reason=proposal.reason,
        result=proposal.result,
        party=proposal.party,
    )
    first = Actor(proposal.proposed_by, frozenset(what.roles))
    facts = case_facts(one, at=entry.at)
    try:
        check_possible(kind.type, what, facts, first, party=proposal.party)
        if what.check is not None:
            what.check(facts, asked, first)
    except RuleSays as said:
        raise of_type(kind.type, said) from said.__cause__
    doing = Doing(one, kind.type, facts, what.code, asked, first, entry, sealed=proposal.texts)
    return do(doing, kind, what, entry, second=second.staff_ref)
