"""How long each step of a hazard may last, what is to do by then, how long it is kept. Pure."""

from __future__ import annotations

from anlan.areas.hazards.rules.guards import NOT_BY_WHO_DID
from anlan.kernel.cases.rules.types import BY_ANSWER, Clock, Result, Span, TaskKind, Unit
from anlan.kernel.places.catalogue import Label
from anlan.kernel.values import Role

INSPECTOR = Role.INSPECTOR


def _l(en: str, zh: str) -> Label:
    return Label(en=en, zh=zh)


_RULES = _l(
    "Provisions on Fire Supervision and Inspection (Ministry of Public Security, order 120)",
    "《消防监督检查规定》（公安部令第120号）",
)

CLOCKS = (
    Clock(
        "serve_order", _l("Serve the order", "送达整改通知"), INSPECTOR, frozenset({"found"}),
        Span(3, Unit.WORKING_DAYS), Span(1, Unit.WORKING_DAYS), _RULES, per_stay=True,
    ),
    Clock(
        "fix_by", _l("Fix it by the order's day", "整改期限"), INSPECTOR, frozenset({"ordered"}),
        BY_ANSWER, Span(3, Unit.DAYS), _l("the order itself", "整改通知"), per_stay=True,
        until="remedy_by",
    ),
    Clock(
        "recheck", _l("Recheck", "复查"), INSPECTOR, frozenset({"fixed"}),
        Span(3, Unit.WORKING_DAYS), Span(1, Unit.WORKING_DAYS), _RULES, per_stay=True,
    ),
    Clock(
        "major_opinion", _l("Opinion on a major hazard", "重大隐患判定意见"), INSPECTOR,
        frozenset({"weighed"}), Span(7, Unit.WORKING_DAYS), Span(2, Unit.WORKING_DAYS), _RULES,
        per_stay=True,
    ),
)  # fmt: skip

TASKS = (
    TaskKind(
        "look_now", _l("look at it at once: somebody could be hurt", "立即现场核实：可能有人受伤")
    ),
    TaskKind("look_at", _l("look at it", "现场核实"), clock="serve_order"),
    TaskKind("recheck", _l("recheck it", "复查"), clock="recheck", not_by=tuple(NOT_BY_WHO_DID)),
    TaskKind("tell_owner", _l("tell who answers for it", "告知责任单位或责任人")),
)

RESULTS = (
    Result("fixed", _l("fixed and verified", "已整改并复查合格"), Span(24, Unit.MONTHS)),
    Result("no_hazard", _l("no hazard", "不构成隐患"), Span(6, Unit.MONTHS)),
    Result("not_ours", _l("not for this office", "不属职责范围"), Span(3, Unit.MONTHS)),
    Result("duplicate", _l("known already", "重复反映"), Span(30, Unit.DAYS)),
    Result("passed_on", _l("passed on", "已转交"), Span(6, Unit.MONTHS)),
)
