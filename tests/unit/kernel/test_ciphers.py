"""A sealed text opens with its key and in its place, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.kernel.sealing import ciphers
from anlan.kernel.sealing.keyfile import ServiceKeys
from anlan.kernel.values import BadInput

KEY = bytes(range(32))
KEYS = ServiceKeys(wrapping=b"w" * 32, web=b"x" * 32)


@given(plain=st.binary(max_size=300), place=st.binary(max_size=40))
def test_text_comes_back_and_never_stands_in_its_ciphertext(plain, place):
    cipher = ciphers.encrypt(KEY, plain, bound_to=place)
    assert ciphers.decrypt(KEY, cipher, bound_to=place) == plain
    assert len(plain) < 8 or plain not in cipher


@given(plain=st.binary(min_size=1, max_size=60), data=st.data())
def test_any_altered_bit_is_noticed(plain, data):
    cipher = bytearray(ciphers.encrypt(KEY, plain, bound_to=b"place"))
    at = data.draw(st.integers(0, len(cipher) * 8 - 1))
    cipher[at // 8] ^= 1 << at % 8
    with pytest.raises(ciphers.Unreadable):
        ciphers.decrypt(KEY, bytes(cipher), bound_to=b"place")


@pytest.mark.parametrize("cut", [0, 1, 12, 20])
def test_cut_text_is_noticed(cut):
    cipher = ciphers.encrypt(KEY, b"words", bound_to=b"place")
    with pytest.raises(ciphers.Unreadable):
        ciphers.decrypt(KEY, cipher[:cut], bound_to=b"place")


def test_text_moved_to_another_place_does_not_open():
    cipher = ciphers.encrypt(KEY, b"words", bound_to=b"incident:1|words|a")
    with pytest.raises(ciphers.Unreadable):
        ciphers.decrypt(KEY, cipher, bound_to=b"incident:2|words|a")


def test_same_text_is_never_sealed_to_the_same_bytes():
    sealed = {ciphers.encrypt(KEY, b"words", bound_to=b"") for _ in range(100)}
    assert len(sealed) == 100


def test_wrap_is_bound_to_its_case():
    wrapped = ciphers.wrap(KEYS, KEY, case_ref="incident:1")
    name = KEYS.fingerprint
    assert ciphers.unwrap(KEYS, wrapped, case_ref="incident:1", service_key=name) == KEY
    with pytest.raises(ciphers.Unreadable):
        ciphers.unwrap(KEYS, wrapped, case_ref="incident:2", service_key=name)


def test_wrong_key_file_is_one_clear_sentence():
    wrapped = ciphers.wrap(KEYS, KEY, case_ref="incident:1")
    other = ServiceKeys(wrapping=b"o" * 32, web=b"x" * 32)
    with pytest.raises(BadInput, match="ANLAN_KEY_FILE"):
        ciphers.unwrap(other, wrapped, case_ref="incident:1", service_key=KEYS.fingerprint)
