"""What is to be done in cases, and how notices to their parties stand, put into words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from anlan.kernel.cases import queries
from anlan.kernel.cases.catalogue import notice_catalogue
from anlan.kernel.cases.queries import NoticeRow, TaskRow, ToDo
from anlan.kernel.cases.rules.acting import is_in_it
from anlan.kernel.cases.rules.facts import CaseFacts
from anlan.kernel.cases.rules.notices import Channel, NoticeState
from anlan.kernel.cases.rules.tasks import ends_by_hand, is_for, task_label
from anlan.kernel.values import Actor
from anlan.web.cases import shown
from anlan.web.cases.openers import role_words
from anlan.web.cases.shown import Words

_SOON = timedelta(days=2)
_NO_WAY = ("no_address", "made_up")
_TAKEN_BACK = ("made_up", "sealed")


def said_to_do(every: ToDo) -> str:
    """Say how much there is to do, "" where there is nothing."""
    counted = (
        (ngettext("{count} thing to do", "{count} things to do", every.open), every.open),
        (ngettext("{count} late", "{count} late", every.late), every.late),
        (
            ngettext("{count} waits for your word", "{count} wait for your word", every.waiting),
            every.waiting,
        ),
    )
    return " · ".join(said.format(count=count) for said, count in counted if count)


def task_row(one: TaskRow, words: Words, actor: Actor) -> dict[str, Any]:
    """Give one thing to do in words: what, about whom, for whom, until when."""
    return {
        "id": one.id,
        "what": capfirst(task_label(words.type, one.kind).in_language(words.language)),
        "party": "" if one.party is None else words.parties.get(one.party, ""),
        "whose": _whose(one, words, actor),
        "urgency": _urgency(one, words),
        "due": ""
        if one.due_at is None
        else shown.due_words(one.due_at, at=words.at, zone=words.zone),
        "due_moment": "" if one.due_at is None else shown.due_moment(one.due_at, words),
        "since": words.local(one.made_at)[:10],
        "by_hand": ends_by_hand(one.kind),
        "mine": is_for(actor, staff_ref=one.staff_ref, for_role=one.for_role),
    }


def _urgency(one: TaskRow, words: Words) -> str:
    if one.due_at is None:
        return ""
    return shown.urgency(one.due_at, one.due_at - _SOON, words.at)


def _whose(one: TaskRow, words: Words, actor: Actor) -> str:
    if one.staff_ref == actor.staff_ref:
        return _("you")
    if one.staff_ref:
        return words.name(one.staff_ref)
    if one.for_role:
        return role_words().get(one.for_role, one.for_role)
    return _("whoever handles it")


def notice_row(one: NoticeRow, words: Words) -> dict[str, Any]:
    """Give how a notice to a party stands; never where it went or what it said."""
    template = notice_catalogue().templates.get(one.template)
    subject = one.template if template is None else template.subject.in_language(words.language)
    return {
        "subject": subject,
        "party": "" if one.party is None else words.parties.get(one.party, ""),
        "way": "" if one.outcome in _NO_WAY else channel_words().get(one.channel, one.channel),
        "state": _notice_state(one),
        "failed": one.state == NoticeState.GIVEN_UP and one.outcome not in _TAKEN_BACK,
        "at": words.local(one.ended_at or one.made_at),
    }


def channel_words() -> dict[str, str]:
    """Name the ways by which a notice goes."""
    return {
        Channel.SMS.value: _("by short message"),
        Channel.EMAIL.value: _("by e-mail"),
        Channel.WEBHOOK.value: _("by the town's web hook"),
    }


def _notice_state(one: NoticeRow) -> str:
    states = {
        NoticeState.WAITING.value: _("waits to be sent"),
        NoticeState.SENDING.value: _("is being sent"),
        NoticeState.SENT.value: _("sent"),
    }
    given_up = {
        "no_address": _("not sent: the party gave no address"),
        "made_up": _("not sent: the case is made up"),
        "too_late": _("not sent within 7 days"),
        "sealed": _("taken back when the case was sealed"),
    }
    return states.get(one.state) or given_up.get(one.outcome, _("could not be sent"))


def to_do_of(
    tasks: Iterable[TaskRow], facts: CaseFacts, words: Words, actor: Actor
) -> dict[str, Any]:
    """Give what a case's page shows of tasks and notices."""
    in_it = is_in_it(facts, actor)
    rows = [task_row(one, words, actor) for one in tasks]
    return {
        "tasks": [one | {"may_end": one["by_hand"] and (in_it or one["mine"])} for one in rows],
        "notices": [notice_row(one, words) for one in queries.notices_of(facts.id)],
    }
