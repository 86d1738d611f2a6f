"""How a command acts on the database its settings name: opened for the act, closed after it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from app.core.transactions import Transactions
from app.opening import transactions_of
from app.settings import Settings

T = TypeVar("T")


def acted(act: Callable[[Transactions], Awaitable[T]], settings: Settings | None = None) -> T:
    """Act on the configured database, or on that of other settings, and return what came of it."""
    return asyncio.run(_with_transactions(settings or Settings(), act))


async def _with_transactions(settings: Settings, act: Callable[[Transactions], Awaitable[T]]) -> T:
    """Open the database, act, and close it whatever happened."""
    transactions = transactions_of(settings)
    try:
        return await act(transactions)
    finally:
        await transactions.close()
