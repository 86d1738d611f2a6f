"""The sealed log at hand: the app's own sealer stands still, and a test seals when it wants to."""

from collections.abc import Awaitable, Callable

import pytest

from app.access.audit import verification
from app.access.audit.sealer import Sealer, Wakefulness
from app.access.audit.verification import Report
from tests.support.house import Clinic

Seal = Callable[[], Awaitable[int]]
Verify = Callable[[], Awaitable[Report]]


@pytest.fixture
async def quiet(clinic: Clinic) -> Clinic:
    """Return the clinic once its app seals nothing by itself any more."""
    await clinic.house.app.state.sealer.stop()
    return clinic


@pytest.fixture
def seal(quiet: Clinic) -> Seal:
    """Return a function that seals what the clinic's log holds and returns how many entries that were."""
    sealer = Sealer(quiet.house.door.transactions, Wakefulness())
    return lambda: sealer.seal(quiet.operator.clinic_id)


@pytest.fixture
def verify(clinic: Clinic) -> Verify:
    """Return a function that verifies the clinic's log."""
    return lambda: verification.verify(clinic.house.door.transactions, clinic.operator.clinic_id)
