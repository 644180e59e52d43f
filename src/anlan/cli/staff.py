"""`anlan staff`: make and end accounts, grant and withdraw roles in a town."""

from __future__ import annotations

import argparse
from typing import Any

from anlan.cli.output import Output, table
from anlan.kernel.values import Role

ROLES = [role.value for role in Role]


def register(subparsers: Any) -> None:
    """Add what is done with accounts and their roles."""
    staff = subparsers.add_parser("staff", help="make and end accounts, grant and withdraw roles")
    actions = staff.add_subparsers(required=True, metavar="ACTION", dest="action")
    create = actions.add_parser("create", help="make an account; its password is printed once")
    create.add_argument("username", metavar="NAME", help="a staff number or a desk, such as desk-2")
    create.set_defaults(run=_create, begins=True)
    grant = actions.add_parser("grant", help="grant a role in a town")
    grant.add_argument("key", metavar="KEY")
    grant.add_argument("username", metavar="NAME", help="the account")
    grant.add_argument("role", metavar="ROLE", choices=ROLES, help="which role")
    grant.set_defaults(run=_grant)
    withdraw = actions.add_parser("withdraw", help="take a role in a town back")
    withdraw.add_argument("key", metavar="KEY")
    withdraw.add_argument("username", metavar="NAME", help="the account")
    withdraw.add_argument("role", metavar="ROLE", choices=ROLES, help="which role")
    withdraw.set_defaults(run=_withdraw)
    reset = actions.add_parser(
        "reset", help="give an account a new password, printed once; it is signed out everywhere"
    )
    reset.add_argument("username", metavar="NAME", help="the account")
    reset.set_defaults(run=_reset)
    end = actions.add_parser(
        "end",
        help="end an account: nobody signs in with it, its shifts end, "
        "a supervisor is asked to give its open cases to others",
    )
    end.add_argument("username", metavar="NAME", help="the account")
    end.set_defaults(run=_end)
    listing = actions.add_parser("list", help="list the accounts that hold a role in a town")
    listing.add_argument("key", metavar="KEY")
    listing.set_defaults(run=_list)


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


def _withdraw(args: argparse.Namespace, out: Output) -> None:
    from anlan.cli.installation import stamp
    from anlan.kernel.staff import services
    from anlan.kernel.values import Role

    services.withdraw_role(
        username=args.username, town_key=args.key, role=Role(args.role), **stamp(args.key)
    )
    out.result(
        {"username": args.username, "town": args.key, "role": args.role},
        f"{args.username} is no longer {args.role.replace('_', ' ')} in {args.key}.",
    )


def _reset(args: argparse.Namespace, out: Output) -> None:
    from anlan.cli.installation import stamp
    from anlan.kernel.staff import services

    made = services.reset_password(username=args.username, **stamp())
    out.result(
        {"username": made.username, "password": made.password},
        f"{made.username} signs in with the password {made.password} from now on "
        "(printed once; it is kept nowhere in clear). It is signed out everywhere.",
    )


def _end(args: argparse.Namespace, out: Output) -> None:
    from anlan.cli.installation import stamp
    from anlan.kernel.cases.queries import refs_in_hand
    from anlan.kernel.staff import services

    left = refs_in_hand(services.end_account(username=args.username, **stamp()))
    cases = f" A supervisor gives its open cases to others: {', '.join(left)}." if left else ""
    out.result(
        {"username": args.username, "to_hand_over": left},
        f"Nobody signs in as {args.username} any more.{cases}",
    )


def _list(args: argparse.Namespace, out: Output) -> None:
    from anlan.kernel.places.queries import town
    from anlan.kernel.staff.queries import members_of

    found = members_of(town(args.key).key)
    rows = [[one.username, ", ".join(one.roles), "" if one.active else "ended"] for one in found]
    out.result(
        [{"username": one.username, "roles": one.roles, "active": one.active} for one in found],
        table(["account", "roles", ""], rows) if rows else "Nobody holds a role in this town.",
    )
