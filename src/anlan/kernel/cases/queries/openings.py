"""For which purposes somebody may open a case's words."""

from __future__ import annotations

from anlan.kernel.cases.models import Case, CaseStaff, Proposal
from anlan.kernel.cases.registry import case_type
from anlan.kernel.cases.rules.facts import IN_IT
from anlan.kernel.cases.rules.types import Confidentiality
from anlan.kernel.sealing.queries import opened_at_version
from anlan.kernel.sealing.rules import ALLOWED, JOINT, Purpose
from anlan.kernel.values import Actor, Role

# What a live incident opens by is no purpose here: it would go past the budget.
# To decide is none of them: it opens only while something waits for its second person.
CASE_PURPOSES = (Purpose.HANDLING, Purpose.REVIEW, Purpose.CORRECTION, Purpose.OWN_REQUEST)


def is_in_it(case_id: int, actor: Actor) -> bool:
    """Say whether an actor handles a case or helps in it."""
    return CaseStaff.objects.filter(
        case_id=case_id,
        staff_ref=actor.staff_ref,
        part__in=[part.value for part in IN_IT],
        until__isnull=True,
    ).exists()


def purposes_of(case_id: int, *, actor: Actor) -> tuple[Purpose, ...]:
    """Give the purposes for which an actor may open a case that it sees; handling for handlers."""
    mine = tuple(one for one in CASE_PURPOSES if actor.has(*ALLOWED[one]))
    if mine and not is_in_it(case_id, actor):
        shut = Case.objects.filter(pk=case_id, confidentiality=Confidentiality.RESTRICTED.value)
        opens = () if shut.exists() else mine
        mine = tuple(one for one in opens if one is not Purpose.HANDLING)
    return (Purpose.DECIDING, *mine) if asked_to_decide(case_id, actor) else mine


def hands_out_links(case_id: int, actor: Actor) -> bool:
    """Say whether an actor hands out a case's links: who handles it, a clerk, the programme."""
    if actor.staff_ref.startswith("job:") or actor.staff_ref == "cli" or actor.has(Role.CLERK):
        return True
    return is_in_it(case_id, actor)


def asked_to_decide(case_id: int, actor: Actor) -> bool:
    """Say whether something waits in a case that this actor may agree to and must read first."""
    waiting = Proposal.objects.filter(case_id=case_id, decided_at__isnull=True)
    others = waiting.exclude(proposed_by=actor.staff_ref)
    for code, action in others.values_list("case__type", "action"):
        what = case_type(code).action(action)
        if what is not None and what.second_reads and actor.has(*what.second):
            return True
    return False


def read_before(case_id: int, actor: Actor) -> bool:
    """Say whether an actor opened a case's own words at some time, as they stood then."""
    one = Case.objects.get(pk=case_id)
    return actor.staff_ref in opened_at_version(one.ref, version=0, part=JOINT)


def has_read(case_id: int, actor: Actor) -> bool:
    """Say whether an actor opened a case's own words since all of it stands as it does now.

    What was corrected after it had read it, it reads again. The case's version says so, no clock:
    what was begun before somebody read, and committed after, was not read.
    """
    one = Case.objects.get(pk=case_id)
    return actor.staff_ref in opened_at_version(one.ref, version=one.version, part=JOINT)
