"""The address's part that every route of a town shares."""

from __future__ import annotations

from typing import Annotated

from ninja import Path
from pydantic import Field

TownKey = Annotated[
    str, Path(description="the town's key"), Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
]
RowId = Annotated[int, Path(), Field(ge=1, le=2**31 - 1)]
UnitIdent = Annotated[str, Path(), Field(pattern=r"^[^\s\x00-\x1f/]{1,40}$")]
