"""What somebody can do in a case, for its page: what leads on, the rest by subject, what can't be.

One rule for every type: what is allowed and leads on comes first, what is allowed stands below it
under the type's headings, and what is refused is behind one fold, by its reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from anlan.kernel.cases import queries
from anlan.kernel.cases.queries import ActionRow, CaseRow
from anlan.kernel.cases.rules.facts import CaseFacts
from anlan.kernel.cases.rules.grouping import group_of, leading_on
from anlan.kernel.cases.rules.types import Action, CaseType
from anlan.kernel.values import Forbidden
from anlan.web.cases import shown
from anlan.web.cases.entering import Entered, town_choices
from anlan.web.cases.forms import CaseForm, TownChoices, form_for
from anlan.web.cases.openers import role_words
from anlan.web.shell.words import listed

FAR = ("wrong_state", "case_ended")

Sent = tuple[Action, CaseForm]


def offered(
    entered: Entered, kind: CaseType, row: CaseRow, facts: CaseFacts, *, sent: Sent | None
) -> dict[str, Any]:
    """Give `next`, `groups`, `held` and `refused` of this member's actions; none once erased.

    `joins` is the first that would let it open the case's words. `others` is what leads on where
    somebody else must do it: it stands where nothing is next.
    `held` is a form that was sent and can't be done any more: its words stay on the page.
    """
    rows = [] if row.erased_at else queries.offered(facts, actor=entered.actor)
    mine = "" if sent is None else sent[0].code
    possible = [one for one in rows if one.refusal is None]
    refused = [one for one in rows if one.refusal is not None]
    town = town_choices(entered)
    drawn = {
        one.action.code: _drawn(entered, kind, row, facts, one, town=town, sent=sent)
        for one in rows
        if one.refusal is None or one.action.code == mine
    }
    below = [one.action.code for one in possible if not one.leads_on]
    return {
        "any": bool(rows),
        "joins": next((drawn[one.action.code] for one in possible if one.action.joins), None),
        "held": [drawn[one.action.code] for one in refused if one.action.code == mine],
        "next": [drawn[one.action.code] for one in possible if one.leads_on],
        "others": [] if row.erased_at else _by_others(entered, kind, facts, rows),
        "groups": _by_subject(entered, kind, {code: drawn[code] for code in below}),
        "refused": _by_reason(entered, [one for one in refused if one.action.code != mine]),
        "count": sum(one.action.code != mine for one in refused),
    }


def _by_others(
    entered: Entered, kind: CaseType, facts: CaseFacts, rows: list[ActionRow]
) -> list[dict[str, str]]:
    """Name what leads on but isn't this member's to do, and whose it is."""
    leading, mine = leading_on(kind, facts, entered.actor), {one.action.code: one for one in rows}
    found = []
    for action in kind.actions:
        row, said = mine.get(action.code), role_words()
        barred = row is not None and isinstance(row.refusal, Forbidden)
        if action.code not in leading or not (row is None or barred):
            continue
        roles = listed(said[role.value] for role in action.roles)
        who = roles or _("a party, by its link")
        label = action.label.in_language(entered.language)
        found.append({"label": label, "who": _("somebody else: {who}").format(who=who)})
    return found


def _by_subject(
    entered: Entered, kind: CaseType, drawn: Mapping[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    """Put drawn actions under the type's headings, in the type's order; the rest under none."""
    found = [
        {
            "label": group.label.in_language(entered.language),
            "actions": [drawn[code] for code in group.actions if code in drawn],
        }
        for group in kind.groups
    ]
    rest = [one for code, one in drawn.items() if group_of(kind, code) is None]
    return [one for one in [*found, {"label": "", "actions": rest}] if one["actions"]]


def _by_reason(entered: Entered, refused: list[ActionRow]) -> list[dict[str, Any]]:
    """Put what is refused together by the sentence why, what stands in the way just now first."""
    near = [one for one in refused if one.refusal is not None and one.refusal.code not in FAR]
    far = [one for one in refused if one not in near]
    found: dict[str, list[dict[str, str]]] = {}
    for one in [*sorted(near, key=lambda each: not each.leads_on), *far]:
        what = {"code": one.action.code, "label": one.action.label.in_language(entered.language)}
        found.setdefault(shown.refusal_sentence(one.refusal), []).append(what)
    return [{"sentence": sentence, "actions": actions} for sentence, actions in found.items()]


def _drawn(
    entered: Entered,
    kind: CaseType,
    row: CaseRow,
    facts: CaseFacts,
    one: ActionRow,
    *,
    town: TownChoices,
    sent: Sent | None,
) -> dict[str, Any]:
    """Give one action with its form: the one that came back, or a fresh one."""
    what = one.action
    back = sent[1] if sent is not None and sent[0].code == what.code else None
    moves = what.target not in (None, row.state)
    return {
        "code": what.code,
        "label": what.label.in_language(entered.language),
        "refusal": shown.refusal_sentence(one.refusal),
        "form": back or action_form(entered, kind, what, facts, town),
        "open": back is not None,
        "second": bool(what.second),
        "ends": what.target in kind.ends,
        "target": kind.state(str(what.target)).label.in_language(entered.language) if moves else "",
    }


def action_form(
    entered: Entered,
    kind: CaseType,
    what: Action,
    facts: CaseFacts,
    town: TownChoices,
    *,
    data: Any = None,
) -> CaseForm:
    """Give an action's form with the names of what it may refer to."""
    return form_for(
        kind,
        what,
        language=entered.language,
        facts=facts,
        data=data,
        town=town,
        offers=queries.offers_of(kind, what, facts),
    )
