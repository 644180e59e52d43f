"""`anlan prove` on much data: no table is ever held whole, and long looking says how far it is."""

from __future__ import annotations

import io
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.db.models.query import QuerySet
from tests.services import small_case as small
from tests.services.small_case import HANDLER, do, open_small, stamp

from anlan.cli import prove
from anlan.cli.output import Output
from anlan.cli.proving import here as looking
from anlan.cli.proving import here_keys
from anlan.cli.proving.here import Here, Some, side_by_side
from anlan.cli.proving.registry import attacks_here
from anlan.kernel.cases import services as cases
from anlan.kernel.ledger import queries as ledger_queries
from anlan.kernel.ledger import services as ledger
from anlan.kernel.sealing.rules import Purpose

FEW, CASES = 5, 12
ATTACKS = {each.code: each for each in attacks_here()}


@pytest.fixture
def filled():
    with small.small_case_type():
        small.make_town()
        for _number in range(CASES):
            one = open_small()
            do(one, "hear", texts={"own_words": "word"}, party=1)
            cases.open_words(one, purpose=Purpose.HANDLING, **stamp(HANDLER))
        for town in (small.KEY, ""):
            ledger.seal(town, real_now=datetime.now(UTC))
        yield Here(Path(settings.ANLAN_DATA), datetime.now(UTC), (small.KEY,))


@pytest.mark.django_db(transaction=True)
def test_no_attack_holds_a_whole_table_of_what_grows(filled, monkeypatch):
    held: Counter[str] = Counter()
    fetch = QuerySet._fetch_all

    def counting(self):
        fetch(self)
        label = self.model._meta.label
        held[label] = max(held[label], len(self._result_cache))

    monkeypatch.setattr(QuerySet, "_fetch_all", counting)
    monkeypatch.setattr(looking, "AT_ONCE", FEW)
    monkeypatch.setattr(ledger_queries, "_READ_AT_ONCE", FEW)
    monkeypatch.setattr(here_keys, "WRAPS_TRIED", FEW)  # so many are drawn, whatever there is
    outcomes = {code: each.run(filled).outcome.value for code, each in ATTACKS.items()}
    assert outcomes["openings"] == outcomes["values"] == outcomes["ledger"] == "held"
    too_many = {
        label: rows
        for label, rows in held.items()
        if rows > FEW
        and label.split(".")[0] in {"cases", "sealing", "ledger", "sessions"}
        and label != "ledger.LedgerLeaf"  # the hashes of a tree, 32 bytes each
    }
    assert too_many == {}


@pytest.mark.django_db(transaction=True)
def test_long_looking_says_how_far_it_is(filled, monkeypatch):
    monkeypatch.setattr(looking, "AT_ONCE", FEW)
    error, moment = io.StringIO(), iter(range(100_000))
    out = Output(as_json=False, stderr=error, clock=lambda: 2.0 * next(moment))
    list(prove._here(small.KEY, out))
    told = error.getvalue().splitlines()
    assert len(told) > len(ATTACKS) + 5  # within an attack, too
    assert all(line.startswith("Looking at your own data") for line in told)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_was_analysed_is_still_what_the_models_say(filled):
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    assert ATTACKS["tables"].run(filled).outcome == "held"


def test_rows_are_held_side_by_side_by_their_key():
    ours = [(2, "a"), (2, "b"), (4, "c"), (6, "d")]
    theirs = [(1, "x"), (2, "y"), (4, "z"), (5, "x"), (7, "x")]
    found = list(side_by_side(ours, theirs))
    assert found == [(["a", "b"], ["y"]), (["c"], ["z"]), (["d"], [])]


def test_the_first_few_names_are_kept_and_the_others_counted():
    some = Some(most=2)
    for name in ("a", "b", "a", "c", "d"):
        some.add(name)
    assert str(some) == "a; b (+2)"
    assert not Some()
