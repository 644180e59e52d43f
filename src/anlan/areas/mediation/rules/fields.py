"""What a mediation asks: closed lists, and words with the space that each stands in. Pure."""

from __future__ import annotations

from anlan.kernel.cases.rules.types import Choice, Field, FieldKind, Space
from anlan.kernel.places.catalogue import Label


def choices(**labels: tuple[str, str]) -> tuple[Choice, ...]:
    """Give a closed list from code=(English, Chinese)."""
    return tuple(Choice(code, Label(en=en, zh=zh)) for code, (en, zh) in labels.items())


CATEGORIES = choices(
    family=("Family and inheritance", "婚姻家庭与继承"),
    neighbours=("Neighbours", "邻里"),
    house=("House and homestead", "房屋宅基地"),
    compensation=("Compensation", "损害赔偿"),
    contract=("Contract", "合同"),
    land=("Land and forest", "山林土地"),
    labour=("Labour", "劳动争议"),
    environment=("Environment", "环境污染"),
    traffic=("Traffic", "交通事故"),
    medical=("Medical", "医疗"),
    property=("Property management", "物业"),
    other=("Other", "其他"),
)
PARTNERS = choices(
    police=("Police", "公安机关"),
    labour_arbitration=("Labour arbitration", "劳动人事争议仲裁"),
    court=("Court", "人民法院"),
    prosecutor=("Prosecutor", "人民检察院"),
    union=("Labour union", "工会"),
    youth_league=("Youth league", "共青团"),
    womens_federation=("Women's federation", "妇联"),
    legal_aid=("Legal aid", "法律援助"),
)
SOURCES = (
    *choices(desk=("At the desk", "窗口"), phone=("By phone", "电话")),
    *choices(incident=("From an incident", "警情转来")),
    *PARTNERS,
)
DIFFICULTIES = choices(
    simple=("Simple", "简单"), ordinary=("Ordinary", "一般"), hard=("Hard", "疑难复杂")
)
PARTY_ROLES = choices(
    asker=("Party who asked", "申请人"),
    other=("Other party", "被申请人"),
    third=("Third party", "第三人"),
    guardian=("Guardian", "监护人"),
)
PARTY_KINDS = choices(person=("Person", "个人"), organisation=("Organisation", "单位"))
SESSION_KINDS = choices(joint=("Joint", "共同会谈"), separate=("One party alone", "单独会谈"))
PLACES = choices(room=("In a room", "调解室"), online=("Online", "线上"))
SESSION_OUTCOMES = choices(
    go_on=("To be continued", "继续调解"),
    agreement=("Agreement in sight", "达成意向"),
    no_agreement=("No agreement", "未达成一致"),
)
PERFORMED = choices(
    yes=("Carried out", "已履行"), partly=("Partly", "部分履行"), no=("Not", "未履行")
)
COURT_ANSWERS = choices(confirmed=("Confirmed", "裁定有效"), refused=("Not confirmed", "裁定驳回"))
#: stands beside an answer on satisfaction that staff entered, as a party told it to them
TOLD_STAFF = "satisfaction_told_staff"
SATISFACTION = choices(
    very_good=("Very good", "非常满意"),
    good=("Good", "满意"),
    fair=("Fair", "一般"),
    bad=("Bad", "不满意"),
    very_bad=("Very bad", "非常不满意"),
)

# The private talk: closed questions, asked of each party alone. "Yes" to any of the first five, or
# "no" to the last, is a sign: then nothing joint is offered.
SIGNS = {
    "hurt": ("Has the other side hurt you or somebody near you?", "对方是否伤害过您或您身边的人？"),
    "afraid": ("Are you afraid of the other side?", "您是否害怕对方？"),
    "threatened": ("Has anybody threatened you about this?", "是否有人为此事威胁过您？"),
    "controlled": (
        "Does somebody decide for you about money, phone, papers or whom you meet?",
        "是否有人控制您的钱、手机、证件或与谁来往？",
    ),
    "pressed": ("Does somebody press you to take part?", "是否有人逼您参加调解？"),
}
SAFE = {
    "speaks_freely": (
        "Can you say no with the other side in the room?",
        "对方在场时，您敢说“不”吗？",
    )
}


def _yes_no(code: str, en: str, zh: str, **more: bool) -> Field:
    return Field(code, FieldKind.YES_NO, Label(en=en, zh=zh), **more)  # type: ignore[arg-type]


def _words(code: str, en: str, zh: str, space: Space = Space.CASE, longest: int = 4000) -> Field:
    return Field(code, FieldKind.WORDS, Label(en=en, zh=zh), space=space, longest=longest)


def _choice(code: str, en: str, zh: str, of: tuple[Choice, ...], **more: bool) -> Field:
    return Field(code, FieldKind.CHOICE, Label(en=en, zh=zh), choices=of, **more)  # type: ignore[arg-type]


def _number(code: str, en: str, zh: str, least: int, most: int, refers_to: str = "") -> Field:
    return Field(
        code,
        FieldKind.NUMBER,
        Label(en=en, zh=zh),
        least=least,
        most=most,
        passing=True,
        refers_to=refers_to,
    )


_INTAKE = (
    _choice("source", "How it came", "来源", SOURCES),
    _choice("category", "Kind of dispute", "纠纷类别", CATEGORIES),
    _choice("difficulty", "Difficulty", "难易程度", DIFFICULTIES),
    _words("request", "What is asked for", "申请事项", Space.PARTY),
    _words("incident", "Incident it came from", "所涉警情", Space.NOTES, 40),
)
_PARTY = (
    _choice("party_role", "Part in the dispute", "当事人地位", PARTY_ROLES, of_party=True),
    _choice("party_kind", "Person or organisation", "个人或单位", PARTY_KINDS, of_party=True),
    _yes_no("minor", "Under age", "未成年人", of_party=True),
    Field(
        "guardian",
        FieldKind.PARTY,
        Label(en="Guardian", zh="监护人"),
        of_party=True,
        refers_to="guardian",
    ),
    _words("name", "Name", "姓名或名称", Space.PARTY, 120),
    _words("contact", "Phone or e-mail", "联系方式", Space.PARTY, 120),
    _words("address", "Address", "住址", Space.PARTY, 300),
    _words("account", "How this party sees it", "当事人陈述", Space.PARTY),
)
_PREPARING = (
    Field(
        "office",
        FieldKind.OFFICE,
        Label(en="Office", zh="调解组织"),
        passing=True,
        refers_to="office",
    ),
    Field(
        "mediator",
        FieldKind.STAFF,
        Label(en="Mediator", zh="调解员"),
        passing=True,
        refers_to="mediator",
    ),
    _yes_no(
        "no_interest",
        "I am no party to this, no relative of a party and have no interest in it",
        "本人不是当事人或其近亲属，与本纠纷无利害关系",
        passing=True,
    ),
    _yes_no(
        "they_declared",
        "This mediator has declared to be no party, no relative of one and without interest",
        "该调解员已声明：非当事人或其近亲属，与本纠纷无利害关系",
        passing=True,
    ),
    *(
        Field(code, FieldKind.YES_NO, Label(en=en, zh=zh), space=Space.NOTES, secret=True)
        for code, (en, zh) in (SIGNS | SAFE).items()
    ),
    _yes_no(
        "was_alone", "We spoke alone and nobody could listen", "谈话时无他人在场", passing=True
    ),
    _words("talk_notes", "Notes of the private talk", "单独谈话记录", Space.NOTES),
    _words("note", "The mediator's note", "承办人笔记", Space.NOTES),
    _yes_no(
        "help_offered", "Help was offered, to this party alone", "已单独告知求助途径", passing=True
    ),
    _yes_no(
        "all_heard",
        "Each party heard these terms and agreed",
        "各方均已听读并同意",
        passing=True,
    ),
    _yes_no("all_ask", "All parties ask for it", "各方当事人共同请求", passing=True),
)
_TALKS = (
    _words("joint_words", "Words for all", "共同会谈内容"),
    _number("session", "Session", "会谈", 1, 999, "session"),
    _choice("held_at", "Where", "地点", PLACES, passing=True),
    _number("room", "Room", "调解室", 1, 1_000_000_000, "room"),
    Field("starts", FieldKind.MOMENT, Label(en="Begins", zh="开始时间"), passing=True),
    _number("minutes", "Minutes", "时长（分钟）", 15, 480),
    _words("online_link", "Link to the online room", "线上会谈链接", longest=500),
    _words("own_link", "Link to this party's online room", "本方线上会谈链接", Space.PARTY, 500),
    _choice("outcome", "How it went", "会谈结果", SESSION_OUTCOMES, passing=True),
    _yes_no("came", "Came", "到场", passing=True),
)
AGREEMENT_PARTS = {
    "parties_part": ("Who agrees", "当事人基本情况"),
    "facts_part": ("What happened", "纠纷主要事实"),
    "issues_part": ("What is in dispute", "争议事项"),
    "liability_part": ("Who answers for what", "各方责任"),
    "terms_part": ("What is agreed", "协议内容"),
    "how_part": ("How and by when it is carried out", "履行方式与期限"),
}
_AGREEMENT = (
    *(_words(code, en, zh, longest=8000) for code, (en, zh) in AGREEMENT_PARTS.items()),
    _number("version", "Version of the agreement", "协议版本", 1, 999, "version"),
    _yes_no(
        "has_read", "I have read it, or it was read to me", "本人已阅读或听读协议", passing=True
    ),
)
_AFTER = (
    Field("due_on", FieldKind.DAY, Label(en="Follow-up on", zh="回访日期"), passing=True),
    _choice("performed", "Carried out", "履行情况", PERFORMED),
    _yes_no(
        "no_court",
        "The parties do not want the court's confirmation",
        "各方不申请司法确认",
        passing=True,
    ),
    Field("applied_on", FieldKind.DAY, Label(en="Applied to the court on", zh="申请司法确认日期")),
    _choice("court_answer", "The court's answer", "法院裁定", COURT_ANSWERS),
    _choice("satisfaction", "How satisfied", "满意度", SATISFACTION, of_party=True, counted=True),
    _choice("partner", "Referred to", "转介单位", PARTNERS),
    _yes_no("party_agrees", "The party agrees", "当事人同意", passing=True),
    _yes_no("told_routes", "Other routes were explained", "已告知其他救济途径", passing=True),
)
FIELDS = (*_INTAKE, *_PARTY, *_PREPARING, *_TALKS, *_AGREEMENT, *_AFTER)
