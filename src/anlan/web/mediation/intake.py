"""Taking a party's request: what is never mediated is asked before anything is written down."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from anlan.areas.dispatch.rules.access import may_see_incidents
from anlan.areas.mediation import services
from anlan.areas.mediation.rules import Intake, PartyWords
from anlan.areas.mediation.rules.fields import (
    CATEGORIES,
    DIFFICULTIES,
    PARTY_KINDS,
    SOURCES,
)
from anlan.areas.mediation.rules.intake import check_no_violence, fits_tier, goes_to, may_take
from anlan.journeys.incident_becomes_mediation import check_incident, incident_becomes_mediation
from anlan.kernel.cases import queries
from anlan.kernel.cases.rules.notices import is_contact
from anlan.kernel.cases.rules.types import Choice, Tier
from anlan.kernel.ledger.services import SentBefore
from anlan.kernel.values import BadInput, Refused, whole_number
from anlan.web.cases.entering import Entered, enter, form_key_of
from anlan.web.cases.shown import refusal_sentence, tier_words
from anlan.web.shell.links import town_links
from anlan.web.shell.words import listed

YES, NO = "yes", "no"
#: the style sheet hides what is asked for minors until "yes", or while something stands in it
FOR_A_MINOR = {"data-for-minor": True, "placeholder": " "}


def _no_contact() -> str:
    return _(
        "This contact is no phone number or e-mail address: write one whole, or say in words how "
        "to be reached."
    )


class RequestForm(forms.Form):
    """A request as it is taken at a desk, by phone or at an incident."""

    def __init__(self, entered: Entered, *, incident: int | None, data: Any = None) -> None:
        super().__init__(data)
        self.use_required_attribute = False
        language = entered.language
        yes_no = [("", "–"), (YES, _("yes")), (NO, _("no"))]
        add = self.fields
        if incident is not None:
            add["asked_alone"] = forms.ChoiceField(
                label=_("Was this party asked alone, where the other side can't listen?"),
                choices=yes_no,
            )
        add["violence_at_home"] = forms.ChoiceField(
            label=_("Is there violence at home in this?"), choices=yes_no
        )
        add["asked_for"] = forms.ChoiceField(
            label=_("Does this party itself ask for a mediation?"), choices=yes_no
        )
        if incident is None:
            offered = [one for one in SOURCES if one.code != "incident"]
            add["source"] = _choice(_("How it came"), offered, language)
        add["category"] = _choice(_("Kind of dispute"), CATEGORIES, language)
        add["difficulty"] = _choice(_("Difficulty"), DIFFICULTIES, language)
        every = _offices(entered)
        add["office"] = forms.ChoiceField(
            label=_("Office that takes the request"),
            choices=_named(every),
            required=False,
            widget=OfficeSelect({one.ident: one.tier for one in every}),
        )
        self._entered = entered
        self._party("asker", _("Name"), language, required=True)
        add["request"] = forms.CharField(
            label=_("What is asked for"),
            help_text=_("Only this party and who handles the case can read this."),
            max_length=4000,
            required=False,
            widget=forms.Textarea(attrs={"rows": 4}),
        )
        self._party("other", _("Name, if it is known"), language, required=False)
        add["other_unknown"] = forms.BooleanField(
            label=_("Nothing is known of the other side yet"),
            required=False,
            widget=forms.CheckboxInput(attrs={"data-keep": True}),
        )
        for field in add.values():
            field.error_messages["required"] = _("Fill in “{field}”.").format(field=field.label)
            field.widget.attrs.setdefault("autocomplete", "off")

    def clean(self) -> dict[str, Any]:
        """Say where the office's tier is too low for the difficulty; offer those that fit."""
        sent = super().clean() or self.cleaned_data
        difficulty = str(sent.get("difficulty", ""))
        every = _offices(self._entered)
        chosen = next((one for one in every if one.ident == sent.get("office")), None)
        if chosen is not None and not fits_tier(difficulty, Tier(chosen.tier)):
            fitting = [one for one in every if fits_tier(difficulty, Tier(one.tier))]
            self.fields["office"].choices = _named(fitting)  # type: ignore[attr-defined]
            which = _("{rule} Choose {offices}.") if fitting else _("{rule} None is open.")
            names = listed(one.name for one in fitting)
            rule = _(goes_to(difficulty))
            self.add_error("office", which.format(rule=rule, offices=names))
        for who in ("asker", "other"):
            self._check_guardian(sent, who)
            for contact in (f"{who}_contact", f"{who}_guardian_contact"):
                if not is_contact(sent.get(contact, "")):
                    self.add_error(contact, _no_contact())
        if not _told(sent, "other") and not sent.get("other_unknown"):
            self.add_error(
                "other_unknown",
                _("Say what is known of the other side, or that nothing is known yet."),
            )
        if _told(sent, "other") and not any(sent.get(f"other_{word}") for word in _SOMETHING):
            self.add_error(
                "other_name",
                _("Say of the other side its name, how it is reached or where it lives."),
            )
        return sent

    def _check_guardian(self, sent: dict[str, Any], who: str) -> None:
        """Say beside its field where a guardian lacks, or stands for nobody who is under age."""
        minor = sent.get(f"{who}_minor") == YES
        name, contact = (sent.get(f"{who}_guardian_{word}", "") for word in ("name", "contact"))
        if minor and not name:
            self.add_error(
                f"{who}_guardian_name", _("A minor needs a guardian: give the guardian's name.")
            )
        if not minor and (name or contact) and f"{who}_minor" not in self.errors:
            self.add_error(
                f"{who}_minor",
                _("A guardian stands for a minor: say that this party is under age."),
            )

    def groups(self) -> list[tuple[str, list[Any]]]:
        """Give the fields in their order, under headings."""
        asker = [name for name in self.fields if name.startswith("asker_")]
        other = [name for name in self.fields if name.startswith("other_")]
        first = [n for n in self.fields if n in ("asked_alone", "violence_at_home", "asked_for")]
        about = [n for n in self.fields if n not in {*first, *asker, *other, "request"}]
        named = (
            (_("First of all"), first),
            (_("The dispute"), about),
            (_("Who asks"), [*asker, "request"]),
            (_("The other side"), other),
        )
        return [(title, [self[name] for name in names]) for title, names in named]

    def focus_fault(self) -> None:
        """Let the page begin at the first field with a fault."""
        for name, field in self.fields.items():
            if name in self.errors:
                field.widget.attrs["autofocus"] = True
                return

    def _party(self, who: str, name: str, language: str, *, required: bool) -> None:
        words: dict[str, Any] = {"required": False}
        self.fields[f"{who}_name"] = forms.CharField(label=name, max_length=120, required=required)
        self.fields[f"{who}_contact"] = forms.CharField(
            label=_("Phone or e-mail"), max_length=120, **words
        )
        self.fields[f"{who}_address"] = forms.CharField(label=_("Address"), max_length=300, **words)
        self.fields[f"{who}_kind"] = _choice(
            _("Person or organisation"), PARTY_KINDS, language, empty=False
        )
        self.fields[f"{who}_minor"] = forms.ChoiceField(
            label=_("Is this party under age?"),
            choices=[("", "–"), (YES, _("yes")), (NO, _("no"))],
            required=required,
        )
        self.fields[f"{who}_guardian_name"] = forms.CharField(
            label=_("Guardian's name, if this party is under age"),
            max_length=120,
            widget=forms.TextInput(attrs=FOR_A_MINOR),
            **words,
        )
        self.fields[f"{who}_guardian_contact"] = forms.CharField(
            label=_("Guardian's phone or e-mail"),
            max_length=120,
            widget=forms.TextInput(attrs=FOR_A_MINOR),
            **words,
        )


def _choice(
    label: str, of: tuple[Choice, ...] | list[Choice], language: str, *, empty: bool = True
) -> forms.ChoiceField:
    listed = [(one.code, one.label.in_language(language)) for one in of]
    return forms.ChoiceField(label=label, choices=[("", "–"), *listed] if empty else listed)


def _offices(entered: Entered) -> list[Any]:
    """Give the town's offices, the member's own first: which of them fit is the difficulty's."""
    own = queries.offices_of(entered.actor.staff_ref, town_key=entered.town.key)
    mine = {one.ident for one in own}
    return [*own, *(one for one in queries.offices(entered.town.key) if one.ident not in mine)]


def _named(offices: list[Any]) -> list[tuple[str, str]]:
    tiers = tier_words()
    return [("", "–"), *((one.ident, f"{one.name} · {tiers[one.tier]}") for one in offices)]


class OfficeSelect(forms.Select):
    """A choice of offices; the style sheet hides those whose tier the chosen difficulty passes."""

    def __init__(self, tiers: dict[str, str]) -> None:
        super().__init__()
        self._tiers = tiers

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Give one office, marked with its tier."""
        option = super().create_option(name, value, *args, **kwargs)
        if str(value) in self._tiers:
            option["attrs"]["data-tier"] = self._tiers[str(value)]
        return option


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def new_request(request: HttpRequest, key: str) -> HttpResponse:
    """Take a request; what can't be taken comes back with a sentence and all that was typed.

    With violence at home nothing comes back: the screen may be seen by whoever is the danger.
    """
    entered = enter(request, key)
    incident = _incident(request)
    if not may_take(entered.actor, source="desk" if incident is None else "incident"):
        raise PermissionDenied
    sent = request.POST if request.method == "POST" else None
    refused = None if sent is not None else _not_out_of(entered, incident)
    if refused is not None:
        return _page(request, entered, None, incident, trouble=refused, status=409)
    if sent is not None:
        try:
            check_no_violence(violence_at_home=sent.get("violence_at_home") == YES)
        except Refused as refusal:  # nothing else is asked, and nothing typed comes back
            empty = RequestForm(entered, incident=incident)
            trouble = refusal_sentence(refusal)
            return _page(request, entered, empty, incident, trouble=trouble, status=409, shut=True)
    form = RequestForm(entered, incident=incident, data=sent)
    if sent is None:
        return _page(request, entered, form, incident, trouble="", status=200)
    return _send(request, entered, form, incident)


def _send(
    request: HttpRequest, entered: Entered, form: RequestForm, incident: int | None
) -> HttpResponse:
    trouble, status, before = "", 422, None
    if form.is_valid():
        try:
            return _take(request, entered, form, incident)
        except BadInput as fault:
            trouble = str(fault)
        except SentBefore as again:
            trouble, status, before = _sent_before(), 409, _earlier(entered, again)
        except Refused as refusal:
            trouble, status = refusal.sentence, 409
            if refusal.code == "violence_at_home":  # the incident became one meanwhile
                return _page(request, entered, None, incident, trouble=trouble, status=409)
    form.focus_fault()
    return _page(request, entered, form, incident, trouble=trouble, status=status, before=before)


def _sent_before() -> str:
    return _(
        "This form was sent before, and its request was taken. Send it again only if this is "
        "another request."
    )


def _earlier(entered: Entered, again: SentBefore) -> int | None:
    """Give the case that a form opened when it was sent before, if this member may see it."""
    number = again.earlier.get("case")
    if not isinstance(number, int):
        return None
    try:
        return queries.case(number, town_key=entered.town.key, actor=entered.actor).id
    except Refused:  # taken for an office of others: it is theirs now
        return None


def _not_out_of(entered: Entered, incident: int | None) -> str | None:
    """Say why nothing is taken out of this incident; None where a request may be."""
    if incident is not None:
        try:
            check_incident(incident, town_key=entered.town.key, actor=entered.actor)
        except Refused as refusal:
            return refusal_sentence(refusal)
    return None


def _page(
    request: HttpRequest,
    entered: Entered,
    form: RequestForm | None,
    incident: int | None,
    *,
    trouble: str,
    status: int,
    shut: bool = False,
    before: int | None = None,
) -> HttpResponse:
    page = {
        "town": entered.town,
        "links": town_links(entered.town.key, entered.actor),
        "here": "mediation",
        "groups": None if form is None else form.groups(),
        "board": may_see_incidents(entered.actor),
        "incident": incident,
        "trouble": trouble,
        "before": before,
        "shut": shut,
        "client_key": str(uuid.uuid4()),
        "taken": request.GET.get("taken", "")[:12],
    }
    return render(request, "mediation/new.html", page, status=status)


def _incident(request: HttpRequest) -> int | None:
    word = request.GET.get("incident", "")
    return whole_number(word, longest=11)


def _take(
    request: HttpRequest, entered: Entered, form: RequestForm, incident: int | None
) -> HttpResponse:
    asked = _asked(form.cleaned_data, incident)
    stamp: dict[str, Any] = {**entered.stamp(), "client_key": form_key_of(request.POST)}
    if incident is None:
        done = services.take_request(asked, made_up=entered.town.made_up, **stamp)
    else:
        alone = form.cleaned_data["asked_alone"] == YES
        done = incident_becomes_mediation(incident, asked, asked_alone=alone, **stamp)
    key = entered.town.key
    try:
        queries.case(done.case_id, town_key=key, actor=entered.actor)
    except Refused:  # taken for an office of others: it is theirs now
        out_of = "" if incident is None else f"&incident={incident}"
        return redirect(f"{request.path}?taken=1{out_of}")
    return redirect(reverse("case", args=[key, "mediation", done.case_id]) + "?done=opened")


def _asked(sent: dict[str, Any], incident: int | None) -> Intake:
    return Intake(
        source="incident" if incident is not None else sent["source"],
        category=sent["category"],
        difficulty=sent["difficulty"],
        office=sent["office"],
        asked_for=sent["asked_for"] == YES,
        violence_at_home=sent["violence_at_home"] == YES,
        request=sent["request"].replace("\r\n", "\n"),
        asker=_words(sent, "asker"),
        other=_words(sent, "other") if _told(sent, "other") else None,
        incident="" if incident is None else f"incident:{incident}",
    )


#: by which the other side can be found; its name may not be known
_SOMETHING = ("name", "contact", "address")


def _told(sent: dict[str, Any], who: str) -> bool:
    """Say whether anything was said of a party."""
    said = (*_SOMETHING, "guardian_name", "guardian_contact")
    return sent.get(f"{who}_minor") == YES or any(sent.get(f"{who}_{word}") for word in said)


def _words(sent: dict[str, Any], who: str) -> PartyWords:
    return PartyWords(
        name=sent[f"{who}_name"],
        contact=sent[f"{who}_contact"],
        address=sent[f"{who}_address"],
        kind=sent[f"{who}_kind"],
        minor=sent[f"{who}_minor"] == YES,
        guardian_name=sent[f"{who}_guardian_name"],
        guardian_contact=sent[f"{who}_guardian_contact"],
    )
