"""The shipped lists hold together; forms about people are refused; the register knows no homes."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.areas.hazards.rules import checklists, premises, preplans
from anlan.areas.hazards.rules.hazard import ACTIVE, HAZARD
from anlan.areas.hazards.rules.inspections import MOST_A_DAY, Spread
from anlan.areas.hazards.rules.reports import Told, check_pace, check_told
from anlan.kernel.cases.rules.checking import faults_of
from anlan.kernel.sealing.personal_fields import SEALED_FIELDS
from anlan.kernel.values import BadInput, Refused, RuleSays

GOOD = {
    "code": "ours",
    "label": {"en": "Our shops", "zh": "本镇商店"},
    "classes": ["shop"],
    "questions": [
        {
            "code": "exits",
            "about": "exit",
            "answers": "clear",
            "hazard": "exit_blocked",
            "label": {"en": "Exits", "zh": "安全出口"},
        }
    ],
}


def with_question(**change):
    return GOOD | {"questions": [GOOD["questions"][0] | change]}


def asks(en="Exits", zh="安全出口"):
    return with_question(label={"en": en, "zh": zh})


def test_the_case_type_holds_together():
    assert list(faults_of(HAZARD, sealed_fields=frozenset(SEALED_FIELDS["hazard"]))) == []


def test_a_case_ends_as_fixed_only_from_where_it_was_verified():
    ways = [one for one in HAZARD.actions if "fixed" in one.results]
    assert [(one.code, one.sources) for one in ways] == [("close", frozenset({"verified"}))]
    into = {one.code for one in HAZARD.actions if one.target == "verified"}
    assert into == {"recheck_passed"}


def test_no_clock_runs_where_use_was_stopped():
    assert all("stopped" not in clock.runs_in for clock in HAZARD.clocks)
    stop = HAZARD.action("stop_use")
    assert stop.sources == ACTIVE - {"stopped", "verified"}
    assert stop.second == ()


def test_every_class_of_premises_has_a_checklist():
    asked = {
        one for form in checklists.checklist_catalogue().forms.values() for one in form.classes
    }
    assert asked == set(premises.premises_catalogue().classes)


def test_a_form_within_its_limits_is_taken():
    form = checklists.parse_form(GOOD, number=3)
    assert (form.code, form.number, [one.code for one in form.questions]) == ("ours", 3, ["exits"])


@pytest.mark.parametrize(
    "hostile",
    [
        asks(en="Name of the tenant"),
        asks(en="How many people sleep here?"),
        asks(en="Does the owner attend a church?"),
        asks(en="Nationality and passport"),
        asks(en="Anything suspicious about visitors"),
        asks(en="Telephone"),
        asks(zh="住户姓名"),
        asks(zh="是否有流动人口"),
        asks(zh="宗教信仰"),
        asks(zh="是否有上访人员"),
        asks(zh="身份证号"),
        asks(zh="谁在家"),
        with_question(code="household_size"),
        with_question(kind="words"),
        with_question(answers="words"),
        with_question(about="people"),
        with_question(hazard="person"),
        GOOD | {"label": {"en": "Key persons", "zh": "重点人员"}},
        GOOD | {"classes": ["dwelling"]},
        GOOD | {"classes": []},
        GOOD | {"note": "free text"},
        GOOD | {"questions": []},
        GOOD | {"questions": GOOD["questions"] * 2},
        GOOD | {"questions": "exits"},
        GOOD | {"code": "Ours; DROP"},
        GOOD | {"label": {"en": "Our shops"}},
        asks(en="x" * 121),
    ],
)
def test_a_form_that_asks_about_people_or_in_words_is_refused(hostile):
    with pytest.raises(Refused):
        checklists.parse_form(hostile)


@given(
    word=st.sampled_from(["住户", "身份证", "religion", "tenant", "WHO", "Passport"]), at=st.text()
)
def test_a_word_about_people_is_found_wherever_it_stands(word, at):
    # the words around it are anything at all; in English it stands as a word of its own
    text = f"{at} {word} {at}"
    assert word.casefold() in {one.casefold() for one in checklists.people_words(text)}


def test_answers_give_what_failed_in_the_forms_order():
    form = checklists.checklist_catalogue().forms["public_things"]
    filled = {
        "water": "absent",
        "reach": "clear",
        "surface": "danger",
        "ground": "safe",
        "light": "good",
    }
    failed = checklists.check_answers(form, filled)
    assert [one.code for one in failed] == ["water", "surface"]
    assert [checklists.is_danger(one, filled[one.code]) for one in failed] == [False, True]


def test_a_class_for_homes_fails_when_the_list_is_read():
    raw = {
        "risks": {"low": {"en": "low", "zh": "低"}},
        "classes": [{"code": "flat", "label": {"en": "Flat", "zh": "房"}, "months": {"low": 1}}],
    }
    with pytest.raises(BadInput, match="a home is not a thing"):
        premises.parse_premises(raw)


def test_a_class_without_an_interval_for_each_risk_fails_when_the_list_is_read():
    raw = {
        "risks": {"low": {"en": "low", "zh": "低"}},
        "classes": [{"code": "shop", "label": {"en": "Shop", "zh": "店"}, "months": {}}],
    }
    with pytest.raises(BadInput, match="months"):
        premises.parse_premises(raw)


def test_facts_that_never_expire_fail_when_the_list_is_read():
    raw = {"kinds": [{"code": "x", "label": {"en": "x", "zh": "x"}, "facts": []}]}
    with pytest.raises(BadInput, match="never expire"):
        preplans.parse_preplans(raw)


def test_the_higher_the_risk_the_sooner_the_inspection():
    for one in premises.premises_catalogue().classes.values():
        spans = [one.months[risk] for risk in ("low", "ordinary", "high", "major")]
        assert spans == sorted(spans, reverse=True)


def test_a_month_that_is_shorter_ends_the_interval_on_its_last_day():
    after = premises.next_inspection(
        "hotel", risk="high", registered_on=date(2025, 1, 1), last_on=date(2026, 1, 31)
    )
    assert after == date(2026, 4, 30)


@pytest.mark.parametrize("about", ["person", "home", "opinion"])
def test_a_report_is_about_a_thing(about):
    with pytest.raises(Refused):
        check_told(Told(about, "wiring", spot="by the bridge"))
    check_told(Told("thing", "wiring", spot="by the bridge"))


def test_the_sixth_report_from_one_address_in_an_hour_waits():
    check_pace(by_address=5, by_town=200)
    with pytest.raises(Refused):
        check_pace(by_address=6, by_town=0)


def test_a_flood_slows_a_towns_page_and_shuts_it_to_nobody_who_has_not_reported():
    check_pace(by_address=1, by_town=201)
    with pytest.raises(Refused):
        check_pace(by_address=2, by_town=201)
    with pytest.raises(Refused):
        check_pace(by_address=1, by_town=2001)


@pytest.mark.parametrize(
    "name",
    [
        "王五家", "老王家", "王先生的家", "欧阳锋家", "李家厨房", "张三宅", "阿依古丽的家",
        "Wang Wu's home", "Wang Wu’s house", "James' house", "Mr Wang", "Mrs. Silva shop",
        "Residence of Wang Wu", "Home of Wang Wu", "House of Mr Li", "The Wang family home",
    ],
)  # fmt: skip
def test_a_name_that_reads_as_somebodys_home_is_refused_whatever_the_class(name):
    for class_code in ("school", "stair"):
        with pytest.raises(RuleSays, match="A home can't be registered"):
            premises.check_premises(class_code, name=name, risk="low")


@pytest.mark.parametrize(
    "name",
    [
        "幸福小区3幢2单元402", "3-2-402", "402号", "402", "12 Oak Street, Unit 4B", "5 Elm Rd #3",
        "Room302", "Apt. 4",
    ],
)  # fmt: skip
def test_a_door_is_refused_whatever_the_class(name):
    for class_code in ("shop", "stair"):
        with pytest.raises(RuleSays, match="A home can't be registered"):
            premises.check_premises(class_code, name=name, risk="low")


@pytest.mark.parametrize("name", ["平安路12号出租房", "群租房 平安路12号", "平安路合租公寓"])
def test_a_let_home_is_refused_and_its_stair_is_not(name):
    with pytest.raises(RuleSays, match="A home can't be registered"):
        premises.check_premises("shop", name=name, risk="low")
    assert premises.check_premises("stair", name=f"{name}楼梯间", risk="low").common


@pytest.mark.parametrize(
    "ident", ["Room302-Zhang", "flat.3", "mr_wang", "3-2-402", "residence-of-li"]
)
def test_an_ident_that_reads_as_a_home_is_refused_and_found(ident):
    with pytest.raises(RuleSays, match="A home can't be registered"):
        premises.check_premises("shop", name="Corner shop", risk="low", ident=ident)
    assert premises.reads_as_home("shop", "Corner shop", ident=ident)


@pytest.mark.parametrize(
    ("ident", "name"),
    [
        ("s-1", "平安路402号商店"), ("12-3", "Substation unit 3"), ("x-2026-001", "3幢2单元楼梯间"),
        ("mall-4b", "Unit 4B, North Mall"), ("302", "工人宿舍楼"),
    ],
)  # fmt: skip
def test_what_stands_at_a_number_is_registered(ident, name):
    given = {"name": name, "risk": "low", "ident": ident}
    assert premises.check_premises("stair", **given).code == "stair"
    assert not premises.reads_as_home("stair", name, ident=ident)


@pytest.mark.parametrize(
    "name",
    [
        "老人之家", "儿童之家", "职工之家", "家具厂", "王氏家具厂", "幼儿园", "张家村小学",
        "李家庄卫生站", "王府酒家", "乔家大院", "农家乐", "国家电网", "安家超市", "王五家具店",
        "Home for the aged",
        "House of culture", "House of Culture", "Clubhouse", "Children's home", "Old People's Home",
        "St. Mary's Home", "Seamen's house", "Home of the Aged", "Lloyd's Home Centre", "Warehouse",
        "Mrsk depot",
    ],
)  # fmt: skip
def test_a_thing_with_a_home_in_its_name_is_registered(name):
    assert premises.check_premises("school", name=name, risk="low").code == "school"


# --- so many at a day -----------------------------------------------------------------------------


def weekday(day: date) -> date:
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day


@given(
    count=st.integers(0, 90),
    there=st.dictionaries(st.dates(date(2026, 3, 2), date(2026, 3, 9)), st.integers(0, 30)),
    wide=st.integers(0, 9),
)
def test_a_day_takes_more_only_where_every_day_before_the_latest_is_full(count, there, wide):
    first, latest = date(2026, 3, 2), date(2026, 3, 2) + timedelta(days=wide)
    spread = Spread(there, working_day=weekday)
    days = [spread.day(first, latest=latest) for _each in range(count)]
    assert all(first <= day <= latest and day == weekday(day) for day in days)
    held = Counter(there) + Counter(days)
    window = [first + timedelta(days=n) for n in range(wide + 1)]
    open_days = [day for day in window if day == weekday(day)]
    fullest = max((held[day] for day in days), default=0)
    assert fullest <= MOST_A_DAY or min(held[day] for day in open_days) > fullest - 2 * MOST_A_DAY
    if fullest > MOST_A_DAY:
        assert min(held[day] for day in open_days) >= MOST_A_DAY


def test_a_day_that_is_not_to_be_put_off_takes_all():
    spread = Spread({}, working_day=weekday)
    monday = date(2026, 3, 2)
    assert {spread.day(monday, latest=monday) for _each in range(3 * MOST_A_DAY)} == {monday}
