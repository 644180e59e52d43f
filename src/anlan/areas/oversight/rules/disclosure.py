"""Disclosure to an authority: a legal basis, a second person, the party told, counted publicly.

Rail 7. Which case it is about is a sealed text of the disclosure: a link from one case to another
stands nowhere in clear.
"""

from __future__ import annotations

from anlan.areas.oversight.rules.guards import (
    check_another,
    check_correction,
    check_hand_over,
    check_lapsed,
    check_may_tell,
    check_not_shown,
    check_silence,
    check_unopened,
    is_opened,
)
from anlan.areas.oversight.rules.words import (
    AUTHORITIES,
    BASES,
    BY,
    CODE,
    EXAMINE_AGAIN,
    GRANT,
    GRANT_HOLDS,
    GRANTED,
    HAND_OVER,
    HANDED_OVER,
    KEEP_SILENT,
    OUTCOMES,
    SECOND,
    choices,
    said,
)
from anlan.kernel.cases.rules.figures import Dimension, FigureSubject
from anlan.kernel.cases.rules.types import (
    Action,
    CaseType,
    Clock,
    Field,
    FieldKind,
    Group,
    Reach,
    Result,
    Span,
    State,
    Step,
    Unit,
)
from anlan.kernel.places.catalogue import labels
from anlan.kernel.values import Role

STATES = (
    State(
        "asked", said("asked", "已提出"), said("An authority has asked.", "有机关请求提供信息。")
    ),
    State(
        "granted", said("granted", "已批准"), said("It was examined and granted.", "已审查并批准。")
    ),
    State(
        "handed_over",
        said("handed over", "已提供"),
        said("Something was handed over.", "已向机关提供。"),
    ),
    State(
        "told", said("party told", "已告知当事人"), said("You were told.", "已告知您。"), ends=True
    ),
    State(
        "refused",
        said("not given", "未提供"),
        said("Nothing was handed over.", "未提供。"),
        ends=True,
    ),
)

ACTIONS = (
    Action(
        "correct",
        said("Correct what was taken in", "更正登记"),
        frozenset({"asked"}),
        None,
        BY,
        takes=("authority", "basis", "basis_words", "about"),
        check=check_correction,
    ),
    Action(
        "take_over",
        said("Take it over", "接手办理"),
        frozenset({"asked", GRANTED, "handed_over"}),
        None,
        BY,
        second=SECOND,
        guard=check_another,
    ),
    Action(
        GRANT,
        said("Grant it", "批准"),
        frozenset({"asked"}),
        GRANTED,
        BY,
        requires=("finding",),
        second=SECOND,
        second_reads=True,
    ),
    Action(
        "refuse",
        said("Refuse it", "不予提供"),
        frozenset({"asked", GRANTED}),
        "refused",
        BY,
        takes=("finding",),
        reasons=choices(
            ("no_basis", "no legal basis", "无法律依据"),
            ("too_wide", "asks for more than one case", "超出单一案件"),
            ("not_held", "nothing is held", "无相关信息"),
            ("wrong_place", "another body is competent", "应向其他机关提出"),
        ),
        results=("refused",),
        guard=check_unopened,
    ),
    Action(
        "note_withdrawal",
        said("The authority withdrew", "机关撤回"),
        frozenset({"asked", GRANTED}),
        "refused",
        BY,
        results=("withdrawn",),
        guard=check_unopened,
    ),
    Action(
        EXAMINE_AGAIN,
        said("Let it be examined again", "重新审查"),
        frozenset({GRANTED}),
        "asked",
        BY,
        guard=check_lapsed,
    ),
    Action(
        HAND_OVER,
        said("Note what was handed over", "登记所提供内容"),
        frozenset({GRANTED}),
        "handed_over",
        BY,
        requires=("handed",),
        guard=check_hand_over,
    ),
    Action(
        KEEP_SILENT,
        said("The law forbids telling the party yet", "依法暂不告知当事人"),
        frozenset({GRANTED}),
        None,
        BY,
        requires=("silent_until", "silence_basis"),
        second=SECOND,
        second_reads=True,
        guard=check_not_shown,
        check=check_silence,
    ),
    Action(
        "tell_party",
        said("Note that the party was told", "登记已告知当事人"),
        frozenset({"handed_over"}),
        "told",
        BY,
        results=(HANDED_OVER,),
        guard=check_may_tell,
    ),
)

DISCLOSURE = CaseType(
    code=CODE,
    label=said("disclosure to an authority", "向机关提供信息"),
    listed=said("disclosures to authorities", "向机关提供信息"),
    purpose=said(
        "to show that each disclosure had a legal basis and a second person",
        "证明每次提供均有法律依据并经第二人批准",
    ),
    initial="asked",
    states=STATES,
    actions=ACTIONS,
    clocks=(
        Clock(
            "examine",
            said("examine the request", "审查请求"),
            Role.SUPERVISOR,
            frozenset({"asked"}),
            Span(5, Unit.WORKING_DAYS),
            Span(1, Unit.WORKING_DAYS),
            said("own rule of the service", "本部门自定"),
            per_stay=True,
        ),
        Clock(
            HAND_OVER,
            said(
                "open the case and hand over; then the grant lapses", "打开案件并提供，逾期批准失效"
            ),
            Role.SUPERVISOR,
            frozenset({GRANTED}),
            GRANT_HOLDS,
            Span(2, Unit.WORKING_DAYS),
            said("own rule of the service", "本部门自定"),
            per_stay=True,
        ),
        Clock(
            "tell",
            said("tell the party", "告知当事人"),
            Role.SUPERVISOR,
            frozenset({"handed_over"}),
            Span(5, Unit.WORKING_DAYS),
            Span(1, Unit.WORKING_DAYS),
            said("own rule of the service", "本部门自定"),
            since="silent_until",
        ),
    ),
    results=(
        Result(HANDED_OVER, said("party told", "已告知当事人"), Span(60, Unit.MONTHS)),
        Result("refused", OUTCOMES[1].label, Span(24, Unit.MONTHS)),
        Result("withdrawn", OUTCOMES[2].label, Span(24, Unit.MONTHS)),
    ),
    fields=(
        Field("authority", FieldKind.CHOICE, said("Who asks", "请求机关"), choices=AUTHORITIES),
        Field("basis", FieldKind.CHOICE, said("Legal basis", "法律依据"), choices=BASES),
        Field(
            "basis_words",
            FieldKind.WORDS,
            said("The paper: number, article", "文书文号及条款"),
            replaced=True,
        ),
        Field(
            "about", FieldKind.WORDS, said("The one case", "所涉案件"), longest=60, replaced=True
        ),
        Field("finding", FieldKind.WORDS, said("Why", "审查意见")),
        Field(
            "handed", FieldKind.WORDS, said("What was handed over, to whom", "所提供内容及接收人")
        ),
        Field("silent_until", FieldKind.DAY, said("The party may be told from", "可告知日期")),
        Field(
            "silence_basis",
            FieldKind.CHOICE,
            said("Which law forbids it", "依据"),
            choices=choices(
                ("court_order", "order of a court", "法院裁定"),
                ("statute", "a statute", "法律规定"),
            ),
        ),
    ),
    done=labels(
        correct=("Entry corrected", "已更正登记"),
        take_over=("Taken over", "已接手办理"),
        grant=("Granted", "已批准"),
        refuse=("Refused", "已决定不予提供"),
        note_withdrawal=("Withdrawal by the authority noted", "已登记机关撤回"),
        examine_again=("Returned to be examined again", "已退回重新审查"),
        hand_over=("Noted what was handed over", "已登记所提供内容"),
        keep_silent=("Noted until when the law forbids telling the party", "已登记暂不告知期限"),
        tell_party=("Noted that the party was told", "已登记告知当事人"),
    ),
    party_roles=choices(("authority", "authority", "机关")),
    readers={Role.SUPERVISOR: Reach.TOWN, Role.ADMINISTRATOR: Reach.TOWN},
    groups=(
        Group(
            "decision",
            said("Decision", "决定"),
            (GRANT, EXAMINE_AGAIN, "refuse", "note_withdrawal"),
        ),
        Group("handing", said("Handing over", "提供"), (HAND_OVER,)),
        Group("party", said("Telling the party", "告知当事人"), ("tell_party", KEEP_SILENT)),
        Group("intake", said("What was taken in", "登记"), ("correct", "take_over")),
    ),
    steps=(
        Step(GRANT, frozenset({"asked"})),
        Step("refuse", frozenset({"asked"})),
        Step(HAND_OVER, frozenset({GRANTED}), wanted=is_opened),
        Step(EXAMINE_AGAIN, frozenset({GRANTED}), wanted=lambda facts: not is_opened(facts)),
        Step("tell_party", frozenset({"handed_over"})),
    ),
)

DISCLOSURES = FigureSubject(
    "disclosures",
    said("Disclosures to authorities", "向机关提供信息"),
    (
        Dimension("authority", said("authority", "机关"), AUTHORITIES),
        Dimension("outcome", said("outcome", "结果"), OUTCOMES),
    ),
)
