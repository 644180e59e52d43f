"""Carrying an action out: state, the area's hook, event, clocks, entry, version."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F

from anlan.kernel.cases.models import Case, CaseEvent, Proposal
from anlan.kernel.cases.registry import Registered
from anlan.kernel.cases.rules.calendars import keep_until
from anlan.kernel.cases.rules.kernel_events import BY_HAND, KERNEL_TASKS
from anlan.kernel.cases.rules.types import Action, Result
from anlan.kernel.cases.services.acting.keeping import add_parties, keep_values
from anlan.kernel.cases.services.acting.outcome import Done, changed, keep_done
from anlan.kernel.cases.services.clocks import turn_clocks
from anlan.kernel.cases.services.doing import Doing
from anlan.kernel.ledger.services import Write


def do(doing: Doing, kind: Registered, what: Action, entry: Write, *, second: str = "") -> Done:
    """Carry a checked action out; `second` is who agreed to it."""
    one = doing.case
    add_parties(doing)
    keep_values(doing)
    result = doing.asked.result or (what.results[0] if what.results else "")
    carry_out(
        doing,
        kind,
        target=what.target or one.state,
        from_state=one.state,
        result=result,
        second=second,
    )
    return Done(one.pk, one.version, parties=keep_done(doing, entry))


def carry_out(
    doing: Doing,
    kind: Registered,
    *,
    target: str,
    from_state: str,
    result: str = "",
    second: str = "",
) -> None:
    """Set the state, let the area do its part, write the event, turn the clocks, enter it all."""
    one, asked, at = doing.case, doing.asked, doing.at
    values = kind.type.kept_in_clear(asked.values)
    if target != from_state:
        one.state, one.state_since = target, at
        _let_lapse(doing)
    _end_or_reopen(one, kind, target=target, result=result, at=at)
    if target in kind.type.ends:
        # What is still to be told to a party stays to be told.
        own = {each.code for each in kind.type.task_kinds}
        doing.end_tasks(*own, *(KERNEL_TASKS.keys() - BY_HAND), outcome="case_ended")
    hook = kind.hooks.get(doing.action)
    if hook is not None:
        hook(doing)
    keep_event(doing, from_state=from_state, second=second)
    turn_clocks(one, kind.type, before_state=from_state, at=at)
    doing.write.record(
        subject=one.ref,
        about=[doing.actor.staff_ref] if second else [],  # the entry's own actor is the second
        fields=sorted({"state", *values}) if target != from_state else sorted(values),
        reason_code=asked.reason or result,
        action=f"{one.type}.{doing.action}",
    )
    bump(one)


def _let_lapse(doing: Doing) -> None:
    """Let go of what waits for its second person and is nothing for the state that was come to."""
    one = doing.case
    waiting = Proposal.objects.filter(case=one, decided_at__isnull=True)
    for proposal in waiting.order_by("pk"):
        what = doing.type.action(proposal.action)
        if what is None or one.state not in what.sources:
            proposal.decided_at = doing.at  # nobody agreed, and nobody declined
            proposal.save(update_fields=["decided_at"])
            doing.write.record(
                subject=one.ref, about=[f"proposal:{proposal.pk}"], action=f"{one.type}.lapsed"
            )


def keep_event(doing: Doing, *, from_state: str, second: str = "") -> None:
    """Write what was done into the case's events."""
    CaseEvent.objects.create(
        case=doing.case,
        seq=CaseEvent.objects.filter(case=doing.case).count() + 1,
        action=doing.action,
        from_state=from_state,
        to_state=doing.case.state,
        party=doing.asked.party,
        actor_ref=doing.actor.staff_ref,
        second_ref=second,
        reason=doing.asked.reason,
        values=doing.type.kept_in_clear(doing.asked.values),
        texts=doing.sealed,
        at=doing.at,
        recorded_at=doing.write.recorded_at,
    )


def bump(one: Case) -> None:
    """Save a case by compare-and-set on its version."""
    version = one.version
    values = {
        name: getattr(one, name)
        for name in (
            "state",
            "state_since",
            "ended_at",
            "result",
            "seal_at",
            "sealed_at",
            "erase_on",
            "erased_at",
            "answers",
            "office_id",
            "confidentiality",
            "cell",
        )
    }
    done = Case.objects.filter(pk=one.pk, version=version).update(
        version=F("version") + 1, **values
    )
    if done != 1:
        raise changed()
    one.version = version + 1


def _end_or_reopen(one: Case, kind: Registered, *, target: str, result: str, at: datetime) -> None:
    if target in kind.type.ends:
        if one.ended_at is None or result:
            one.ended_at, one.result = at, result
            found = kind.type.result(result)
            if found is not None:
                _date_the_end(one, found, at=at)
    elif one.ended_at is not None:
        one.ended_at, one.result, one.seal_at, one.erase_on = None, "", None, None
        one.sealed_at = None  # what is written from now on can be opened here; older words can't


def _date_the_end(one: Case, result: Result, *, at: datetime) -> None:
    """Set when the case is sealed and when it is erased; both are computed from its result."""
    days = result.seal_after_days
    if days is None:
        days = settings.ANLAN_SEAL_AFTER_DAYS
    one.seal_at = at + timedelta(days=days)
    one.erase_on = keep_until(at.astimezone(ZoneInfo(one.town.zone)).date(), result.keep)
