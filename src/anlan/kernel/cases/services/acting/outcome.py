"""What an action came to, kept so that a write repeated by a bad line is told the same."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from anlan.kernel.cases.services.doing import Doing
from anlan.kernel.ledger.services import Write
from anlan.kernel.values import Refused


@dataclass(frozen=True, slots=True)
class Done:
    """What an action came to: the case's id and version, or the proposal that now waits.

    `parties` are the numbers of the parties that it added.
    """

    case_id: int
    version: int
    proposal: int | None = None
    parties: tuple[int, ...] = ()


def keep_done(doing: Doing, entry: Write) -> tuple[int, ...]:
    """Keep in the write's result what a repeated write is told."""
    one, numbers = doing.case, tuple(doing.added)
    entry.result = {"case": one.pk, "version": one.version, "parties": list(numbers)}
    return numbers


def done_before(entry: Write) -> Done:
    """Give what a write that comes again came to the first time."""
    kept = entry.result
    return Done(
        int(kept["case"]),
        int(kept["version"]),
        kept.get("proposal"),
        tuple(kept.get("parties", ())),
    )


def changed() -> Refused:
    """Give the refusal of a write that was made on an older version of a case."""
    return Refused(
        _("Somebody else has just changed this case; look again. Your words are still here."),
        code="changed",
    )
