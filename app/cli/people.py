"""What an operator does for people at night: give back a way in to somebody who lost hers."""

import secrets
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer
from pydantic import SecretStr

from app.access.identity.passwords import hash_password
from app.access.sign_in import service
from app.access.sign_in.desk import let_try_again, person_with
from app.access.sign_in.enrolment import reset_second_factor
from app.access.sign_in.schemas import PasswordReset
from app.access.sign_in.second_factor import code_of
from app.cli.acting import acted
from app.core.transactions import Transactions
from app.opening import operator_of

Login = Annotated[str, typer.Argument(help="What she signs in with.")]


def code(secret: Annotated[str, typer.Argument(help="The secret of a second factor, as it was shown once.")]) -> None:
    """Print the code an authenticator app would show now, for people and scripts without one."""
    try:
        typer.echo(code_of(secret.strip().upper(), datetime.now(UTC)))
    except ValueError:
        raise typer.BadParameter("This is no secret of a second factor.") from None


def reset_password_command(login: Login) -> None:
    """Give somebody a new password, which is generated and shown this once; all her sign-ins end."""
    password = secrets.token_urlsafe(18)
    wanted = PasswordReset(new_password=SecretStr(password))

    async def reset(transactions: Transactions) -> None:
        clinic_id, person_id = await _found(transactions, login)
        await transactions.write(
            operator_of(clinic_id), service.reset_password, person_id, wanted, hash_password(password)
        )
        await let_try_again(transactions, login)

    acted(reset)
    typer.echo(f"login: {login}\npassword: {password}")


def reset_second_factor_command(login: Login) -> None:
    """Take somebody's second factor away, codes and all; her sign-ins end, and she sets up another."""

    async def reset(transactions: Transactions) -> None:
        clinic_id, person_id = await _found(transactions, login)
        await transactions.write(operator_of(clinic_id), reset_second_factor, person_id)
        await let_try_again(transactions, login)

    acted(reset)
    typer.echo("Her second factor is gone. She signs in with her password and sets up another.")


async def _found(transactions: Transactions, login: str) -> tuple[UUID, UUID]:
    found = await person_with(transactions, login)
    if found is None:
        raise typer.BadParameter("Nobody here has this login.")
    return found
