"""The town's own installation, as the attacks look at it: read only, by tables and files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice
from pathlib import Path
from typing import Any, TypeVar

AT_ONCE = 2000  # rows, or files, in memory
Key = TypeVar("Key")
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Here:
    """An installation: its folder, the real moment, and the towns that are looked at.

    `step` is told how far an attack is that takes long: a share from 0 to 1.
    """

    data: Path
    now: datetime
    towns: tuple[str, ...]
    step: Callable[[float], None] = lambda _share: None

    def at(self, town: str) -> datetime:
        """Give the moment by a town's own clock."""
        from anlan.kernel.places import queries

        return queries.town(town).clock.at(self.now)


def rows_of(label: str, **where: Any) -> Any:
    """Give the rows of a table by its label ("cases.Case"), as a thief of the database has them."""
    from django.apps import apps

    return apps.get_model(label)._base_manager.filter(**where)


def streamed(rows: Any) -> Iterator[Any]:
    """Give a query's rows as they come; neither the query nor its reader keeps them."""
    return iter(rows.iterator(chunk_size=AT_ONCE))


def in_batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Give rows some at a time."""
    rest = iter(rows)
    while batch := list(islice(rest, AT_ONCE)):
        yield batch


def side_by_side(
    ours: Iterable[tuple[Key, Any]], theirs: Iterable[tuple[Key, Any]]
) -> Iterator[tuple[list[Any], list[Any]]]:
    """Give what stands under each key of `ours`, beside what `theirs` has under it.

    Both are sorted by key; what only `theirs` has is passed over. One key's rows are in memory.
    """
    others = groupby(theirs, key=lambda each: each[0])
    at, found = next(others, (None, iter(())))
    for key, mine in groupby(ours, key=lambda each: each[0]):
        while at is not None and at < key:
            at, found = next(others, (None, iter(())))
        yield [each for _k, each in mine], [e for _k, e in found] if at == key else []


class Some:
    """Names of what was found, each once: the first few are kept, the others counted."""

    def __init__(self, *, most: int = 3) -> None:
        """Keep so many of them."""
        self._most = most
        self._kept: list[str] = []
        self._more = 0

    def add(self, name: str) -> None:
        """Take a name in."""
        if name in self._kept:
            return
        if len(self._kept) < self._most:
            self._kept.append(name)
        else:
            self._more += 1

    def __bool__(self) -> bool:
        return bool(self._kept)

    def __str__(self) -> str:
        return "; ".join(self._kept) + (f" (+{self._more})" if self._more else "")


def few(names: list[str], *, most: int = 3) -> str:
    """Name the first few of what was found."""
    more = f" (+{len(names) - most})" if len(names) > most else ""
    return "; ".join(names[:most]) + more
