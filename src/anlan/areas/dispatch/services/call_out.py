"""Crews are called out after the commit: a gateway that hangs holds up no dispatch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction

from anlan.areas.dispatch.models import Incident
from anlan.gateways import paging


def call_out_after_commit(
    town_key: str, incident: Incident, *, idents: Sequence[str], at: datetime
) -> None:
    """Page the crews of these units once the dispatch is safely stored; codes only, no words."""
    pages = [
        paging.Page(
            town=town_key,
            unit=ident,
            incident=f"incident:{incident.pk}",
            type=incident.type,
            priority=incident.priority,
            at=at,
        )
        for ident in idents
    ]
    transaction.on_commit(lambda: _send(pages))


def call_to_post_after_commit(
    town_key: str, ident: str, *, post: str, at: datetime, back: bool = False
) -> None:
    """Page a crew that is to stand by at a post ("fire 7"), or to go `back` to its own."""
    page = paging.Page(
        town=town_key,
        unit=ident,
        incident="",
        type="move_up_ended" if back else "move_up",
        priority=0,
        at=at,
        post=post,
    )
    transaction.on_commit(lambda: _send([page]))


def _send(pages: Sequence[paging.Page]) -> None:
    for page in pages:
        paging.call_out(
            page, url=settings.ANLAN_PAGING_URL, timeout_s=settings.ANLAN_PAGING_TIMEOUT_S
        )
