"""A witness: cosigns a log's head only when it continues the last one that it cosigned.

The rules of c2sp.org/tlog-witness (add-checkpoint), with its state in a folder: the newest head of
each log, and, as evidence, each pair of heads of which one does not continue the other. Meant to
be run by somebody else than who runs the ledger. No Django, no network.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import re
import secrets
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from anlan.kernel import private_file
from anlan.kernel.ledger import merkle, notes
from anlan.kernel.ledger.notes import BadNote, BadSignature, Head, KeyKind, VerifierKey
from anlan.kernel.values import BadInput
from anlan.kernel.whole_file import written_whole

PROOF_AT_MOST = 63
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")
_KEY_LINE = re.compile(r"^signing (\S+)$", re.MULTILINE)


class Declined(Exception):
    """The witness does not cosign, with the HTTP status and the body that say why."""

    def __init__(self, status: int, sentence: str, *, size: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.size = size  # of the last head that it cosigned, when another was taken for it

    @property
    def body(self) -> str:
        """What is answered: the size alone, or a sentence."""
        return f"{self.sentence}\n" if self.size is None else f"{self.size}\n"

    @property
    def content_type(self) -> str:
        """The body's type."""
        return "text/plain" if self.size is None else "text/x.tlog.size"


@dataclass(frozen=True, slots=True)
class Submission:
    """A head with the proof that it continues one of `old` leaves."""

    old: int
    proof: tuple[bytes, ...]
    head: Head

    def body(self) -> bytes:
        """Give it as the body of a request."""
        lines = [f"old {self.old}", *(base64.b64encode(each).decode() for each in self.proof)]
        return ("\n".join(lines) + "\n\n" + self.head.note()).encode()


def read_submission(body: bytes) -> Submission:
    """Read the body of a request; Declined with status 400 when it is not written as one."""
    try:
        first, blank, note = body.decode("utf-8").partition("\n\n")
        old, *proof = first.split("\n")
        found = _OLD.fullmatch(old)
        if found is None or not blank or len(proof) > PROOF_AT_MOST:
            raise BadNote("A submission is an old size, a proof, an empty line, and a head.")
        hashes = tuple(base64.b64decode(each.encode("ascii"), validate=True) for each in proof)
        return Submission(int(found[1]), hashes, notes.read_head(note.encode()))
    except ValueError as error:
        raise Declined(400, f"The submission can't be read. {error}") from error


class Witness:
    """One witness with its key, the logs that it knows, and what it saw of them."""

    def __init__(self, folder: Path, *, name: str, logs: Iterable[VerifierKey]) -> None:
        self.name = name
        self._folder = folder
        self._logs = {key.name: key for key in logs}
        self._seed = _load_or_create_seed(folder / "witness.key")
        self._threads = threading.Lock()

    @property
    def key(self) -> VerifierKey:
        """Its public key."""
        return notes.key_of(self.name, self._seed, KeyKind.COSIGNATURE)

    def seen(self, origin: str) -> Head | None:
        """Give the last head of a log that it cosigned."""
        path = self._path(origin)
        return notes.read_head(path.read_bytes()) if path.exists() else None

    def add_checkpoint(self, body: bytes, *, at: int) -> str:
        """Give the cosignature of a submitted head as a line; Declined with why not.

        `at` is the POSIX second. The head is kept before the cosignature is given.
        """
        submission = read_submission(body)
        head = submission.head
        origin = head.checkpoint.origin
        self._check_log(head)
        with self._turn():
            self._check_continues(submission, self.seen(origin))
            self._keep(origin, head)
        return notes.cosign(head.checkpoint, name=self.name, seed=self._seed, at=at).line()

    def _check_log(self, head: Head) -> None:
        key = self._logs.get(head.checkpoint.origin)
        if key is None:
            raise Declined(404, f"{head.checkpoint.origin} is no log that this witness knows.")
        try:
            if head.signed_by(key) is None:
                raise BadSignature("The head is not signed by the log's key.")
        except BadSignature as error:
            raise Declined(403, str(error)) from error

    def _check_continues(self, submission: Submission, seen: Head | None) -> None:
        new = submission.head.checkpoint
        if submission.old > new.size:
            raise Declined(400, "The old size is larger than the head's.")
        if submission.old != (seen.checkpoint.size if seen else 0):
            known = seen.checkpoint.size if seen else 0
            raise Declined(409, f"The last head cosigned has size {known}.", size=known)
        if submission.old == 0 and submission.proof:
            raise Declined(422, "From nothing there is nothing to prove.")
        if seen is None or submission.old == 0:
            return
        old = seen.checkpoint
        if old.size == new.size and old.root != new.root:
            self._keep_evidence(seen, submission.head)
            raise Declined(409, f"A split view: two heads of size {new.size} with different roots.")
        try:
            merkle.check_consistency(
                size1=old.size,
                size2=new.size,
                root1=old.root,
                root2=new.root,
                proof=submission.proof,
            )
        except merkle.WrongProof as error:
            if old.size != new.size:
                self._keep_evidence(seen, submission.head)
            raise Declined(
                422, f"This head is not proven to continue the one of size {old.size}. {error}"
            ) from error

    def _path(self, origin: str) -> Path:
        return self._folder / f"{hashlib.sha256(origin.encode()).hexdigest()[:32]}.head"

    def _keep(self, origin: str, head: Head) -> None:
        _write_whole(self._path(origin), head.note())

    def _keep_evidence(self, seen: Head, other: Head) -> None:
        """Keep both heads, each signed: they convict the log, or show that its proof was bad.

        Two heads are kept once, whatever else is signed below them: anybody may add lines there,
        and would fill the disk.
        """
        told = f"{seen.checkpoint.text()}\n{other.checkpoint.text()}"
        name = hashlib.sha256(told.encode()).hexdigest()[:16]
        path = self._folder / f"evidence-{other.checkpoint.size}-{name}.txt"
        if not path.exists():
            _write_whole(path, f"{seen.note()}\n\n{other.note()}")

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Let one submission in at a time, among threads and among processes of this witness."""
        with self._threads, (self._folder / "lock").open("a") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def _load_or_create_seed(path: Path) -> bytes:
    def new() -> str:
        drawn = base64.b64encode(secrets.token_bytes(32)).decode()
        return f"# A witness's key. Whoever has it can cosign in its name.\nsigning {drawn}\n"

    text = private_file.read_or_create(path, new, remedy="name a folder that can be written.")
    found = _KEY_LINE.search(text)
    try:
        seed = base64.b64decode(found[1], validate=True) if found else b""
    except ValueError:
        seed = b""
    if len(seed) != 32:
        raise BadInput(f"The witness's key file {path} is damaged; put its backup back.")
    return seed


def _write_whole(path: Path, text: str) -> None:
    with written_whole(path) as part:
        part.write_text(text, encoding="utf-8")


def read_keys(texts: Sequence[str], *, kind: KeyKind) -> list[VerifierKey]:
    """Read public keys, one a text; BadInput names the first that is none."""
    try:
        return [notes.read_key(text, kinds=[kind]) for text in texts]
    except BadNote as error:
        raise BadInput(str(error)) from error
