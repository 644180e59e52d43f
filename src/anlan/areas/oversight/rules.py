"""Disclosure to an authority: a legal basis, a second person, the party told, counted publicly.

Rail 7. Which case it is about is a sealed text of the disclosure: a link from one case to another
stands nowhere in clear.
"""

from __future__ import annotations

import re

from anlan.kernel.cases.rules.acting import AnswerFault, day_of
from anlan.kernel.cases.rules.facts import Asked, CaseFacts
from anlan.kernel.cases.rules.figures import Dimension, FigureSubject
from anlan.kernel.cases.rules.types import (
    Action,
    CaseType,
    Choice,
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
from anlan.kernel.places.catalogue import Label, labels
from anlan.kernel.values import Actor, Role, RuleForbids, RuleSays, gettext_noop

CODE = "disclosure"
CASE_REF = re.compile(r"^[a-z][a-z0-9_]*:[0-9]{1,12}$")
LONGEST_SILENCE_DAYS = 366
BY = (Role.SUPERVISOR,)
SECOND = (Role.SUPERVISOR, Role.ADMINISTRATOR)


def _l(en: str, zh: str) -> Label:
    return Label(en=en, zh=zh)


def _choices(*rows: tuple[str, str, str]) -> tuple[Choice, ...]:
    return tuple(Choice(code, _l(en, zh)) for code, en, zh in rows)


AUTHORITIES = _choices(
    ("court", "court", "法院"),
    ("prosecutor", "prosecutor", "检察院"),
    ("police", "police", "公安机关"),
    ("supervision", "supervisory body", "监察机关"),
    ("other", "other authority", "其他机关"),
)
BASES = _choices(
    ("court_order", "order of a court", "法院裁定"),
    ("investigation_order", "order to produce evidence", "调取证据通知书"),
    ("statute", "duty by statute", "法定义务"),
)
HANDED_OVER = "told"  # in published tables: whether the party was told yet or not
OUTCOMES = _choices(
    (HANDED_OVER, "handed over", "已提供"),
    ("refused", "refused", "不予提供"),
    ("withdrawn", "withdrawn by the authority", "机关撤回"),
)
GRANT = "grant"
GRANTED = "granted"
HAND_OVER = "hand_over"
KEEP_SILENT = "keep_silent"
OPENED = "opened_for_authority"  # the kernel's event: something was opened for the authority


def check_case_ref(reference: str) -> str:
    """Give a reference such as “mediation:12” back, or say what one looks like."""
    found = reference.strip()
    if not CASE_REF.match(found) or found.startswith(f"{CODE}:"):
        raise AnswerFault(
            gettext_noop("Name the one case that is asked for, such as mediation:12."),
            code="bad_case_ref",
        )
    return found


def _check_correction(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    about = asked.texts.get("about", "")
    if about.strip():
        check_case_ref(about)


def _check_silence(facts: CaseFacts, asked: Asked, actor: Actor) -> None:
    until = day_of(asked.values, "silent_until")
    if until is None or not 0 < (until - facts.today).days <= LONGEST_SILENCE_DAYS:
        raise AnswerFault(
            gettext_noop("Give the day on which the law lets the party be told, within a year."),
            code="bad_silence",
        )


def check_may_tell(facts: CaseFacts, actor: Actor) -> None:
    """Refuse while the law forbids telling the party."""
    until = day_of(facts.answers, "silent_until")
    if until is not None and facts.today < until:
        raise RuleSays(
            gettext_noop("The party may be told from {day} on."),
            code="may_not_tell_yet",
            day=until.isoformat(),
        )


def check_handler(facts: CaseFacts, actor: Actor) -> None:
    """Refuse whoever doesn't handle this disclosure."""
    if facts.handler != actor.staff_ref:
        raise RuleForbids(
            gettext_noop("Only who took this request in hands anything over."), code="not_handler"
        )


def _check_another(facts: CaseFacts, actor: Actor) -> None:
    if facts.handler == actor.staff_ref:
        raise RuleSays(gettext_noop("You handle this request already."), code="handler_already")


def _check_hand_over(facts: CaseFacts, actor: Actor) -> None:
    check_handler(facts, actor)
    if not facts.actions_done.get(OPENED):
        raise RuleSays(
            gettext_noop("The case that was asked for was not opened: nothing can be handed over."),
            code="nothing_opened",
        )


def _check_unopened(facts: CaseFacts, actor: Actor) -> None:
    """Refuse to say “nothing was handed over” once the case was opened for the authority."""
    if facts.actions_done.get(OPENED):
        raise RuleSays(
            gettext_noop(
                "The case was opened for this authority already: note what was handed over; where "
                "it was nothing, say so there."
            ),
            code="opened_already",
        )


def _check_not_shown(facts: CaseFacts, actor: Actor) -> None:
    """Refuse silence once the party can read of an opening: that one stays as it was entered."""
    if facts.actions_done.get(OPENED):
        raise RuleSays(
            gettext_noop(
                "The case was opened for this authority already, and its party reads of that as it "
                "was entered: what the law forbids to tell is noted before the case is opened."
            ),
            code="opened_already",
        )


STATES = (
    State("asked", _l("asked", "已提出"), _l("An authority has asked.", "有机关请求提供信息。")),
    State("granted", _l("granted", "已批准"), _l("It was examined and granted.", "已审查并批准。")),
    State(
        "handed_over",
        _l("handed over", "已提供"),
        _l("Something was handed over.", "已向机关提供。"),
    ),
    State("told", _l("party told", "已告知当事人"), _l("You were told.", "已告知您。"), ends=True),
    State(
        "refused", _l("not given", "未提供"), _l("Nothing was handed over.", "未提供。"), ends=True
    ),
)

ACTIONS = (
    Action(
        "correct",
        _l("Correct what was taken in", "更正登记"),
        frozenset({"asked"}),
        None,
        BY,
        takes=("authority", "basis", "basis_words", "about"),
        check=_check_correction,
    ),
    Action(
        "take_over",
        _l("Take it over", "接手办理"),
        frozenset({"asked", GRANTED, "handed_over"}),
        None,
        BY,
        second=SECOND,
        guard=_check_another,
    ),
    Action(
        GRANT,
        _l("Grant it", "批准"),
        frozenset({"asked"}),
        GRANTED,
        BY,
        requires=("finding",),
        second=SECOND,
        second_reads=True,
    ),
    Action(
        "refuse",
        _l("Refuse it", "不予提供"),
        frozenset({"asked", GRANTED}),
        "refused",
        BY,
        takes=("finding",),
        reasons=_choices(
            ("no_basis", "no legal basis", "无法律依据"),
            ("too_wide", "asks for more than one case", "超出单一案件"),
            ("not_held", "nothing is held", "无相关信息"),
            ("wrong_place", "another body is competent", "应向其他机关提出"),
        ),
        results=("refused",),
        guard=_check_unopened,
    ),
    Action(
        "note_withdrawal",
        _l("The authority withdrew", "机关撤回"),
        frozenset({"asked", GRANTED}),
        "refused",
        BY,
        results=("withdrawn",),
        guard=_check_unopened,
    ),
    Action(
        HAND_OVER,
        _l("Note what was handed over", "登记所提供内容"),
        frozenset({GRANTED}),
        "handed_over",
        BY,
        requires=("handed",),
        guard=_check_hand_over,
    ),
    Action(
        KEEP_SILENT,
        _l("The law forbids telling the party yet", "依法暂不告知当事人"),
        frozenset({GRANTED}),
        None,
        BY,
        requires=("silent_until", "silence_basis"),
        second=SECOND,
        second_reads=True,
        guard=_check_not_shown,
        check=_check_silence,
    ),
    Action(
        "tell_party",
        _l("Note that the party was told", "登记已告知当事人"),
        frozenset({"handed_over"}),
        "told",
        BY,
        results=(HANDED_OVER,),
        guard=check_may_tell,
    ),
)

DISCLOSURE = CaseType(
    code=CODE,
    label=_l("disclosure to an authority", "向机关提供信息"),
    listed=_l("disclosures to authorities", "向机关提供信息"),
    purpose=_l(
        "to show that each disclosure had a legal basis and a second person",
        "证明每次提供均有法律依据并经第二人批准",
    ),
    initial="asked",
    states=STATES,
    actions=ACTIONS,
    clocks=(
        Clock(
            "examine",
            _l("examine the request", "审查请求"),
            Role.SUPERVISOR,
            frozenset({"asked"}),
            Span(5, Unit.WORKING_DAYS),
            Span(1, Unit.WORKING_DAYS),
            _l("own rule of the service", "本部门自定"),
        ),
        Clock(
            "tell",
            _l("tell the party", "告知当事人"),
            Role.SUPERVISOR,
            frozenset({"handed_over"}),
            Span(5, Unit.WORKING_DAYS),
            Span(1, Unit.WORKING_DAYS),
            _l("own rule of the service", "本部门自定"),
            applies=lambda answers: "silent_until" not in answers,
        ),
    ),
    results=(
        Result(HANDED_OVER, _l("party told", "已告知当事人"), Span(60, Unit.MONTHS)),
        Result("refused", OUTCOMES[1].label, Span(24, Unit.MONTHS)),
        Result("withdrawn", OUTCOMES[2].label, Span(24, Unit.MONTHS)),
    ),
    fields=(
        Field("authority", FieldKind.CHOICE, _l("Who asks", "请求机关"), choices=AUTHORITIES),
        Field("basis", FieldKind.CHOICE, _l("Legal basis", "法律依据"), choices=BASES),
        Field("basis_words", FieldKind.WORDS, _l("The paper: number, article", "文书文号及条款")),
        Field("about", FieldKind.WORDS, _l("The one case", "所涉案件"), longest=60),
        Field("finding", FieldKind.WORDS, _l("Why", "审查意见")),
        Field("handed", FieldKind.WORDS, _l("What was handed over, to whom", "所提供内容及接收人")),
        Field("silent_until", FieldKind.DAY, _l("The party may be told from", "可告知日期")),
        Field(
            "silence_basis",
            FieldKind.CHOICE,
            _l("Which law forbids it", "依据"),
            choices=_choices(
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
        hand_over=("Noted what was handed over", "已登记所提供内容"),
        keep_silent=("Noted until when the law forbids telling the party", "已登记暂不告知期限"),
        tell_party=("Noted that the party was told", "已登记告知当事人"),
    ),
    party_roles=_choices(("authority", "authority", "机关")),
    readers={Role.SUPERVISOR: Reach.TOWN, Role.ADMINISTRATOR: Reach.TOWN},
    groups=(
        Group("decision", _l("Decision", "决定"), (GRANT, "refuse", "note_withdrawal")),
        Group("handing", _l("Handing over", "提供"), (HAND_OVER,)),
        Group("party", _l("Telling the party", "告知当事人"), ("tell_party", KEEP_SILENT)),
        Group("intake", _l("What was taken in", "登记"), ("correct", "take_over")),
    ),
    steps=(
        Step(GRANT, frozenset({"asked"})),
        Step("refuse", frozenset({"asked"})),
        Step(HAND_OVER, frozenset({GRANTED})),
        Step("tell_party", frozenset({"handed_over"})),
    ),
)

DISCLOSURES = FigureSubject(
    "disclosures",
    _l("Disclosures to authorities", "向机关提供信息"),
    (
        Dimension("authority", _l("authority", "机关"), AUTHORITIES),
        Dimension("outcome", _l("outcome", "结果"), OUTCOMES),
    ),
)
