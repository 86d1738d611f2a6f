"""The embedded database copied while the service runs, and put back while it is stopped: `stance backup`, `restore`.

PostgreSQL has tools of its own for both; `docs/operations/backup.md` is the page for either.
"""

import json
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app import migrating
from app.access.audit import sealing
from app.access.audit.models import AuditEvent, AuditSeal
from app.access.audit.queries import SEAL_COLUMNS
from app.access.clinics.domain import RecordBackedUp, RecordRestored
from app.access.clinics.models import Clinic
from app.cli.acting import acted
from app.cli.audit import checkpoints_in, verified
from app.cli.erasures import lines_about
from app.core import database_file, page_key
from app.core.crypto import SealBroken
from app.core.database_file import FileDamaged, FileRefused
from app.core.erasure_ledger import ErasureLedger
from app.core.events import DomainEvent
from app.core.problems import Problem
from app.core.transactions import Transactions
from app.opening import ledger_of, master_key_of, operator_of, page_key_of
from app.record.erasures.replaying import replay
from app.settings import Settings

DONE, UNSOUND, REFUSED = 0, 1, 2
_MEBIBYTE = 1_048_576
_PAGE = "docs/operations/backup.md"


@dataclass(frozen=True)
class _Contents:
    """What a copy holds, in numbers and ids."""

    revision: str
    size: int
    entries: Mapping[UUID, int]
    """Of the audit log, for each clinic."""
    seals: Sequence[Any]
    """The newest of each clinic."""


def backup(
    file: Annotated[Path, typer.Argument(help="Where the copy goes: a file that does not exist yet.")],
) -> None:
    """Copy the embedded database to FILE, while the service runs; the copy opens with the same master key only.

    Prints what FILE holds and the newest seals of the audit log, which are best kept elsewhere: `stance restore
    --checkpoint` compares with them. Exit code 0: written and checked; 1: the database is damaged; 2: not done.
    """
    settings = Settings()
    with _exit_codes():
        _refuse_postgresql(settings)
        contents = _backed_up(settings, file.absolute())
    typer.echo(f"Wrote {file}, and checked every page of it.")
    _show(contents)


def restore(
    file: Annotated[Path, typer.Argument(help="What `stance backup` wrote.")],
    keep_old_as: Annotated[
        Path | None, typer.Option(help="Where the database that is there now goes; it is never deleted.")
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="What `stance backup` printed when it wrote FILE: the audit log must hold all of it."),
    ] = None,
) -> None:
    """Check FILE - its pages, its schema, its audit log - and put it where STANCE_DATABASE_URL says.

    Whoever was erased since FILE was made is erased from it again first, as the erasure ledger says.

    FILE itself is only read; the service must be stopped. Exit code 0: restored; 1: FILE is damaged, of another
    master key, or its audit log was altered; 2: not done, and why. Unless it is 0, everything is as before.
    """
    settings = Settings()
    with _exit_codes():
        _refuse_postgresql(settings)
        kept = [] if checkpoint is None else list(checkpoints_in(checkpoint))
        old = None if keep_old_as is None else keep_old_as.absolute()
        before, contents = _restored(settings, file.resolve(), old, kept)
    typer.echo(f"Restored {settings.database_file}. Its audit log is as written.")
    if before != contents.revision:
        typer.echo(f"The backup was at {before}; it was brought up to date. FILE itself is unchanged.")
    _show(contents)


def _backed_up(settings: Settings, file: Path) -> _Contents:
    source = settings.database_file.resolve()
    if not source.exists():
        raise FileRefused(f"There is no database at {source}.")
    key = page_key_of(settings, master_key_of(settings))
    if file.exists():
        raise FileRefused(f"{file} exists. Nothing is ever overwritten.")
    revision = _revision_of(source, key)
    if revision != migrating.HEAD:
        raise FileRefused(f"The database is at {revision}. Back it up with the version of Stance that serves it.")
    size = database_file.size_of(source, key)
    database_file.refuse_without_room(file.parent, size + _reserve(settings, file.parent))
    with database_file.fresh(file.with_name(f"{file.name}.unfinished")) as unfinished:
        database_file.copy(source, key, unfinished)
        database_file.check(unfinished, key)
        contents = _contents_of(unfinished, key)
        # Like every other way for the record to leave the house: what cannot be logged is not done.
        _note_down(settings, contents.entries, RecordBackedUp)
        database_file.settle(unfinished, file)
    return contents


def _restored(settings: Settings, file: Path, old: Path | None, kept: list[Any]) -> tuple[str, _Contents]:
    place, key = settings.database_file.resolve(), page_key.of(master_key_of(settings))
    _refuse_places(file, place, old)
    with (
        database_file.held(place) if place.exists() else nullcontext(),
        database_file.fresh(place.with_name(f"{place.name}.restoring")) as unfinished,
    ):
        database_file.refuse_without_room(place.parent, file.stat().st_size + settings.min_free_mb * _MEBIBYTE)
        shutil.copyfile(file, unfinished)
        _check(file, unfinished, key)
        before = _revision_of(unfinished, key)
        if not migrating.knows(before):
            raise FileRefused(f"{file} is at {before}, which this version of Stance does not know. Use a newer one.")
        copied = settings.model_copy(update={"database_url": f"sqlite:///{unfinished}"})
        migrating.migrate(copied)
        _audited(copied, kept)
        _erase_again(copied, ledger_of(settings))
        contents = _contents_of(unfinished, key)
        _note_down(copied, contents.entries, RecordRestored)
        with database_file.set_aside(place, old) if old is not None and place.exists() else nullcontext():
            database_file.settle(unfinished, place)
    return before, contents


def _refuse_places(file: Path, place: Path, old: Path | None) -> None:
    """Refuse before anything is written what could only end in one database taking the place of another."""
    if not file.is_file():
        raise FileRefused(f"There is no file {file}.")
    if any(log.exists() and log.stat().st_size for log in database_file.beside(file)):
        raise FileRefused(
            f"{file} has a write-ahead log beside it, so it is a database in use or copied by hand. Make a backup of "
            "it with STANCE_DATABASE_URL=sqlite:///... stance backup, and restore that."
        )
    if place.exists() and place.samefile(file):
        raise FileRefused(f"{file} is the database itself.")
    if place.exists() and old is None:
        raise FileRefused(f"There is a database at {place}. Say where it is to be kept: --keep-old-as FILE.")
    if not place.exists() and any(log.exists() for log in database_file.beside(place)):
        raise FileRefused(f"A write-ahead log without its database is left beside {place}. Move it elsewhere first.")
    if old is not None and any(one.exists() for one in (old, *database_file.beside(old))):
        raise FileRefused(f"{old} exists. Nothing is ever overwritten.")
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)


def _check(file: Path, copied: Path, key: bytes) -> None:
    """Check the copy, and say of the backup what is wrong with it."""
    try:
        database_file.check(copied, key)
    except FileDamaged as damaged:
        raise FileDamaged(str(damaged).replace(str(copied), str(file))) from None


def _revision_of(path: Path, key: bytes) -> str:
    with database_file.opened(path, key) as connection:
        try:
            revision = migrating.current(connection)
        except SQLAlchemyError:
            revision = None
    if revision is None:
        raise FileRefused("This is no database of Stance, or an empty one.")
    return revision


def _contents_of(path: Path, key: bytes) -> _Contents:
    with database_file.opened(path, key) as connection:
        clinics = connection.execute(select(Clinic.clinic_id).order_by(Clinic.clinic_id)).scalars().all()
        counted = select(AuditEvent.clinic_id, func.count()).group_by(AuditEvent.clinic_id)
        entries = {row[0]: int(row[1]) for row in connection.execute(counted)}
        newest = (
            select(*SEAL_COLUMNS).where(AuditSeal.clinic_id == one).order_by(AuditSeal.number.desc()).limit(1)
            for one in clinics
        )
        seals = [seal for one in newest if (seal := connection.execute(one).first()) is not None]
        revision = migrating.current(connection) or ""
    return _Contents(revision, path.stat().st_size, {one: entries.get(one, 0) for one in clinics}, seals)


def _note_down(settings: Settings, clinics: Mapping[UUID, int], kind: type[DomainEvent]) -> None:
    async def note_down(transactions: Transactions) -> None:
        for clinic_id in clinics:
            await transactions.note_down(operator_of(clinic_id), kind(entity_id=clinic_id))

    acted(note_down, settings)


def _audited(settings: Settings, kept: list[Any]) -> None:
    """Check the audit log of the copy, as `stance audit verify` does; the copy's log says that it was."""
    reports = acted(lambda transactions: verified(transactions, None, kept), settings)
    findings = [f"clinic {report.clinic_id}: {finding}" for report in reports for finding in report.findings]
    if findings:
        raise FileDamaged("\n".join([*findings, f"The audit log of this backup is not as written. See {_PAGE}."]))


def _erase_again(settings: Settings, ledger: ErasureLedger | None) -> None:
    """Erase from the copy who was erased since it was made: nobody comes back by a restore."""
    if ledger is None:
        return
    done = acted(lambda transactions: replay(transactions, ledger, operator_of), settings)
    for line in lines_about(done):
        typer.echo(line)


def _show(contents: _Contents) -> None:
    typer.echo(f"Schema {contents.revision}, {contents.size:,} bytes, clinics: {len(contents.entries)}")
    for clinic_id, entries in contents.entries.items():
        typer.echo(f"clinic {clinic_id}: {entries:,} audit entries")
    for seal in contents.seals:
        typer.echo(json.dumps({"event": "audit_checkpoint", **sealing.checkpoint_of(seal)}))


def _reserve(settings: Settings, folder: Path) -> int:
    """Return what must stay free beside a copy, so that the service can go on writing where it shares the disk."""
    shares = folder.stat().st_dev == settings.database_file.absolute().parent.stat().st_dev
    return settings.min_free_mb * _MEBIBYTE if shares else 0


def _refuse_postgresql(settings: Settings) -> None:
    if not settings.is_sqlite:
        raise FileRefused(
            f"This is for the embedded database. PostgreSQL has its own tools, pg_basebackup and pg_dump: {_PAGE} says "
            "how to use them, and how to check what was restored."
        )


@contextmanager
def _exit_codes() -> Iterator[None]:
    """End with the exit code that fits, and say why; a library's own words are not repeated, they may quote values."""
    try:
        yield
    except FileDamaged as damaged:
        typer.echo(str(damaged), err=True)
        sys.exit(UNSOUND)
    except Problem as problem:
        typer.echo(f"Not done: {problem.title}. {problem.detail or ''}", err=True)
        sys.exit(REFUSED)
    except SQLAlchemyError as failure:
        typer.echo(f"Not done: {type(failure).__name__}: the database refused.", err=True)
        sys.exit(REFUSED)
    except (SealBroken, LookupError, RuntimeError, ValueError, OSError) as refused:
        typer.echo(f"Not done: {refused}", err=True)
        sys.exit(REFUSED)
