"""What a notice says and where it goes: neutral words, addresses as people write them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anlan.kernel.cases.catalogue import notice_catalogue
from anlan.kernel.cases.rules import notices
from anlan.kernel.cases.rules.notices import Channel
from anlan.kernel.values import BadInput

CATALOGUE = notice_catalogue()
# Words that would tell somebody who reads over a shoulder what the matter is, or who is in it.
TELLING = (
    *("mediat", "dispute", "case", "court", "police", "hazard", "inspect", "violence", "complain"),
    *("neighbour", "party", "parties", "safe", "scam", "bank", "agreement"),
    *(
        "调解",
        "纠纷",
        "矛盾",
        "案",
        "法院",
        "警",
        "隐患",
        "检查",
        "暴力",
        "投诉",
        "当事人",
        "协议",
        "诈骗",
    ),
)


@pytest.mark.parametrize("code", CATALOGUE.templates)
def test_a_notice_gives_nothing_of_the_matter_away(code):
    one = CATALOGUE.templates[code]
    for text in (one.subject.en, one.subject.zh, one.text.en, one.text.zh):
        assert [word for word in TELLING if word in text.lower()] == []


@pytest.mark.parametrize("code", CATALOGUE.templates)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_notice_is_filled_in_both_languages(code, language):
    needed = {"when": "3 March", "where": "the office", "days": "7"}
    text = CATALOGUE.templates[code].text.en
    words = {name: word for name, word in needed.items() if "{" + name + "}" in text}
    notices.check_words(CATALOGUE.templates[code], words)
    subject, filled = notices.filled(CATALOGUE, code, words, language=language)
    assert subject
    assert "{" not in filled
    assert CATALOGUE.given_link.in_language(language) in filled
    linked = notices.filled(CATALOGUE, code, {**words, "link": "https://x/1"}, language=language)
    assert "https://x/1" in linked[1]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ({"en": "on {when}", "zh": "见"}, "same placeholders"),
        ({"en": "dear {name}", "zh": "{name}您好"}, "name"),
        ({"en": "hello"}, "both languages"),
    ],
)
def test_a_template_that_does_not_hold_together_is_named(text, fault):
    raw = {
        "templates": [{"code": "x", "subject": {"en": "a", "zh": "甲"}, "text": text}],
        "words": {"given_link": {"en": "a", "zh": "甲"}},
    }
    with pytest.raises(BadInput, match=fault):
        notices.parse_notices(raw)


def test_words_that_are_missing_too_many_or_hold_a_line_break_are_refused():
    one = CATALOGUE.templates["appointment"]
    for wrong in ({}, {"when": "a\r\nBcc: all@example.org"}, {"when": "x", "days": "7"}):
        with pytest.raises(ValueError, match="appointment"):
            notices.check_words(one, wrong)


@pytest.mark.parametrize(
    ("contact", "ways"),
    [
        ("13800001111", {"sms": "13800001111"}),
        ("138 0000-1111（微信同号）", {"sms": "13800001111"}),
        ("+86 (138) 0000 1111", {"sms": "+8613800001111"}),
        ("wang@example.cn", {"email": "wang@example.cn"}),
        ("wang13800001111@example.cn", {"email": "wang13800001111@example.cn"}),
        ("wang@example.cn, 13800001111", {"sms": "13800001111", "email": "wang@example.cn"}),
        ("wechat: old_wang", {}),
        ("110", {}),
        ("", {}),
    ],
)
def test_addresses_are_found_in_what_a_party_gave(contact, ways):
    found = {way.value: to for way, to in notices.ways_to(contact).items()}
    assert found.pop("webhook", "") == " ".join(contact.split())
    assert found == ways


@pytest.mark.parametrize(
    ("contact", "said"),
    [
        ("", True),
        ("13800001111", True),
        ("555 0102", True),
        ("wang@example.cn", True),
        ("wechat: old_wang", True),
        ("@ana_maria", True),
        ("红门", True),
        ("ask at the shop, number 12", True),
        ("12", False),
        ("110", False),
        ("@@", False),
        ("x", False),
        ("ana@example", False),
        ("ana@@example.org", False),
        ("-- !", False),
    ],
)
def test_a_contact_is_a_number_an_address_or_words(contact, said):
    assert notices.is_contact(contact) is said


@settings(max_examples=60)
@given(st.text(alphabet=st.sampled_from("1380 -+()@.aw\n\r\u2028微信:"), max_size=40))
def test_an_address_never_holds_a_line_break_or_a_blank(contact):
    for way, to in notices.ways_to(contact).items():
        assert to
        assert "\n" not in to
        assert "\r" not in to
        if way is not Channel.WEBHOOK:
            assert not any(sign.isspace() for sign in to)


def test_the_first_way_that_is_set_up_is_taken_and_what_was_wanted_before_all():
    both = notices.ways_to("wang@example.cn 13800001111")

    def way(*ready, wanted=None, ways=both):
        return notices.choose_way(ways, wanted=wanted, set_up=ready)

    assert way() is Channel.SMS, "it waits for its gateway"
    assert way(Channel.EMAIL) is Channel.EMAIL
    assert way(Channel.SMS, Channel.EMAIL) is Channel.SMS
    assert way(Channel.SMS, wanted=Channel.EMAIL) is Channel.EMAIL
    bare = notices.ways_to("wechat: old_wang")
    assert way(ways=bare) is None
    assert way(Channel.WEBHOOK, ways=bare) is Channel.WEBHOOK
    assert way(wanted=Channel.EMAIL, ways=bare) is None


def test_pauses_grow_and_end():
    pauses = [notices.pause_after(n) for n in range(1, notices.MOST_ATTEMPTS + 1)]
    assert pauses[0] == timedelta(minutes=1)
    assert pauses[:-1] == sorted(pauses[:-1])
    assert pauses[-1] is None
    assert sum(pauses[:-1], timedelta()) < notices.WAITS_AT_MOST
