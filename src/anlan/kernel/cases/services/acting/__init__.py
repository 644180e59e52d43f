"""The one way to act in a case: access, lock, guard, second person, event, clocks, entry."""

from anlan.kernel.cases.services.acting.applying import acting, apply
from anlan.kernel.cases.services.acting.opening import open_case
from anlan.kernel.cases.services.acting.outcome import Done, changed
from anlan.kernel.cases.services.acting.seconding import decide

__all__ = ["Done", "acting", "apply", "changed", "decide", "open_case"]
