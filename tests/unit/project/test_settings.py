"""Settings read from the environment: a wrong one is a sentence that names it."""

from __future__ import annotations

from pathlib import Path

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


@pytest.mark.parametrize("word", ["0.5", "7.5", "1e-3"])
def test_days_and_counts_are_whole_and_never_cut_off_silently(monkeypatch, word):
    monkeypatch.setenv("ANLAN_SEAL_AFTER_DAYS", word)
    with pytest.raises(BadInput, match=r"ANLAN_SEAL_AFTER_DAYS must be a whole number from 1 on"):
        settings._whole("ANLAN_SEAL_AFTER_DAYS", 7)


@pytest.mark.parametrize(("word", "number"), [("", 7), ("1", 1), ("30.0", 30)])
def test_a_whole_number_or_none_is_taken(monkeypatch, word, number):
    monkeypatch.setenv("ANLAN_SEAL_AFTER_DAYS", word)
    assert settings._whole("ANLAN_SEAL_AFTER_DAYS", 7) == number


def test_no_setting_cuts_a_number_off():
    assert "int(_number(" not in Path(settings.__file__).read_text(encoding="utf-8")
