"""A clinic in which something can be erased."""

from dataclasses import dataclass, replace
from uuid import UUID

import pytest

from app.access.practitioners.domain import Role
from app.core.caller import Caller, CallerKind
from tests.support.house import Api, Clinic
from tests.support.world import ERASURE, discharged


@dataclass
class TwoPeople:
    """A clinic admin who asks, and a privacy officer who decides."""

    clinic: Clinic
    admin: Api
    officer: Api

    async def ask(self, client_id: str) -> str:
        erasure = await self.admin.made(f"/clients/{client_id}/erasures", ERASURE)
        return str(erasure["id"])

    async def erase(self, client_id: str) -> str:
        """Let one ask and the other approve, and return the erasure's id."""
        erasure_id = await self.ask(client_id)
        await self.officer.changed(f"/erasures/{erasure_id}/approve", version=1, method="POST")
        return erasure_id

    @property
    def deciding(self) -> Caller:
        """The privacy officer as the service sees her, for tests that interrupt it."""
        return replace(self.clinic.operator, kind=CallerKind.PRACTITIONER, id=UUID(self.officer.id))


@pytest.fixture
async def two(clinic: Clinic, admin: Api) -> TwoPeople:
    return TwoPeople(clinic, admin, await clinic.join("officer", Role.PRIVACY_OFFICER))


@pytest.fixture
async def robin(therapist: Api) -> str:
    """A discharged client with names, an identifier and a second member of her care team."""
    mrn = [{"system": "urn:clinic:mrn", "value": "77"}]
    return await discharged(therapist, given_name="Robin", identifiers=mrn)
