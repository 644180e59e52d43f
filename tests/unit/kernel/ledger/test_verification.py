"""A published ledger that was tampered with: always found, and what was done is named."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.kernel.ledger import merkle, notes, published
from anlan.kernel.ledger.notes import KeyKind
from anlan.kernel.ledger.verification import FAULTS_AT_MOST, verify
from anlan.kernel.values import BadInput

SEED, WITNESS_SEED, STRANGER = bytes(range(32)), bytes(range(1, 33)), bytes(range(2, 34))
KEY = notes.key_of("safety.example/porto", SEED, KeyKind.ED25519)
WITNESS = notes.key_of("witness.example/w1", WITNESS_SEED, KeyKind.COSIGNATURE)
AT = 1_790_000_000
SIZES = (0, 3, 7, 12)


def entry(number: int, word: str = "incident.created") -> bytes:
    return b'{"action":"%s","id":%d,"subject":"incident:%d"}' % (word.encode(), number, number)


ENTRIES = [entry(100 + number) for number in range(SIZES[-1])]


def head(size: int, entries: list[bytes] = ENTRIES, *, seed: bytes = SEED) -> notes.Head:
    """A head signed by the ledger and by the witness."""
    root = merkle.root([merkle.leaf_hash(each) for each in entries[:size]])
    checkpoint = notes.Checkpoint(KEY.name, size, root)
    seen = notes.cosign(checkpoint, name=WITNESS.name, seed=WITNESS_SEED, at=AT + size)
    return notes.Head(checkpoint, (notes.sign(checkpoint, seed), seen))


HEADS = [head(size) for size in SIZES]


def file_of(entries=ENTRIES, *, heads=HEADS, leaves=None, key=KEY) -> list[bytes]:
    hashes = [merkle.leaf_hash(each) for each in entries] if leaves is None else leaves
    return list(published.lines(key, heads, hashes, entries))


LEAVES = [merkle.leaf_hash(each) for each in ENTRIES]
GOOD = file_of()


def faults(lines, **known):
    return [(each.kind, each.place, each.entry) for each in verify(lines, **known).faults]


def test_whole_ledger_is_valid_and_says_what_it_holds():
    report = verify(GOOD, key=KEY, witnesses=[WITNESS], older=HEADS[1])
    assert report.valid
    assert (report.entries, report.heads, report.size, report.origin) == (12, 4, 12, KEY.name)
    assert report.cosigned == [(WITNESS.name, 12, AT + 12)]
    assert report.not_checked == []


def test_without_the_keys_it_says_what_was_not_checked():
    report = verify(GOOD)
    assert report.valid
    assert not report.key_was_given
    assert (report.key, report.not_checked) == (str(KEY), [WITNESS.name])


def test_empty_ledger_and_one_of_one_entry_are_valid():
    assert verify(file_of([], heads=[HEADS[0]]), key=KEY, witnesses=[WITNESS]).valid
    assert verify(file_of(ENTRIES[:1], heads=[head(1)]), key=KEY, witnesses=[WITNESS]).valid


# --- entries --------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", range(12))
def test_altered_entry_is_named(place):
    changed = [*ENTRIES]
    changed[place] = entry(100 + place, "incident.closed")
    assert faults(file_of(changed, leaves=LEAVES)) == [("entry", place, 100 + place)]


@pytest.mark.parametrize("place", range(12))
def test_entry_altered_together_with_its_hash_is_named_by_its_head(place):
    changed = [*ENTRIES]
    changed[place] = entry(100 + place, "incident.closed")
    begun = max(size for size in SIZES[:-1] if size <= place)
    assert faults(file_of(changed)) == [("entry", begun, 100 + begun)]


@pytest.mark.parametrize("place", range(12))
def test_omitted_entry_is_named(place):
    left = ENTRIES[:place] + ENTRIES[place + 1 :]
    assert faults(file_of(left, leaves=LEAVES)) == [("omission", place, None)]
    assert [kind for kind, *_ in faults(file_of(left))] != []


def test_added_entry_is_named():
    more = [*ENTRIES[:5], entry(999), *ENTRIES[5:]]
    assert faults(file_of(more, leaves=LEAVES)) == [("entry", 5, 999)]
    assert "was added" in verify(file_of(more, leaves=LEAVES)).faults[0].sentence
    assert faults(file_of([*ENTRIES, entry(999)], leaves=LEAVES)) == [("entry", 12, 999)]


def test_entry_that_was_moved_or_doubled_is_named():
    moved = [*ENTRIES[:2], *ENTRIES[3:9], ENTRIES[2], *ENTRIES[9:]]
    assert faults(file_of(moved, leaves=LEAVES)) == [("order", 2, 102)]
    doubled = [*ENTRIES[:2], ENTRIES[1], *ENTRIES[2:]]
    assert faults(file_of(doubled, leaves=LEAVES)) == [("order", 1, 101)]


def test_several_things_at_once_are_each_named():
    mixed = [ENTRIES[0], entry(101, "x.y"), *ENTRIES[2:4], entry(999), *ENTRIES[4:9], ENTRIES[11]]
    assert sorted(faults(file_of(mixed, leaves=LEAVES)), key=str) == [
        ("entry", 1, 101),
        ("entry", 4, 999),
        ("omission", 10, None),
        ("omission", 9, None),
    ]


def test_many_faults_are_counted_not_listed():
    many = [entry(number) for number in range(500)]
    leaves = [merkle.leaf_hash(each) for each in many]
    spoilt = [entry(number, "x.y") for number in range(500)]
    report = verify(file_of(spoilt, heads=[head(500, many)], leaves=leaves))
    assert len(report.faults) == FAULTS_AT_MOST + 1
    assert report.faults[-1].sentence == "And 400 more faults."


# --- heads ----------------------------------------------------------------------------------------


def test_altered_head_is_named():
    text = HEADS[2].note().replace("\n7\n", "\n6\n")
    lines = [json.dumps({"head": text}, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"]
    report = verify([*GOOD[:3], *lines, *GOOD[4:]], key=KEY)
    assert [each.kind for each in report.faults] == ["head"]
    assert "Head 3 was altered" in report.faults[0].sentence


def test_head_signed_by_another_key_is_named():
    forged = [*HEADS[:3], head(12, seed=STRANGER)]
    # A stranger's signature under the ledger's name has another id: it counts for nothing.
    assert "did not sign it" in verify(file_of(heads=forged), key=KEY).faults[0].sentence


def test_whole_ledger_under_another_key_is_found_by_who_knows_the_key():
    other = notes.key_of(KEY.name, STRANGER, KeyKind.ED25519)
    lines = file_of(heads=[head(size, seed=STRANGER) for size in SIZES], key=other)
    assert verify(lines).valid  # the file alone can't show it, and says which key it believed
    assert "key" in [each.kind for each in verify(lines, key=KEY).faults]


def test_heads_out_of_order_and_no_head_at_all_are_named():
    assert [kind for kind, *_ in faults(file_of(heads=[HEADS[3], HEADS[1]]))] == ["head"]
    assert [kind for kind, *_ in faults(file_of(heads=[]))] == ["head"]


def test_newest_head_without_the_witness_is_named():
    alone = notes.Head(HEADS[3].checkpoint, HEADS[3].signatures[:1])
    lines = file_of(heads=[*HEADS[:3], alone])
    assert verify(lines, key=KEY).valid
    assert faults(lines, witnesses=[WITNESS]) == [("cosignature", None, None)]


def test_cosignature_moved_from_another_head_is_named():
    other = notes.Head(HEADS[3].checkpoint, (HEADS[3].signatures[0], HEADS[2].signatures[1]))
    report = verify(file_of(heads=[*HEADS[:3], other]), witnesses=[WITNESS])
    assert "does not fit" in report.faults[0].sentence
    assert report.faults[0].kind == "cosignature"


def test_leaves_beyond_the_newest_head_are_not_believed():
    assert faults(file_of(heads=HEADS[:3])) == [("form", None, None)]


# --- an older head --------------------------------------------------------------------------------


def test_rewritten_ledger_is_found_by_who_kept_a_head():
    changed = [entry(100, "incident.closed"), *ENTRIES[1:]]
    lines = file_of(changed, heads=[head(size, changed) for size in SIZES])
    assert verify(lines, key=KEY).valid
    assert faults(lines, key=KEY, older=HEADS[1]) == [("split", None, None)]


def test_ledger_whose_end_was_cut_off_is_found_by_who_kept_a_head():
    lines = file_of(ENTRIES[:7], heads=HEADS[:3])
    assert verify(lines, key=KEY).valid
    assert faults(lines, key=KEY, older=HEADS[3]) == [("omission", None, None)]


def test_older_head_that_was_altered_or_is_anothers_is_named():
    forged = notes.Head(HEADS[1].checkpoint, (notes.sign(HEADS[2].checkpoint, SEED),))
    assert faults(GOOD, older=forged) == [("signature", None, None)]
    assert faults(GOOD, older=head(3, seed=STRANGER)) == [("signature", None, None)]
    other = notes.Checkpoint("other.example", 3, HEADS[1].checkpoint.root)
    with pytest.raises(BadInput, match=r"one of other\.example"):
        verify(GOOD, older=notes.Head(other, (notes.sign(other, SEED),)))


# --- at random ------------------------------------------------------------------------------------


def found_or_true(lines: list[bytes], *, older: notes.Head | None = HEADS[-1]) -> bool:
    """Say whether tampering is found, or the file still says the same or less, and nothing untrue.

    Less is: an older head left out, or who cosigned it, since a witness may have been away. A
    signature by a name that nobody knows is named as not checked.
    """
    try:
        report = verify(lines, key=KEY, witnesses=[WITNESS], older=older)
    except BadInput:
        return True
    if report.faults or report.not_checked:
        return True
    file, whole = published.read(lines), published.read(GOOD)
    heads = [notes.read_head(note.encode()).checkpoint for note in file.notes]
    return (
        (file.leaves, file.entry_hashes) == (whole.leaves, whole.entry_hashes)
        and file.notes[-1] == whole.notes[-1]
        and set(heads) <= {each.checkpoint for each in HEADS}
    )


def test_the_harness_tells_less_from_untrue():
    assert found_or_true(GOOD)
    assert found_or_true([GOOD[0], *GOOD[2:]])
    cut_off = file_of(ENTRIES[:7], heads=HEADS[:3])  # true as far as it goes
    assert not found_or_true(cut_off, older=None)
    assert found_or_true(cut_off)


@given(st.data())
def test_no_byte_of_a_published_ledger_changes_unnoticed(data):
    whole = b"".join(GOOD)
    at = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda b: b != whole[at]))
    changed = whole[:at] + bytes([byte]) + whole[at + 1 :]
    assert found_or_true(changed.splitlines(keepends=True))


@given(st.data())
def test_no_line_moves_goes_or_comes_unnoticed(data):
    lines = [*GOOD]
    line = lines.pop(data.draw(st.integers(1, len(lines) - 1)))
    if data.draw(st.booleans()):
        lines.insert(data.draw(st.integers(1, len(lines))), line)
    assert found_or_true(lines)


@given(st.data())
def test_no_run_of_bytes_is_cut_out_unnoticed(data):
    whole = b"".join(GOOD)
    begin = data.draw(st.integers(0, len(whole) - 1))
    end = data.draw(st.integers(begin + 1, len(whole)))
    changed = whole[:begin] + whole[end:]
    assert found_or_true(changed.splitlines(keepends=True))


# Bytes that another reader would take for the same are tampering too.
HEAD_LINE, LEAVES_LINE = GOOD[2], GOOD[5]


@pytest.mark.parametrize(
    ("number", "line", "said"),
    [
        (2, HEAD_LINE.replace(b'{"head":', b'{"head": '), "Line 3 was altered"),
        (2, HEAD_LINE.replace("—".encode(), rb"\u2014"), "Line 3 was altered"),
        (2, HEAD_LINE.replace(b'"}', b'","head":"x"}'), "Line 3 was altered"),
        (2, b'{"head":7}\n', "Line 3 was altered"),
        (2, b'{"head":\n', "Line 3 was altered"),
        (5, LEAVES_LINE.replace(b'"}', b'=="}'), "Line 6 was altered"),
        (5, b'{"leaves":""}\n', "Line 6 was altered"),
        (5, b'{"leaves":"AAAA"}\n', "Line 6 was altered"),
        (len(GOOD) - 1, GOOD[-1].removesuffix(b"\n"), "Line 18 breaks off"),
    ],
)
def test_line_that_is_written_otherwise_is_named(number, line, said):
    lines = [*GOOD[:number], line, *GOOD[number + 1 :]]
    assert said in "".join(each.sentence for each in verify(lines, key=KEY).faults)


def test_hashes_with_slack_bits_set_are_not_taken():
    """32 bytes leave two bits of base64 unused: a second spelling of the same hash."""
    one = file_of(ENTRIES[:1], heads=[head(1)])
    spelt = one[2].decode()
    last = spelt[-5]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = f"{spelt[:-5]}{alphabet[alphabet.index(last) + 1]}{spelt[-4:]}"
    assert "Line 3 was altered" in verify([*one[:2], other.encode(), one[3]]).faults[0].sentence


def test_line_out_of_its_place_is_named():
    lines = [GOOD[0], GOOD[5], *GOOD[1:5], *GOOD[6:]]
    assert [each.sentence for each in verify(lines, key=KEY).faults] == [
        f"Line {number} stands out of its place." for number in (3, 4, 5, 6)
    ]


@pytest.mark.parametrize(
    "first",
    [
        b"",
        b"\n",
        b"{}\n",
        b'{"form":"anlan-ledger/2"}\n',
        b'{"form":"anlan-ledger/1"}\n',
        b'{"form":"anlan-ledger/1","key":5}\n',
        b'{"form":"anlan-ledger/1","key":' + b"[" * 100_000 + b"\n",
    ],
)
def test_file_that_is_no_published_ledger_is_refused(first):
    with pytest.raises(BadInput):
        verify([first, *GOOD[1:]])
