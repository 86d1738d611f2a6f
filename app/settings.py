"""The service's settings: environment variables that begin with `STANCE_`, read once at the start."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every setting, with defaults that suit the embedded SQLite file of `make run`."""

    model_config = SettingsConfigDict(env_prefix="STANCE_", frozen=True, extra="ignore")

    database_url: str = "sqlite:///data/stance.db"
    """`sqlite:///path` for the embedded file, `postgresql://user:password@host/name` for PostgreSQL."""
    migration_database_url: str | None = None
    """PostgreSQL only: the owner's address, used by `stance migrate`. The service itself owns no table."""
    master_key: SecretStr | None = None
    """32 bytes in base64. Everything clinical is encrypted under it; losing it loses the record."""
    master_key_file: Path | None = Path("data/master.key")
    """Where the master key is read from when `STANCE_MASTER_KEY` is not set."""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    max_body_bytes: int = Field(default=1_048_576, ge=1024)
    """Larger request bodies are refused with 413."""
    pool_size: int = Field(default=8, ge=1, le=100)
    """PostgreSQL connections a process holds."""
    access_token_minutes: int = Field(default=60, ge=1, le=720)
    """How long a sign-in lasts."""

    @property
    def is_sqlite(self) -> bool:
        """Whether the record lives in the embedded file."""
        return self.database_url.startswith("sqlite")

    @property
    def database_file(self) -> Path:
        """Where the embedded file is."""
        return Path(self.database_url.removeprefix("sqlite:///"))

    @model_validator(mode="after")
    def _known_database(self) -> Self:
        if not self.database_url.startswith(("sqlite:///", "postgresql://", "postgresql+asyncpg://")):
            raise ValueError("STANCE_DATABASE_URL must begin with sqlite:/// or postgresql://")
        return self
