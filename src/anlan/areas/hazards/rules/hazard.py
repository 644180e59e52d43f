"""The case type of a hazard: find, order, fix, recheck; it can't be closed unverified."""

from __future__ import annotations

from anlan.areas.hazards.rules import guards
from anlan.areas.hazards.rules.done import DONE
from anlan.areas.hazards.rules.kinds import hazard_kinds
from anlan.areas.hazards.rules.lasting import CLOCKS, RESULTS, TASKS
from anlan.areas.hazards.rules.way import GROUPS, STEPS
from anlan.kernel.cases.rules.types import (
    Action,
    CaseType,
    Choice,
    Field,
    FieldKind,
    Reach,
    Space,
    State,
)
from anlan.kernel.places.catalogue import Label
from anlan.kernel.values import Role

CODE = "hazard"
OWNER = "owner"
INSPECTOR, CLERK, SUPERVISOR = Role.INSPECTOR, Role.CLERK, Role.SUPERVISOR
DESK = (INSPECTOR, CLERK)
CHECKERS = (INSPECTOR, SUPERVISOR)
ACTIVE = frozenset({"found", "weighed", "stopped", "ordered", "fixed", "verified"})
UNVERIFIED = ACTIVE - {"verified"}


def _l(en: str, zh: str) -> Label:
    return Label(en=en, zh=zh)


def _choices(*rows: tuple[str, str, str]) -> tuple[Choice, ...]:
    return tuple(Choice(code, _l(en, zh)) for code, en, zh in rows)


PARTY_ROLES = _choices(
    ("reporter", "who reports it", "反映人"),
    (OWNER, "who answers for the place", "责任单位或责任人"),
)

STATES = (
    State(
        "found", _l("found", "已发现"), _l("We know of it and look into it.", "已收到，正在核实。")
    ),
    State(
        "weighed",
        _l("judged: is it major?", "重大隐患判定中"),
        _l("We judge how grave it is.", "正在判定严重程度。"),
    ),
    State(
        "stopped",
        _l("use stopped", "已停止使用"),
        _l("It is dangerous: its use was stopped.", "危险迫近，已停止使用。"),
    ),
    State(
        "ordered",
        _l("order served", "已责令整改"),
        _l("Whoever answers for it must fix it by a day.", "已要求限期整改。"),
    ),
    State(
        "fixed",
        _l("said to be fixed", "报称已整改"),
        _l("It is said to be fixed; we check.", "报称已整改，待复查。"),
    ),
    State(
        "verified",
        _l("verified", "复查合格"),
        _l("We checked it: it is fixed.", "复查合格，已整改。"),
    ),
    State(
        "closed", _l("closed", "已办结"), _l("It is fixed and closed.", "已整改并办结。"), ends=True
    ),
    State(
        "dismissed",
        _l("ended without an order", "未发整改通知即结束"),
        _l("We looked and ended it; ask us why.", "核实后结束，可询问原因。"),
        ends=True,
    ),
)

ACTIONS = (
    Action(
        "take", _l("Take it", "接手"), ACTIVE, None, (INSPECTOR,), guard=guards.check_free,
        joins=True,
    ),
    Action(
        "assign", _l("Give it to an inspector", "指派"), ACTIVE, None, (SUPERVISOR,),
        requires=("inspector",),
    ),
    Action(
        "join", _l("Work on it too", "协办"), ACTIVE, None, (INSPECTOR,),
        guard=guards.check_not_in_it, joins=True,
    ),
    Action(
        "correct", _l("Correct what was entered", "更正登记"), ACTIVE, None, DESK,
        takes=("kind", "source", "premises", "imminent", "anyway"),
    ),
    Action(
        "note", _l("Note for the handlers", "给承办人的备注"), ACTIVE, None, DESK,
        requires=("notes",),
    ),
    Action(
        "add_party",
        _l("Name who answers for the place, or reports it", "登记责任单位、责任人或反映人"),
        ACTIVE, None, DESK, adds_party=True, requires=("party_role", "name"),
        takes=("party_kind", "contact", "report", "spot"),
    ),
    Action(
        "report_too", _l("Reported again", "重复反映"), ACTIVE, None, by_job=True,
        adds_party=True, requires=("party_role",),
        takes=("imminent", "name", "contact", "report", "spot"),
        guard=guards.check_known_well, check=guards.check_reporter,
    ),
    Action(
        "count_report", _l("Reported once more: counted", "再次反映：仅计数"), ACTIVE, None,
        by_job=True, takes=("imminent",), check=guards.check_only_graver,
    ),
    Action(
        "correct_contact", _l("Correct a name or contact", "更正联系方式"), ACTIVE, None, DESK,
        about_party=True, takes=("name", "contact"),
    ),
    Action(
        "say_more", _l("Add words", "补充说明"), ACTIVE, None, DESK, by_party=True,
        about_party=True, requires=("report",), takes=("spot",),
    ),
    Action(
        "tell_party", _l("Tell a party", "告知当事人"), ACTIVE, None, DESK, about_party=True,
        requires=("told",),
    ),
    Action(
        "call_major", _l("Have it judged: is it major?", "提请重大隐患判定"),
        frozenset({"found"}), "weighed", CHECKERS, requires=("finding",),
    ),
    Action(
        "give_opinion", _l("Give the opinion", "出具判定意见"), frozenset({"weighed"}), "found",
        (INSPECTOR,), requires=("grade", "opinion"), second=CHECKERS, second_reads=True,
    ),
    Action(
        "find_major", _l("Give the opinion that it is major", "出具重大隐患判定意见"),
        frozenset({"stopped", "ordered"}), None, (INSPECTOR,), requires=("opinion",),
        second=CHECKERS, second_reads=True, guard=guards.check_not_major,
    ),
    Action(
        "look", _l("Enter that somebody looked at it", "登记现场核实"), UNVERIFIED, None, CHECKERS,
        requires=("imminent",), takes=("finding",),
    ),
    Action(
        "stop_use", _l("Imminent danger: stop the use", "危险迫近：立即停止使用"),
        UNVERIFIED - {"stopped"}, "stopped", CHECKERS, requires=("danger",), takes=("finding",),
    ),
    Action(
        "set_control", _l("Set an interim measure", "采取临时管控措施"),
        frozenset({"found", "weighed", "ordered", "fixed"}), None, CHECKERS,
        requires=("control",), takes=("finding",), check=guards.check_control,
    ),
    Action(
        "serve_order", _l("Serve the order", "送达整改通知"), frozenset({"found", "stopped"}),
        "ordered", (INSPECTOR,), requires=("grade", "remedy_by", "served", "order_words"),
        guard=guards.check_handled, check=guards.check_order, begins_with=guards.judged_grade,
    ),
    Action(
        "extend_remedy", _l("Give more time to fix it", "延长整改期限"), frozenset({"ordered"}),
        None, (INSPECTOR,), requires=("remedy_by",), second=CHECKERS,
        reasons=_choices(
            ("parts", "parts or works take longer", "配件或施工需要时间"),
            ("weather", "weather", "天气原因"),
            ("season", "season or term", "季节或学期原因"),
        ),
        check=guards.check_later_day,
    ),
    Action(
        "withdraw_order", _l("Withdraw the order", "撤回整改通知"), frozenset({"ordered"}),
        "found", (INSPECTOR,), second=CHECKERS,
        reasons=_choices(
            ("wrong_place", "wrong place", "地点有误"),
            ("wrong_finding", "the finding was wrong", "认定有误"),
            ("appealed", "an appeal was right", "申诉成立"),
        ),
    ),
    Action(
        "say_fixed", _l("Enter that it is said to be fixed", "登记已整改"),
        frozenset({"ordered", "stopped"}), "fixed", DESK, takes=("notes",),
    ),
    Action(
        "owner_says_fixed", _l("It is fixed", "已整改完毕"), frozenset({"ordered", "stopped"}),
        "fixed", by_party=True, about_party=True, takes=("report",),
        party_guard=guards.check_owner,
    ),
    Action(
        "recheck_passed", _l("Recheck: it is fixed", "复查合格"), frozenset({"fixed"}), "verified",
        CHECKERS, takes=("no_photo", "notes"), guard=guards.check_another,
        check=guards.check_photo,
    ),
    Action(
        "recheck_failed", _l("Recheck: it is not fixed", "复查不合格"), frozenset({"fixed"}),
        "ordered", CHECKERS, requires=("remedy_by",), takes=("finding",),
        guard=guards.check_ordered_by_another, check=guards.check_remedy_day,
    ),
    Action(
        "still_stopped", _l("Recheck: it is not fixed, its use stays stopped",
                            "复查不合格，继续停止使用"),
        frozenset({"fixed"}), "stopped", CHECKERS, takes=("finding",),
        guard=guards.check_no_order,
    ),
    Action(
        "lift_stop", _l("Lift the stop: it was no imminent danger", "解除停止使用：并非危险迫近"),
        frozenset({"stopped"}), "found", CHECKERS, requires=("permission",), second=CHECKERS,
        second_reads=True,
        reasons=_choices(
            ("by_mistake", "chosen by mistake", "误操作"),
            ("no_danger", "no imminent danger was found", "核实后无迫近危险"),
            ("wrong_place", "wrong place", "地点有误"),
        ),
    ),
    Action(
        "permit_resume", _l("Permit in writing to resume", "书面批准恢复使用"),
        frozenset({"found", "verified"}), None, CHECKERS, requires=("permission",), second=CHECKERS,
        second_reads=True, guard=guards.check_in_force,
    ),
    Action(
        "close", _l("Close", "办结"), frozenset({"verified"}), "closed", CHECKERS,
        results=("fixed",), guard=guards.check_lifted,
    ),
    Action(
        "dismiss", _l("End without an order", "不发整改通知并结束"), frozenset({"found"}),
        "dismissed", DESK, results=("no_hazard", "not_ours", "duplicate", "passed_on"),
        takes=("passed_to",), second=CHECKERS, guard=guards.check_lifted,
    ),
    Action(
        "not_fixed", _l("Not fixed: reopen", "未整改：重新开启"),
        frozenset({"verified", "closed", "dismissed"}), "found", (*DESK, SUPERVISOR),
        takes=("notes",),
    ),
    Action(
        "party_says_not_fixed", _l("It is not fixed", "隐患仍在"),
        frozenset({"verified", "closed", "dismissed"}), "found", by_party=True, about_party=True,
        takes=("report",),
    ),
)  # fmt: skip


def _words(code: str, en: str, zh: str, space: Space, longest: int = 4000) -> Field:
    return Field(code, FieldKind.WORDS, _l(en, zh), space=space, longest=longest)


def _choice(code: str, en: str, zh: str, *rows: tuple[str, str, str]) -> Field:
    return Field(code, FieldKind.CHOICE, _l(en, zh), choices=_choices(*rows))


FIELDS = (
    Field(
        "kind", FieldKind.CHOICE, _l("Kind of hazard", "隐患类别"),
        choices=tuple(Choice(code, label) for code, label in hazard_kinds().items()),
    ),
    _choice(
        "source", "How we know", "来源",
        ("inspection", "inspection", "检查"),
        ("desk", "told at the desk", "窗口"),
        ("phone", "told by telephone", "电话"),
        ("resident", "reported on the public page", "公众网页"),
        ("crew", "seen by a crew", "车组人员发现"),
    ),
    Field(
        "premises", FieldKind.NUMBER, _l("Premises", "场所"), least=1, refers_to="premises"
    ),
    _choice(
        "anyway", "Why it is opened beside one that is open", "已有同类隐患仍登记的原因",
        ("another_spot", "at another spot of these premises", "同一场所的另一处"),
        ("another_thing", "another thing of the same kind", "同类的另一隐患"),
        ("seen_again", "the other case is about to end", "原案件即将办结"),
    ),
    Field("imminent", FieldKind.YES_NO, _l("Is somebody in danger now?", "是否危险迫近？")),
    Field(
        "party_role", FieldKind.CHOICE, _l("Who this is", "身份"), choices=PARTY_ROLES,
        of_party=True,
    ),
    Field(
        "party_kind", FieldKind.CHOICE, _l("A person or a firm", "个人或单位"), of_party=True,
        choices=_choices(("person", "a person", "个人"), ("firm", "a firm or office", "单位")),
    ),
    Field("inspector", FieldKind.STAFF, _l("Inspector", "检查员"), refers_to="inspector"),
    _choice(
        "grade", "How grave", "隐患等级",
        ("ordinary", "ordinary", "一般隐患"), ("major", "major", "重大隐患"),
    ),
    _choice(
        "control", "Interim measure", "临时管控措施",
        ("cordon", "cordoned off", "设置警戒"),
        ("part_closed", "a part is closed", "部分停用"),
        ("limited", "limited use", "限制使用"),
        ("power_off", "electricity off", "切断电源"),
        ("gas_off", "gas off", "切断燃气"),
        ("watch", "somebody watches it", "专人看护"),
        (guards.USE_STOPPED, "use stopped", "停止使用"),
    ),
    _choice(
        "danger", "Danger", "危险",
        ("fire", "fire", "火灾"),
        ("explosion", "explosion", "爆炸"),
        ("gas", "gas", "燃气"),
        ("electric", "electricity", "触电"),
        ("collapse", "collapse", "坍塌"),
        ("fall", "fall or drowning", "坠落、溺水"),
    ),
    Field("remedy_by", FieldKind.DAY, _l("To be fixed by", "整改期限")),
    _choice(
        "served", "How it was served", "送达方式",
        ("handed", "handed over", "直接送达"),
        ("left", "left at the place, with a witness", "留置送达"),
        ("post", "by registered mail", "邮寄送达"),
        ("electronic", "electronically, as agreed", "电子送达"),
        (guards.POSTED, "posted at the place: nobody known who answers for it",
         "在现场张贴（责任单位或责任人不明）"),
    ),
    _choice(
        "no_photo", "Why there is no photo", "无照片原因",
        ("nothing_to_see", "there is nothing to see", "无可见变化"),
        ("not_safe", "taking one is not safe", "拍摄不安全"),
        ("not_allowed", "none may be taken there", "该处禁止拍摄"),
    ),
    _choice(
        "passed_to", "Passed on to", "转交",
        ("housing", "housing and building", "住建"),
        ("fire", "fire service", "消防救援"),
        ("traffic", "roads and traffic", "交通"),
        ("water", "water", "水务"),
        ("power", "electricity", "供电"),
        ("gas", "gas", "燃气"),
        ("market", "market supervision", "市场监管"),
        ("other", "another office", "其他部门"),
    ),
    _words("name", "Name", "姓名或名称", Space.PARTY, 200),
    _words("contact", "Telephone or e-mail", "电话或邮箱", Space.PARTY, 200),
    _words("report", "What is dangerous", "情况说明", Space.PARTY),
    _words("spot", "Where exactly", "具体位置", Space.PARTY, 500),
    _words("told", "What we tell the party", "告知内容", Space.PARTY),
    _words("finding", "What was found", "检查情况", Space.CASE),
    _words("order_words", "What must be done", "整改要求", Space.CASE),
    _words("opinion", "Opinion", "判定意见", Space.CASE),
    _words("permission", "Permission to resume", "恢复使用批准", Space.CASE),
    _words("notes", "Note", "备注", Space.NOTES),
)  # fmt: skip

HAZARD = CaseType(
    code=CODE,
    label=_l("hazard", "隐患"),
    listed=_l("hazards", "隐患"),
    purpose=_l(
        "to get a dangerous thing fixed and to tell who reported it",
        "消除隐患，并答复反映人",
    ),
    initial="found",
    states=STATES,
    actions=ACTIONS,
    clocks=CLOCKS,
    results=RESULTS,
    fields=FIELDS,
    party_roles=PARTY_ROLES,
    readers={INSPECTOR: Reach.TOWN, SUPERVISOR: Reach.TOWN, CLERK: Reach.OFFICE},
    document_kinds=_choices(
        ("before", "photo before", "整改前照片"),
        ("after", "photo after", "整改后照片"),
        ("order", "the order as served", "整改通知书"),
        ("permission", "the permission as given", "批准文书"),
    ),
    party_document_kinds=("before", "after"),
    party_adds=_l("Add a photo", "添加照片"),
    document_roles=(INSPECTOR, CLERK, SUPERVISOR),  # a supervisor rechecks too, with a photo
    task_kinds=TASKS,
    asks_consent=False,
    groups=GROUPS,
    steps=STEPS,
    done=DONE,
)
