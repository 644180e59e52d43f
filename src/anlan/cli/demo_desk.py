"""The demo's dispatcher: one account with an open shift, the same at every start."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from anlan.kernel.values import Refused

USER = "dispatcher"
SIGN_IN_FILE = "demo-sign-in.json"


def open_desk(key: str, folder: Path, *, at: datetime) -> tuple[str, str]:
    """Give a dispatcher's sign-in with an open shift; the same at every start."""
    from anlan.cli.installation import stamp
    from anlan.kernel.staff import queries, services
    from anlan.kernel.values import Actor, Role

    kept = folder / SIGN_IN_FILE
    members = {one.username: one for one in queries.members_of(key)}
    roles = (Role.DISPATCHER, Role.DUTY_OFFICER)
    if kept.is_file():
        sign_in = json.loads(kept.read_text(encoding="utf-8"))
    else:
        account = _account()
        sign_in = {"ref": account.staff_ref, "username": USER, "password": account.password}
        _keep_private(kept, json.dumps(sign_in))
    now = {**stamp(), "at": at}
    for role in roles:
        if USER not in members or role.value not in members[USER].roles:
            services.grant_role(town_key=key, username=USER, role=role, **now)
    actor = Actor(sign_in["ref"], frozenset(roles))
    if queries.open_shift_of(actor.staff_ref, key) is None:
        services.open_shift(town_key=key, **{**now, "actor": actor})
    return sign_in["username"], sign_in["password"]


def _account() -> Any:
    from anlan.cli.installation import stamp
    from anlan.kernel.staff import services

    try:
        return services.create_staff(username=USER, **stamp())
    except Refused:  # it is there, and the file with its password is lost
        return services.reset_password(username=USER, **stamp())


def _keep_private(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)
