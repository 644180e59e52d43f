"""Settings read from the environment: a wrong one is a sentence that names it."""

from __future__ import annotations

import pytest

from anlan.kernel.values import BadInput
from anlan.project import settings


@pytest.mark.parametrize("word", ["abc", "-1", "0", "nan", "inf", "1,5"])
def test_a_setting_that_is_no_number_is_named_with_an_example(monkeypatch, word):
    monkeypatch.setenv("ANLAN_UPLOAD_MB", word)
    with pytest.raises(BadInput, match=r"ANLAN_UPLOAD_MB must be a number above 0, such as 20"):
        settings._number("ANLAN_UPLOAD_MB", 20)


@pytest.mark.parametrize(("word", "number"), [("", 20), (" ", 20), ("5", 5), ("2.5", 2.5)])
def test_a_setting_that_is_a_number_or_absent_is_taken(monkeypatch, word, number):
    monkeypatch.setenv("ANLAN_UPLOAD_MB", word)
    assert settings._number("ANLAN_UPLOAD_MB", 20) == number
