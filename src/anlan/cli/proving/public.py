"""Rails 8 and 9 in the scratch town: counts by subtraction, an altered entry, a split view."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date

from anlan.cli.proving import inputs
from anlan.cli.proving.attack import Attack, Finding, broken, held, label
from anlan.cli.proving.here import rows_of
from anlan.cli.proving.scene import AT, KEY, Scratch
from anlan.kernel.cases.rules.figures import Dimension, FigureSubject, Key, members_of
from anlan.kernel.cases.rules.types import Choice

LEAST_SHOWN = 5
_SLACK = 1e-6  # of a linear program's answer
PERIODS = ("2025Q1", "2025Q2", "2025Q3", "2025Q4", "2025")
_COUNTS = {
    1: (1, 9, 12, 0, 7, 2),
    2: (6, 3, 8, 9, 1, 5),
    3: (0, 0, 2, 11, 5, 4),
    4: (8, 7, 6, 1, 3, 9),
}


def _subject() -> FigureSubject:
    sides = [
        Dimension(
            code,
            label(code, code),
            tuple(Choice(one, label(one, one)) for one in members),
        )
        for code, members in (("kind", ("a", "b", "c")), ("where", ("x", "y")))
    ]
    return FigureSubject("prove_counts", label("prove", "验证"), tuple(sides))


def _counter(town: str, begins: date, ends: date) -> Mapping[Key, int]:
    """Count with many small cells; a year is the sum of its quarters."""
    whole = (ends - begins).days > 100
    quarters = range(1, 5) if whole else ((begins.month + 2) // 3,)
    atoms = _subject().atoms()
    return {
        atom: sum(_COUNTS[quarter][place] for quarter in quarters)
        for place, atom in enumerate(atoms)
    }


def _subtraction(scene: Scratch) -> Finding:
    """Publish five tables full of small counts, then work out what is withheld.

    The working out is its own, past the engine: what all shown counts together leave open.
    """
    from anlan.kernel.cases import registry
    from anlan.kernel.cases.queries.figures import audit, releases
    from anlan.kernel.cases.services.figures import release_counts

    subject = _subject()
    registry.register_figures(subject, count=_counter)
    for period in PERIODS:
        release_counts(subject.code, period, **scene.stamp("supervisor"))
    sums: list[tuple[tuple[int, ...], int | None]] = []
    for row in releases(KEY, subject=subject.code):
        for atoms, key in zip(members_of(subject, row.period), subject.published(), strict=True):
            sums.append((tuple(atoms), row.counts[key]))
    small = [count for _atoms, count in sums if count is not None and 0 < count < LEAST_SHOWN]
    if small:
        return broken(f"Counts below {LEAST_SHOWN} are shown.", f"公布了小于{LEAST_SHOWN}的数值。")
    hidden = worked_out(sums, atoms=4 * len(subject.atoms()))
    given = [bounds for bounds in hidden if bounds[1] - bounds[0] < LEAST_SHOWN - 1]
    unsafe = [row for row in audit(KEY) if not row.safe]
    if given or unsafe or not hidden:
        return broken(
            f"{len(given) or len(unsafe)} of {len(hidden)} withheld counts can be worked out.",
            f"{len(hidden)}个未公布数值中有{len(given) or len(unsafe)}个可被推出。",
        )
    return held(
        f"{len(hidden)} counts of {len(sums)} are withheld in {len(PERIODS)} tables; by "
        f"subtraction none comes to fewer than {LEAST_SHOWN} values.",
        f"{len(PERIODS)}张表{len(sums)}个数值中{len(hidden)}个未公布；相减后每个仍有至少"
        f"{LEAST_SHOWN}种可能。",
    )


def worked_out(
    sums: list[tuple[tuple[int, ...], int | None]], *, atoms: int
) -> list[tuple[int, int]]:
    """Give the least and the greatest value of each withheld sum that all shown ones leave open.

    A linear program for each: sums are taken from each other as well, not atoms alone.
    """
    from scipy.optimize import linprog

    def row(members: tuple[int, ...]) -> list[int]:
        return [int(atom in members) for atom in range(atoms)]

    shown = [(row(members), count) for members, count in sums if count is not None]
    most = sum(count for _row, count in shown) + LEAST_SHOWN
    rows, counts = [each for each, _c in shown] or None, [count for _r, count in shown] or None

    def least(weights: list[int]) -> float:
        found = linprog(weights, A_eq=rows, b_eq=counts, bounds=(0, most), method="highs")
        if found.status != 0:
            raise ValueError("The published counts contradict each other.")
        return float(found.fun)

    return [
        (
            math.ceil(least(row(members)) - _SLACK),
            math.floor(-least([-each for each in row(members)]) + _SLACK),
        )
        for members, count in sums
        if count is None
    ]


# --- rail 9 --------------------------------------------------------------------------------------


def _altered(scene: Scratch) -> Finding:
    """Change one entry of a published ledger, leave one out; tell it as it stood before; try the
    database.

    What stood before is whole and signed: only who holds the newer head sees that the end is gone.
    """
    from django.db import DatabaseError, connection, transaction

    from anlan.kernel.ledger import queries, services
    from anlan.kernel.ledger.verification import verify

    inputs.incident(scene)
    services.seal(KEY, real_now=AT)
    shorter = list(queries.published_lines(KEY))  # whole and signed, as it stood before
    inputs.incident(scene)
    services.seal(KEY, real_now=AT)
    key = queries.ledger_key(KEY)
    lines = list(queries.published_lines(KEY))
    kept = queries.newest_head(KEY)
    if not verify(lines, key=key).valid:
        return broken("The ledger itself does not verify.", "台账本身未通过核验。")
    first = next(n for n, line in enumerate(lines) if line.startswith(b'{"about"'))
    entry = json.loads(lines[first]) | {"action": "incident.nothing"}
    forged = json.dumps(entry, separators=(",", ":"), sort_keys=True).encode() + b"\n"
    stories = {
        "altered": [*lines[:first], forged, *lines[first + 1 :]],
        "left out": [*lines[:first], *lines[first + 1 :]],
        "left out at the end": lines[:-1],
        "cut off": shorter,
    }
    if not verify(shorter, key=key).valid:
        return broken("The earlier ledger does not verify.", "较早的台账未通过核验。")
    for name, story in stories.items():
        if verify(story, key=key, older=kept).valid:
            return broken(f"An entry was {name}, unseen.", f"记录被改动而未被发现（{name}）。")
    for statement in (
        "UPDATE ledger_ledgerentry SET action = 'x.y'",
        "DELETE FROM ledger_ledgerentry",
    ):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
        except DatabaseError:
            continue
        return broken("The database lets entries be changed.", "数据库允许改动台账记录。")
    return held(
        f"{len(stories)} forgeries were named; the database refused to change and to delete.",
        f"{len(stories)}种伪造均被指出；数据库拒绝改动和删除。",
    )


def _split(scene: Scratch) -> Finding:
    """Show one story to one witness and another to the second, under the ledger's own key."""
    from anlan.gateways.witness import Answer
    from anlan.gateways.witness.fake import FakeWitness
    from anlan.kernel.ledger import notes, queries, services
    from anlan.kernel.ledger.witness import Declined, Submission, Witness

    inputs.incident(scene)
    services.seal(KEY, real_now=AT)
    moment = int(AT.timestamp())
    folders = [scene.out.parent / "witnesses" / name for name in ("w1", "w2")]
    for folder in folders:
        folder.mkdir(parents=True)
    known = [queries.ledger_key(KEY)]
    one, two = (
        Witness(folder, name=f"witness.example/{folder.name}", logs=known) for folder in folders
    )

    def door(witness: Witness) -> FakeWitness:
        def answer(body: bytes) -> Answer:
            try:
                return Answer(200, "text/plain", witness.add_checkpoint(body, at=moment).encode())
            except Declined as no:
                return Answer(no.status, no.content_type, no.body.encode())

        return FakeWitness(answer)

    true = queries.newest_head(KEY).checkpoint
    other = notes.Checkpoint(true.origin, true.size, bytes(32))
    lie = notes.Head(other, (notes.sign(other, queries.ledger_keys().signing),))
    two.add_checkpoint(Submission(0, (), lie).body(), at=moment)  # it saw the lie first
    cosigned = services.ask_witnesses(KEY, known=[f"{one.key} http://w1"], post=door(one))
    alarmed = services.ask_witnesses(KEY, known=[f"{two.key} http://w2"], post=door(two))
    if not cosigned[0].cosigned:
        return broken("A witness did not cosign a sound head.", "见证人未联署正常的树头。")
    if not alarmed[0].alarm or alarmed[0].cosigned:
        return broken("Two stories were told, and nobody saw it.", "出示两套台账而无人发现。")
    evidence = list(folders[1].glob("evidence-*.txt"))
    if not evidence:
        return broken("The witness kept no evidence.", "见证人未保留证据。")
    return held(
        "The witness that was told another story refused, raised the alarm and kept both heads.",
        "被出示另一套台账的见证人拒绝联署、发出警报并保留两个树头。",
    )


def _nothing_in_it(scene: Scratch) -> Finding:
    """Look whether an entry holds a value, or the hash of one."""
    import hashlib

    from anlan.kernel.sealing import ciphers

    inputs.mediation(scene)
    words = scene.canary.words
    hashes = {
        hashlib.new(name, text.encode()).hexdigest()
        for name in ("md5", "sha1", "sha256", "sha512")
        for text in (words, scene.canary.latin, f"{words}\n")
    }
    ciphertexts = {ciphers.hash_of(bytes(each.cipher)) for each in rows_of("sealing.SealedText")}
    entries = list(rows_of("ledger.LedgerEntry", town=KEY))
    for each in entries:
        if each.cipher_hash in hashes:
            return broken("An entry holds the hash of words.", "台账中有文字的哈希值。")
    known = sum(each.cipher_hash in ciphertexts for each in entries)
    if not known:
        return broken("No entry names a ciphertext.", "台账中没有密文哈希。")
    return held(
        f"{len(entries)} entries hold ids, field names and {known} hashes of ciphertexts; of words "
        "neither a letter nor a hash.",
        f"{len(entries)}条记录只含编号、字段名和{known}个密文哈希，不含文字及其哈希。",
    )


PUBLIC: tuple[Attack[Scratch], ...] = (
    Attack(
        8,
        "counts_by_subtraction",
        label("Subtraction gives no small count away.", "相减推不出小数值。"),
        _subtraction,
    ),
    Attack(
        9,
        "altered_entry",
        label("An altered entry is found.", "被改动的记录会被发现。"),
        _altered,
    ),
    Attack(9, "split_view", label("A split view is found.", "两套台账会被发现。"), _split),
    Attack(
        9,
        "no_values_in_the_ledger",
        label("The ledger holds no values.", "台账不含内容。"),
        _nothing_in_it,
    ),
)
