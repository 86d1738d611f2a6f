"""Clients of two therapists."""

from typing import Any

import pytest

from tests.record.sessions.requests import wanted
from tests.support.house import Api

NAMES = {"given_name": "Robin", "family_name": "Example"}


@pytest.fixture
async def robin(therapist: Api) -> str:
    return str((await therapist.made("/clients", NAMES))["id"])


@pytest.fixture
async def sam(therapist: Api) -> str:
    return str((await therapist.made("/clients", NAMES))["id"])


@pytest.fixture
async def kim(stranger: Api) -> str:
    """A client only the second therapist sees."""
    return str((await stranger.made("/clients", NAMES))["id"])


@pytest.fixture
async def shared(admin: Api, therapist: Api, stranger: Api, robin: str, kim: str) -> dict[str, Any]:
    """A group session of which each of two therapists sees one client."""
    leading = [therapist.id, stranger.id]
    return dict(await admin.made("/sessions", wanted(robin, kim, practitioner_ids=leading)))
