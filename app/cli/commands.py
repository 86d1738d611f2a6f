"""Running and setting up: the commands an operator needs first, and where all commands come together."""

import asyncio
import os
import secrets
import sys
from datetime import timedelta
from typing import Annotated, NoReturn
from uuid import UUID

import typer
from pydantic import SecretStr, ValidationError
from sqlalchemy.exc import DBAPIError

from app import migrating
from app.access.clinics.service import create_clinic
from app.access.identity.domain import GRANTABLE
from app.access.identity.passwords import hash_password
from app.access.identity.schemas import ApiKeyCreate, ServiceAccountCreate
from app.access.identity.service import create_api_key, create_practitioner, create_service_account
from app.access.practitioners.domain import LoginTaken, Role
from app.access.practitioners.schemas import PractitionerCreate
from app.cli import audit, backup, contract, erasures, identity_provider, keys, oauth, people
from app.cli.acting import acted
from app.core import logs, memory
from app.core.caller import Permission
from app.core.crypto import MasterKey, SealBroken, WrongMasterKey
from app.core.ids import new_id
from app.core.logs import log
from app.core.problems import Problem
from app.core.transactions import Transactions
from app.opening import operator_of
from app.settings import Settings

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Stance: session notes for MBT."
)
app.add_typer(audit.app, name="audit")
app.add_typer(keys.app, name="keys")
app.add_typer(oauth.app, name="oauth")
app.add_typer(identity_provider.app, name="identity-provider")
app.command("code")(people.code)
app.add_typer(erasures.app, name="erasures")
app.command("reset-password")(people.reset_password_command)
app.command("reset-second-factor")(people.reset_second_factor_command)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("openapi")(contract.openapi)
app.command("release-notes")(contract.release_notes)

ClinicId = Annotated[UUID, typer.Option("--clinic", help="The clinic's id, as create-clinic printed it.")]


@app.command()
def run() -> None:
    """Set everything up on first use, then serve: the command behind `make run`."""
    os.umask(0o077)  # the key, the record and the sign-in details are for this user alone
    settings = Settings()
    _make_first_key(settings)
    if settings.is_sqlite and not settings.database_file.exists():
        _make_first_file(settings)
    migrating.migrate(settings)
    serve()


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    workers: Annotated[int, typer.Option(help="Processes; more than one only with PostgreSQL.")] = 1,
) -> None:
    """Serve the API."""
    with memory.imported_for_good():
        from app import serving  # noqa: PLC0415 - other commands start in half the time without web framework and routes
    settings = Settings()
    if settings.is_sqlite and workers > 1:
        raise typer.BadParameter("SQLite has one writer; use PostgreSQL for more than one process.")
    keys.refuse_wrong_master_key(settings)
    place = {"host": host or settings.host, "port": settings.port if port is None else port}
    settings = settings.model_copy(update=place)
    serving.check_protected(settings)
    scheme = "https" if settings.tls_certificate_file else "http"
    if sys.stdout.isatty():  # without somebody who reads along, the log says it
        typer.echo(f"Serving on {scheme}://{settings.host}:{settings.port} - press Ctrl+C to stop.")
    if settings.behind_tls_proxy and not settings.forwarded_allow_ips:
        log.warning("server.proxies_unnamed")
    if (settings.behind_tls_proxy or settings.tls_certificate_file) and settings.public_url is None:
        log.warning("server.public_url_unset")
    serving.serve(settings, workers)


@app.command()
def migrate() -> None:
    """Bring the database up to date. The service never does this by itself."""
    migrating.migrate(Settings())
    typer.echo(f"The database is at {migrating.HEAD}.")


@app.command("create-key")
def create_key() -> None:
    """Make the master key file. Keep a copy apart from the database: without it the record is lost."""
    path = Settings().master_key_file
    if path is None or path.exists():
        raise typer.BadParameter("STANCE_MASTER_KEY_FILE must name a file that does not exist yet.")
    MasterKey.create_file(path)
    typer.echo(f"Made {path}. Keep a copy apart from the database.")


@app.command("create-clinic")
def create_clinic_command(
    name: Annotated[str, typer.Option(help="The clinic's name.")],
    time_zone: Annotated[str, typer.Option(help="IANA time zone, for example Europe/London.")],
) -> None:
    """Set up a clinic and print its id."""
    clinic_id = new_id()
    clinic = acted(lambda all_: all_.write(operator_of(clinic_id), create_clinic, name, time_zone))
    typer.echo(str(clinic.id))


@app.command("create-practitioner")
def create_practitioner_command(
    clinic: ClinicId,
    name: Annotated[str, typer.Option(help="The name colleagues know.")],
    login: Annotated[str, typer.Option(help="What she signs in with.")],
    role: Annotated[list[Role], typer.Option(help="Repeat for several roles.")],
    supervisor: Annotated[UUID | None, typer.Option(help="Who co-signs her notes.")] = None,
) -> None:
    """Add a practitioner and print her password, which is generated and shown this once."""
    password = secrets.token_urlsafe(18)
    wanted = PractitionerCreate(
        display_name=name, login=login, roles=role, password=SecretStr(password), supervisor_id=supervisor
    )
    made = acted(lambda all_: all_.write(operator_of(clinic), create_practitioner, wanted, hash_password(password)))
    typer.echo(f"id: {made.id}\nlogin: {login}\npassword: {password}")


@app.command("create-service-account")
def create_service_account_command(
    clinic: ClinicId,
    name: Annotated[str, typer.Option(help="What the clinic calls the program.")],
    scope: Annotated[list[Permission], typer.Option(help=f"Repeat: {', '.join(sorted(GRANTABLE))}.")],
    days: Annotated[int, typer.Option(help="How long the key lives.", min=1, max=366)] = 90,
) -> None:
    """Add a service account and print its first API key, which is shown this once."""

    async def make(all_: Transactions) -> tuple[UUID, str]:
        account = await all_.write(
            operator_of(clinic), create_service_account, ServiceAccountCreate(name=name, scopes=scope)
        )
        wanted = ApiKeyCreate(expires_at=all_.clock() + timedelta(days=days))
        key = await all_.write(operator_of(clinic), create_api_key, account.id, wanted)
        return account.id, key.secret

    account_id, secret = acted(make)
    typer.echo(f"id: {account_id}\nkey: {secret}")


@app.command()
def demo() -> None:
    """Load the demo clinic: synthetic, the same each time, through the same services as everything else."""
    try:
        _load_demo(Settings())
    except LoginTaken:
        _fail("The demo clinic is already in this database.")


def _make_first_key(settings: Settings) -> None:
    path = settings.master_key_file
    if settings.master_key is None and path is not None and not path.exists():
        if settings.is_sqlite and settings.database_file.exists():
            _fail(f"There is a record in {settings.database_file}, but its key {path} is missing. Put it back.")
        MasterKey.create_file(path)
        typer.echo(f"Made the master key {path} (readable by you only). Everything clinical is encrypted under it:")
        typer.echo("keep a copy apart from the database, because without it the record cannot be read.")


def _make_first_file(settings: Settings) -> None:
    """Make the embedded file with the demo clinic in it; it takes its name only when it is complete."""
    typer.echo("First run: loading the demo clinic (synthetic people, no real person's data).")
    unfinished = settings.database_file.with_suffix(".unfinished")
    for leftover in unfinished.parent.glob(f"{unfinished.name}*"):
        leftover.unlink()
    loading = settings.model_copy(update={"database_url": f"sqlite:///{unfinished}"})
    migrating.migrate(loading)
    _load_demo(loading)
    unfinished.rename(settings.database_file)


def _load_demo(settings: Settings) -> None:
    from app import demo as demo_clinic  # noqa: PLC0415 - its stories are read when they are told

    signs_in = asyncio.run(demo_clinic.load(settings, typer.echo))
    typer.echo("\nSign in with any of these (generated now, for this demo clinic only):\n")
    for person in signs_in:
        typer.echo(f"  {person.role:<12} {person.login:<28} {person.password}")
    with_codes = [person for person in signs_in if person.seed]
    for person in with_codes:
        typer.echo(f"\n{person.login} has a second factor: `stance code {person.seed}` shows its present code.")
    if settings.is_sqlite:
        kept = settings.database_file.with_name("demo-sign-in.txt")
        kept.touch(mode=0o600)
        lines = [f"{person.role} {person.login} {person.password}" for person in signs_in]
        lines += [f"second-factor {person.login} {person.seed}" for person in with_codes]
        lines += [f"recovery-code {person.login} {code}" for person in with_codes for code in person.recovery_codes]
        kept.write_text("".join(f"{line}\n" for line in lines))
        typer.echo(f"\nThey are also in {kept}, readable by you only.\n")


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    sys.exit(1)


def main() -> None:
    """Run a command; say plainly what was wrong, without a traceback and without what was typed."""
    logs.configure()
    memory.forbid_dumps()
    try:
        app()
    except Problem as problem:
        details = "".join(f"\n  {error.pointer}: {error.detail}" for error in problem.errors)
        _fail(f"{problem.title}. {problem.detail or ''}{details}")
    except ValidationError as invalid:
        _fail("\n".join(f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in invalid.errors()))
    except WrongMasterKey as wrong:
        _fail(str(wrong))
    except SealBroken:
        _fail("There is no clinic with this id in this database, or the master key is another one.")
    except DBAPIError:
        _fail("The database refused. Is it reachable, is the master key the right one, and did `stance migrate` run?")
    except (RuntimeError, ValueError, OSError) as wrong:
        _fail(str(wrong))
