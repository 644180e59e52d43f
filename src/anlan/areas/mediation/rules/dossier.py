"""What of a case's course stands in its dossier: a party may show it to anyone. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from anlan.kernel.cases.rules.facts import Value

#: what every party was part of
TOLD_TO_ALL = frozenset(
    {
        "start",
        "book_session",
        "move_session",
        "hold_session",
        "draft_agreement",
        "sign",
        "agree_orally",
        "change_agreement",
        "ask_court",
        "note_court",
        "finish",
        "fail",
    }
)
#: what a party said or did itself; that it was spoken to alone stands in no dossier
TOLD_OF_ONESELF = frozenset(
    {"confirm", "consent", "refuse", "withdraw", "hear", "confirm_agreement", "rate", "not_fixed"}
)

#: ends that every party was part of; any other reads “has ended” (decision 10)
RESULTS_TOLD = frozenset({"settled", "agreed_only", "not_performed", "failed"})
#: what of a case's answers every party knows; where somebody was referred to is that party's alone
ANSWERS_TOLD = frozenset({"category", "performed", "applied_on", "court_answer"})

#: a way into an online room belongs to who is asked there, not on paper
LINKS = frozenset({"online_link", "own_link"})


def is_told(
    action: str,
    *,
    party: int | None,
    own: int | None,
    values: Mapping[str, Value] | None = None,
    alone: Collection[int] = (),
) -> bool:
    """Say whether an event stands in the dossier that `own` (None: nobody in particular) gets.

    `alone` are the sessions with one party alone: whatever was done to them is told nobody, since
    a party may show its dossier to anyone.
    """
    done_to = values or {}
    if done_to.get("session_kind") == "separate" or done_to.get("session") in alone:
        return False
    return action in TOLD_TO_ALL or (own is not None and party == own and action in TOLD_OF_ONESELF)
