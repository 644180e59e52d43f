"""Fields in which a thing is named instead of numbered: chosen from a list, or found by typing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from anlan.kernel.cases.queries import Offers

NOTHING = ("", "–")
LONGEST_NAME = 200


def naming_field(
    offers: Offers, *, language: str, number: bool, required: bool = True
) -> forms.Field:
    """Give the field for what is offered; `number` where what is kept is a number.

    Where something has to be named and there is one such thing, it stands there already.
    """
    names = [(str(one.value), one.label.in_language(language)) for one in offers.rows]
    if offers.find is not None:
        return FoundField(offers, names, number=number)
    nothing = (
        offers.none.in_language(language)
        if offers.none
        else _("There is nothing to choose from now.")
    )
    only = names[0][0] if required and len(names) == 1 else None
    return NamedField(
        choices=[NOTHING, *names],
        coerce=int if number else str,
        empty_value=None,
        initial=only,
        help_text="" if names or not required else nothing,
    )


class NamedField(forms.TypedChoiceField):
    """A list of names. What stands there no more is for the service to refuse, which says why."""

    def valid_value(self, value: Any) -> bool:
        """Take every reference; whether it can be taken, the area's rules say."""
        return True


class NamesInput(forms.TextInput):
    """A text with names to choose from below it, by the browser's own list."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(attrs={"autocomplete": "off", "maxlength": LONGEST_NAME})
        self.names = names

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Draw the text with its list beside it."""
        listed = f"{(attrs or {}).get('id', name)}-names"
        text = super().render(name, value, {**(attrs or {}), "list": listed}, renderer)
        names = format_html_join("", '<option value="{}"></option>', ((one,) for one in self.names))
        return format_html('{}<datalist id="{}">{}</datalist>', text, listed, names)


class FoundField(forms.Field):
    """Where a list would be too long: a name from it, or what the area finds by what is typed."""

    def __init__(self, offers: Offers, names: list[tuple[str, str]], *, number: bool) -> None:
        super().__init__(
            widget=NamesInput([name for _value, name in names]),
            help_text=_("Choose from the list, or type its code."),
        )
        self.offers, self.number = offers, number
        self.by_name = {name: value for value, name in names}

    def to_python(self, value: Any) -> Any:
        """Give the reference of what was typed; None for nothing."""
        typed = str(value or "").strip()[:LONGEST_NAME]
        if not typed:
            return None
        listed = self.by_name.get(typed)
        if listed is not None:
            return int(listed) if self.number else listed
        found = None if self.offers.find is None else self.offers.find(typed)
        if found is None:
            raise forms.ValidationError(
                _("“{typed}” is not in the list; choose again.").format(typed=typed)
            )
        return found
