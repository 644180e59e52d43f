"""`anlan serve`: pages, API and the live feed of one installation, in one process."""

from __future__ import annotations

import argparse
import socket
from typing import Any

from anlan.cli.output import Output
from anlan.kernel.values import BadInput

FIRST_ADMINISTRATOR = "admin"


def register(subparsers: Any) -> None:
    """Add `serve`."""
    serve = subparsers.add_parser("serve", help="serve the board, the API and the live feed")
    serve.add_argument("key", metavar="KEY", help="the town to make ready before the first request")
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    serve.add_argument("--port", type=int, default=8000, help="the port, 0 for any (default 8000)")
    serve.set_defaults(run=_serve)


def _serve(args: argparse.Namespace, out: Output) -> None:
    from anlan.kernel.places import queries

    town = queries.town(args.key)
    listener = listen(args.host, args.port)
    try:
        erase_again(out=out)
        say_who_holds_keys(args.key, out=out)
        password = first_administrator(args.key)
        warm(args.key, out=out)
        host, port = listener.getsockname()[:2]
        address = f"http://{_written(host)}:{port}/towns/{args.key}/board"
        document = {"town": town.key, "address": address, "pid": _pid()}
        lines = [f"{town.name}: {address}"]
        if password is not None:
            document |= {"username": FIRST_ADMINISTRATOR, "password": password}
            lines.append(
                f"Sign in as {FIRST_ADMINISTRATOR} with the password {password} (printed once)."
            )
        out.result(document, "\n".join([*lines, "Ctrl-C stops it."]))
        run_server(listener)
    finally:
        listener.close()
    out.note("Stopped.")


def listen(host: str, port: int) -> socket.socket:
    """Take the port before anything else is made ready; one sentence when another has it."""
    if not 0 <= port <= 65535:
        raise BadInput("A port is a number from 0 to 65535.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)  # a second server on this port is refused from here on
    except (OSError, OverflowError) as error:
        listener.close()
        raise BadInput(
            f"Port {port} of {host} can't be used ({_reason(error)}); name another by --port "
            "(make demo PORT=…)."
        ) from error
    return listener


def erase_again(*, out: Output) -> None:
    """Erase what an older copy of the database brought back, before anything is served."""
    from datetime import UTC, datetime

    from anlan.kernel.cases.services import replay_erasures

    again = replay_erasures(recorded_at=datetime.now(UTC))
    if again:
        out.note(f"This database is an older copy: {again} erased cases were erased again.")


def say_who_holds_keys(key: str, *, out: Output) -> None:
    """Say at each start that closed cases stay with the service where nobody else holds them."""
    from anlan.cli.custodians import ALTERED
    from anlan.kernel.sealing.queries import custodians, custodians_altered

    held = custodians(key)
    if custodians_altered(key, held):
        out.note(ALTERED)
    elif not held:
        out.note("No custodians are set: closed cases stay with the service. anlan custodians set")


def first_administrator(key: str) -> str | None:
    """See to it that the town has an administrator; gives the password of an account just made."""
    from anlan.cli.installation import stamp
    from anlan.kernel.staff import queries, services
    from anlan.kernel.values import Role

    members = [member for member in queries.members_of(key) if member.active]
    if any(Role.ADMINISTRATOR.value in member.roles for member in members):
        return None
    password = None
    if not queries.has_account(FIRST_ADMINISTRATOR):
        password = services.create_staff(username=FIRST_ADMINISTRATOR, **stamp()).password
    for role in (Role.ADMINISTRATOR, Role.DISPATCHER):
        services.grant_role(username=FIRST_ADMINISTRATOR, town_key=key, role=role, **stamp(key))
    return password


def warm(key: str, *, out: Output) -> None:
    """Load the town's roads and compile what computes on them, before the first call comes in."""
    from anlan.areas.coverage.queries import warm_siting
    from anlan.cli.installation import town_now
    from anlan.kernel.places import queries
    from anlan.kernel.sealing.queries import check_service_key

    check_service_key()
    try:
        queries.network(key, at=town_now(key))
    except BadInput as no_roads:
        out.note(str(no_roads))
        return
    queries.warm_roads(progress=out.progress)
    warm_siting(progress=out.progress)
    _warm_cover(key, out=out)


def _warm_cover(key: str, *, out: Output) -> None:
    """Work out the town's cover once: the first board need not wait for its log to be read."""
    from datetime import UTC, datetime

    from anlan.cli.installation import town_now
    from anlan.journeys.board_shows_cover import cover_now

    out.progress("reading where calls come from", 0.0)
    cover_now(key, at=town_now(key), recorded_at=datetime.now(UTC))
    out.progress("reading where calls come from", 1.0)


def run_server(listener: socket.socket) -> None:
    """Serve until Ctrl-C or SIGTERM; open streams are ended before the server waits for them."""
    import uvicorn

    from anlan.cli.server import GracefulServer
    from anlan.jobs import (
        forget_positions,
        housekeeping,
        inspections,
        lapse_requests,
        recompute_dues,
        run_studies,
        seal_cases,
        seal_ledger,
        send_notices,
    )

    config = uvicorn.Config(
        "anlan.project.asgi:application",
        log_config=None,
        access_log=False,
        log_level="warning",
        lifespan="on",
        timeout_graceful_shutdown=3,
        timeout_keep_alive=30,
        server_header=False,
    )
    jobs = (
        housekeeping,
        forget_positions,
        lapse_requests,
        seal_cases,
        seal_ledger,
        recompute_dues,
        run_studies,
        send_notices,
        inspections,
    )
    stops = [job.start() for job in jobs]
    try:
        GracefulServer(config).run(sockets=[listener])
    finally:
        for stop in stops:
            stop.set()


def _written(host: str) -> str:
    if host in {"0.0.0.0", "::"}:
        return "localhost"
    return f"[{host}]" if ":" in host else host


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _pid() -> int:
    import os

    return os.getpid()
