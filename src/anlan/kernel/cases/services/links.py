"""A party's link to its own case: made once, ended, and what it opens."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.utils.translation import gettext as _

from anlan.kernel.cases.models import Case, Document, FollowLink, Party
from anlan.kernel.cases.queries.cases import no_such_case
from anlan.kernel.cases.queries.links import LinkRow, reads_common, wards_of
from anlan.kernel.cases.queries.openings import hands_out_links
from anlan.kernel.cases.rules.acting import may_link
from anlan.kernel.cases.rules.types import Space
from anlan.kernel.cases.services.acting import acting
from anlan.kernel.cases.services.documents import (
    OpenedDocument,
    decrypt_document,
    no_such_document,
)
from anlan.kernel.cases.services.doing import Doing, space_ref
from anlan.kernel.cases.services.reading import OpenedCase
from anlan.kernel.cases.services.words import in_words
from anlan.kernel.sealing.ciphers import Unreadable
from anlan.kernel.sealing.custody import services as custody
from anlan.kernel.sealing.custody import wraps
from anlan.kernel.sealing.services import OpenedText
from anlan.kernel.values import Actor, Forbidden, Refused

MOST_LIVING_LINKS = 3  # of one party: a telephone, a paper, a helper


@in_words
def make_link(
    case_id: int,
    *,
    party: int | None,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> str:
    """Make a party's link and give its token, this once: only its hash is kept.

    `party` None follows where the case stands and opens no words: it may be anybody's. "" when the
    same key came before. Inside an action's hook `link_in` does the same.
    """
    with acting(
        case_id,
        "link_made",
        town_key=town_key,
        actor=actor,
        at=at,
        recorded_at=recorded_at,
        client_key=client_key,
        told={"party": party},
    ) as doing:
        if doing.write.replayed:
            return ""
        _check_may_hand_out(doing.case, actor)
        _check_not_too_many(doing.case, party)
        not_yet = may_link(doing.type, doing.facts, party)
        if not_yet is not None:
            raise not_yet
        token = link_in(doing, party=party)
        doing.tell(party=party)
    return token


def _check_not_too_many(one: Case, party: int | None) -> None:
    living = FollowLink.objects.filter(case=one, party=party, ended_at__isnull=True)
    if living.count() >= MOST_LIVING_LINKS:
        raise Refused(
            _("This party has {most} links already; end one first.").format(most=MOST_LIVING_LINKS),
            code="too_many_links",
        )


def link_in(doing: Doing, *, party: int | None) -> str:
    """Make a party's link inside an action's hook and give its token, this once."""
    one = doing.case
    there = Party.objects.filter(case=one, number=party or 0, left_at__isnull=True)
    if party is not None and not there.exists():
        raise Refused(_("There is no such party in this case."), code="no_such_party")
    new = wraps.new_link()
    made = FollowLink.objects.create(
        case=one,
        party=party,
        token_hash=new.token_hash,
        recipient=new.recipient,
        identity=new.identity,
        made_at=doing.at,
    )
    whose = one.ref if party is None else space_ref(one.ref, Space.PARTY, party=party)
    doing.write.record(
        subject=one.ref, about=[f"link:{made.pk}", whose], action=f"{one.type}.link_drawn"
    )
    return new.token


def end_link(
    link_id: int,
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> None:
    """End a link that was lost: its address leads nowhere, and what it could open is destroyed.

    Of a sealed case a new link does not open the older words again; custodians can.
    """
    link = FollowLink.objects.filter(pk=link_id).first()
    if link is None:
        raise _no_such_link()
    with acting(
        link.case_id,
        "link_ended",
        town_key=town_key,
        actor=actor,
        at=at,
        recorded_at=recorded_at,
        client_key=client_key,
        told={"link": link_id},
    ) as doing:
        if doing.write.replayed:
            return
        if not actor.staff_ref.startswith("link:"):
            _check_may_hand_out(doing.case, actor)
        elif actor.staff_ref != f"link:{link_id}":
            raise _no_such_link()
        living = FollowLink.objects.filter(pk=link_id, ended_at__isnull=True)
        if living.update(ended_at=at, identity=b"") != 1:
            raise _no_such_link()
        custody.end_wraps(f"link:{link_id}")
        doing.write.record(
            subject=doing.case.ref,
            about=[f"link:{link_id}"],
            action=f"{doing.case.type}.link_wraps_destroyed",
        )
        doing.tell(party=link.party)


def _no_such_link() -> Refused:
    return Refused(_("There is no such link, or it has ended."), code="no_such_link")


def _check_may_hand_out(one: Case, actor: Actor) -> None:
    if not hands_out_links(one.pk, actor):
        raise Forbidden(
            _("Who handles this case, or a clerk, hands out its links."), code="not_handler"
        )


def open_by_link(link: LinkRow, token: str, *, at: datetime, recorded_at: datetime) -> OpenedCase:
    """Open what a party may read of its case, by its link's token: before and after sealing.

    Its own space, the common one where that is open to it, and a guardian's its ward's; after the
    party left, its own alone. Never the notes, never another party's.
    """
    row, identity = _proved(link, token)
    spaces = spaces_of(row)
    if not spaces:
        return OpenedCase({})
    texts = _open(row, link, identity, token, spaces=tuple(spaces), at=at, recorded_at=recorded_at)
    return OpenedCase(
        {name: tuple(t for t in texts if t.space == ref) for ref, name in spaces.items()}
    )


def open_document_by_link(
    link: LinkRow, token: str, document_id: int, *, at: datetime, recorded_at: datetime
) -> OpenedDocument:
    """Open one document of a party's own or of the common space, by its link's token."""
    row, identity = _proved(link, token)
    one = Document.objects.filter(
        pk=document_id, case_id=row.case_id, removed_at__isnull=True
    ).first()
    if one is None or one.space not in spaces_of(row).values():
        raise no_such_document()
    ref = f"{row.case.ref}:{one.space}" if one.space else row.case.ref
    texts = _open(
        row,
        link,
        identity,
        token,
        spaces=(ref,),
        parts=(f"document:{one.pk}",),
        at=at,
        recorded_at=recorded_at,
    )
    name = next((text.text for text in texts if text.id == str(one.name_text)), "")
    key = custody.key_for_link(one.case_key_id, actor=link.actor, identity=identity)
    return decrypt_document(one, case_key=key, name=name)


def _proved(link: LinkRow, token: str) -> tuple[FollowLink, str]:
    """Give a living link's row and its age secret key, which its own token alone gives."""
    living = FollowLink.objects.filter(pk=link.id, ended_at__isnull=True)
    row = living.select_related("case").first()
    typed = wraps.read_token(token)
    if row is None or typed is None or row.case.erased_at is not None:
        raise no_such_case()
    try:
        return row, wraps.link_identity(typed, bytes(row.identity))
    except Unreadable:
        raise no_such_case() from None


def _check_still(link: LinkRow, token: str, spaces: tuple[str, ...]) -> None:
    """Raise where a link opens less by now: for the lock, under which that stays so."""
    row, _identity = _proved(link, token)
    if not spaces_of(row).keys() >= set(spaces):
        raise no_such_case()


def _open(
    row: FollowLink,
    link: LinkRow,
    identity: str,
    token: str,
    *,
    spaces: tuple[str, ...],
    at: datetime,
    recorded_at: datetime,
    parts: tuple[str, ...] = (),
) -> tuple[OpenedText, ...]:
    return custody.open_for_link(
        row.case.ref,
        town=link.town,
        actor=link.actor,
        spaces=spaces,
        identity=identity,
        at=at,
        recorded_at=recorded_at,
        parts=parts,
        version=row.case.version,
        gate=partial(_check_still, link, token, spaces),
    )


def spaces_of(link: FollowLink) -> dict[str, str]:
    """Give the spaces that a link may read, by reference; none for a link of no party."""
    one, number = link.case, link.party
    if number is None:
        return {}
    gone = Party.objects.filter(case=one, number=number, left_at__isnull=False).exists()
    own = [number, *wards_of(one.pk, number)]
    spaces = {space_ref(one.ref, Space.PARTY, party=each): f"p{each}" for each in own}
    common = not gone and reads_common(one.pk, party=number)
    return {one.ref: ""} | spaces if common else spaces
