"""Checklists: questions about things, answered from closed lists. A form about people is refused.

What holds is that answers are closed and that a second person and the public read every question;
the list of words below is a hurdle in the way of who would ask about people all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from anlan.areas.hazards.rules.kinds import hazard_kinds
from anlan.areas.hazards.rules.premises import premises_catalogue
from anlan.kernel.places.catalogue import Label, read_catalogue, read_label
from anlan.kernel.values import Actor, BadInput, Refused, Role, RuleForbids, RuleSays, gettext_noop

PROPOSERS = frozenset({Role.INSPECTOR, Role.SUPERVISOR, Role.PLANNER, Role.ADMINISTRATOR})
CODE = re.compile(r"^[a-z][a-z0-9_]{0,29}$")
MOST_QUESTIONS = 60
LONGEST_QUESTION = 120
_FORM_KEYS = {"code", "label", "classes", "questions"}
_QUESTION_KEYS = {"code", "about", "answers", "hazard", "label"}

# Words by which a question would be about people: who they are, live with, believe, own, say, do.
_PEOPLE_EN = re.compile(
    r"\b(who|whom|whose|name|names|named|person|persons|people|personal|resident|residents|"
    r"tenant|tenants|occupant|occupants|occupier|owner|owners|lodger|lodgers|guest|guests|visitor|"
    r"visitors|worker|workers|staff|employee|employees|customer|customers|pupil|pupils|patient|"
    r"patients|family|families|household|households|child|children|woman|women|man|men|elderly|"
    r"migrant|migrants|foreigner|foreigners|nationality|nationals|citizen|citizens|ethnic|"
    r"ethnicity|race|tribe|religion|religious|belief|beliefs|faith|worship|prayer|church|mosque|"
    r"temple|political|politics|party|petition|petitioner|petitioners|protest|assembly|"
    r"gathering|gatherings|union|passport|identity|id|hukou|registration|registered|permit of stay|"
    r"phone|telephone|mobile|contact|address|e-?mail|birth|age|aged|gender|sex|health|illness|"
    r"disabled|disability|drug|drugs|criminal|convict|convicted|prison|suspicious|suspect|"
    r"behaviour|behavior|mood|habits|sleep|sleeps|lives|living|stays|staying|arrives|leaves)\b",
    re.IGNORECASE,
)
_PEOPLE_ZH = re.compile(
    r"谁|姓名|名字|人员|人数|几人|多少人|住户|居民|村民|租客|租户|承租人|房东|业主|户主|家庭|家属|户籍|户口|"
    r"流动人口|外来|外国人|外籍|境外|民族|宗教|信仰|教会|清真寺|教堂|佛堂|聚会|集会|上访|信访|抗议|党员|政治|"
    r"身份证|护照|证件号|暂住|居住证|登记卡|电话|手机|微信|联系方式|地址|出生|年龄|性别|健康|疾病|精神|残疾|"
    r"老人|儿童|妇女|学生|员工|工人|访客|来访|客人|顾客|病人|吸毒|前科|刑满|可疑|重点人|行为|言论|思想|情绪|"
    r"作息|居住|入住|留宿"
)
_ALLOWED_EN = re.compile(r"\b(self-closing|by themselves)\b", re.IGNORECASE)


class FormRefused(RuleSays):
    """A checklist that can't be taken, with the question that is at fault."""


@dataclass(frozen=True, slots=True)
class AnswerSet:
    """A closed kind of answer: its choices, which of them fail, which mean imminent danger."""

    code: str
    choices: Mapping[str, Label]
    fails: frozenset[str]
    danger: frozenset[str]


@dataclass(frozen=True, slots=True)
class Question:
    """One question about a thing; a failing answer opens a hazard of `hazard`."""

    code: str
    about: str
    answers: str
    hazard: str
    label: Label


@dataclass(frozen=True, slots=True)
class Form:
    """A checklist: for which classes of premises, and what it asks. Number 0 is as shipped."""

    code: str
    number: int
    label: Label
    classes: tuple[str, ...]
    questions: tuple[Question, ...]

    def question(self, code: str) -> Question | None:
        """Give a question by its code, None where the form has none such."""
        return next((one for one in self.questions if one.code == code), None)


@dataclass(frozen=True)
class ChecklistCatalogue:
    """What questions may be about, the closed kinds of answers, and the forms as shipped."""

    about: Mapping[str, Label]
    answers: Mapping[str, AnswerSet]
    forms: Mapping[str, Form]


@cache
def checklist_catalogue() -> ChecklistCatalogue:
    """Give the shipped forms, checked like any other."""
    raw = read_catalogue("checklists.toml")
    about = {code: read_label(one, where=code) for code, one in raw["about"].items()}
    answers = {code: _answer_set(code, one) for code, one in raw["answers"].items()}
    closed = ChecklistCatalogue(about, answers, {})
    forms = {}
    for item in raw["checklists"]:
        form = parse_form(item, closed=closed)
        forms[form.code] = form
    return ChecklistCatalogue(about, answers, forms)


def _answer_set(code: str, raw: Mapping[str, Any]) -> AnswerSet:
    choices = {
        str(one["code"]): read_label(one.get("label"), where=f"Answer {one['code']}")
        for one in raw["choices"]
    }
    fails, danger = frozenset(raw["fails"]), frozenset(raw.get("danger", ()))
    if not fails or not fails < choices.keys() or not danger <= fails:
        raise BadInput(f"The answers {code} name no choice that fails, or one that is not there.")
    return AnswerSet(code, choices, fails, danger)


def parse_form(
    raw: Mapping[str, Any], *, number: int = 0, closed: ChecklistCatalogue | None = None
) -> Form:
    """Check and freeze a form that somebody wrote; raises FormRefused with the first fault.

    The keys are an allow-list: what isn't known is refused rather than left out.
    """
    listed = closed or checklist_catalogue()
    _check_keys(raw, _FORM_KEYS, where="the form")
    code = _code(raw.get("code"), where="the form")
    label = _label(raw.get("label"), where=code)
    classes = tuple(str(one) for one in raw.get("classes", ()))
    for each in classes:
        if each not in premises_catalogue().classes:
            raise _fault(gettext_noop("“{where}” is no listed class of premises."), each)
    if not classes:
        raise _fault(gettext_noop("“{where}” says not for which classes of premises it is."), code)
    items = raw.get("questions", ())
    if not isinstance(items, Sequence) or not 0 < len(items) <= MOST_QUESTIONS:
        raise _fault(gettext_noop("“{where}” asks nothing, or more than 60 questions."), code)
    questions = tuple(_question(item, listed) for item in items)
    codes = [one.code for one in questions]
    for each in codes:
        if codes.count(each) > 1:
            raise _fault(gettext_noop("The question “{where}” stands twice."), each)
    return Form(code, number, label, classes, questions)


def _question(raw: object, listed: ChecklistCatalogue) -> Question:
    if not isinstance(raw, Mapping):
        raise _fault(gettext_noop("“{where}” is no question."), str(raw)[:40])
    code = _code(raw.get("code"), where="a question")
    _check_keys(raw, _QUESTION_KEYS, where=code)
    about, answers, hazard = (str(raw.get(key, "")) for key in ("about", "answers", "hazard"))
    if about not in listed.about:
        raise _fault(
            gettext_noop("The question “{where}” is about nothing on the list of things."), code
        )
    if answers not in listed.answers:
        raise _fault(
            gettext_noop("The question “{where}” is not answered by one of the closed lists."),
            code,
        )
    if hazard not in hazard_kinds():
        raise _fault(gettext_noop("The question “{where}” names no listed kind of hazard."), code)
    return Question(code, about, answers, hazard, _label(raw.get("label"), where=code))


def _label(raw: object, *, where: str) -> Label:
    if not isinstance(raw, Mapping) or not raw.get("en") or not raw.get("zh"):
        raise _fault(gettext_noop("“{where}” needs its words in both languages."), where)
    label = Label(en=str(raw["en"]), zh=str(raw["zh"]))
    for text in (label.en, label.zh):
        if len(text) > LONGEST_QUESTION or "\n" in text:
            raise _fault(gettext_noop("“{where}” is longer than 120 letters."), where)
    for word in people_words(f"{label.en} {label.zh} {where.replace('_', ' ')}"):
        raise FormRefused(
            gettext_noop(
                "“{where}” asks about people (“{word}”). A checklist asks about things only."
            ),
            code="asks_about_people",
            where=where,
            word=word,
        )
    return label


def people_words(text: str) -> Iterator[str]:
    """Give the words by which a text would be about people."""
    plain = _ALLOWED_EN.sub(" ", text)
    for pattern in (_PEOPLE_EN, _PEOPLE_ZH):
        for found in pattern.finditer(plain):
            yield found.group(0)


def _check_keys(raw: Mapping[str, Any], allowed: set[str], *, where: str) -> None:
    for key in raw:
        if key not in allowed:
            raise FormRefused(
                gettext_noop("“{where}” holds “{key}”, which a checklist doesn't know."),
                code="unknown_key",
                where=where,
                key=str(key)[:40],
            )


def _code(raw: object, *, where: str) -> str:
    if not isinstance(raw, str) or not CODE.match(raw):
        raise _fault(
            gettext_noop("The code of “{where}” is small letters, digits, underscores."), where
        )
    return raw


def _fault(template: str, where: str) -> FormRefused:
    return FormRefused(template, code="bad_form", where=where)


def check_proposer(actor: Actor) -> None:
    """Raise unless this actor may propose or agree to a change of what is asked."""
    if not actor.has(*PROPOSERS):
        raise RuleForbids(
            gettext_noop("What is asked is changed by inspectors, planners and supervisors."),
            code="role_missing",
        )


def may_propose(actor: Actor) -> bool:
    """Say whether an actor may look at, propose or agree to a change of what is asked."""
    return actor.has(*PROPOSERS)


def check_second(actor: Actor, *, proposed_by: str) -> None:
    """Raise unless this actor may agree to what another proposed."""
    check_proposer(actor)
    if actor.staff_ref == proposed_by:
        raise RuleForbids(
            gettext_noop("A second person agrees to what is asked; nobody agrees for himself."),
            code="own_proposal",
        )


def may_second(actor: Actor, *, proposed_by: str) -> bool:
    """Say whether an actor may agree to a proposed form."""
    try:
        check_second(actor, proposed_by=proposed_by)
    except Refused:
        return False
    return True


def check_answers(form: Form, answers: Mapping[str, str]) -> tuple[Question, ...]:
    """Give the questions that failed, in the form's order; raises where one lacks its answer."""
    closed = checklist_catalogue().answers
    for code in answers:
        if form.question(code) is None:
            raise RuleSays(
                gettext_noop("This checklist doesn't ask “{question}”."),
                code="unknown_question",
                question=code[:40],
            )
    failed = []
    for one in form.questions:
        given = answers.get(one.code)
        if given not in closed[one.answers].choices:
            raise RuleSays(
                gettext_noop("Answer “{question}” from its list."),
                code="answer_missing",
                question=one.code,
            )
        if given in closed[one.answers].fails:
            failed.append(one)
    return tuple(failed)


def is_danger(question: Question, answer: str) -> bool:
    """Say whether an answer means imminent danger."""
    return answer in checklist_catalogue().answers[question.answers].danger
