"""Rails 3 and 7 in the scratch town: machines at the door, openings unseen, the budget."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import datetime
from typing import Any

from anlan.cli.proving import inputs
from anlan.cli.proving.attack import Attack, Finding, broken, held, label
from anlan.cli.proving.here import rows_of
from anlan.cli.proving.scene import KEY, Scratch
from anlan.kernel.values import Actor, Role

BUDGET = 3  # of the attack; the town's own is ANLAN_OPENINGS_PER_HOUR


def refusal(attack: Callable[..., object], *args: Any, **given: Any) -> str | None:
    """Give the code of the refusal, None where it was let through."""
    from anlan.kernel.values import BadInput, Refused

    try:
        attack(*args, **given)
    except Refused as refused:
        return refused.code
    except (BadInput, ValueError):
        return "bad_input"
    return None


def _machines(scene: Scratch) -> Finding:
    """Programs, and people without the right or the case, at the one door."""
    from anlan.kernel.cases import services as cases
    from anlan.kernel.sealing.rules import Purpose

    one, call = inputs.mediation(scene), inputs.incident(scene)
    every_role = frozenset(Role)
    programs = [
        Actor(ref, every_role, shift_ref="shift:1")
        for ref in ("cli", "job:prove", "token:1", "link:1", "")
    ]
    for actor, purpose in itertools.product(programs, Purpose):
        for ref in (one.ref, f"incident:{call}"):
            if _try_door(scene, ref, actor, purpose) is None:
                return broken(
                    f"“{actor.staff_ref}” opened sealed words for {purpose.value}.",
                    f"“{actor.staff_ref}”以{purpose.value}为由打开了密文。",
                )
    stranger = Actor("staff:999999", frozenset({Role.MEDIATOR}))
    for who in (stranger, scene.people["inspector"], scene.people["dispatcher"]):
        stamp = scene.stamp(who)
        if refusal(cases.open_words, one.id, purpose=Purpose.HANDLING, **stamp) is None:
            return broken("Somebody who is not in the case opened it.", "与案件无关者打开了它。")
    return held(
        f"{len(programs)} kinds of programs were refused for each of {len(Purpose)} purposes, and "
        "three people who are not in the case.",
        f"{len(programs)}类程序以{len(Purpose)}种理由均被拒绝，三名与案件无关者亦然。",
    )


def _seen(scene: Scratch) -> Finding:
    """Open a case as its handler, and look whether its party reads of it."""
    from anlan.kernel.cases import queries, services
    from anlan.kernel.sealing.rules import Purpose

    one = inputs.mediation(scene)
    entries = rows_of("ledger.LedgerEntry", action="sealing.opened", subject=one.ref)
    before = entries.count()
    services.open_words(one.id, purpose=Purpose.HANDLING, **scene.stamp("mediator"))
    link = queries.link_of(one.token)
    assert link is not None
    shown = queries.follow(link, at=scene.at).openings
    if not any(each.role == "mediator" and each.purpose == "handling" for each in shown):
        return broken("The party's page does not show it.", "当事人页面未显示。")
    if entries.count() == before:
        return broken("It stands in no ledger.", "未记入台账。")
    named = [each for each in shown if "staff:" in f"{each.role}{each.purpose}"]
    if named:
        return broken("The party's page names a member of staff.", "当事人页面显示了工作人员。")
    return held(
        "An opening stands in the ledger, and the party reads who (by role), when and why.",
        "打开记录已入台账，当事人可见何种角色、何时、因何打开。",
    )


def _budget(scene: Scratch) -> Finding:
    """Open closed calls one after the other, past the budget; then an open one."""
    from django.test.utils import override_settings

    from anlan.areas.dispatch import services as dispatch
    from anlan.kernel.sealing.rules import Purpose

    calls = [inputs.incident(scene) for _ in range(BUDGET + 1)]
    for each in calls:
        dispatch.close_incident(each, **scene.stamp("dispatcher"))
    living = inputs.incident(scene)
    with override_settings(ANLAN_OPENINGS_PER_HOUR=BUDGET):
        codes = [_open_call(scene, each, "second", Purpose.REVIEW) for each in calls]
        for each in calls[:BUDGET]:
            _open_call(scene, each, "officer", Purpose.CORRECTION)
        urgent = (Purpose.LIVE_INCIDENT, Purpose.CALL_BACK, Purpose.CORRECTION)
        live = [_open_call(scene, living, "officer", each) for each in urgent]
    if codes[:BUDGET] != [None] * BUDGET:
        return broken("Within the budget it was refused.", "未超限即被拒绝。")
    if codes[BUDGET] != "budget_exceeded":
        return broken("The budget did not block closed cases.", "超限后仍可打开已结案件。")
    told = rows_of("ledger.LedgerEntry", action="sealing.budget_exceeded")
    if not told.exists():
        return broken("No supervisor is told.", "未通知主管。")
    if any(live):
        return broken("The budget blocked an open incident.", "超限阻止了在办警情。")
    return held(
        "Past the budget closed cases stay shut, and the supervisor is told; a live one opens.",
        "超过限额后已结案件不再打开并通知主管，在办警情照常打开。",
    )


def _open_call(scene: Scratch, one: int, who: str, purpose: Any) -> str | None:
    return _try_door(scene, f"incident:{one}", scene.people[who], purpose)


def _try_door(scene: Scratch, ref: str, actor: Actor, purpose: Any) -> str | None:
    """Give the code with which the door refuses, None where it opens."""
    from anlan.kernel.sealing.services import open_one

    stamp = scene.stamp(actor)
    town = stamp.pop("town_key")
    return refusal(open_one, ref, town=town, purpose=purpose, **stamp)


# --- rail 7 --------------------------------------------------------------------------------------


def _disclosure(scene: Scratch) -> Finding:
    """An authority's request, agreed to by one; by its own author; through every other door."""
    from anlan.areas.oversight import services as oversight
    from anlan.kernel.cases import services as cases
    from anlan.kernel.sealing.rules import Purpose
    from anlan.kernel.sealing.services import open_one

    one = inputs.mediation(scene)
    asked = inputs.disclosure(scene, one.ref, by_two=False)
    proposal = rows_of("cases.Proposal", case_id=asked, decided_at__isnull=True).get().pk
    stamp = scene.stamp("supervisor")
    town = stamp.pop("town_key")
    tries: dict[str, Callable[[], object]] = {
        "before a second person": lambda: oversight.open_for_disclosure(
            asked, **scene.stamp("supervisor")
        ),
        "agreed to by its author": lambda: cases.decide(
            proposal, agree=True, **scene.stamp("supervisor")
        ),
        "agreed to unread": lambda: cases.decide(proposal, agree=True, **scene.stamp("second")),
        "by the door itself": lambda: open_one(
            one.ref, town=town, purpose=Purpose.DISCLOSURE, **stamp
        ),
        "all cases at once": lambda: inputs.disclosure(scene, "mediation:*", by_two=False),
        "a person's name": lambda: inputs.disclosure(scene, scene.canary.latin, by_two=False),
    }
    for way, attack in tries.items():
        if refusal(attack) is None:
            return broken(f"A case was given away {way}.", f"未经批准提供了案件（{way}）。")
    cases.open_words(asked, purpose=Purpose.DECIDING, **scene.stamp("second"))
    cases.decide(proposal, agree=True, **scene.stamp("second"))
    texts = oversight.open_for_disclosure(asked, **scene.stamp("supervisor")).texts
    notes = [each for each in texts if each.space.endswith(":notes")]
    if notes or not texts:
        return broken("A disclosure gave the notes, or nothing.", "提供内容含工作笔记，或为空。")
    return held(
        f"{len(tries)} ways past the second person were refused; granted by two, one case opened, "
        "without the notes.",
        f"绕过第二人的{len(tries)}种方式均被拒绝；经两人批准后只打开一件，且不含工作笔记。",
    )


def _told(scene: Scratch) -> Finding:
    """After a disclosure, the party's own page says so."""
    from anlan.areas.oversight import services as oversight
    from anlan.kernel.cases import queries

    one = inputs.mediation(scene)
    asked = inputs.disclosure(scene, one.ref, by_two=True)
    oversight.open_for_disclosure(asked, **scene.stamp("supervisor"))
    link = queries.link_of(one.token)
    assert link is not None
    shown = [each.purpose for each in queries.follow(link, at=scene.at).openings]
    if "disclosure" not in shown:
        return broken("The party's page is silent about it.", "当事人页面未显示。")
    clear = [
        each.pk
        for each in rows_of("cases.Case", pk=asked)
        if one.ref in f"{each.answers}{each.result}"
    ]
    clear += [
        each.pk
        for each in rows_of("ledger.LedgerEntry", subject=f"disclosure:{asked}")
        if one.ref in [*each.about, each.reason_code]
    ]
    if clear:
        return broken("Which case it is about stands in clear.", "所涉案件以明文存放。")
    if _published_with(one.ref, since=scene.at):
        return broken(
            "A published ledger names the case that an authority was shown.",
            "公布的台账写明了向机关提供的是哪一案件。",
        )
    return held(
        "The party reads that its case was disclosed; the link between the two cases is sealed, "
        "and no published ledger names the case.",
        "当事人可见其案件已被提供；两案之间的关联以密文存放，公布的台账不写明是哪一案件。",
    )


def _published_with(case_ref: str, *, since: datetime) -> bool:
    """Say whether a published ledger tells that this case was opened for an authority."""
    from anlan.kernel.ledger import queries
    from anlan.kernel.ledger.entries import published_bytes

    secret = queries.ledger_keys().pseudonym
    opened = queries.entries_of(
        KEY, actions=["sealing.opened"], since=since, subject=case_ref, reason_code="disclosure"
    )
    return any(case_ref.encode() in published_bytes(each, secret=secret) for each in opened)


DOOR: tuple[Attack[Scratch], ...] = (
    Attack(
        3,
        "programs_at_the_door",
        label("Only named people in the case open it.", "只有案内具名人员能打开案件。"),
        _machines,
    ),
    Attack(
        3,
        "opening_is_seen",
        label("Whoever opens is seen by the party.", "谁打开过，当事人都看得到。"),
        _seen,
    ),
    Attack(3, "hourly_budget", label("Reading on is stopped.", "连续翻阅会被阻止。"), _budget),
    Attack(
        7,
        "disclosure_by_one",
        label("Nothing is disclosed by one alone.", "不得由一人决定向机关提供。"),
        _disclosure,
    ),
    Attack(
        7,
        "party_is_told",
        label("The party learns of a disclosure.", "当事人获知提供情况。"),
        _told,
    ),
)
