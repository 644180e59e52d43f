"""What becomes of keys when a case is over: writes, each inside a ledger write or one itself."""

from anlan.kernel.sealing.custody.services.exports import export_case
from anlan.kernel.sealing.custody.services.holders import (
    LinkHolder,
    destroy,
    end_wraps,
    no_custodians,
    rewrap,
    set_custodians,
)
from anlan.kernel.sealing.custody.services.links import key_for_link, open_for_link
from anlan.kernel.sealing.custody.services.wrapping_key import (
    overwrite_log,
    restore_wraps,
    wrap_living_anew,
)

__all__ = [
    "LinkHolder",
    "destroy",
    "end_wraps",
    "export_case",
    "key_for_link",
    "no_custodians",
    "open_for_link",
    "overwrite_log",
    "restore_wraps",
    "rewrap",
    "set_custodians",
    "wrap_living_anew",
]
