"""Small towns on a straight road, for the tests of the simulation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from anlan.engine.simulation import CallStream, Fleet, World

NAN = float("nan")


def road(at: Sequence[float], **more: Any) -> World:
    """Places on a straight road, one length unit a second."""
    x = np.array(at, np.float64)
    return World(np.abs(x[:, None] - x[None, :]), **more)


def fleet(post: Sequence[int], *, kinds: Sequence[str] | None = None, **more: Any) -> Fleet:
    """Units U0, U1 … at these places; each can do what its kind says."""
    kinds = kinds or ["engine"] * len(post)
    return Fleet(
        keys=[f"U{u}" for u in range(len(post))],
        kind=list(kinds),
        capabilities=[frozenset(kind.split("+")) for kind in kinds],
        post=np.array(post, np.intp),
        **more,
    )


def calls(
    rows: Sequence[tuple[float, int, str]],
    *,
    turnout: float = 0.0,
    on_scene: float = 100.0,
    handover: Sequence[float] | float = NAN,
    priority: Sequence[int] | None = None,
    processing: float = 0.0,
    **more: Any,
) -> CallStream:
    """Calls (received, place, run card): a run card is words, one for each unit wanted."""
    cards = [row[2].split() for row in rows]
    vocabulary = tuple(sorted({word for card in cards for word in card}))
    call = np.repeat(np.arange(len(rows)), [len(card) for card in cards])
    received = np.array([row[0] for row in rows], np.float64)
    slots = len(call)
    return CallStream(
        received_s=received,
        place=np.array([row[1] for row in rows], np.intp),
        kind=np.zeros(len(rows), np.intp),
        priority=np.array(priority if priority is not None else [0] * len(rows), np.intp),
        vocabulary=vocabulary,
        call=call,
        capability=np.array([vocabulary.index(w) for card in cards for w in card], np.intp),
        asked_s=received[call] + processing,
        turnout_s=np.full(slots, turnout),
        on_scene_s=np.full(slots, on_scene),
        handover_s=np.broadcast_to(np.asarray(handover, np.float64), slots).copy(),
        **more,
    )
