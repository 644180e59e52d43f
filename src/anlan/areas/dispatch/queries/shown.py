"""Which plans were recommended for an incident last, to tell whether a dispatch followed one."""

from __future__ import annotations

import threading
from collections import OrderedDict

_MOST = 2000
_shown: OrderedDict[int, tuple[frozenset[str], ...]] = OrderedDict()
_lock = threading.Lock()


def remember_plans(incident_id: int, plans: tuple[frozenset[str], ...]) -> None:
    """Keep the plans that a dispatcher was shown, best first."""
    with _lock:
        _shown[incident_id] = plans
        _shown.move_to_end(incident_id)
        while len(_shown) > _MOST:
            _shown.popitem(last=False)


def plan_rank(incident_id: int, units: frozenset[str]) -> int:
    """Give the rank of the shown plan that these units are, from 1; 0 when they are none of them.

    Kept by each process for itself: a plan shown by another process counts as not shown.
    """
    plans = _shown.get(incident_id, ())
    return plans.index(units) + 1 if units in plans else 0
