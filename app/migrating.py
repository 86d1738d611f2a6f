"""Where the database stands in the chain of migrations. Applying them is the operator's act, never the service's."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from app.core.scope import ScopedSession
from app.settings import Settings

_ALEMBIC_INI = Path(__file__).parents[1] / "alembic.ini"


def migrate(settings: Settings) -> None:
    """Bring the database up to date."""
    command.upgrade(_config(settings), "head")


def head() -> str:
    """Return the newest migration this code knows."""
    newest = ScriptDirectory.from_config(_config(None)).get_current_head()
    if newest is None:
        raise RuntimeError("there are no migrations")
    return newest


def knows(revision: str) -> bool:
    """Say whether this code can bring a database at this migration up to date."""
    try:
        return ScriptDirectory.from_config(_config(None)).get_revision(revision) is not None
    except CommandError:
        return False


def current(database: ScopedSession | Connection) -> str | None:
    """Return the migration the database is at."""
    row = database.execute(text("SELECT version_num FROM alembic_version")).first()
    return str(row[0]) if row else None


def _config(settings: Settings | None) -> Config:
    config = Config(_ALEMBIC_INI)
    config.attributes["settings"] = settings
    return config
