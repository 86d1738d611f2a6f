"""The ledger brought to a database: before it is served after a restore, at every start, and when an operator asks."""

from collections.abc import Callable
from uuid import UUID

from app.access.identity.door import clinics_with_credentials
from app.core.caller import Caller
from app.core.erasure_ledger import ErasureLedger
from app.core.transactions import Transactions
from app.record.erasures import shredding


async def replay(
    transactions: Transactions, ledger: ErasureLedger, acting_in: Callable[[UUID], Caller]
) -> dict[UUID, shredding.CaughtUp]:
    """Make every clinic what the ledger says, each in a transaction of its own, and say what there was to do.

    `LedgerBroken` before anything is done when the ledger is not as it was written.
    """
    entries = ledger.entries()
    clinics = {*await clinics_with_credentials(transactions), *(entry.facts.clinic_id for entry in entries)}
    done = {}
    for clinic_id in sorted(clinics):
        own = [entry for entry in entries if entry.facts.clinic_id == clinic_id]
        done[clinic_id] = await transactions.write_in_reserve(acting_in(clinic_id), shredding.catch_up, ledger, own)
    return done
