"""PostgreSQL as the service uses it. Imported where PostgreSQL is used, so that its driver costs others nothing."""

from typing import Any

import asyncpg
import orjson
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine


class TellingConnection(asyncpg.Connection):  # type: ignore[misc] # asyncpg has no types
    """A connection that tells PostgreSQL, together with the next BEGIN, whose transaction it is.

    Two statements in one message: a message of its own would cost each transaction a round trip.
    """

    __slots__ = ("told",)

    def __init__(self, *parts: Any, **options: Any) -> None:
        """Connect; there is nothing to tell yet."""
        super().__init__(*parts, **options)
        self.told = ""

    async def execute(self, query: str, *values: Any, **options: Any) -> Any:
        """Run a statement; what is to be told goes with a BEGIN, once."""
        if query.startswith("BEGIN"):
            query, self.told = f"{query} {self.told}", ""
        return await super().execute(query, *values, **options)


def postgresql_engine(url: str, *, pool_size: int) -> AsyncEngine:
    """Return an asyncpg engine with the timeouts of a service that answers people, not batches."""
    return create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"),
        pool_size=pool_size,
        max_overflow=0,
        hide_parameters=True,  # an error must not carry names or hashes
        pool_timeout=2,
        pool_recycle=1800,
        json_deserializer=orjson.loads,
        connect_args={
            "connection_class": TellingConnection,
            "command_timeout": 10,
            "timeout": 5,
            "server_settings": {
                "jit": "off",
                "application_name": "stance",
                "lock_timeout": "2000",
                "statement_timeout": "10000",
                "idle_in_transaction_session_timeout": "15000",
            },
        },
    )
