"""The tables of the compiled simulation: what they hold, and the names of their columns.

All times are whole milliseconds and all arithmetic on them is in integers, but for products with
the hour's factor, rounded half up; so the same input gives the same bits on any machine. State
stands in few wide tables whose columns are named below, and loops pass the tables themselves:
taking one out of a tuple counts its references, which took half of the time; for the same reason
what allocates nothing is compiled without counting (`_nrt=False`).

- `ms_to[to, from]`: free-flow milliseconds. `home[to, u]`: a key that orders units at their posts:
  the same from unit u's post (FAR: no way), then what u can do besides, then u (KEY_SHIFT bits).
- `factor[class, hour]`, `option` (how the desk acts; from FIXED on each class's fixed part),
  `scale[u]` (turnout; the last entry is the share that a unit on the road needs).
- `slot[s]` (those of one order lie together), `order[o]`, `unit[u]`: read and written.
- `away[b, u]`: 0 where unit u stands at its post, free and able to do b; else FAR's key. The last
  row, DUE, holds when u gets free (NOT_DUE: it is not at a call).
- `scalar`: lengths and counts. `work`: room for mixtures of places and for lists of slots.

HOST of `unit` is a unit whose post is the base of this one (NONE: there is none), so that the way
from there stands in the row of `home` that is read anyway.

Some columns are lists of their own: ROAMER of `unit` the idle units that are not at their post,
QUEUED of `order` the waiting orders by rank.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

Array = Any
_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy"}
_jit: Any = njit  # its types do not know `_nrt`
lean: Any = _jit(**_OPTIONS, _nrt=False)
inlined: Any = _jit(**_OPTIONS, _nrt=False, forceinline=True)
allocating: Any = _jit(**_OPTIONS, _nrt=True)
whole: Any = np.int64
NONE: Any = np.int64(-1)  # typed, so that each helper is compiled once
ZERO: Any = np.int64(0)
NEVER = 2**62
NOT_DUE = 2**63 - 1
NO_WAY = 2**31 - 1
FAR = 2**29  # in `home` and `away`: no way, or not standing there; two of them still add
KEY_SHIFT, UNIT_BITS = 20, 14
FAR_KEY = FAR << KEY_SHIFT
DUE = -1  # the last row of `away`
PARTS = 1 << 20
HALF = 1 << 19
SHIFT = 20
HOUR_MS = 3_600_000
MOST_SENT = 40
OFF, IDLE, TAKEN = 0, 1, 2
NO_RULE, COMPLIANCE, DMEXCLP, DDSM = 0, 1, 2, 3

# columns of `unit`
STATUS, IN_SERVICE, SLOT, BASE, HEADS_FOR, LEAVES, ARRIVES, ORIGINS = range(8)
ORIGIN, PART = 8, 12  # four columns each
ENDS_AT, DIVERT_UNTIL, MOVING_SINCE, ROAM_AT, POST, AREA, BITS = range(16, 23)
BUSY, MOVING, MAY_MOVE, COUNTED, HOST, ROAMER, UNIT_COLUMNS = range(23, 30)
# columns of `slot`: read, then written
SCENE, GRAVITY, BIT, TURNOUT, SPELL, HANDOVER, RIDE, CANCELLED, HOSPITAL, LOGGED = range(10)
OF_ORDER, WHO, DISPATCH, EN_ROUTE, ON_SCENE, TRANSPORT, AT_HOSPITAL, AVAILABLE = range(10, 18)
FROM, WHERE, OPEN, SLOT_COLUMNS = range(18, 22)
# columns of `order`
ASKED, CLASS, FIRST, LAST, RANK, FRESH, QUEUED, ORDER_COLUMNS = range(8)
# columns of `change`
CHANGED, CHANGE_AT, BEGINS = range(3)
# `scalar`
QUEUE_N, ROAM_N, NEXT_ORDER, NEXT_CHANGE, MOVES_N, ENDS, DUE_AT, DUE_UNIT = range(8)
NOBODY_CAN, WAITED, LOST, DIVERTED, DROPPED, SCALARS = range(8, 14)
# `option`
WAITS, DIVERT, CLOSEST, COVER_MS, DIVERT_MS, START_MS, SIMPLE, FIXED = range(8)
# rows of `work`
PLACES_IN, PARTS_IN, SLOTS_IN, WHO_IN, TOOK_IN, LINE_IN, SLOT_LINE_IN, GIVEN_IN = range(8)
DONE, PAUSED, NEEDS_ROOM = range(3)
