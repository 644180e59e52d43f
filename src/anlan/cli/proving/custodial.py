"""Rail 2 in the scratch town: a stolen disk, custodians alone and in pairs, a party's link."""

from __future__ import annotations

import itertools
import re
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import timedelta

from anlan.cli.proving import inputs
from anlan.cli.proving.attack import Attack, Finding, broken, held, label
from anlan.cli.proving.canary import copy_database
from anlan.cli.proving.scene import Scratch
from anlan.cli.proving.search import files_below

_BASE64_KEY = re.compile(rb"[A-Za-z0-9+/]{43}=")
_AGE_KEY = re.compile(rb"AGE-SECRET-KEY-1[A-Z0-9]{58}")


# --- a stolen disk --------------------------------------------------------------------------------


def _stolen_disk(scene: Scratch) -> Finding:
    """Every secret that lies on the disk against everything that is sealed."""
    from anlan.kernel.sealing.custody.services import overwrite_log

    living, closed = inputs.mediation(scene), inputs.mediation(scene)
    wraps = _living_wraps(closed.ref)
    if not _lie_in(scene, wraps):
        return broken(
            "The search does not find even an open case's keys.", "连在办案件的密钥都搜索不到。"
        )
    inputs.seal(scene, closed)
    overwrite_log()
    left = _lie_in(scene, wraps)
    if left:
        return broken(
            f"A closed case's keys lie on in freed parts of: {', '.join(left)}.",
            f"已结案件的密钥仍残留在：{', '.join(left)}。",
        )
    dump = stolen_database(scene)
    secrets = secrets_on_disk(scene)
    if not opened_in(dump, living.ref, secrets):
        return broken(
            "The attack opens not even an open case, so it proves nothing.",
            "攻击连在办案件都打不开，不能证明什么。",
        )
    opened = opened_in(dump, closed.ref, secrets)
    if opened:
        return broken(
            f"{opened} texts of a closed case opened with what lies on the disk.",
            f"凭硬盘上的内容打开了已结案件的{opened}段文字。",
        )
    return held(
        f"{len(secrets)} secrets lie on the disk; they open an open case, and of a closed one "
        "nothing; its old keys stand in no byte, free pages and logs included.",
        f"硬盘上有{len(secrets)}个密钥，可打开在办案件，但打不开已结案件的任何内容；其旧密钥在任何字节"
        "（含空闲页和日志）中均不存在。",
    )


def _living_wraps(ref: str) -> list[bytes]:
    from anlan.kernel.sealing.queries import keys_of

    return [bytes(each.wrapped or b"") for each in keys_of(ref).filter(destroyed_at=None)]


def _lie_in(scene: Scratch, wraps: list[bytes]) -> list[str]:
    """Name the files that hold any of these bytes: free pages and logs too, not rows alone.

    What earlier attacks copied out lies in `out`; no installation keeps that.
    """
    folders = [each for each in scene.folders if each != scene.out]
    return [
        path.name
        for path in files_below(folders)
        if any(each in data for data in [path.read_bytes()] for each in wraps)
    ]


def stolen_database(scene: Scratch) -> sqlite3.Connection:
    """Take the database as a thief has it: read without our programme."""
    from django.db import connection

    connection.ensure_connection()
    path = scene.out / "stolen.sqlite3"
    copy_database(connection.connection, path)
    return sqlite3.connect(path)


def secrets_on_disk(scene: Scratch) -> list[bytes | str]:
    """Give every key that the disk holds: key files, age identities anywhere, what they derive."""
    from anlan.kernel.sealing.keyfile import hkdf_sha256

    found: set[bytes | str] = set()
    for path in files_below(scene.folders):
        data = path.read_bytes()
        found.update(each.decode() for each in _AGE_KEY.findall(data))
        if path.is_relative_to(scene.keys):
            found.update(_decoded(data))
    for secret in [each for each in found if isinstance(each, bytes)]:
        found.add(hkdf_sha256(secret, info=b"anlan outbox v1", length=32))
        found.add(hkdf_sha256(secret, info=b"anlan link key v1", length=32))
    return list(found)


def _decoded(data: bytes) -> Iterator[bytes]:
    import base64

    for each in _BASE64_KEY.findall(data):
        yield base64.b64decode(each)


def opened_in(dump: sqlite3.Connection, ref: str, secrets: Iterable[bytes | str]) -> int:
    """Count the texts of a case that open by some chain of these secrets."""
    keys = _case_keys(dump, ref, list(secrets))
    count = 0
    query = (
        "SELECT t.id, t.field, t.cipher, k.case_ref FROM sealing_sealedtext t "
        "JOIN sealing_casekey k ON k.id = t.key_id WHERE k.case_ref = ? OR k.case_ref LIKE ?"
    )
    for ident, field, cipher, space in dump.execute(query, (ref, f"{ref}:%")):
        count += any(_opens(key, cipher, f"{space}|{field}|{_uuid(ident)}") for key in keys)
    return count


def _uuid(ident: object) -> str:
    import uuid

    return str(uuid.UUID(str(ident)))


def _case_keys(dump: sqlite3.Connection, ref: str, secrets: list[bytes | str]) -> list[bytes]:
    """Unwrap what unwraps: the service's wraps, and those for custodians and links, twice over."""
    raw = [each for each in secrets if isinstance(each, bytes)]
    where = "WHERE k.case_ref = ? OR k.case_ref LIKE ?"
    served = dump.execute(
        f"SELECT wrapped, case_ref FROM sealing_casekey k {where}", (ref, f"{ref}:%")
    )
    found = [
        key
        for wrapped, space in served
        if wrapped
        for secret in raw
        if (key := _plain(secret, wrapped, f"anlan case key|{space}")) is not None
    ]
    held = dump.execute(
        "SELECT w.wrapped, k.case_ref FROM sealing_keywrap w JOIN sealing_casekey k "
        f"ON k.id = w.key_id {where}",
        (ref, f"{ref}:%"),
    )
    for wrapped, space in held:
        found += _peeled(wrapped, space, [each for each in secrets if isinstance(each, str)])
    return [*raw, *found]


def _peeled(wrapped: bytes, space: str, identities: list[str]) -> Iterator[bytes]:
    from anlan.kernel.sealing.custody import wraps

    layers = [wrapped]
    for _ in range(2):
        layers = [
            inner
            for layer in layers
            for identity in identities
            if (inner := wraps.peel(layer, identity)) is not None
        ]
        for layer in layers:
            try:
                yield wraps.key_of(layer, case_ref=space)
            except wraps.Unreadable:
                continue


def _plain(key: bytes, cipher: bytes, place: str) -> bytes | None:
    from anlan.kernel.sealing import ciphers

    try:
        return ciphers.decrypt(key, bytes(cipher), bound_to=place.encode())
    except (ciphers.Unreadable, ValueError):
        return None


def _opens(key: bytes, cipher: bytes, place: str) -> bool:
    return _plain(key, cipher, place) is not None


# --- custodians -----------------------------------------------------------------------------------


def _custodians(scene: Scratch) -> Finding:
    from anlan.kernel.sealing.custody import services as custody
    from anlan.kernel.sealing.rules import Purpose

    one = inputs.sealed_mediation(scene)
    stamp = scene.stamp("supervisor", later=inputs.SEALED_AFTER)
    town = stamp.pop("town_key")
    package = custody.export_case(one.ref, town=town, purpose=Purpose.REVIEW, **stamp)
    dump = stolen_database(scene)
    for name, (identity, _public) in scene.custodians.items():
        if _read_by(scene, package, (name, name)) or opened_in(dump, one.ref, [identity]):
            return broken(f"{name} alone opened a closed case.", f"{name}一人打开了已结案件。")
    dump.close()
    pairs = list(itertools.combinations(sorted(scene.custodians), 2))
    for pair in pairs:
        if not _read_by(scene, package, pair):
            return broken(
                f"{pair[0]} and {pair[1]} together can't open it: the case is lost.",
                f"{pair[0]}与{pair[1]}合作也打不开：案件已丢失。",
            )
    return held(
        f"None of {len(scene.custodians)} custodians alone opens a closed case; each of "
        f"{len(pairs)} pairs does.",
        f"{len(scene.custodians)}名保管人均不能独自打开已结案件，{len(pairs)}种两人组合均可。",
    )


def _read_by(scene: Scratch, package: Iterable[str], pair: tuple[str, str]) -> bool:
    """Say whether two turns of these custodians come to the canary."""
    from anlan.kernel.sealing.custody import packages
    from anlan.kernel.values import BadInput, Refused

    for name in pair:
        try:
            turn = packages.take_layer_off(package, identity=scene.custodians[name][0])
        except (Refused, BadInput):
            return False
        if turn.texts is not None:
            return any(scene.canary.latin in each.text for each in turn.texts)
        package = turn.package
    return False


# --- a party's link -------------------------------------------------------------------------------


def _link(scene: Scratch) -> Finding:
    """The first party's link against the second party's space and the notes, before and after."""
    for when, one, later in (
        ("before", inputs.mediation(scene), timedelta(0)),
        ("after", inputs.sealed_mediation(scene), inputs.SEALED_AFTER),
    ):
        seen = _spaces_by_link(scene, one, later)
        if not {"", "p1"} & seen:
            return broken(
                f"The link opens not even its own space ({when} sealing).",
                "链接连自己的内容都打不开。",
            )
        strange = sorted(seen - {"", "p1"})
        if strange:
            return broken(
                f"The first party's link opened the space {strange[0]} ({when} sealing).",
                f"第一方的链接打开了不属于它的内容：{strange[0]}。",
            )
        if _paper_by_link(scene, one):
            return broken(
                "The first party's link opened the second party's document.",
                "第一方的链接打开了第二方的文件。",
            )
    return held(
        "A party's link opens its own and the common part, nothing of the other's and no notes.",
        "当事人链接只能打开自己和共同的部分，打不开对方的内容和工作笔记。",
    )


def _spaces_by_link(scene: Scratch, one: inputs.Mediated, later: timedelta) -> set[str]:
    """Give the spaces that a link reads by its page, by a forged call, and by raw wraps."""
    from anlan.cli.proving.here import rows_of
    from anlan.kernel.cases import queries, services
    from anlan.kernel.sealing.custody import wraps

    link = queries.link_of(one.token)
    assert link is not None
    moment = scene.at + later
    opened = services.open_by_link(link, one.token, at=moment, recorded_at=moment).spaces
    seen = {name for name, texts in opened.items() if texts}
    row = rows_of("cases.FollowLink", pk=link.id).get()
    identity = wraps.link_identity(one.token, bytes(row.identity))
    for wrap in rows_of("sealing.KeyWrap").select_related("key"):
        if wrap.key.case_ref.startswith(one.ref) and wraps.peel(bytes(wrap.wrapped), identity):
            seen.add(wrap.key.case_ref.removeprefix(one.ref).removeprefix(":"))
    return seen


def _paper_by_link(scene: Scratch, one: inputs.Mediated) -> bool:
    from anlan.kernel.cases import queries, services
    from anlan.kernel.values import BadInput, Refused

    link = queries.link_of(one.token)
    assert link is not None
    theirs = one.documents[-1]
    try:
        services.open_document_by_link(link, one.token, theirs, at=scene.at, recorded_at=scene.at)
    except (Refused, BadInput):
        return False
    return True


CUSTODIAL: tuple[Attack[Scratch], ...] = (
    Attack(
        2,
        "stolen_disk",
        label(
            "A dump with every key on the disk opens no closed case.",
            "数据库连同硬盘上所有密钥，也打不开已结案件。",
        ),
        _stolen_disk,
    ),
    Attack(
        2,
        "custodians",
        label("One custodian opens nothing, any two open.", "一名保管人打不开，任意两名可打开。"),
        _custodians,
    ),
    Attack(
        2,
        "link_of_a_party",
        label("A party's link opens nothing of the other's.", "当事人链接打不开对方的内容。"),
        _link,
    ),
)
