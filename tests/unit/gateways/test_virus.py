"""The virus scanner's client: clamd's own words over a socket, and no verdict taken for a yes."""

from __future__ import annotations

import pytest

from anlan.gateways import virus
from anlan.gateways.virus.fake import EICAR, FakeClamd


def test_a_clean_file_is_clean_and_the_test_virus_is_named(tmp_path):
    with FakeClamd(tmp_path / "clamd") as clamd:
        assert virus.scan(bytes(200_000), address=clamd.address).clean
        found = virus.scan(bytes(70_000) + EICAR, address=clamd.address)
    assert found == virus.Verdict(clean=False, name="Eicar-Test-Signature")


def test_a_scanner_that_hangs_or_is_away_gives_no_verdict(tmp_path):
    with (
        FakeClamd(tmp_path / "clamd", hangs=True) as clamd,
        pytest.raises(virus.Unreachable),
    ):
        virus.scan(b"x", address=clamd.address, timeout_s=0.1)
    with pytest.raises(virus.Unreachable):
        virus.scan(b"x", address=f"unix:{tmp_path}/nobody")


def test_a_file_longer_than_the_scanner_takes_is_told_from_a_scanner_that_is_away(tmp_path):
    with FakeClamd(tmp_path / "clamd", longest=100_000) as clamd:
        with pytest.raises(virus.TooLong):
            virus.scan(bytes(5_000_000), address=clamd.address)
        assert virus.scan(b"short", address=clamd.address).clean


@pytest.mark.parametrize(
    "answer", ["", "INSTREAM: Can't write. ERROR", "stream: OK FOUND-ish", "OK"]
)
def test_whatever_is_no_verdict_is_not_taken_for_one(answer):
    with pytest.raises(ValueError, match="no verdict"):
        virus.client._verdict(answer)
