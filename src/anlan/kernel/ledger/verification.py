"""Verifying a published ledger: everything that is not as it was sealed is named. Pure.

Needs no database and no network. What holds: the leaves are those under each head that the ledger's
key signed (RFC 9162 §2.1), and the entries are those leaves, each in its place. What a file alone
can't show is that its newest entries were left off, or that others were told another story: for
that its reader brings an older head, or the keys of witnesses.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from anlan.kernel.ledger import merkle, notes, published
from anlan.kernel.ledger.notes import BadNote, BadSignature, Head, VerifierKey
from anlan.kernel.ledger.published import Fault, File
from anlan.kernel.values import BadInput

FAULTS_AT_MOST = 100


@dataclass(slots=True)
class Report:
    """What a file holds, and everything that is wrong with it."""

    origin: str = ""
    key: str = ""
    key_was_given: bool = False
    entries: int = 0
    heads: int = 0
    size: int = 0
    root: str = ""
    cosigned: list[tuple[str, int, int]] = field(default_factory=list)  # name, size, POSIX second
    not_checked: list[str] = field(default_factory=list)  # who signed with a key nobody gave
    faults: list[Fault] = field(default_factory=list)

    @property
    def valid(self) -> bool:
        """Say whether nothing is wrong."""
        return not self.faults


def verify(
    found: Iterable[bytes],
    *,
    key: VerifierKey | None = None,
    witnesses: Sequence[VerifierKey] = (),
    older: Head | None = None,
) -> Report:
    """Give what is wrong with a published ledger.

    `key` is the ledger's public key as its reader knows it; without it the file's own is believed.
    The newest head must bear the cosignature of each witness. `older` is a head that the reader
    kept: the ledger must continue it. Raises BadInput when the file is no published ledger.
    """
    file = published.read(found)
    trusted = key or file.key
    report = Report(
        origin=file.key.name,
        key=str(file.key),
        key_was_given=key is not None,
        entries=len(file.entry_hashes),
        faults=file.faults,
    )
    if trusted != file.key:
        report.faults.append(
            Fault("key", f"The ledger was published under the key {file.key}, not {key}.")
        )
    heads = _check_heads(file, report, trusted)
    if heads:
        report.size = heads[-1].checkpoint.size
        report.root = heads[-1].checkpoint.root.hex()
        _check_witnesses(report, heads, trusted, witnesses)
        _check_roots(file, report, heads)
    _check_entries(file, report)
    if older is not None:
        _check_continues(file, report, older, trusted)
    more = len(report.faults) - FAULTS_AT_MOST
    if more > 0:
        report.faults[FAULTS_AT_MOST:] = [Fault("form", f"And {more} more faults.")]
    return report


# --- heads ----------------------------------------------------------------------------------------


def _check_heads(file: File, report: Report, key: VerifierKey) -> list[Head]:
    """Judge each head by itself; gives those that the ledger's key signed, as they stand."""
    heads: list[Head] = []
    for number, note in enumerate(file.notes, start=1):
        try:
            head = notes.read_head(note.encode())
            if head.checkpoint.origin != key.name:
                raise BadNote(f"It is a head of {head.checkpoint.origin}, not of {key.name}.")
            if head.signed_by(key) is None:
                raise BadSignature("The ledger's key did not sign it.")
        except (BadNote, BadSignature) as error:
            report.faults.append(Fault("head", f"Head {number} was altered. {error}"))
            continue
        if heads and head.checkpoint.size <= heads[-1].checkpoint.size:
            report.faults.append(
                Fault("head", f"Head {number} does not follow the one before it in size.")
            )
        heads.append(head)
    report.heads = len(heads)
    if not heads:
        report.faults.append(Fault("head", "No head signed by the ledger's key is in the file."))
    return heads


def _check_witnesses(
    report: Report, heads: list[Head], key: VerifierKey, witnesses: Sequence[VerifierKey]
) -> None:
    for witness in witnesses:
        cosigned: list[tuple[str, int, int]] = []
        for head in heads:
            try:
                seen = head.signed_by(witness)
            except BadSignature as error:
                report.faults.append(Fault("cosignature", str(error)))
                continue
            if seen is not None:
                cosigned.append((witness.name, head.checkpoint.size, seen.seen_at))
        if not cosigned or cosigned[-1][1] != heads[-1].checkpoint.size:
            report.faults.append(
                Fault("cosignature", f"{witness.name} did not cosign the newest head.")
            )
        report.cosigned += cosigned[-1:]
    known = [key, *witnesses]
    report.not_checked = sorted(
        {
            signature.name
            for head in heads
            for signature in head.signatures
            if not any(each.made(signature) for each in known)
        }
    )


# --- leaves ---------------------------------------------------------------------------------------


def _check_roots(file: File, report: Report, heads: list[Head]) -> None:
    """Hold the leaves against each head; names the first that they don't fit, and its entries."""
    growing, leaves = merkle.Growing(), file.leaves
    for head in sorted(heads, key=lambda each: each.checkpoint.size):
        size, begun = head.checkpoint.size, growing.size
        if size > len(leaves):
            sentence = (
                f"The head of size {size} signed {size} entries; the file has the hashes of "
                f"{len(leaves)}."
            )
            report.faults.append(Fault("omission", sentence))
            return
        growing.add(leaves[begun:size])
        if growing.root() != head.checkpoint.root:
            report.faults.append(_altered_between(file, begun, size))
            return
    if len(leaves) > growing.size:
        sentence = f"{len(leaves) - growing.size} leaves lie beyond the newest head."
        report.faults.append(Fault("form", sentence))


def _altered_between(file: File, begun: int, size: int) -> Fault:
    ids = file.ids[begun:size]
    which = f"entries {ids[0]} to {ids[-1]}" if ids else "its entries"
    sentence = (
        f"The head of size {size} signed something else: among {which} (places {begun} to "
        f"{size - 1}) at least one was altered, left out, added or moved."
    )
    return Fault("entry", sentence, place=begun, entry=ids[0] if ids else None)


def _check_continues(file: File, report: Report, older: Head, key: VerifierKey) -> None:
    """Hold the ledger against a head that its reader kept."""
    kept = older.checkpoint
    if kept.origin != key.name:
        raise BadInput(f"The older head is one of {kept.origin}, not of {key.name}.")
    try:
        if older.signed_by(key) is None:
            raise BadSignature("The ledger's key did not sign the older head.")
    except BadSignature as error:
        report.faults.append(Fault("signature", str(error)))
        return
    if kept.size > len(file.leaves):
        sentence = (
            f"The older head signed {kept.size} entries, this ledger ends after "
            f"{len(file.leaves)}: entries were taken away."
        )
        report.faults.append(Fault("omission", sentence))
        return
    growing = merkle.Growing()
    growing.add(file.leaves[: kept.size])
    if growing.root() != kept.root:
        sentence = (
            f"The first {kept.size} entries are not those that the older head signed: "
            "the ledger was rewritten, or two stories are told."
        )
        report.faults.append(Fault("split", sentence))


# --- entries --------------------------------------------------------------------------------------


def _check_entries(file: File, report: Report) -> None:
    """Hold the entries against the leaves: each in its place, none besides."""
    if file.entry_hashes == file.leaves:
        return
    place_of = {leaf: place for place, leaf in enumerate(file.leaves)}
    known: list[tuple[int, int]] = []  # the number of the entry's line, its rightful place
    foreign: list[int] = []
    seen: set[int] = set()
    for line, leaf in enumerate(file.entry_hashes):
        place = place_of.get(leaf)
        if place is None:
            foreign.append(line)
        elif place in seen:
            report.faults.append(_named("order", file, line, place, "stands there twice"))
        else:
            seen.add(place)
            known.append((line, place))
    in_order = _longest_in_order([place for _, place in known])
    for line, place in known:
        if place not in in_order:
            report.faults.append(_named("order", file, line, place, "was put elsewhere"))
    settled = [(line, place) for line, place in known if place in in_order]
    missing = [place for place in range(len(file.leaves)) if place not in seen]
    altered = _altered(foreign, missing, settled)
    for line in foreign:
        place, what = (altered[line], "was altered") if line in altered else (line, "was added")
        report.faults.append(_named("entry", file, line, place, what))
    for place in sorted(set(missing) - set(altered.values())):
        report.faults.append(Fault("omission", f"The entry of place {place} is missing.", place))


def _altered(
    foreign: list[int], missing: list[int], settled: list[tuple[int, int]]
) -> dict[int, int]:
    """Give the missing place that each strange entry stands in for; the rest were added.

    A strange entry between two that are in order can stand only for a place between theirs.
    """
    found: dict[int, int] = {}
    at = reached = 0
    for line in foreign:
        while reached < len(settled) and settled[reached][0] < line:
            reached += 1
        low = settled[reached - 1][1] if reached else -1
        at = max(at, bisect_left(missing, low + 1))
        high = settled[reached][1] if reached < len(settled) else None
        if at < len(missing) and (high is None or missing[at] < high):
            found[line] = missing[at]
            at += 1
    return found


def _longest_in_order(places: list[int]) -> set[int]:
    """Give the places of a longest rising run: whatever is not in it was moved."""
    tails: list[int] = []  # the least last place of a run of each length
    ends: list[int] = []  # where that place stands
    back: list[int] = []
    for at, place in enumerate(places):
        length = bisect_left(tails, place)
        back.append(ends[length - 1] if length else -1)
        tails[length : length + 1] = [place]
        ends[length : length + 1] = [at]
    kept: set[int] = set()
    at = ends[-1] if ends else -1
    while at >= 0:
        kept.add(places[at])
        at = back[at]
    return kept


def _named(kind: str, file: File, line: int, place: int, what: str) -> Fault:
    ident = file.ids[line]
    name = f"Entry {ident}" if ident >= 0 else f"The entry on line {line + 1} of the entries"
    return Fault(kind, f"{name} (place {place}) {what}.", place, ident if ident >= 0 else None)
