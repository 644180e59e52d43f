"""The guard of append-only tables: the statements are those that stand in installations already."""

from __future__ import annotations

import hashlib

import pytest

from anlan.kernel.append_only import Guarded, guarding, releasing

TREE = ["ledgerleaf", "ledgernode", "ledgerhead", "ledgercosignature"]
NOT_ERASED = "EXISTS (SELECT 1 FROM cases_case WHERE id = OLD.case_id AND erased_at IS NULL)"
EVENTS = Guarded("cases_caseevent", "cases_event", kept_while=NOT_ERASED)
GUARDS = {
    "ledger_is_append_only": (
        [Guarded("ledger_ledgerentry", "ledger_entry")],
        "the ledger is append-only",
    ),
    "ledger_tree_is_append_only": (
        [Guarded(f"ledger_{each}", f"ledger_{each}") for each in TREE],
        "the ledger is append-only",
    ),
    "cases_events_are_append_only": ([EVENTS], "a case's events are append-only"),
}


def statements(vendor: str, function: str) -> list[str]:
    tables, sentence = GUARDS[function]
    made = guarding(vendor, *tables, function=function, sentence=sentence)
    return [*made, *releasing(vendor, *tables, function=function)]


def test_all_statements_are_those_of_the_first_three_migrations_word_for_word():
    """The hash was taken of the statements that those migrations spelled out before."""
    found = [
        each
        for function in GUARDS
        for vendor in ("sqlite", "postgresql")
        for each in statements(vendor, function)
    ]
    assert len(found) == 54
    assert hashlib.sha256("\n".join(found).encode()).hexdigest() == (
        "cdbe32cdc2325826c491608f71ca97c99d2ebc005e8f12c5424afbeadf733cfa"
    )


def test_a_row_that_may_go_one_day_is_kept_until_then_on_both_databases():
    update, delete = statements("sqlite", "cases_events_are_append_only")[:2]
    assert "WHEN" not in update
    assert f"WHEN {NOT_ERASED} BEGIN SELECT RAISE(ABORT, 'a case''s events" in delete
    function = statements("postgresql", "cases_events_are_append_only")[0]
    assert f"IF NOT {NOT_ERASED} THEN RETURN OLD" in function


def test_tables_that_share_a_function_share_the_condition():
    with pytest.raises(ValueError, match="one condition"):
        guarding("postgresql", EVENTS, Guarded("a", "a"), function="f", sentence="s")
