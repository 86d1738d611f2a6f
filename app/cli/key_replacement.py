"""How a clinic's or a client's key is replaced from the command line: in small steps, while the service serves."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Concatenate, ParamSpec, TypeVar
from uuid import UUID

from app.access.practitioners.queries import everyone
from app.core.problems import Busy
from app.core.rotation import KeyReplacement
from app.core.transactions import Transactions
from app.core.work import UnitOfWork
from app.opening import operator_of

P = ParamSpec("P")
T = TypeVar("T")
_ATTEMPTS = 30
"""How often a step waits for a second when the database is busy with other things."""


async def replace_key(transactions: Transactions, clinic_id: UUID, owner_id: UUID, tell: Callable[[str], None]) -> None:
    """Give a clinic, or a client of it, another key; go on where an earlier attempt ended."""
    replacement = KeyReplacement(owner_id, practitioners)

    async def step(fn: Callable[Concatenate[UnitOfWork, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await _patiently(transactions, clinic_id, fn, *args, **kwargs)

    is_new = await step(replacement.start)
    tell("there is a new key" if is_new else "an earlier replacement goes on")
    if owner_id == clinic_id:
        position = await step(replacement.rewrap_some, None)
        while position is not None:
            position = await step(replacement.rewrap_some, position)
        tell("the keys of all clients are under it")
    total = 0
    while count := await step(replacement.reseal_some):
        total += count
        tell(f"{total} fields are under it")
    await step(replacement.finish)
    tell("done: nothing is under the old key, and it is destroyed")


async def _patiently(
    transactions: Transactions,
    clinic_id: UUID,
    fn: Callable[Concatenate[UnitOfWork, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    for _ in range(_ATTEMPTS):
        try:
            return await transactions.write(operator_of(clinic_id), fn, *args, **kwargs)
        except Busy:
            await asyncio.sleep(1)
    return await transactions.write(operator_of(clinic_id), fn, *args, **kwargs)


def practitioners(work: UnitOfWork) -> Sequence[UUID]:
    """Return everyone who may have written private notes."""
    return [row.id for row in work.rows(everyone())]
