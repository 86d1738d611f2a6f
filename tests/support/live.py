"""A clinic on a real server, whose people sign in by login and password: for programs that know only the contract."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from pydantic import SecretStr

from app.access.clinics.service import create_clinic
from app.access.identity.schemas import ApiKeyCreate, ServiceAccountCreate
from app.access.identity.service import create_api_key, create_practitioner, create_service_account
from app.access.practitioners.domain import Role
from app.access.practitioners.schemas import PractitionerCreate
from app.core.caller import Permission
from app.core.ids import new_id
from app.core.work import UnitOfWork
from app.opening import operator_of, transactions_of
from app.settings import Settings
from tests.support.house import PASSWORD, PASSWORD_HASH
from tests.support.server import Server, serving

EHR_SCOPES = [
    Permission.CLIENTS_READ,
    Permission.CLIENTS_WRITE,
    Permission.TREATMENTS_READ,
    Permission.SESSIONS_READ,
    Permission.NOTES_READ,
    Permission.TIMELINE_READ,
]


@dataclass(frozen=True)
class LiveClinic:
    """Where the service is, and how the clinic's people and its EHR get in."""

    server: Server
    practitioners: dict[str, str]
    """The ids of `admin`, `supervisor`, `therapist`, and `trainee`, whom the supervisor supervises; by login."""
    ehr_key: str
    """The API key of the clinic's EHR."""
    password: str = PASSWORD
    """Everyone's password."""

    @property
    def url(self) -> str:
        """The address of the service, without `/v1`."""
        return self.server.url


@contextmanager
def live_clinic(settings: Settings, folder: Path, **environment: str) -> Iterator[LiveClinic]:
    """Found a clinic in a migrated database and serve it until the block ends."""
    practitioners, ehr_key = asyncio.run(_found(settings))
    with serving(settings, folder, STANCE_DRAIN_SECONDS="0", **environment) as server:
        yield LiveClinic(server, practitioners, ehr_key)


async def _found(settings: Settings) -> tuple[dict[str, str], str]:
    transactions = transactions_of(settings)
    try:
        return await transactions.write(operator_of(new_id()), _staff)
    finally:
        await transactions.close()


def _staff(work: UnitOfWork) -> tuple[dict[str, str], str]:
    create_clinic(work, "Clinic", "Europe/London", requires_second_factor=False)  # so that one password is enough
    supervisor = _hire(work, "supervisor", Role.SUPERVISOR)
    practitioners = {
        "admin": _hire(work, "admin", Role.CLINIC_ADMIN),
        "supervisor": supervisor,
        "therapist": _hire(work, "therapist", Role.THERAPIST),
        "trainee": _hire(work, "trainee", Role.THERAPIST, supervisor),
    }
    ehr = create_service_account(work, ServiceAccountCreate(name="EHR", scopes=EHR_SCOPES))
    key = create_api_key(work, ehr.id, ApiKeyCreate(expires_at=work.now + timedelta(days=30)))
    return {login: str(person) for login, person in practitioners.items()}, key.secret


def _hire(work: UnitOfWork, login: str, role: Role, supervisor_id: UUID | None = None) -> UUID:
    wanted = PractitionerCreate(
        display_name=login.title(),
        roles=[role],
        login=login,
        password=SecretStr(PASSWORD),
        supervisor_id=supervisor_id,
    )
    return create_practitioner(work, wanted, PASSWORD_HASH).id
