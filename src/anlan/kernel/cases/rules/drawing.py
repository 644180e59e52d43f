"""Case types drawn: a state diagram, lanes by role, and tables of what may be done. Pure.

Codes stand in the drawings and tables, with the English labels beside them: these pages are for who
builds and checks; a resident reads the public labels of the case itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from anlan.kernel.cases.rules.types import Action, CaseType, Clock, Result, Span, Unit
from anlan.kernel.places.catalogue import Label

PARTY, JOB = "a party", "the programme"
_UNITS = {
    Unit.HOURS: ("hour", "hours"),
    Unit.DAYS: ("day", "days"),
    Unit.WORKING_DAYS: ("working day", "working days"),
    Unit.MONTHS: ("month", "months"),
}


def state_diagram(one: CaseType) -> str:
    """Draw a type's states and what leads from one to the other, as Mermaid's stateDiagram-v2."""
    lines = ["stateDiagram-v2", f"    [*] --> {one.initial}"]
    for action in one.actions:
        for state in one.states:
            if state.code in action.sources and action.target is not None:
                lines.append(f"    {state.code} --> {action.target}: {action.code}")
    lines += [f"    {state.code} --> [*]" for state in one.states if state.ends]
    return "\n".join(lines)


def lanes(one: CaseType) -> str:
    """Draw a type as a flow in lanes, one for each role, as Mermaid's flowchart: BPMN-like.

    An action stands in the lane of the first who may do it. States are events between actions: the
    initial one a circle, an end a double circle; a second person's agreement is a gateway behind.
    """
    lines = ["flowchart LR"]
    for lane, actions in _by_lane(one).items():
        lines.append(f'    subgraph {lane.replace(" ", "_")}["{lane}"]')
        for action in actions:
            lines.append(f'        do_{action.code}["{action.label.en}"]')
            if action.second:
                second = " or ".join(role.value for role in action.second)
                lines.append(f'        ok_{action.code}{{"agreed by another {second}"}}')
        lines.append("    end")
    lines += [f"    {_event(one, state.code)}" for state in one.states]
    for action in one.actions:
        lines += [f"    {line}" for line in _flow(one, action)]
    return "\n".join(lines)


def _by_lane(one: CaseType) -> dict[str, list[Action]]:
    found: dict[str, list[Action]] = {}
    for action in one.actions:
        found.setdefault(who(action)[0], []).append(action)
    return found


def _event(one: CaseType, code: str) -> str:
    label = one.state(code).label.en
    if code == one.initial:
        return f'{code}(("{label}"))'
    return f'{code}((("{label}")))' if code in one.ends else f'{code}(["{label}"])'


def _flow(one: CaseType, action: Action) -> Iterator[str]:
    for state in one.states:
        if state.code in action.sources:
            yield f"{state.code} --> do_{action.code}"
    last = f"do_{action.code}"
    if action.second:
        yield f"{last} --> ok_{action.code}"
        last = f"ok_{action.code}"
    if action.target is not None:
        yield f"{last} --> {action.target}"


def who(action: Action) -> list[str]:
    """Name who may do an action: roles, a party by its link, the programme itself."""
    found = [role.value for role in action.roles]
    found += [PARTY] if action.by_party else []
    return found + ([JOB] if action.by_job else [])


def section(one: CaseType) -> str:
    """Give a type as a section of the page of states: its diagram and its tables."""
    parts = [
        f"## {one.label.en} ({one.label.zh}, `{one.code}`)",
        f"Kept {one.purpose.en}.",
        f"```mermaid\n{state_diagram(one)}\n```",
        _table(("state", "what it is", "what a resident reads"), _state_rows(one)),
        _table(
            ("action", "from", "to", "by", "second person", "asks", "reasons", "result"),
            map(_action_row, one.actions),
        ),
    ]
    if one.clocks:
        head = ("clock", "runs in", "goal", "warns", "extended", "owner", "source")
        parts.append(_table(head, map(_clock_row, one.clocks)))
    parts.append(
        _table(("result", "what it is", "kept", "sealed after"), map(_result_row, one.results))
    )
    return "\n\n".join(parts)


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cell or '–' for cell in row)} |" for row in lines)


def _state_rows(one: CaseType) -> Iterator[tuple[str, ...]]:
    for state in one.states:
        mark = " (end)" if state.ends else " (first)" if state.code == one.initial else ""
        yield f"`{state.code}`{mark}", _both(state.label), _both(state.public)


def _action_row(action: Action) -> tuple[str, ...]:
    asks = [*action.requires, *(f"({code})" for code in action.takes)]
    if action.about_party:
        asks.insert(0, "which party")
    return (
        f"`{action.code}` {_both(action.label)}",
        ", ".join(sorted(action.sources)),
        action.target or "stays",
        ", ".join(who(action)),
        ", ".join(role.value for role in action.second),
        ", ".join(asks),
        ", ".join(reason.code for reason in action.reasons),
        ", ".join(action.results),
    )


def _clock_row(clock: Clock) -> tuple[str, ...]:
    extended = ""
    if clock.extend_by is not None:
        extended = f"by {in_words(clock.extend_by)}, at most {clock.most_extensions} times"
    runs = ", ".join(sorted(clock.runs_in)) + (", anew each time" if clock.per_stay else "")
    runs += f", from `{clock.since}`" if clock.since else ""
    return (
        f"`{clock.code}` {_both(clock.label)}",
        runs,
        f"`{clock.until}` is over" if clock.until else in_words(clock.goal),
        f"{in_words(clock.warn_before)} before",
        extended,
        clock.owner.value,
        clock.source.en,
    )


def _result_row(result: Result) -> tuple[str, ...]:
    days = result.seal_after_days
    sealed = "the installation's setting" if days is None else in_words(Span(days, Unit.DAYS))
    return (
        f"`{result.code}`",
        _both(result.label),
        f"{in_words(result.keep)} from the end",
        sealed,
    )


def in_words(span: Span) -> str:
    """Give a span in English words."""
    return f"{span.amount} {_UNITS[span.unit][span.amount != 1]}"


def _both(label: Label) -> str:
    return f"{label.en} / {label.zh}".replace("|", "\\|")
