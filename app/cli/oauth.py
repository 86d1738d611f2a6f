"""The keys that sign programs' tokens, at the command line: see them, replace them, keep them under the master key."""

from collections import Counter
from collections.abc import Callable
from typing import Annotated, TypeVar

import typer

from app.access.oauth import queries, tokens
from app.cli.acting import acted
from app.core.crypto import KeyRing, Wrapping
from app.core.scope import ScopedSession
from app.core.system import SYSTEM
from app.core.transactions import Transactions

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, help="See and replace the keys that sign the access tokens of programs.")


@app.command()
def keys() -> None:
    """Show the keys: which one signs, which will, and which are published while their last tokens live."""

    def look(all_: Transactions, session: ScopedSession) -> list[str]:
        stored = list(session.execute(queries.signing_keys()).scalars())
        return [
            f"{key.kid}: {state}, signs from {key.signs_from:%Y-%m-%d %H:%M} UTC"
            for key, state in tokens.states_of(stored, all_.clock())
        ]

    lines = acted(lambda all_: all_.look(SYSTEM, lambda session: look(all_, session)))
    typer.echo("\n".join(lines) or "There is no key yet; the first token makes one.")


@app.command("rotate-key")
def rotate_key(
    *,
    at_once: Annotated[
        bool, typer.Option("--at-once", help="Believe no earlier key from now on: every token out there ends.")
    ] = False,
) -> None:
    """Publish a new key now and sign with it in an hour. Happens by itself every 90 days."""

    def rotate(all_: Transactions, session: ScopedSession) -> str:
        make = tokens.replace_at_once if at_once else tokens.rotate
        key = make(session, all_.ring, all_.clock())
        return f"{key.kid} signs from {key.signs_from:%Y-%m-%d %H:%M} UTC."

    typer.echo(acted(lambda all_: write(all_, lambda session: rotate(all_, session))))


async def wrappings(transactions: Transactions) -> Counter[Wrapping]:
    """Count the signing keys by the master key they are under."""
    return await transactions.look(SYSTEM, tokens.wrappings, transactions.ring)


async def rewrap(transactions: Transactions) -> int:
    """Put the signing keys under the current master key, and return how many were under the previous one."""
    ring: KeyRing = transactions.ring
    return await write(transactions, lambda session: tokens.rewrap(session, ring))


async def write(transactions: Transactions, fn: Callable[[ScopedSession], T]) -> T:
    """Write what belongs to no clinic."""
    return await transactions.engines.write(SYSTEM, fn)
