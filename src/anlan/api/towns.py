"""The parts of an address that several routes share. ninja wants its own mark to stand last."""

from __future__ import annotations

from typing import Annotated

from ninja import Path
from pydantic import Field

TownKey = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$"), Path()]
RowId = Annotated[int, Field(ge=1, le=2**31 - 1), Path()]
UnitIdent = Annotated[str, Field(pattern=r"^[^\s\x00-\x1f/]{1,40}$"), Path()]
