"""What an operator does for people at night: give back a way in to somebody who lost hers."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from app.access.sign_in.second_factor import code_of


def code(secret: Annotated[str, typer.Argument(help="The secret of a second factor, as it was shown once.")]) -> None:
    """Print the code an authenticator app would show now, for people and scripts without one."""
    try:
        typer.echo(code_of(secret.strip().upper(), datetime.now(UTC)))
    except ValueError:
        raise typer.BadParameter("This is no secret of a second factor.") from None
