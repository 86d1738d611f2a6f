"""The service's settings: environment variables that begin with `STANCE_`, read once at the start."""

import difflib
import ipaddress
import os
import re
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "STANCE_"
_HOST = re.compile(r"\[[0-9a-f:.]+\]|[a-z0-9._-]+", re.IGNORECASE)
_HOST_AND_PORT = re.compile(r"[a-z0-9._-]+:[1-9][0-9]{0,4}")
_LOOPBACK = re.compile(r"http://(localhost|127\.[0-9.]+|\[::1\])(:|$)", re.IGNORECASE)
_ORIGIN = re.compile(r"https?://[a-z0-9.\[\]:-]+", re.IGNORECASE)


def _separated(value: Any) -> Any:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_separated)]
"""Several values, separated by commas in the environment."""


class Settings(BaseSettings):
    """Every setting, with defaults that suit the embedded SQLite file of `make run`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True)

    database_url: str = Field(default="sqlite:///data/stance.db", repr=False)
    """`sqlite:///path` for the embedded file, `postgresql://user:password@host/name` for PostgreSQL."""
    migration_database_url: str | None = Field(default=None, repr=False)
    """PostgreSQL only: the owner's address, used by `stance migrate`. The service itself owns no table."""
    master_key: SecretStr | None = None
    """32 bytes in base64. Everything clinical is encrypted under it; losing it loses the record."""
    master_key_file: Path | None = Path("data/master.key")
    """Where the master key is read from when `STANCE_MASTER_KEY` is not set."""
    previous_master_key: SecretStr | None = None
    """The master key that is being replaced, while it is: what it locked can still be read."""
    previous_master_key_file: Path | None = None
    """Where the previous master key is read from when `STANCE_PREVIOUS_MASTER_KEY` is not set."""
    key_provider_file: Path | None = None
    """The key that opens the master key, when that is kept sealed (`stance keys seal-master`); on another disk."""
    key_provider: str | None = None
    """In place of that file, a provider of your own (a key management service): `package.module:name`."""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    allowed_hosts: Names = ()
    """Names the service answers to, as in the address bar, without ports; this machine's own always among them."""
    public_url: str | None = None
    """Where programs and people reach the service, as `https://notes.example`; tokens of programs name it."""
    cors_origins: Names = ()
    """Web pages that may call the API, exactly as browsers send them: `https://notes.example`."""
    behind_tls_proxy: bool = False
    """Whether a proxy in front speaks HTTPS; without it or a certificate, only this machine may connect."""
    tls_certificate_file: Path | None = None
    """The certificate chain (PEM) to serve HTTPS with."""
    tls_key_file: Path | None = None
    """The key of the certificate (PEM)."""
    forwarded_allow_ips: Names = ()
    """Addresses or networks of proxies whose `X-Forwarded-For` and `-Proto` are believed."""
    request_seconds: float = Field(default=10, gt=0, le=300)
    """How long a request may take to arrive; slower connections are closed."""
    drain_seconds: float = Field(default=5, ge=0, le=300)
    """How long the service goes on answering after SIGTERM, while `/readyz` already says 503."""
    event_stream_seconds: float = Field(default=300, ge=0, le=3600)
    """How long a stream of events stays open before its reader opens it again; 0 tells the backlog and ends."""
    rate_limit_caller: int = Field(default=600, ge=1)
    """Requests a minute of one person or program."""
    rate_limit_address: int = Field(default=60, ge=1)
    """Requests a minute of one address without a good token."""
    rate_limit_sign_in: int = Field(default=10, ge=1)
    """Attempts to sign in, a minute, from one address and for one login."""
    rate_limit_storage: str = Field(default="memory://", repr=False)
    """Where several processes share their counts: `valkey://host`, `redis://host`, `memcached://host`."""
    max_body_bytes: int = Field(default=1_048_576, ge=1024)
    """Larger request bodies are refused with 413."""
    erasure_ledger_file: Path | None = None
    """Where it is written down who was erased, apart from every backup; SQLite's default is beside the database."""
    backup_retention_days: int = Field(default=35, ge=1, le=3650)
    """How old a backup gets before it is deleted; certificates of erasure say so."""
    pool_size: int = Field(default=8, ge=1, le=100)
    """PostgreSQL connections a process holds."""
    min_free_mb: int = Field(default=64, ge=0)
    """SQLite only: below so much free disk, changes are refused with 507, so that reads and their log still fit."""
    outbound_private_hosts: Names = ()
    """Hosts of the clinic's own network this service may call, as `name:port`; all others must be public."""
    outbound_ca_file: Path | None = None
    """Certificate authorities (PEM) trusted besides the public ones when this service calls others."""
    access_token_minutes: int = Field(default=10, ge=1, le=30)
    """How long a token of a person works before it has to be refreshed."""
    sign_in_idle_minutes: int = Field(default=30, ge=5, le=720)
    """How long a sign-in may go without being refreshed."""
    sign_in_hours: int = Field(default=12, ge=1, le=24)
    """How long a sign-in lasts at most, however busy."""
    step_up_minutes: int = Field(default=15, ge=1, le=60)
    """How long after giving her password a person may do sensitive things."""
    docs: bool = True
    """Whether the pages `/docs`, `/problems` and `/llms.txt` are shown; they hold no data."""
    telemetry: bool = False
    """Whether requests make OpenTelemetry spans and metrics; they go where OpenTelemetry was set up to send them."""

    @property
    def is_sqlite(self) -> bool:
        """Whether the record lives in the embedded file."""
        return self.database_url.startswith("sqlite")

    @property
    def database_file(self) -> Path:
        """Where the embedded file is."""
        return Path(self.database_url.removeprefix("sqlite:///"))

    @property
    def ledger_file(self) -> Path | None:
        """Where the erasure ledger is; without one nothing can be erased, and PostgreSQL has no place of its own."""
        if self.erasure_ledger_file is not None or not self.is_sqlite:
            return self.erasure_ledger_file
        return self.database_file.with_name("erasures.ledger")

    @property
    def answered_hosts(self) -> frozenset[str]:
        """The names in `Host` that this service answers to."""
        own = f"[{self.host}]" if ":" in self.host else self.host
        return frozenset({*self.allowed_hosts, own, "localhost", "127.0.0.1", "[::1]"})

    @property
    def issuer(self) -> str:
        """The address that tokens are issued under and for; without a public one, that of this machine."""
        if self.public_url is not None:
            return self.public_url
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls_certificate_file else 'http'}://{host}:{self.port}"

    @field_validator("public_url")
    @classmethod
    def _whole_origin(cls, url: str | None) -> str | None:
        if url is not None and not (_ORIGIN.fullmatch(url) and (url.startswith("https://") or _LOOPBACK.match(url))):
            raise ValueError("give scheme, host and port alone, as https://notes.example; http only for this machine")
        return url

    @field_validator("allowed_hosts")
    @classmethod
    def _names_of_hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_HOST.fullmatch(host) for host in hosts):
            raise ValueError("name each host exactly, without scheme, port or *")
        return hosts

    @field_validator("cors_origins")
    @classmethod
    def _exact_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_ORIGIN.fullmatch(origin) for origin in origins):
            raise ValueError("name each origin exactly, as https://notes.example; * would open the record to any page")
        return origins

    @field_validator("outbound_private_hosts")
    @classmethod
    def _exact_private_hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_HOST_AND_PORT.fullmatch(host) for host in hosts):
            raise ValueError("name each host exactly with its port, in small letters, as login.clinic.internal:8443")
        return hosts

    @field_validator("forwarded_allow_ips")
    @classmethod
    def _known_proxies(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in proxies:
            ipaddress.ip_network(proxy, strict=False)
        return proxies

    @model_validator(mode="before")
    @classmethod
    def _no_misspelt_setting(cls, values: Any) -> Any:
        known = [f"{PREFIX}{name}".upper() for name in cls.model_fields]
        for name in os.environ:
            if name.upper().startswith(PREFIX) and name.upper() not in known:
                near = difflib.get_close_matches(name.upper(), known, n=1)
                raise ValueError(f"{name} is not a setting{f'; did you mean {near[0]}?' if near else ''}")
        return values

    @model_validator(mode="after")
    def _certificate_with_key(self) -> Self:
        if (self.tls_certificate_file is None) != (self.tls_key_file is None):
            raise ValueError("set both STANCE_TLS_CERTIFICATE_FILE and STANCE_TLS_KEY_FILE, or neither")
        return self

    @model_validator(mode="after")
    def _tokens_end_before_sign_ins(self) -> Self:
        if self.access_token_minutes > self.sign_in_idle_minutes:
            raise ValueError("STANCE_ACCESS_TOKEN_MINUTES may not be longer than STANCE_SIGN_IN_IDLE_MINUTES")
        return self

    @model_validator(mode="after")
    def _known_database(self) -> Self:
        if not self.database_url.startswith(("sqlite:///", "postgresql://", "postgresql+asyncpg://")):
            raise ValueError("STANCE_DATABASE_URL must begin with sqlite:/// or postgresql://")
        return self
