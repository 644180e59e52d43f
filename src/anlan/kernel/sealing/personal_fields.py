"""Every personal field there is: where it stands, why, how long. What is not here is not kept.

`rails.py` fails the build when a column of class STAFF or SEALED is missing here, or when a line
here has no column. `services.seal` refuses a field that is not in SEALED_FIELDS.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PersonalField:
    """A field about a person: whom, why it is kept, and how long."""

    about: str
    why: str
    how_long: str


_WITH_CASE = "until the case's wraps are destroyed"
_LEDGER = "as long as the ledger; a published export holds a role and a daily pseudonym instead"
_ACCOUNT = "until the account is erased, which is a year after it was ended"
_CASE = "as long as the case's result is kept"
_HANDLES = "that a case has somebody who answers for it"
_ACTED = "that staff answer for what they did"

# Texts sealed under a case's own key, by kind of case and field.
SEALED_FIELDS: dict[str, dict[str, PersonalField]] = {
    "incident": {
        "words": PersonalField(
            "caller, persons concerned", "what happened, told to the crew", _WITH_CASE
        ),
        "caller_name": PersonalField("caller", "to speak to and find the caller", _WITH_CASE),
        "caller_number": PersonalField("caller", "to ring back a call that broke off", _WITH_CASE),
        "place_text": PersonalField("caller, persons concerned", "to find the door", _WITH_CASE),
        "note": PersonalField("persons concerned", "what was learned meanwhile", _WITH_CASE),
    },
    "disclosure": {
        "about": PersonalField(
            "parties of the case that is asked for", "which case an authority asked for", _WITH_CASE
        ),
        "basis_words": PersonalField("staff of the authority", "the paper it rests on", _WITH_CASE),
        "finding": PersonalField("parties", "why it was granted or not", _WITH_CASE),
        "handed": PersonalField("parties", "what was handed over, to whom", _WITH_CASE),
    },
    "hazard": {
        "name": PersonalField("reporter, who answers for the place", "to address them", _WITH_CASE),
        "contact": PersonalField(
            "reporter, who answers for the place", "to tell them what came of it", _WITH_CASE
        ),
        "report": PersonalField("reporter", "what is dangerous, in their words", _WITH_CASE),
        "spot": PersonalField("reporter", "to find the thing", _WITH_CASE),
        "told": PersonalField("a party", "what the office told them", _WITH_CASE),
        "finding": PersonalField("who answers for the place", "what was found", _WITH_CASE),
        "order_words": PersonalField(
            "who answers for the place", "what must be done until when", _WITH_CASE
        ),
        "opinion": PersonalField("who answers for the place", "whether it is major", _WITH_CASE),
        "permission": PersonalField(
            "who answers for the place", "that use may be resumed", _WITH_CASE
        ),
        "notes": PersonalField("persons concerned", "what handlers must remember", _WITH_CASE),
    },
    "mediation": {
        "name": PersonalField("parties", "who the dispute is between", _WITH_CASE),
        "contact": PersonalField("parties", "to reach a party as it asked to be", _WITH_CASE),
        "address": PersonalField("parties", "where the dispute is, or post goes", _WITH_CASE),
        "request": PersonalField("parties", "what a party asks for", _WITH_CASE),
        "account": PersonalField("parties", "how a party sees it, for it alone", _WITH_CASE),
        "joint_words": PersonalField("parties", "what all parties may read", _WITH_CASE),
        "note": PersonalField("parties", "the mediator's own notes, in no export", _WITH_CASE),
        "incident": PersonalField("parties", "the incident it came from", _WITH_CASE),
        "online_link": PersonalField("parties", "to come to a session online", _WITH_CASE),
        "own_link": PersonalField("parties", "to come alone to a session online", _WITH_CASE),
        "talk_notes": PersonalField("parties", "the private talk, handlers alone", _WITH_CASE),
        **{
            code: PersonalField("parties", "whether coercion shows, handlers alone", _WITH_CASE)
            for code in ("hurt", "afraid", "threatened", "controlled", "pressed", "speaks_freely")
        },
        **{
            code: PersonalField("parties", "what was agreed, for all parties", _WITH_CASE)
            for code in (
                "parties_part",
                "facts_part",
                "issues_part",
                "liability_part",
                "terms_part",
                "how_part",
                "agreement_hash",
            )
        },
    },
}

# Texts that a case of any kind may hold beside its own.
OF_EVERY_CASE: dict[str, PersonalField] = {
    "document_name": PersonalField("parties", "to find a document again", _WITH_CASE),
}


def reading_place(case_ref: str, field: str) -> int:
    """Give where a field stands among texts of one moment: as declared, what is unheard of last.

    A text's id is drawn at random, so that without it a name and what was said beside it would
    stand in whatever order the database holds them.
    """
    declared = [*SEALED_FIELDS.get(case_ref.partition(":")[0], ()), *OF_EVERY_CASE]
    return declared.index(field) if field in declared else len(declared)


# Columns, by "app.Model.column".
PERSONAL_COLUMNS: dict[str, PersonalField] = {
    "sealing.SealedText.cipher": PersonalField("parties", "see SEALED_FIELDS", _WITH_CASE),
    "sealing.SealedText.author_ref": PersonalField("staff", _ACTED, _WITH_CASE),
    "sealing.CaseKey.wrapped": PersonalField("parties", "opens the case's texts", _WITH_CASE),
    "sealing.KeyWrap.wrapped": PersonalField(
        "parties", "opens a closed case for two custodians, or for its party's link", _WITH_CASE
    ),
    "sealing.Opening.actor_ref": PersonalField(
        "staff", "that a person sees who opened their data", _WITH_CASE
    ),
    "ledger.LedgerEntry.actor_ref": PersonalField("staff", _ACTED, _LEDGER),
    "ledger.ClientWrite.actor_ref": PersonalField(
        "staff", "that a write repeated by a bad line is done once", "7 days"
    ),
    "staff.Staff.username": PersonalField("staff", "to sign in; a number or a desk", _ACCOUNT),
    "staff.Staff.password": PersonalField("staff", "to sign in; argon2", _ACCOUNT),
    "staff.Staff.last_login": PersonalField("staff", "to find accounts out of use", _ACCOUNT),
    "staff.Staff.is_active": PersonalField("staff", "to end an account", _ACCOUNT),
    "staff.Membership.role": PersonalField("staff", "who may do what", "while the role is held"),
    "dispatch.RunCardChange.proposed_by": PersonalField("staff", _ACTED, "as long as the cards"),
    "dispatch.RunCardChange.decided_by": PersonalField("staff", _ACTED, "as long as the cards"),
    "cases.CaseStaff.staff_ref": PersonalField("staff", _HANDLES, _CASE),
    "cases.CaseEvent.actor_ref": PersonalField("staff, parties by link", _ACTED, _CASE),
    "cases.CaseEvent.second_ref": PersonalField("staff", _ACTED, _CASE),
    "cases.Proposal.proposed_by": PersonalField("staff", _ACTED, _CASE),
    "cases.Proposal.decided_by": PersonalField("staff", _ACTED, _CASE),
    "cases.Task.staff_ref": PersonalField("staff", _HANDLES, _CASE),
    "cases.Task.done_by": PersonalField("staff", _ACTED, _CASE),
    "cases.Document.added_by": PersonalField("staff, parties by link", _ACTED, _CASE),
    "cases.Document.sealed_key": PersonalField(
        "parties", "opens the document's file", "until the document is removed or the case erased"
    ),
    "cases.Notice.sealed": PersonalField(
        "parties", "where a notice goes and what it says", "until it is delivered or given up"
    ),
    "hazards.PreplanFact.stated_by": PersonalField("staff", _ACTED, "until the fact expires"),
    "hazards.Checklist.proposed_by": PersonalField("staff", _ACTED, "as long as the form"),
    "hazards.Checklist.decided_by": PersonalField("staff", _ACTED, "as long as the form"),
    "hazards.Inspection.inspector_ref": PersonalField(
        "staff", _HANDLES, "as long as the premises' history"
    ),
    "cases.FollowLink.identity": PersonalField(
        "parties", "opens a party's own closed case with its link's token", "as long as the link"
    ),
    "mediation.Session.mediator_ref": PersonalField("staff", _HANDLES, _CASE),
    "places.Closure.set_by": PersonalField("staff", _ACTED, "as long as the closure"),
}
