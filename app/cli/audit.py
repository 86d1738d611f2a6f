"""The audit log at the command line: verify it, keep checkpoints of it elsewhere, export it."""

import json
import sys
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn
from uuid import UUID

import typer
from sqlalchemy.exc import SQLAlchemyError

from app.access.audit import queries, sealing, service, verification
from app.access.audit.domain import AuditVerified
from app.access.audit.schemas import AuditEventCriteria
from app.access.identity.door import clinics_with_credentials
from app.cli.acting import acted
from app.core.crypto import SealBroken
from app.core.problems import Problem
from app.core.scope import Scope
from app.core.transactions import Transactions
from app.opening import operator_of

GOOD, HARMED, UNKNOWN = 0, 1, 2
_CHECKPOINT_KEYS = {"clinic_id", "number", "hash"}

app = typer.Typer(no_args_is_help=True, help="Verify, checkpoint and export the audit log.")

OneClinic = Annotated[UUID | None, typer.Option("--clinic", help="Only this clinic; without it, every clinic.")]


@app.command()
def verify(
    clinic: OneClinic = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            help="A file of checkpoints kept elsewhere, or the service's own log: the log must hold them all."
        ),
    ] = None,
) -> None:
    """Check every entry and every seal. Exit code 0: all as written; 1: something was altered; 2: could not check."""
    try:
        kept = [] if checkpoint is None else list(checkpoints_in(checkpoint))
        reports = acted(lambda all_: verified(all_, clinic, kept))
    except (SQLAlchemyError, SealBroken, Problem, LookupError, RuntimeError, ValueError, OSError) as failure:
        _could_not_check(failure)
    for report in reports:
        for finding in report.findings:
            typer.echo(f"clinic {report.clinic_id}: {finding}")
        verdict = f"{len(report.findings)} findings" if report.findings else "all as written"
        typer.echo(
            f"clinic {report.clinic_id}: {report.entries} entries, {report.seals} seals, "
            f"{report.unsealed} not sealed yet: {verdict}"
        )
    sys.exit(HARMED if any(report.findings for report in reports) else GOOD)


@app.command()
def checkpoint(clinic: OneClinic = None) -> None:
    """Print the newest seal of each clinic, signed, as a line of JSON. Keep it where the database's owner cannot."""
    for line in acted(lambda all_: _checkpoints(all_, clinic)):
        typer.echo(line)


@app.command()
def export(
    clinic: Annotated[UUID, typer.Option("--clinic", help="The clinic's id.")],
    client: Annotated[UUID | None, typer.Option(help="Only what touched this client.")] = None,
    since: Annotated[datetime | None, typer.Option("--from", help="Only from this moment on (UTC).")] = None,
    until: Annotated[datetime | None, typer.Option("--to", help="Only before this moment (UTC).")] = None,
) -> None:
    """Write entries as FHIR R4 AuditEvents, one a line, newest first. The export is itself logged."""
    wanted = AuditEventCriteria(client_id=client, recorded_from=_utc(since), recorded_to=_utc(until))
    acted(lambda all_: _export(all_, clinic, wanted))


async def verified(transactions: Transactions, clinic: UUID | None, kept: list[Any]) -> list[verification.Report]:
    """Check one clinic's log or every one, with the checkpoints kept elsewhere, and log that it was checked."""
    reports = []
    for clinic_id in await _clinics(transactions, clinic, kept):
        own = [one for one in kept if one["clinic_id"] == str(clinic_id)]
        report = await verification.verify(transactions, clinic_id, own)
        outcome = AuditVerified(
            outcome="harmed" if report.findings else "good",
            entries=report.entries,
            seals=report.seals,
            findings=len(report.findings),
        )
        try:
            await transactions.note_down(operator_of(clinic_id), outcome)
        except Problem:
            # What was found counts more than that it could not be written down; a good result must be.
            if not report.findings:
                raise
            typer.echo("The result could not be written into the log.", err=True)
        reports.append(report)
    return reports


async def _checkpoints(transactions: Transactions, clinic: UUID | None) -> list[str]:
    lines = []
    for clinic_id in await _clinics(transactions, clinic, []):
        seal: Any = await transactions.look(
            Scope(clinic_id), lambda session: session.execute(queries.newest_seal()).first()
        )
        if seal is not None:
            lines.append(json.dumps({"event": "audit_checkpoint", **sealing.checkpoint_of(seal)}))
    return lines


async def _export(transactions: Transactions, clinic_id: UUID, wanted: AuditEventCriteria) -> None:
    operator = operator_of(clinic_id)
    await transactions.read_aside(operator, service.start_export, wanted)
    async for page in _exported(transactions, clinic_id, wanted):
        typer.echo(page, nl=False)


async def _exported(transactions: Transactions, clinic_id: UUID, wanted: AuditEventCriteria) -> AsyncIterator[str]:
    before: UUID | None = None
    while True:
        page, before = await transactions.read_aside(operator_of(clinic_id), service.exported_page, wanted, before)
        yield page
        if before is None:
            return


async def _clinics(transactions: Transactions, clinic: UUID | None, kept: Iterable[Any]) -> list[UUID]:
    """Return the clinic asked for, or every one that somebody can sign in to or that a checkpoint names."""
    if clinic is not None:
        return [clinic]
    found = await clinics_with_credentials(transactions)
    return sorted({*found, *(UUID(one["clinic_id"]) for one in kept)})


def checkpoints_in(path: Path) -> Iterable[dict[str, Any]]:
    """Read the checkpoints of a file, passing over every other line, as there are in a log."""
    is_any = False
    with path.open() as lines:
        for line in lines:
            try:
                one = json.loads(line)
            except ValueError:
                continue
            if isinstance(one, dict) and one.get("event") == "audit_checkpoint" and one.keys() >= _CHECKPOINT_KEYS:
                is_any = True
                yield one
    if not is_any:
        raise ValueError("there is no checkpoint in this file")


def _could_not_check(failure: Exception) -> NoReturn:
    """Say why, unless the words are a library's: those may quote values."""
    is_ours = isinstance(failure, LookupError | RuntimeError | ValueError | OSError)
    words = str(failure) if is_ours else "the database refused"
    typer.echo(f"Could not check: {type(failure).__name__}: {words}", err=True)
    sys.exit(UNKNOWN)


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=moment.tzinfo or UTC)
