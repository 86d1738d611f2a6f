"""The erasure ledger at the command line: bring it to a database that came back from a backup."""

import sys
from collections.abc import Iterator, Mapping
from uuid import UUID

import typer

from app.cli.acting import acted
from app.core.erasure_ledger import LedgerBroken
from app.opening import ledger_of, operator_of
from app.record.erasures.replaying import replay
from app.record.erasures.shredding import CaughtUp
from app.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The erasure ledger: who was erased stays erased.")


@app.callback()
def _group() -> None:
    """Keep the name of the one command: `stance erasures replay`."""


@app.command("replay")
def replay_command() -> None:
    """Erase again whoever a restored database brought back, and finish what was interrupted; twice is as good as once.

    For PostgreSQL after every restore, before the service starts; `stance restore` does it by itself. Exit code 0:
    the database and the ledger say the same; 1: the ledger was altered, nothing was done; 2: not done, and why.
    """
    settings = Settings()
    ledger = ledger_of(settings)
    if ledger is None:
        typer.echo("Set STANCE_ERASURE_LEDGER_FILE: without the ledger nobody knows who was erased.", err=True)
        sys.exit(2)
    try:
        done = acted(lambda transactions: replay(transactions, ledger, operator_of), settings)
    except LedgerBroken as broken:
        typer.echo(f"{broken} See docs/operations/retention.md.", err=True)
        sys.exit(1)
    typer.echo(f"{ledger.path}: {len(ledger.entries())} lines.")
    for line in lines_about(done):
        typer.echo(line)


def lines_about(done: Mapping[UUID, CaughtUp]) -> Iterator[str]:
    """Say of each clinic that the ledger is about what there was to do."""
    for clinic_id, one in done.items():
        if any(vars(one).values()):
            yield (
                f"clinic {clinic_id}: {one.known} erased before, {one.erased} erased again, {one.finished} finished, "
                f"{one.written} written down again, {one.absent} not in this database"
            )
