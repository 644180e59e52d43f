"""CSV files as people save them: lines are named as an editor shows them, numbers are checked."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.kernel.places.services.tables import BadRow, Report, Row, read_rows
from anlan.kernel.values import BadInput

cells = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\u2028\u2029\x85"),
    max_size=12,
)


def rows_of(tmp_path, text):
    path = tmp_path / "rows.csv"
    path.write_bytes(text.encode())
    return list(read_rows(path, needed=("a", "b")))


def test_line_is_where_the_row_begins_even_after_a_cell_of_several_lines(tmp_path):
    rows = rows_of(tmp_path, 'a,b\n"one\ntwo\nthree",1\n\nx,2\n')
    assert [(row.line, row.text("b")) for row in rows] == [(2, "1"), (6, "2")]


@given(st.lists(st.tuples(cells, cells), max_size=8))
def test_what_was_written_is_read(tmp_path_factory, pairs):
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["a", "b"])
    writer.writerows(pairs)
    rows = rows_of(tmp_path_factory.mktemp("rows"), out.getvalue())
    kept = [(a.strip(), b.strip()) for a, b in pairs if a.strip() or b.strip()]
    assert [(row.text("a"), row.text("b")) for row in rows] == kept


def test_missing_cells_are_empty_and_needed_ones_are_refused(tmp_path):
    (row,) = rows_of(tmp_path, "a,b,c\nx\n")
    assert row.text("c") == ""
    with pytest.raises(BadRow, match="“b” is empty"):
        row.needed("b", longest=10)
    with pytest.raises(BadRow, match="longer than 0"):
        row.needed("a", longest=0)


def test_column_named_twice_is_refused(tmp_path):
    with pytest.raises(BadInput, match="twice"):
        rows_of(tmp_path, "a,b,a\n1,2,3\n")


@given(st.floats(-90, 90), st.booleans())
def test_numbers_are_read_with_point_or_decimal_comma(value, comma):
    raw = repr(value).replace(".", "," if comma else ".")
    row = Row(2, {"lat": raw}, decimal_comma=comma)
    assert row.number("lat", low=-90, high=90) == value


@pytest.mark.parametrize("raw", ["nan", "inf", "-inf", "90.1", "x", "1e400", "1,5"])
def test_what_is_no_number_within_bounds_is_refused(raw):
    with pytest.raises(BadRow, match="must be a number from -90 to 90"):
        Row(2, {"lat": raw}, decimal_comma=False).number("lat", low=-90, high=90)


def test_report_is_plain_data():
    report = Report(rows=2)
    report.reject(3, "no")
    report.warn(4, "odd", "look")
    assert report.as_dict() == {
        "rows": 2,
        "added": 0,
        "changed": 0,
        "unchanged": 0,
        "rejected": [{"line": 3, "reason": "no"}],
        "warnings": [{"line": 4, "code": "odd", "text": "look"}],
    }
