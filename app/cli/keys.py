"""The keys at the command line: replace the master key while the service runs, and see what is under which."""

import sys
from collections import Counter
from contextlib import suppress
from typing import Annotated, NoReturn, TypeVar
from uuid import UUID

import typer
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from app.access.clinics.service import rewrap_keys
from app.access.identity.door import clinics_with_credentials
from app.cli import escrow, key_replacement, oauth
from app.cli.acting import acted
from app.core import page_key
from app.core.crypto import MasterKey, SealBroken, Wrapping, WrongMasterKey
from app.core.problems import NotFound, Problem
from app.core.scope import Scope, ScopedSession
from app.core.transactions import Transactions
from app.core.vault import Vault
from app.opening import master_key_of, operator_of, page_key_of, previous_master_key_of
from app.settings import Settings

T = TypeVar("T")
ALL_CURRENT, SOME_PREVIOUS, SOME_UNKNOWN = 0, 1, 2

app = typer.Typer(no_args_is_help=True, help="See which master key is in use, and replace it.")

Clinics = Annotated[
    list[UUID] | None,
    typer.Option("--clinic", help="Also a clinic in which nobody has an account yet. Repeat for several."),
]
app.command("export")(escrow.export)
app.command("restore-from-parts")(escrow.restore_from_parts)
app.command("seal-master")(escrow.seal_master)

ClinicId = Annotated[UUID, typer.Option("--clinic", help="The clinic.")]
ClientId = Annotated[UUID, typer.Option("--client", help="The client.")]


@app.command()
def check(clinic: Clinics = None) -> None:
    """Say under which master key everything is. Exit code 0: the current; 1: the previous is needed; 2: another one."""
    settings = Settings()
    found, signing = acted(lambda all_: _all_wrappings(all_, clinic or []), settings)
    is_file_behind = settings.is_sqlite and _is_file_behind(settings)
    total: Counter[Wrapping] = Counter()
    for clinic_id, wrappings in found.items():
        total += wrappings
        if set(wrappings) != {Wrapping.CURRENT}:
            counts = ", ".join(f"{count} under the {name} master key" for name, count in wrappings.items())
            typer.echo(f"clinic {clinic_id}: {counts or 'no keys; is there such a clinic?'}")
    typer.echo(f"{len(found)} clinics: {total[Wrapping.CURRENT]} of {total.total()} keys under the current master key")
    if signing:
        typer.echo(
            f"keys that sign tokens: {signing[Wrapping.CURRENT]} of {signing.total()} under the current master key"
        )
    total += signing
    if settings.is_sqlite:
        typer.echo(f"the embedded file: under the {'previous' if is_file_behind else 'current'} master key")
    if total[Wrapping.UNKNOWN] or not all(found.values()):
        sys.exit(SOME_UNKNOWN)
    sys.exit(SOME_PREVIOUS if total[Wrapping.PREVIOUS] or is_file_behind else ALL_CURRENT)


@app.command("rotate-master")
def rotate_master(clinic: Clinics = None) -> None:
    """Put every clinic's keys under the current master key, one clinic a transaction; the service may go on."""
    settings = Settings()
    _both_keys(settings)
    are_all = acted(lambda all_: _rotate(all_, clinic or []), settings)
    if not are_all:
        _fail("Not every clinic is done: run this again. Until it is, the previous master key is needed.")
    if settings.is_sqlite and _is_file_behind(settings):
        typer.echo("The embedded file is still under the previous key: stop the service, then run")
        typer.echo("`stance keys rekey-file`.")


@app.command("rekey-file")
def rekey_file() -> None:
    """Encrypt the embedded file under the current master key; the service must be stopped."""
    settings = Settings()
    if not settings.is_sqlite:
        _fail("Only the embedded file has a key of its own; with PostgreSQL there is nothing to do.")
    master, previous = _both_keys(settings)
    if not settings.database_file.exists():
        _fail(f"There is no file {settings.database_file}.")
    if _is_file_behind(settings):
        page_key.change(settings.database_file, page_key.of(previous), page_key.of(master))
    typer.echo(f"{settings.database_file} is under the current master key.")


@app.command("rotate-clinic")
def rotate_clinic(clinic: ClinicId) -> None:
    """Give a clinic another key and destroy the old one, while the service serves; interrupted, it goes on."""
    _replace(clinic, clinic, f"clinic {clinic}")


@app.command("rotate-client")
def rotate_client(clinic: ClinicId, client: ClientId) -> None:
    """Seal a client's whole record anew under other keys and destroy the old ones, while the service serves."""
    _replace(clinic, client, f"client {client}")


def refuse_wrong_master_key(settings: Settings) -> None:
    """Refuse to serve what could not be read; when the database cannot be asked now, readiness will tell."""
    master_key_of(settings)
    previous_master_key_of(settings)
    if settings.is_sqlite and not settings.database_file.exists():
        return
    try:
        found, signing = acted(_readable_wrappings, settings)
    except (SQLAlchemyError, Problem, OSError):
        return
    unread = sum(Wrapping.UNKNOWN in wrappings for wrappings in found.values())
    if unread:
        raise WrongMasterKey(
            f"The keys of {unread} of {len(found)} clinics do not open with this master key. Is it the right one? "
            "While a master key is being replaced, STANCE_PREVIOUS_MASTER_KEY_FILE must name the old one."
        )
    if Wrapping.UNKNOWN in signing:
        raise WrongMasterKey("The keys that sign tokens do not open with this master key. Is it the right one?")


def _replace(clinic_id: UUID, owner_id: UUID, name: str) -> None:
    def tell(words: str) -> None:
        typer.echo(f"{name}: {words}")

    try:
        acted(lambda transactions: key_replacement.replace_key(transactions, clinic_id, owner_id, tell))
    except NotFound:
        _fail(f"{name} is not there.")
    except SealBroken as broken:
        where = f" ({broken.place.column.table}, row {broken.place.row_id})" if broken.place else ""
        _fail(f"{name}: not done: {broken}{where}. Both keys are kept, and everything else stays readable.")


def _both_keys(settings: Settings) -> tuple[MasterKey, MasterKey]:
    master, previous = master_key_of(settings), previous_master_key_of(settings)
    if previous is None:
        _fail("Set STANCE_PREVIOUS_MASTER_KEY_FILE to the key until now, and STANCE_MASTER_KEY_FILE to the new one.")
    if master.is_same_as(previous):
        _fail("The current and the previous master key are the same; make a new one with `stance create-key`.")
    return master, previous


def _is_file_behind(settings: Settings) -> bool:
    master = master_key_of(settings)
    return page_key_of(settings, master) != page_key.of(master)


async def _rotate(transactions: Transactions, named: list[UUID]) -> bool:
    """Rotate clinic after clinic, and go on after one that fails: what is done stays done."""
    are_all = True
    for clinic_id in await _clinics(transactions, named):
        try:
            count = await transactions.write(operator_of(clinic_id), rewrap_keys)
        except (Problem, WrongMasterKey, DBAPIError) as failure:
            are_all = False
            words = failure.title if isinstance(failure, Problem) else "its keys do not open, or the database refused"
            typer.echo(f"clinic {clinic_id}: not done: {words}", err=True)
        else:
            typer.echo(f"clinic {clinic_id}: {count} keys put under the current master key")
    try:
        count = await oauth.rewrap(transactions)
    except (WrongMasterKey, DBAPIError):
        are_all = False
        typer.echo("keys that sign tokens: not done: they do not open, or the database refused", err=True)
    else:
        typer.echo(f"keys that sign tokens: {count} put under the current master key")
    return are_all


async def _wrappings(transactions: Transactions, named: list[UUID]) -> dict[UUID, Counter[Wrapping]]:
    def count(session: ScopedSession, clinic_id: UUID) -> Counter[Wrapping]:
        return Vault(session, clinic_id, transactions.ring).wrappings()

    return {
        clinic_id: await transactions.look(Scope(clinic_id), count, clinic_id)
        for clinic_id in await _clinics(transactions, named)
    }


async def _all_wrappings(
    transactions: Transactions, named: list[UUID]
) -> tuple[dict[UUID, Counter[Wrapping]], Counter[Wrapping]]:
    return await _wrappings(transactions, named), await oauth.wrappings(transactions)


async def _readable_wrappings(transactions: Transactions) -> tuple[dict[UUID, Counter[Wrapping]], Counter[Wrapping]]:
    """Count what can be asked for: a database older than the keys that sign tokens has none of those."""
    found, signing = await _wrappings(transactions, []), Counter[Wrapping]()
    with suppress(SQLAlchemyError, Problem, OSError):
        signing = await oauth.wrappings(transactions)
    return found, signing


async def _clinics(transactions: Transactions, named: list[UUID]) -> list[UUID]:
    return sorted({*await clinics_with_credentials(transactions), *named})


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    sys.exit(1)
