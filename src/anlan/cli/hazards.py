"""`anlan hazards`: what is overdue, what is to be inspected, and checklists as data."""

from __future__ import annotations

import argparse
import tomllib
from pathlib import Path
from typing import Any

from anlan.cli.output import Output, table
from anlan.kernel.values import BadInput, Refused


def register(subparsers: Any) -> None:
    """Add `hazards overdue`, `plan`, `due`, `checklists`, `check` and `propose`."""
    hazards = subparsers.add_parser("hazards", help="inspections, checklists, what is overdue")
    actions = hazards.add_subparsers(required=True, metavar="ACTION", dest="action")
    overdue = _with_town(actions, "overdue", _overdue, "list overdue hazards and orders")
    overdue.add_argument("--office", default="", metavar="IDENT", help="of this office alone")
    _with_town(actions, "plan", _plan, "plan the inspections that are due within a month")
    _with_town(actions, "due", _due, "list the inspections that are planned, by day")
    _with_town(actions, "checklists", _checklists, "print what is asked in a town")
    check = actions.add_parser("check", help="say whether a checklist can be taken; no town needed")
    check.add_argument("file", metavar="FORM.toml", help="the form")
    check.set_defaults(run=_check, bare=True)
    propose = _with_town(actions, "propose", _propose, "propose a checklist to a second person")
    propose.add_argument("file", metavar="FORM.toml", help="the form")


def _with_town(actions: Any, name: str, run: Any, says: str) -> Any:
    parser = actions.add_parser(name, help=says)
    parser.add_argument("key", metavar="KEY")
    parser.set_defaults(run=run)
    return parser


def _overdue(args: argparse.Namespace, out: Output) -> int:
    from anlan.areas.hazards import queries
    from anlan.cli.installation import cli_actor, town_now
    from anlan.kernel.cases.rules.calendars import due_as_written
    from anlan.kernel.places.queries import town

    now, zone = town_now(args.key), town(args.key).tz
    rows = queries.overdue_hazards(args.key, actor=cli_actor(), at=now, office=args.office)
    human = table(
        ["CASE", "WHAT", "DUE", "STATE", "KIND", "PREMISES", "OFFICE"],
        [
            [
                one.case_id,
                one.what,
                due_as_written(one.due_at, zone=zone),
                one.state,
                one.kind,
                one.premises,
                one.office,
            ]
            for one in rows
        ],
        right=(0,),
    )
    documents = [
        {
            "case": one.case_id,
            "what": one.what,
            "due_at": one.due_at.isoformat(),
            "state": one.state,
            "kind": one.kind,
            "premises": one.premises,
            "office": one.office,
            "control": one.control,
        }
        for one in rows
    ]
    out.result(documents, human if rows else "Nothing is overdue.")
    return 1 if rows else 0


def _plan(args: argparse.Namespace, out: Output) -> None:
    from anlan.areas.hazards import services
    from anlan.cli.installation import stamp

    made = services.plan_due_inspections(
        town_key=args.key,
        progress=lambda done, of: out.progress("Planning inspections", done / of),
        **stamp(args.key),
    )
    out.result({"planned": made}, f"{made} inspections planned.")


def _due(args: argparse.Namespace, out: Output) -> None:
    from anlan.areas.hazards import queries
    from anlan.kernel.places import queries as places

    places.town(args.key)
    rows = queries.planned_inspections(args.key)
    human = table(
        ["ID", "DAY", "IDENT", "NAME", "RISK", "CHECKLIST", "OUTSIDE HOURS"],
        [
            [
                one.id,
                one.due_on,
                one.ident,
                one.name,
                one.risk,
                one.checklist,
                "yes" if one.outside_hours else "",
            ]
            for one in rows
        ],
        right=(0,),
    )
    documents = [
        {
            "id": one.id,
            "day": one.due_on.isoformat(),
            "premises": one.ident,
            "checklist": one.checklist,
            "outside_hours": one.outside_hours,
            "inspector": one.inspector_ref or None,
        }
        for one in rows
    ]
    out.result(documents, human if rows else "No inspection is planned.")


def _checklists(args: argparse.Namespace, out: Output) -> None:
    from anlan.areas.hazards import queries
    from anlan.kernel.places import queries as places

    places.town(args.key)
    forms = queries.forms_in_force(args.key)
    lines: list[str] = []
    for form in forms:
        lines.append(f"{form.code} {form.number or 'as shipped'}: {form.label.en} {form.label.zh}")
        lines += [f"  {one.label.en} | {one.label.zh} ({one.answers})" for one in form.questions]
    out.result([_form_document(form) for form in forms], "\n".join(lines))


def _form_document(form: Any) -> dict[str, Any]:
    return {
        "code": form.code,
        "number": form.number,
        "classes": list(form.classes),
        "questions": [
            {
                "code": one.code,
                "about": one.about,
                "answers": one.answers,
                "hazard": one.hazard,
                "en": one.label.en,
                "zh": one.label.zh,
            }
            for one in form.questions
        ],
    }


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"{path} can't be read: {error.strerror or 'no such file'}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path.name} is no readable TOML: {error}.") from error


def _check(args: argparse.Namespace, out: Output) -> int:
    from anlan.areas.hazards.rules.checklists import FormRefused, parse_form

    raw = _read(Path(args.file))
    try:
        form = parse_form(raw)
    except FormRefused as refused:
        raise Refused(refused.sentence, code=refused.code) from refused
    said = f"{form.code}: {len(form.questions)} questions about things; a second person can agree."
    out.result(_form_document(form), said)
    return 0


def _propose(args: argparse.Namespace, out: Output) -> None:
    from anlan.areas.hazards import services
    from anlan.cli.installation import stamp

    raw = _read(Path(args.file))
    number = services.propose_checklist(raw, town_key=args.key, **stamp(args.key))
    out.result(
        {"code": raw["code"], "number": number},
        f"{raw['code']} {number} waits for a second person.",
    )
