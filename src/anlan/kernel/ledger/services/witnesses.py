"""Asking independent witnesses to cosign a ledger's newest head, and keeping what they said."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.db import transaction

from anlan.gateways import witness as gateway
from anlan.kernel.ledger import merkle, notes, queries, tree
from anlan.kernel.ledger.models import LedgerCosignature, LedgerHead
from anlan.kernel.ledger.notes import BadNote, BadSignature, KeyKind, VerifierKey
from anlan.kernel.ledger.witness import Submission
from anlan.kernel.values import BadInput

_YEAR_9999 = 253_402_300_799

Post = Callable[[str, bytes, float], gateway.Answer]


@dataclass(frozen=True, slots=True)
class Testimony:
    """What came of asking one witness; `alarm` when it saw another story than ours."""

    witness: str
    cosigned: bool
    sentence: str
    alarm: bool = False


class _NotCosigned(Exception):
    def __init__(self, sentence: str, *, alarm: bool = False) -> None:
        super().__init__(sentence)
        self.alarm = alarm


def ask_witnesses(
    town: str, *, known: Iterable[str] | None = None, post: Post = gateway.post
) -> list[Testimony]:
    """Ask each witness to cosign a town's newest head; those that did already are not asked again.

    `known` are witnesses as "vkey address"; those of the settings where it is None. A witness that
    is away is asked again the next time. An alarm says that a witness saw a head which ours does
    not continue.
    """
    listed = settings.ANLAN_WITNESSES if known is None else known
    found: list[Testimony] = []
    for key, address in known_witnesses(listed):
        try:
            found.append(_ask(town, key, address, post))
        except _NotCosigned as no:
            found.append(Testimony(key.name, False, str(no), no.alarm))
    return found


def known_witnesses(listed: Iterable[str]) -> list[tuple[VerifierKey, str]]:
    """Read witnesses, as ANLAN_WITNESSES lists them: the public key and the address of each."""
    return [_read(line) for line in listed]


def _read(line: str) -> tuple[VerifierKey, str]:
    key, _, address = line.strip().partition(" ")
    try:
        return notes.read_key(key, kinds=[KeyKind.COSIGNATURE]), address.strip()
    except BadNote as error:
        raise BadInput(
            f"ANLAN_WITNESSES lists each witness as its public key, a space, and its address. "
            f"{error}"
        ) from error


def _ask(town: str, key: VerifierKey, address: str, post: Post) -> Testimony:
    row = LedgerHead.objects.filter(town=town).order_by("-size").first()
    if row is None:
        raise _NotCosigned("The ledger has no head yet.")
    theirs = LedgerCosignature.objects.filter(
        head__town=town, witness=key.name, key_id=key.id.hex()
    )
    last = theirs.order_by("-head__size").values_list("head__size", flat=True).first()
    if last == row.size:
        return Testimony(key.name, True, f"{key.name} cosigned the head of size {row.size} before.")
    signature = _submit(row, key, address, post, old=last or 0)
    with transaction.atomic(durable=True):
        LedgerCosignature.objects.get_or_create(
            head=row,
            witness=key.name,
            key_id=key.id.hex(),
            defaults={
                "signature": signature.blob.hex(),
                "seen_at": datetime.fromtimestamp(signature.seen_at, UTC),
            },
        )
    return Testimony(key.name, True, f"{key.name} cosigned the head of size {row.size}.")


def _submit(
    row: LedgerHead, key: VerifierKey, address: str, post: Post, *, old: int
) -> notes.Signature:
    answer = _send(row, key, address, post, old=old)
    if answer.status == 409 and answer.content_type == "text/x.tlog.size":
        answer = _send(row, key, address, post, old=_their_size(answer, key, row.size))
    if answer.status in {409, 422}:
        raise _NotCosigned(
            f"{key.name} saw a head that ours of size {row.size} does not continue: two stories "
            f"are told. {_said(answer)}",
            alarm=True,
        )
    if answer.status != 200:
        raise _NotCosigned(f"{key.name} did not cosign ({answer.status}). {_said(answer)}")
    return _cosignature(answer, row, key)


def _send(
    row: LedgerHead, key: VerifierKey, address: str, post: Post, *, old: int
) -> gateway.Answer:
    stored = tree.StoredTree(row.town)
    proof = merkle.consistency_proof(old, row.size, stored.hash_of)
    body = Submission(old, tuple(proof), queries.head_of(row)).body()
    try:
        return post(address, body, settings.ANLAN_WITNESS_TIMEOUT_S)
    except gateway.Unreachable as error:
        raise _NotCosigned(f"{key.name} can't be reached ({error}).") from error


def _their_size(answer: gateway.Answer, key: VerifierKey, ours: int) -> int:
    try:
        size = int(answer.body.decode("ascii"))
    except ValueError as error:
        raise _NotCosigned(f"{key.name} answered with something else than a size.") from error
    if not 0 <= size <= ours:
        raise _NotCosigned(
            f"{key.name} cosigned a head of size {size}, ours has {ours}: entries were taken away, "
            "or an older copy of the database was put back.",
            alarm=True,
        )
    return size


def _cosignature(answer: gateway.Answer, row: LedgerHead, key: VerifierKey) -> notes.Signature:
    checkpoint = queries.head_of(row).checkpoint
    try:
        for signature in notes.read_signatures(answer.body.decode("utf-8")):
            if key.made(signature):
                notes.check_signature(checkpoint, signature, key)
                if signature.seen_at > _YEAR_9999:
                    raise BadSignature("Its time is none.")
                return signature
    except (BadNote, BadSignature, UnicodeDecodeError) as error:
        raise _NotCosigned(f"{key.name} gave a cosignature that does not fit.") from error
    raise _NotCosigned(f"{key.name} gave no cosignature by its key.")


def _said(answer: gateway.Answer) -> str:
    """Give a witness's own sentence, kept short and to plain letters."""
    text = answer.body[:200].decode("utf-8", errors="replace")
    return "".join(letter for letter in text if letter.isprintable()).strip()
