"""What a column may hold: every column of every model declares one of these (scope.md, rail 1).

A model declares `column_classes = {"state": ColumnClass.VOCABULARY, ...}` for every concrete column
except its primary key and foreign keys. A JSON column declares its keys in
`json_classes = {"capabilities": {"[]": ColumnClass.VOCABULARY}}`, where "[]" stands for the members
of a list. `rails.py` holds the check.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping


class ColumnClass(enum.StrEnum):
    """The class of a column."""

    VOCABULARY = "vocabulary"  # one of a closed list, or a code of a declared pattern
    TIME = "time"
    PLACE = "place"  # a point in clear: only in the tables that rail 4 allows
    THING = "thing"  # the name or mark of a thing of the town: a street, a post, a unit
    FIGURE = "figure"  # a number or a yes/no
    STAFF = "staff"  # about a member of staff in that role; stands in the table of personal fields
    SEALED = "sealed"  # ciphertext under a case's own key
    KEY = "key"  # a reference or a hash of ciphertext, of a declared pattern
    REFERENCE = "reference"  # a foreign key; implied


ColumnClasses = Mapping[str, ColumnClass | str]
JsonClasses = Mapping[str, Mapping[str, ColumnClass | str]]
