"""`anlan staff`: make accounts and grant roles in a town."""

from __future__ import annotations

import argparse
from typing import Any

from anlan.cli.output import Output
from anlan.kernel.values import Role

ROLES = [role.value for role in Role]


def register(subparsers: Any) -> None:
    """Add `staff create` and `staff grant`."""
    staff = subparsers.add_parser("staff", help="make accounts, grant roles")
    actions = staff.add_subparsers(required=True, metavar="ACTION", dest="action")
    create = actions.add_parser("create", help="make an account; its password is printed once")
    create.add_argument("username", metavar="NAME", help="a staff number or a desk, such as desk-2")
    create.set_defaults(run=_create, begins=True)
    grant = actions.add_parser("grant", help="grant a role in a town")
    grant.add_argument("key", metavar="KEY")
    grant.add_argument("username", metavar="NAME", help="the account")
    grant.add_argument("role", metavar="ROLE", choices=ROLES, help="which role")
    grant.set_defaults(run=_grant)


def _create(args: argparse.Namespace, out: Output) -> None:
    from anlan.cli.installation import stamp
    from anlan.kernel.staff import services

    created = services.create_staff(username=args.username, **stamp())
    out.result(
        {"username": created.username, "password": created.password},
        f"{created.username} signs in with the password {created.password} "
        "(printed once; it is kept nowhere in clear).",
    )


def _grant(args: argparse.Namespace, out: Output) -> None:
    from anlan.cli.installation import stamp
    from anlan.kernel.staff import services
    from anlan.kernel.values import Role

    services.grant_role(
        username=args.username, town_key=args.key, role=Role(args.role), **stamp(args.key)
    )
    out.result(
        {"username": args.username, "town": args.key, "role": args.role},
        f"{args.username} is {args.role.replace('_', ' ')} in {args.key}.",
    )
