"""A clinic's identity provider at the command line: register it, look whether it answers, link people, close it."""

import sys
from typing import Annotated
from uuid import UUID

import typer

from app.access.identity_providers import schemas, service
from app.access.identity_providers.domain import USUAL_TOKEN_TYPE, Algorithm
from app.access.identity_providers.key_sets import Unfit, discovered, keys_in
from app.cli.acting import acted
from app.core.fetching import OutboundFailed
from app.core.transactions import Transactions
from app.opening import operator_of, outbound_of
from app.settings import Settings

_PAGE = 100

app = typer.Typer(no_args_is_help=True, help="Register, check, link and close a clinic's identity provider.")

ClinicId = Annotated[UUID, typer.Option("--clinic", help="The clinic's id.")]
ProviderId = Annotated[UUID, typer.Option("--provider", help="The provider's id, as `add` or `list` printed it.")]


@app.command()
def add(
    clinic: ClinicId,
    name: Annotated[str, typer.Option(help="What the clinic calls it.")],
    issuer: Annotated[str, typer.Option(help="What its tokens have in iss, exactly.")],
    audience: Annotated[str, typer.Option(help="What its tokens must have in aud.")],
    algorithm: Annotated[list[Algorithm] | None, typer.Option(help="How it may sign; repeat. RS256.")] = None,
    subject_claim: Annotated[str, typer.Option(help="The claim that names a person for good.")] = "sub",
    token_type: Annotated[str, typer.Option(help="The typ of its access tokens.")] = USUAL_TOKEN_TYPE,
    required_acr: Annotated[list[str] | None, typer.Option(help="One of these each token must have; repeat.")] = None,
    second_factor_acr: Annotated[
        list[str] | None, typer.Option(help="What means more than a password; repeat.")
    ] = None,
    jwks_uri: Annotated[str | None, typer.Option(help="Where its keys are, without a discovery document.")] = None,
) -> None:
    """Accept the access tokens of a provider, and print its id. Nobody gets in by it until she is linked."""
    wanted = schemas.IdentityProviderCreate(
        name=name,
        issuer=issuer,
        audience=audience,
        algorithms=algorithm or [Algorithm.RS256],
        subject_claim=subject_claim,
        token_type=token_type,
        required_acr=required_acr or [],
        second_factor_acr=second_factor_acr or [],
        jwks_uri=jwks_uri,
    )
    made = acted(lambda all_: all_.write(operator_of(clinic), service.create_identity_provider, wanted))
    typer.echo(str(made.id))


@app.command("list")
def list_(clinic: ClinicId) -> None:
    """Show the clinic's providers, with the ids of who is linked to each."""
    wanted, linked = schemas.IdentityProviderFilter(limit=_PAGE), schemas.ExternalIdentityFilter(limit=_PAGE)
    operator = operator_of(clinic)

    async def look(all_: Transactions) -> list[str]:
        lines = []
        page = await all_.read(operator, service.list_identity_providers, wanted)
        for one in page.data:
            lines.append(f"{one.id}: {one.name}, {one.issuer}, {'open' if one.is_active else 'closed'}")
            people = await all_.read(operator, service.list_external_identities, one.id, linked)
            lines += [f"  practitioner {person.practitioner_id} is {person.subject}" for person in people.data]
            lines += ["  and more"] * people.has_more
        return lines

    typer.echo("\n".join(acted(look)) or "No identity provider is registered.")


@app.command()
def check(clinic: ClinicId, provider: ProviderId) -> None:
    """Fetch a provider's keys as the service would. Exit code 0: it has some, 1: it cannot be used, and why."""
    settings = Settings()

    async def fetch(all_: Transactions) -> int:
        found = await all_.read(operator_of(clinic), service.get_identity_provider, provider)
        outbound = outbound_of(settings)
        try:
            return len(keys_in(await outbound.get_json(found.jwks_uri or await discovered(outbound, found.issuer))))
        finally:
            await outbound.close()

    try:
        count = acted(fetch)
    except (OutboundFailed, Unfit) as failed:
        typer.echo(f"Its keys cannot be fetched: {failed.reason}", err=True)
        sys.exit(1)
    typer.echo(f"{count} keys")
    sys.exit(0 if count else 1)


@app.command()
def link(
    clinic: ClinicId,
    provider: ProviderId,
    practitioner: Annotated[UUID, typer.Option(help="Who it is here.")],
    subject: Annotated[str, typer.Option(help="Who it is there: the value of the subject claim, exactly.")],
) -> None:
    """Say who a subject of the provider is here."""
    wanted = schemas.ExternalIdentityCreate(practitioner_id=practitioner, subject=subject)
    made = acted(lambda all_: all_.write(operator_of(clinic), service.create_external_identity, provider, wanted))
    typer.echo(str(made.id))


@app.command()
def close(clinic: ClinicId, provider: ProviderId) -> None:
    """Let nobody in by this provider any more, from the next request on; who is linked stays linked."""

    async def close_it(all_: Transactions) -> None:
        now = await all_.read(operator_of(clinic), service.get_identity_provider, provider)
        closed = schemas.IdentityProviderUpdate(is_active=False)
        await all_.write_in_reserve(
            operator_of(clinic), service.update_identity_provider, provider, closed, now.version
        )

    acted(close_it)
    typer.echo("Closed. Running services notice within five seconds.")
