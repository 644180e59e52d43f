"""The shipped words of notices, read once."""

from __future__ import annotations

from functools import cache

from anlan.kernel.cases.rules.notices import NoticeCatalogue, parse_notices
from anlan.kernel.places.catalogue import read_catalogue


@cache
def notice_catalogue() -> NoticeCatalogue:
    """Give the templates of notices."""
    return parse_notices(read_catalogue("notices.toml"))
