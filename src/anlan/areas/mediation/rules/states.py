"""Where a mediation can stand, how it ends, and its clocks with their sources. Pure."""

from __future__ import annotations

from anlan.areas.mediation.rules import known
from anlan.kernel.cases.rules.types import Clock, Result, Span, State, Unit
from anlan.kernel.places.catalogue import Label
from anlan.kernel.values import Role


def _state(
    code: str,
    en: str,
    zh: str,
    public: tuple[str, str],
    *,
    ends: bool = False,
    told: tuple[str, str] | None = None,
) -> State:
    afterwards = None if told is None else Label(en=told[0], zh=told[1])
    return State(code, Label(en=en, zh=zh), Label(en=public[0], zh=public[1]), ends, afterwards)


# A party reads the same from the request to the first joint talk: what is looked at meanwhile,
# and with whom, is nobody else's business.
_PREPARING = ("We are preparing the mediation.", "正在准备调解。")
# A party reads the same of every end: whether another said no, or it was found not suitable.
_OVER = ("The mediation has ended.", "调解已结束。")

STATES = (
    _state(
        "asked",
        "Asked for",
        "待确认",
        (
            "Please confirm your request; without that it is erased after 7 days.",
            "请确认您的申请；未确认的申请将在7日后删除。",
        ),
        told=("A mediation was asked for.", "已提出调解申请。"),
    ),
    _state("confirmed", "Confirmed", "已确认", _PREPARING),
    _state("chosen", "With an office", "已分派", _PREPARING),
    _state("assigned", "Mediator named", "已指定调解员", _PREPARING),
    _state("accepted", "Taken up", "已受理", _PREPARING),
    _state("inviting", "Other side asked", "征求各方意愿", _PREPARING),
    _state("mediating", "In mediation", "调解中", ("The mediation is under way.", "正在调解。")),
    _state(
        "drafted",
        "Agreement drafted",
        "协议待确认",
        (
            "An agreement is written; it holds once every party has confirmed it and the mediator "
            "puts it in force.",
            "协议已拟好，经各方确认并由调解员登记后生效。",
        ),
        told=("An agreement was written.", "已拟定协议。"),
    ),
    _state(
        "agreed",
        "Agreed",
        "已达成协议",
        ("You have agreed; the agreement is being carried out.", "已达成协议，正在履行。"),
        told=("The parties agreed; the agreement is being carried out.", "已达成协议，正在履行。"),
    ),
    _state("stopped", "Being ended", "正在终止", _OVER),
    _state("closed", "Ended", "已结束", _OVER, ends=True),
)

ASKED = frozenset({"asked"})
CLOSED = frozenset({"closed"})
TALKING = frozenset({"mediating"})
DRAFTED = frozenset({"drafted"})
AGREED = frozenset({"agreed"})
STOPPED = frozenset({"stopped"})
WAITING = frozenset({"confirmed", "chosen", "assigned"})  # for a mediator
WORKING = frozenset({"accepted", "inviting", "mediating", "drafted"})  # with a mediator
UNDER_WAY = WAITING | WORKING
#: a party says no here at any time; after it only an end is reachable
MAY_WITHDRAW = UNDER_WAY | AGREED
LIVE = MAY_WITHDRAW | ASKED

_YEARS_3 = Span(36, Unit.MONTHS)  # the usual limitation period (Civil Code 188)
_YEAR = Span(12, Unit.MONTHS)


def _result(code: str, en: str, zh: str, keep: Span, seal_after_days: int | None = None) -> Result:
    return Result(code, Label(en=en, zh=zh), keep, seal_after_days=seal_after_days)


RESULTS = (
    _result("settled", "Settled and carried out", "达成协议并已履行", _YEARS_3),
    _result("agreed_only", "Agreed; no follow-up wanted", "达成协议，不再回访", _YEARS_3),
    _result("not_performed", "Agreed, not carried out", "达成协议但未履行", _YEARS_3),
    _result("failed", "No agreement", "调解不成", _YEAR),
    _result("refused", "A party said no", "当事人不同意调解", _YEAR),
    _result("withdrawn", "A party withdrew", "当事人退出调解", _YEAR),
    _result("not_suitable", "Not suitable", "不适宜调解", _YEAR),
    _result("referred_out", "Referred", "已转介", _YEAR),
    _result("request_dropped", "Request taken back", "撤回申请", Span(7, Unit.DAYS), 1),
    _result("not_confirmed", "Never confirmed", "未确认", Span(1, Unit.DAYS), 1),
)

UNCONFIRMED_HOURS = 7 * 24  # to the hour: an erasure waits for no working day


def _clock(
    code: str,
    label: tuple[str, str],
    runs_in: frozenset[str],
    goal: Span,
    warn: Span,
    source: tuple[str, str],
    *,
    owner: Role = Role.MEDIATOR,
    **more: object,
) -> Clock:
    words = Label(en=label[0], zh=label[1])
    law = Label(en=source[0], zh=source[1])
    return Clock(code, words, owner, runs_in, goal, warn, law, **more)  # type: ignore[arg-type]


def _work(days: int) -> Span:
    return Span(days, Unit.WORKING_DAYS)


def _days(days: int) -> Span:
    return Span(days, Unit.DAYS)


def _online(article: int) -> tuple[str, str]:
    return (
        f"Online mediation rules of the people's courts (2022), article {article}",
        f"《人民法院在线调解规则》（2022）第{article}条",
    )


_IN_HAND = UNDER_WAY - {"confirmed"}

CLOCKS = (
    _clock(
        "unconfirmed",
        ("Confirm or erase", "确认申请（逾期删除）"),
        ASKED,
        Span(UNCONFIRMED_HOURS, Unit.HOURS),
        Span(48, Unit.HOURS),
        ("An intake that nobody confirms is erased after 7 days", "7日内无人确认的申请予以删除"),
        owner=Role.CLERK,
    ),
    _clock(
        "assignment",
        ("Name a mediator", "指定调解员"),
        frozenset({"confirmed", "chosen"}),
        _work(3),
        _work(1),
        ("Timely assignment: our own pace, as courts have it", "及时指派：参照法院期限自定"),
        owner=Role.SUPERVISOR,
        applies=known.house_pace,
    ),
    _clock(
        "court_choose",
        ("Choose an office", "选定调解组织"),
        frozenset({"confirmed"}),
        _work(2),
        _work(1),
        _online(10),
        owner=Role.SUPERVISOR,
        per_stay=True,
        applies=known.by_court,
    ),
    _clock(
        "court_appoint",
        ("Appoint a mediator", "指派调解员"),
        frozenset({"chosen"}),
        _work(3),
        _work(1),
        _online(12),
        owner=Role.SUPERVISOR,
        per_stay=True,
        applies=known.by_court,
    ),
    _clock(
        "court_accept",
        ("Accept the case", "确认接受"),
        frozenset({"assigned"}),
        _work(3),
        _work(1),
        _online(12),
        per_stay=True,
        applies=known.by_court,
    ),
    _clock(
        "court_ask",
        ("Ask the other side", "征询对方意愿"),
        frozenset({"accepted"}),
        _work(3),
        _work(1),
        _online(15),
        per_stay=True,
        applies=known.by_court,
    ),
    _clock(
        "mediation",
        ("Mediate", "调解期限"),
        _IN_HAND,
        Span(1, Unit.MONTHS),
        _days(7),
        (
            "One month, extended if all parties ask (practice; People's Mediation Law 21)",
            "一个月，经各方请求可延长（实务；《人民调解法》第21条）",
        ),
        extend_by=Span(1, Unit.MONTHS),
        most_extensions=2,
        applies=known.runs_a_month,
    ),
    _clock(
        "court_mediation",
        ("Mediate before filing", "诉前调解期限"),
        _IN_HAND,
        _days(30),
        _days(7),
        _online(26),
        extend_by=_days(30),
        most_extensions=1,
        applies=known.runs_courts_days,
    ),
    _clock(
        "labour",
        ("Mediate; then arbitration is open", "劳动争议调解期限"),
        UNDER_WAY | ASKED,
        _days(15),
        _days(3),
        (
            "Labour Dispute Mediation and Arbitration Law, article 14",
            "《劳动争议调解仲裁法》第14条",
        ),
        since="asked_at",
        applies=known.is_labour,
    ),
    _clock(
        "police_second",
        ("Second mediation", "再次调解"),
        TALKING | DRAFTED,
        _work(7),
        _work(2),
        (
            "Procedure for administrative cases of public security organs, articles 178 to 186",
            "《公安机关办理行政案件程序规定》第178至186条",
        ),
        applies=known.second_police_try,
    ),
    _clock(
        "judicial",
        ("Ask the court to confirm", "申请司法确认"),
        AGREED | STOPPED,  # who withdraws ends the follow-up, and not the parties' days
        _days(30),
        _days(7),
        (
            "People's Mediation Law 33; Civil Procedure Law (2023) 205",
            "《人民调解法》第33条；《民事诉讼法》（2023）第205条",
        ),
        per_stay=True,
        since="in_force_at",
        own_label=Label(
            en="You may together ask the court to confirm your agreement, up to and on {when}.",
            zh="可自愿共同申请司法确认，{when}截止（含当日）。",
        ),
        applies=known.court_may_be_asked,
    ),
)
