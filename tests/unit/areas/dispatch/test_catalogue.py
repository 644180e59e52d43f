"""The shipped catalogue is whole, in both languages; its faults say what is wrong."""

from __future__ import annotations

import copy
import re

import pytest

from anlan.areas.dispatch import rules
from anlan.areas.dispatch.rules import catalogue
from anlan.kernel.places.catalogue import parse_unit_catalogue, read_catalogue, unit_catalogue
from anlan.kernel.values import BadInput

NEVER_TYPES = ("assembl", "protest", "petition", "belief", "religio", "association", "migrant")


def labels():
    cat = rules.incident_catalogue()
    yield from (one.label for one in cat.types.values())
    yield from cat.groups.values()
    yield from (one.label for one in cat.results.values())
    yield from cat.dispatch_reasons.values()
    yield from (one.label for one in rules.statuses().values())
    yield from (one.label for one in unit_catalogue().kinds.values())
    yield from unit_catalogue().capabilities.values()


def test_every_label_stands_in_both_languages():
    for label in labels():
        assert label.in_language("en") == label.en
        assert label.in_language("zh-hans") == label.zh
        assert re.search(r"[一-鿿]", label.zh), label


def test_every_type_that_dispatch_names_is_there_and_none_that_it_forbids():
    codes = set(rules.incident_catalogue().types)
    assert {
        "structure_fire",
        "medical",
        "technical_rescue",
        "traffic_collision",
        "hazmat_spill",
        "flood",
        "power_failure",
        "missing_person",
        "public_assist",
        "domestic_violence",
        "dispute",
        "intrusion_alarm",
        "crime_in_progress",
        "alarm",
        "other",
    } <= codes
    assert not [code for code in codes if any(word in code for word in NEVER_TYPES)]


def test_letters_of_types_and_kinds_are_each_used_once():
    for many in (rules.incident_catalogue().types, unit_catalogue().kinds):
        letters = [one.letters for one in many.values()]
        assert len(set(letters)) == len(letters)


def test_domestic_violence_is_never_offered_mediation():
    assert rules.incident_catalogue().types["domestic_violence"].mediation == "never"
    assert rules.incident_catalogue().types["dispute"].mediation == "after_private_check"


def test_there_is_a_card_for_every_type_and_alarms_add_up():
    for code in rules.incident_catalogue().types:
        card = rules.default_cards()[code]
        assert len(card.levels) >= 3
        for level in (1, 2):
            low = {one.capability: one.count for one in card.needs(level)}
            high = {one.capability: one.count for one in card.needs(level + 1)}
            assert all(high[name] >= count for name, count in low.items())
            assert sum(high.values()) > sum(low.values())


def test_profiles_say_what_their_sources_say():
    levels = {
        (one.profile, one.interval, one.goal_s, one.share)
        for one in rules.levels_of(tuple(rules.profiles()))
    }
    assert {
        ("nena-sta-020", "answer", 15, 0.90),
        ("nena-sta-020", "answer", 20, 0.95),
        ("nfpa-1225-2022", "processing", 60, 0.90),
        ("nfpa-1710", "turnout", 80, None),
        ("nfpa-1710", "travel", 240, 0.90),
        ("nfpa-1710", "full_alarm", 480, None),
        ("cn-110", "response", 300, None),
        ("cn-110", "response", 600, None),
        ("cn-119", "dispatch_to_scene", 300, None),
        ("cn-120", "turnout", 180, 0.95),
    } <= levels


def change(raw, path, value):
    raw = copy.deepcopy(raw)
    *inner, last = path
    spot = raw
    for step in inner:
        spot = spot[step]
    spot[last] = value
    return raw


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (("types", 0, "group"), "magic", "unknown group magic"),
        (("types", 0, "priority"), 9, "give 1 to 4"),
        (("types", 1, "code"), "structure_fire", "stands twice"),
        (("types", 0, "label"), {"en": "Fire"}, "both languages"),
    ],
)
def test_faulty_type_fails_at_load(path, value, sentence):
    raw = change(read_catalogue("incident_types.toml"), path, value)
    with pytest.raises(BadInput, match=sentence):
        catalogue.parse_incident_catalogue(raw)


def test_faulty_kind_level_and_status_fail_at_load():
    raw = change(read_catalogue("unit_kinds.toml"), ("kinds", 0, "capabilities"), ["flying"])
    with pytest.raises(BadInput, match="unknown capability flying"):
        parse_unit_catalogue(raw)
    raw = change(
        read_catalogue("service_levels.toml"), ("profiles", 0, "levels", 0, "interval"), "luck"
    )
    with pytest.raises(BadInput, match="unknown interval"):
        catalogue.parse_profiles(raw, groups=rules.incident_catalogue().groups)
    raw = change(read_catalogue("unit_statuses.toml"), ("statuses", 0, "letters"), "AV")
    with pytest.raises(BadInput, match="share their letters"):
        catalogue.parse_statuses(raw)


def luminance(colour):
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("look", list(rules.statuses().values()), ids=lambda one: one.code)
def test_status_colours_can_be_read_on_light_and_on_dark(look):
    assert contrast(look.colour_light, "#ffffff") >= 4.5
    assert contrast(look.colour_dark, "#161b22") >= 4.5
