"""Where the database stands in the chain of migrations. Applying them is the operator's act, never the service's.

Alembic is imported when something migrates: to serve it is enough to know the name of the newest migration.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from app.core.scope import ScopedSession
from app.settings import Settings

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "failure_counts"
"""The newest migration of the chain."""
_ALEMBIC_INI = Path(__file__).parents[1] / "alembic.ini"


def migrate(settings: Settings) -> None:
    """Bring the database up to date."""
    from alembic import command  # noqa: PLC0415 - only who migrates pays for Alembic

    command.upgrade(_config(settings), "head")


def knows(revision: str) -> bool:
    """Say whether this code can bring a database at this migration up to date."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - only who migrates pays for Alembic
    from alembic.util import CommandError  # noqa: PLC0415

    try:
        return ScriptDirectory.from_config(_config(None)).get_revision(revision) is not None
    except CommandError:
        return False


def current(database: ScopedSession | Connection) -> str | None:
    """Return the migration the database is at."""
    row = database.execute(text("SELECT version_num FROM alembic_version")).first()
    return str(row[0]) if row else None


def _config(settings: Settings | None) -> "Config":
    from alembic.config import Config  # noqa: PLC0415 - only who migrates pays for Alembic

    config = Config(_ALEMBIC_INI)
    config.attributes["settings"] = settings
    return config
