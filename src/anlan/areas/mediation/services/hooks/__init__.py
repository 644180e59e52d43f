"""What mediation does with each action, in the action's own transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from anlan.areas.mediation.services.hooks import agreeing, joining, sessions
from anlan.kernel.cases.services import Doing

HOOKS: Mapping[str, Callable[[Doing], None]] = {
    "opened": joining.opened,
    "confirm": joining.confirmed,
    "remove_party": joining.party_removed,
    "sort": joining.sorted_anew,
    "give_to_office": joining.given_to_office,
    "assign": joining.assigned,
    "accept": joining.taken,
    "take": joining.taken,
    "step_aside": joining.stepped_aside,
    "leave_case": joining.left,
    "refuse_mediator": joining.mediator_refused,
    "refuse_afterwards": joining.mediator_refused,
    "refuse_helper": joining.helper_refused,
    "add_helper": joining.helper_added,
    "replace_mediator": joining.replaced,
    "restrict": joining.restricted,
    "unrestrict": joining.unrestricted,
    "talk": joining.talked,
    "invite": joining.invited,
    "ask_party": joining.party_asked,
    "consent": joining.consented,
    "refuse": joining.said_no,
    "withdraw": joining.said_no,
    "book_session": sessions.booked,
    "book_alone": sessions.booked_alone,
    "move_session": sessions.moved,
    "cancel_session": sessions.cancelled,
    "hold_session": sessions.held,
    "note_attendance": sessions.attended,
    "draft_agreement": agreeing.drafted,
    "change_agreement": agreeing.drafted,
    "read_back": agreeing.read_back,
    "confirm_agreement": agreeing.confirmed,
    "sign": agreeing.signed,
    "agree_orally": agreeing.agreed_orally,
    "keep_agreement": agreeing.kept,
    "plan_follow_up": agreeing.follow_up_planned,
    "follow_up": agreeing.followed_up,
    "rate": agreeing.rated,
    "not_fixed": agreeing.reopened,
    "finish": sessions.ended,
    "fail": sessions.ended,
    "find_unsuitable": sessions.ended,
    "refer_out": sessions.ended,
    "end_after_no": sessions.ended,
}
