"""Rules of mediation: the case type `mediation`, and what is asked before a case is there. Pure.

Sources: People's Mediation Law of the PRC (2010), Online mediation rules of the people's courts
(2022), Labour Dispute Mediation and Arbitration Law, Civil Procedure Law (2023).
"""

from __future__ import annotations

from anlan.areas.mediation.rules.actions import ACTIONS
from anlan.areas.mediation.rules.done import DONE
from anlan.areas.mediation.rules.fields import FIELDS, PARTY_ROLES, choices
from anlan.areas.mediation.rules.guards import asked_already, at_desk, first_heard
from anlan.areas.mediation.rules.intake import (
    Intake,
    PartyWords,
    check_intake,
    check_may_take,
    check_room_rights,
)
from anlan.areas.mediation.rules.known import Known, SessionFact, known
from anlan.areas.mediation.rules.states import CLOCKS, RESULTS, STATES, UNCONFIRMED_HOURS
from anlan.areas.mediation.rules.way import GROUPS, STEPS
from anlan.kernel.cases.rules.types import CaseType, Reach, TaskKind
from anlan.kernel.places.catalogue import Label
from anlan.kernel.values import Role

__all__ = [
    "MEDIATION",
    "UNCONFIRMED_HOURS",
    "Intake",
    "Known",
    "PartyWords",
    "SessionFact",
    "check_intake",
    "check_may_take",
    "check_room_rights",
    "known",
]

MEDIATION = CaseType(
    code="mediation",
    label=Label(en="Mediation", zh="人民调解"),
    listed=Label(en="Mediations", zh="人民调解"),
    purpose=Label(
        en="to help the parties settle their dispute, at the request of one of them",
        zh="应当事人申请，帮助各方解决纠纷",
    ),
    initial="asked",
    states=STATES,
    actions=ACTIONS,
    clocks=CLOCKS,
    results=RESULTS,
    fields=FIELDS,
    party_roles=PARTY_ROLES,
    readers={
        Role.CLERK: Reach.OFFICE,
        Role.MEDIATOR: Reach.OFFICE,
        Role.SUPERVISOR: Reach.TOWN,
    },
    document_kinds=choices(
        proof=("Proof", "证据材料"),
        identity=("Proof of identity", "身份证明"),
        signed=("Signed agreement", "签署的协议书"),
        other=("Other", "其他"),
    ),
    party_document_kinds=("proof", "identity", "other"),
    task_kinds=(
        TaskKind("early_notice", Label(en="A hard case: look at it early", zh="疑难纠纷预警")),
        TaskKind("follow_up", Label(en="See whether it was carried out", zh="回访履行情况")),
    ),
    link_guard=asked_already,
    first_heard=first_heard,
    common_after=("confirm", "consent", "not_fixed"),
    document_guard=at_desk,
    groups=GROUPS,
    steps=STEPS,
    done=DONE,
    opens_with=("source", "category", "difficulty", "request", "incident"),
)
