"""A clinic with an identity provider, and a therapist who is known there."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from app.settings import Settings
from tests.support.elsewhere import authority_file, somewhere_else
from tests.support.house import Api, Clinic, House, open_house
from tests.support.issuer import AUDIENCE, EVERY_ALGORITHM, Issuer

SUBJECT = "248289761001"


@dataclass
class SignIn:
    """The clinic, its provider, and the therapist as both know her."""

    house: House
    clinic: Clinic
    issuer: Issuer
    provider: dict[str, Any] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return f"/identity-providers/{self.provider['id']}"

    def token(self, **changes: Any) -> str:
        """Let the provider sign a token for the therapist."""
        return self.issuer.token(self.house.clock.now, SUBJECT, **changes)

    def with_token(self, token: str) -> Api:
        return Api(self.house.client, token)

    async def me(self, **changes: Any) -> Any:
        """Ask who a new token of the provider lets in."""
        return await self.with_token(self.token(**changes)).get("/me")

    async def change(self, **changes: Any) -> None:
        """Change what is asked of the provider's tokens."""
        admin = self.clinic["admin"]
        self.provider = await admin.changed(self.path, changes, version=self.provider["version"])


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with somewhere_else(Issuer) as issuer:
        assert isinstance(issuer, Issuer)
        yield issuer


@pytest.fixture
async def house(settings: Settings, issuer: Issuer, tmp_path: Path) -> AsyncIterator[House]:
    outbound = {"outbound_private_hosts": (issuer.host,), "outbound_ca_file": authority_file(tmp_path)}
    async with open_house(settings.model_copy(update=outbound)) as house:
        yield house


@pytest.fixture
async def sign_in(house: House, clinic: Clinic, issuer: Issuer) -> SignIn:
    admin = clinic["admin"]
    wanted = {"name": "Sign-in", "issuer": issuer.url, "audience": AUDIENCE, "algorithms": list(EVERY_ALGORITHM)}
    provider = await admin.made("/identity-providers", wanted)
    known_as = {"practitioner_id": clinic["therapist"].id, "subject": SUBJECT}
    await admin.made(f"/identity-providers/{provider['id']}/identities", known_as)
    return SignIn(house, clinic, issuer, provider)
