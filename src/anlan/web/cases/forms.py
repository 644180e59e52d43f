"""Forms made from what a case type asks: closed kinds of answers, and words with their space."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from anlan.kernel.cases.queries import Offers
from anlan.kernel.cases.rules.acting import parties_for, parties_in, results_for
from anlan.kernel.cases.rules.facts import Asked, CaseFacts, PartyFacts, Value
from anlan.kernel.cases.rules.types import Action, CaseType, Choice, Field, FieldKind, Space
from anlan.kernel.values import BadInput, read_moment
from anlan.web.cases.naming import NOTHING, NamedField, naming_field

FIELD = "field-"  # before a field's code, so that no field is taken for the reason or the party
YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class TownChoices:
    """What a form offers of its town: its zone, accounts and offices, each as (code, words)."""

    zone: tzinfo = UTC
    staff: tuple[tuple[str, str], ...] = ()
    offices: tuple[tuple[str, str], ...] = ()


class MomentField(forms.Field):
    """A moment typed by the town's clock; it becomes an aware one in UTC."""

    def __init__(self, *, zone: tzinfo, **more: Any) -> None:
        super().__init__(widget=forms.DateTimeInput(attrs={"type": "datetime-local"}), **more)
        self.zone = zone

    def to_python(self, value: Any) -> datetime | None:
        """Read what was typed; a moment that the clock skips in spring is refused."""
        if value in (None, ""):
            return None
        typed = read_moment(str(value))
        if typed is None:
            raise forms.ValidationError(_("Write the day and the time."))
        naive = typed.replace(tzinfo=None)
        moment = naive.replace(tzinfo=self.zone).astimezone(UTC)
        if moment.astimezone(self.zone).replace(tzinfo=None) != naive:
            raise forms.ValidationError(_("The clock skips this moment; choose another."))
        return moment


class CaseForm(forms.Form):
    """What an action asks, in the reader's language; `asked_of` turns it into a request."""

    def __init__(
        self,
        asked: Iterable[tuple[str, forms.Field]],
        *,
        auto_id: str,
        data: Any = None,
        begins_with: Mapping[str, Value] | None = None,
    ) -> None:
        initial = {f"{FIELD}{code}": value for code, value in (begins_with or {}).items()}
        super().__init__(data, auto_id=f"{auto_id}-%s", initial=initial)
        self.use_required_attribute = False  # the server says what lacks, in both languages
        self.fields.update(dict(asked))

    def blame(self, fault: BadInput) -> None:
        """Put a rule's sentence beside the field that it is about, or over the form."""
        facts = getattr(fault.__cause__, "facts", {})
        name = f"{FIELD}{facts.get('field', '')}"
        self.add_error(name if name in self.fields else None, str(fault))

    def focus_fault(self) -> None:
        """Let the page begin at the first field with a fault."""
        for name, field in self.fields.items():
            if name in self.errors:
                field.widget.attrs["autofocus"] = True
                return


def form_for(
    case_type: CaseType,
    action: Action | str,
    *,
    language: str,
    facts: CaseFacts,
    data: Any = None,
    town: TownChoices | None = None,
    offers: Mapping[str, Offers] | None = None,
) -> CaseForm:
    """Give the form of an action: party, fields, reason and result, as far as they are asked.

    `data` is what was sent (a QueryDict). Without `town` no accounts and offices are offered and
    moments are read as UTC. `offers` are the names of what its references may be, by field.
    """
    what = case_type.action(action) if isinstance(action, str) else action
    if what is None:
        raise BadInput(_("There is no action “{action}” here.").format(action=str(action)[:40]))
    around = town or TownChoices()
    asked: list[tuple[str, forms.Field]] = []
    if what.about_party:
        asked.append(("party", _about_field(case_type, what, facts, language)))
    asked += fields_for(
        case_type,
        requires=what.requires,
        takes=what.takes,
        language=language,
        facts=facts,
        town=around,
        offers=offers or {},
    )
    if what.reasons:
        asked.append(("reason", _choice_field(_("Reason"), what.reasons, language)))
    if len(what.results) > 1:
        ends = results_for(case_type, what, facts)
        choices = [Choice(one.code, one.label) for one in ends]
        ending = _choice_field(_("How it ends"), choices, language)
        ending.initial = ends[0].code if len(ends) == 1 else None
        asked.append(("result", ending))
    begins = what.begins_with(facts) if what.begins_with is not None else {}
    return CaseForm(asked, auto_id=what.code, data=data, begins_with=begins)


def fields_for(
    case_type: CaseType,
    *,
    requires: Iterable[str] = (),
    takes: Iterable[str] = (),
    language: str,
    facts: CaseFacts | None = None,
    town: TownChoices | None = None,
    offers: Mapping[str, Offers] | None = None,
) -> list[tuple[str, forms.Field]]:
    """Give form fields for fields of a type by name: for actions, and for an area's own pages."""
    needed = list(requires)
    found: list[tuple[str, forms.Field]] = []
    read_by = ""  # who reads a row of answers stands once, below the first of them
    for code in (*needed, *(one for one in takes if one not in needed)):
        each = case_type.field(code)
        if each is None:
            raise ValueError(f"Case type {case_type.code} has no field {code}.")
        named = (offers or {}).get(code)
        if named is None:
            made = _made(each, case_type, facts, language=language, town=town or TownChoices())
        else:
            made = naming_field(
                named,
                language=language,
                number=each.kind in (FieldKind.NUMBER, FieldKind.PARTY),
                required=code in needed,
            )
        made.required = code in needed
        label = each.label.in_language(language)
        made.label = label if made.required else _("{field} (optional)").format(field=label)
        made.error_messages["required"] = _("Fill in “{field}”.").format(field=label)
        made.error_messages["invalid_choice"] = made.error_messages["invalid"] = _(
            "“{field}” has an answer that can't be taken; choose again."
        ).format(field=label)
        if each.secret:
            made.help_text = _readers_of(each, alone=_without_parties(case_type, facts))
        if each.secret or each.kind is FieldKind.WORDS:
            readers = str(made.help_text)
            read_by, made.help_text = readers, "" if readers == read_by else readers
        found.append((f"{FIELD}{code}", made))
    return found


def asked_of(form: forms.Form) -> Asked:
    """Give what was asked by a form that is valid. What was left empty isn't in it."""
    values: dict[str, Value] = {}
    texts: dict[str, str] = {}
    for name, given in form.cleaned_data.items():
        code = name.removeprefix(FIELD)
        if code == name or given in (None, ""):
            continue
        if isinstance(form.fields[name].widget, forms.Textarea):
            texts[code] = given.replace("\r\n", "\n")
        else:
            values[code] = _value(given)
    sent = form.cleaned_data
    party = sent.get("party") or None
    return Asked(
        values=values,
        texts=texts,
        reason=sent.get("reason", ""),
        result=sent.get("result", ""),
        party=None if party is None else int(party),
    )


def _value(given: Any) -> Value:
    if isinstance(given, bool | int):
        return given
    return given.isoformat() if hasattr(given, "isoformat") else str(given)


def _made(
    each: Field, case_type: CaseType, facts: CaseFacts | None, *, language: str, town: TownChoices
) -> forms.Field:
    match each.kind:
        case FieldKind.WORDS:
            return _words_field(each, alone=_without_parties(case_type, facts))
        case FieldKind.NUMBER:
            said = _("Write a whole number from {least} to {most}.").format(
                least=each.least, most=each.most
            )
            return forms.IntegerField(
                min_value=each.least,
                max_value=each.most,
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
                error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), said),
            )
        case FieldKind.YES_NO:
            return forms.TypedChoiceField(
                choices=[NOTHING, (YES, _("yes")), (NO, _("no"))],
                coerce=lambda word: word == YES,
                empty_value=None,
            )
        case FieldKind.DAY:
            return forms.DateField(
                input_formats=["%Y-%m-%d"], widget=forms.DateInput(attrs={"type": "date"})
            )
        case FieldKind.MOMENT:
            return MomentField(zone=town.zone)
        case FieldKind.PARTY:
            return _party_field(case_type, () if facts is None else parties_in(facts), language)
    return _listed_field(each, language=language, town=town)


def _listed_field(each: Field, *, language: str, town: TownChoices) -> forms.Field:
    offered: Mapping[FieldKind, Iterable[tuple[str, str]]] = {
        FieldKind.STAFF: town.staff,
        FieldKind.OFFICE: town.offices,
        FieldKind.CHOICE: [(one.code, one.label.in_language(language)) for one in each.choices],
    }
    return forms.ChoiceField(choices=[NOTHING, *offered[each.kind]])


def _without_parties(case_type: CaseType, facts: CaseFacts | None) -> bool:
    return not case_type.takes_parties and facts is not None and not facts.parties


def _readers_of(each: Field, *, alone: bool) -> str:
    """Say who reads what is written; `alone` where no party ever comes to such a case."""
    if alone and each.space is Space.CASE:
        return _("Who handles the case can read this, and a second person who decides.")
    return {
        Space.CASE: _("All parties and who handles the case can read this."),
        Space.PARTY: _("Only this party and who handles the case can read this."),
        Space.NOTES: _(
            "Handlers' notes: no party reads them, no export holds them, "
            "and they end when the case is sealed."
        ),
    }[each.space]


def _words_field(each: Field, *, alone: bool) -> forms.Field:
    words = forms.CharField(
        max_length=each.longest,
        strip=False,
        help_text=_readers_of(each, alone=alone),
        widget=forms.Textarea(
            attrs={"rows": 4 if each.longest > 500 else 2, "data-space": each.space.value}
        ),
    )
    words.error_messages["max_length"] = _("This is too long: at most {most} characters.").format(
        most=each.longest
    )
    return words


def _party_field(
    case_type: CaseType, parties: Iterable[PartyFacts], language: str
) -> forms.TypedChoiceField:
    roles = {one.code: one.label.in_language(language) for one in case_type.party_roles}
    choices = [
        (str(one.number), party_words(one.number, roles.get(one.role, one.role))) for one in parties
    ]
    field = NamedField(choices=[NOTHING, *choices], coerce=int, empty_value=None, label=_("Party"))
    for fault in ("required", "invalid_choice"):
        field.error_messages[fault] = _("Say which party this is about.")
    return field


def _about_field(
    case_type: CaseType, what: Action, facts: CaseFacts, language: str
) -> forms.TypedChoiceField:
    """Offer those whom an action can be about now; about another the rule says why not."""
    fitting = parties_for(what, facts)
    field = _party_field(case_type, fitting, language)
    if len(fitting) == 1:
        field.initial = fitting[0].number
    return field


def party_words(number: int, role: str) -> str:
    """Name a party without its name."""
    return _("Party {number} · {role}").format(number=number, role=role)


def _choice_field(label: str, choices: Iterable[Choice], language: str) -> forms.Field:
    field = forms.ChoiceField(
        choices=[NOTHING, *((one.code, one.label.in_language(language)) for one in choices)],
        label=label,
    )
    field.error_messages["required"] = _("Fill in “{field}”.").format(field=label)
    return field
