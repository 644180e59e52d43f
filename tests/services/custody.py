"""Three custodians with keys of their own, for tests of what becomes of a closed case."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.services import small_case as small
from tests.services.kept_scenes import kept

from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import Case
from anlan.kernel.sealing.custody import services as custody
from anlan.kernel.sealing.custody import wraps
from anlan.kernel.values import Actor, Role

HOLDERS = ("court", "notary", "ombud")
IDENTITIES = dict(zip(HOLDERS, (wraps.new_identity() for _ in HOLDERS), strict=True))
SEALER = Actor("job:seal_cases", frozenset({Role.ADMINISTRATOR}))


def set_custodians(town: str = small.KEY) -> None:
    """Set the three."""
    public = {name: pair[1] for name, pair in IDENTITIES.items()}
    by_cli = {"actor": small.CLI, "at": small.AT, "recorded_at": small.AT}
    custody.set_custodians(public, town=town, **by_cli)


def ended_case(*, result: str = "good", **texts: str) -> int:
    """Open a small case, write some words into it, and end it."""
    scene = ("ended", result, repr(sorted(texts.items())))
    return kept(scene, lambda: _ended_case(result, **texts))


def _ended_case(result: str, **texts: str) -> int:
    one = small.open_small()
    small.do(one, "take")
    small.do(one, "note", texts={"words": texts.get("words", "金丝雀 common")})
    small.do(one, "hear", texts={"own_words": "金丝雀 of one"}, party=1)
    small.do(one, "hear", texts={"own_words": "金丝雀 of two"}, party=2)
    small.do(one, "jot", texts={"secret": "金丝雀 notes"})
    small.do(one, "finish", result=result)
    return one


def later(days: float = 8) -> dict[str, Any]:
    """Give when the sealing job runs, and who it is."""
    return small.stamp(SEALER, days=days)


def seal(case_id: int, *, days: float = 8) -> None:
    """Seal a case away as the job does."""
    cases.seal_case(case_id, **later(days))


def over(days: float) -> timedelta:
    """Give a span of days."""
    return timedelta(days=days)


def make_due(case_id: int, at: datetime) -> None:
    """Let a case have ended so long ago that at this moment its time of keeping is over."""
    past = at - timedelta(days=2)
    Case.objects.filter(pk=case_id).update(ended_at=past, erase_on=past.date())
