"""Rail 3 on the town's own accounts, roles and links: each was let in by an entry of the ledger.

Whoever writes to the database beside the programme needs no key file: an account with every role,
or a link that leads to another's case, lets the service itself open what is open.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator
from typing import Any

from anlan.cli.proving.attack import Attack, Finding, broken, held, label
from anlan.cli.proving.here import Here, Some, in_batches, rows_of, streamed

_ACCOUNTS = {"staff.created": True, "staff.ended": False}
_ROLES = {"staff.role_granted": True, "staff.role_withdrawn": False}


def _let_in(here: Here) -> Finding:
    """Hold accounts, roles and links against the entries that made them."""
    strange = Some()
    for name in (*_accounts(), *_roles(), *_links()):
        strange.add(name)
    if strange:
        return broken(
            f"In the database, and not as the ledger has it: {strange}. Somebody wrote there "
            "beside the programme: end what is named, and find out who.",
            f"数据库中的记录与台账不符：{strange}。有人绕过程序写入，请停用所列各项并查明何人所为。",
        )
    return held(
        "Accounts, roles and parties' links are those that the ledger let in.",
        "账号、角色和当事人链接均与台账相符。",
    )


def _stand(named: dict[str, bool]) -> set[tuple[str, str, str]]:
    """Give town, account and role of what stands after the newest entry of each."""
    found: dict[tuple[str, str, str], bool] = {}
    entries = rows_of("ledger.LedgerEntry", action__in=list(named)).order_by("pk")
    columns = entries.values_list("town", "subject", "reason_code", "action")
    for town, who, role, action in streamed(columns):
        found[town, who, role] = named[action]
    return {each for each, stands in found.items() if stands}


def _accounts() -> Iterator[str]:
    let_in = {who for _town, who, _role in _stand(_ACCOUNTS)}
    active = rows_of("staff.Staff", is_active=True).order_by("pk").values_list("pk", flat=True)
    yield from (f"staff:{pk}" for pk in streamed(active) if f"staff:{pk}" not in let_in)


def _roles() -> Iterator[str]:
    granted = _stand(_ROLES)
    rows = rows_of("staff.Membership", staff__is_active=True).order_by("pk")
    for town, pk, role in streamed(rows.values_list("town__key", "staff_id", "role")):
        if (town, f"staff:{pk}", role) not in granted:
            yield f"staff:{pk} {role} ({town})"


def _links() -> Iterator[str]:
    """Name links that the ledger does not know, or that lead to another's case or words."""
    known = array("q")
    drawn = rows_of("ledger.LedgerEntry", action__endswith=".link_drawn").order_by("pk")
    for batch in in_batches(streamed(drawn.values_list("subject", "about"))):
        entered = {about[0]: (subject, about[1:]) for subject, about in batch if about}
        numbers = [int(number) for _l, _c, number in (each.partition(":") for each in entered)]
        for link in rows_of("cases.FollowLink", pk__in=numbers).select_related("case"):
            known.append(link.pk)
            if not _fits(link, *entered[f"link:{link.pk}"]):
                yield f"link:{link.pk}"
    ordered = array("q", sorted(known))
    for pk in streamed(rows_of("cases.FollowLink").order_by("pk").values_list("pk", flat=True)):
        place = bisect_left(ordered, pk)
        if place == len(ordered) or ordered[place] != pk:
            yield f"link:{pk}"


def _fits(link: Any, subject: str, space: list[str]) -> bool:
    """Say whether a link leads where its entry says; an older entry does not name the party."""
    ref = str(link.case.ref)
    whose = [ref] if link.party is None else [f"{ref}:p{link.party}"]
    return ref == subject and space in ([], whose)


HERE_PEOPLE: tuple[Attack[Here], ...] = (
    Attack(
        3,
        "let_in",
        label("Nobody was let in beside the ledger.", "无人绕过台账进入。"),
        _let_in,
    ),
)
