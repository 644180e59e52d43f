"""Writes of the case kernel. `apply` is the one way to act in a case."""

from anlan.kernel.cases.services.acting import Done, acting, apply, decide, open_case
from anlan.kernel.cases.services.calendars import (
    LoadedYear,
    load_calendar,
    recompute_dues,
    set_region,
)
from anlan.kernel.cases.services.documents import (
    OpenedDocument,
    add_document,
    erase_documents,
    no_such_document,
    open_document,
    open_documents,
    remove_document,
    sweep_files,
)
from anlan.kernel.cases.services.doing import Doing
from anlan.kernel.cases.services.ending import erase_case, replay_erasures, seal_case
from anlan.kernel.cases.services.file_checks import too_large
from anlan.kernel.cases.services.gained_clocks import begin_gained_clocks
from anlan.kernel.cases.services.links import (
    end_link,
    link_in,
    make_link,
    open_by_link,
    open_document_by_link,
)
from anlan.kernel.cases.services.notices import (
    ClaimedNotice,
    beat,
    channels_set_up,
    claim_notices,
    end_notice,
    erase_notices,
    is_last_attempt,
    notify,
    overdue_notices,
    put_off,
    stop_notices,
)
from anlan.kernel.cases.services.offices import (
    add_member,
    change_office,
    close_office,
    create_office,
    remove_member,
)
from anlan.kernel.cases.services.pace import count_one, forget_paces, pace_name
from anlan.kernel.cases.services.reading import OpenedCase, open_words, spaces_without_notes
from anlan.kernel.cases.services.shown_documents import document_in
from anlan.kernel.cases.services.tasks import finish_task, no_such_task

__all__ = [
    "ClaimedNotice",
    "Doing",
    "Done",
    "LoadedYear",
    "OpenedCase",
    "OpenedDocument",
    "acting",
    "add_document",
    "add_member",
    "apply",
    "beat",
    "begin_gained_clocks",
    "change_office",
    "channels_set_up",
    "claim_notices",
    "close_office",
    "count_one",
    "create_office",
    "decide",
    "document_in",
    "end_link",
    "end_notice",
    "erase_case",
    "erase_documents",
    "erase_notices",
    "finish_task",
    "forget_paces",
    "is_last_attempt",
    "link_in",
    "load_calendar",
    "make_link",
    "no_such_document",
    "no_such_task",
    "notify",
    "open_by_link",
    "open_case",
    "open_document",
    "open_document_by_link",
    "open_documents",
    "open_words",
    "overdue_notices",
    "pace_name",
    "put_off",
    "recompute_dues",
    "remove_document",
    "remove_member",
    "replay_erasures",
    "seal_case",
    "set_region",
    "spaces_without_notes",
    "stop_notices",
    "sweep_files",
    "too_large",
]
