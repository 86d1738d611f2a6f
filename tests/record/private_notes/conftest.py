"""Clients to write private notes about, and the people around them."""

import pytest

from tests.record.notes.writing import ROBIN
from tests.support.house import Api, Clinic


@pytest.fixture
async def robin(therapist: Api) -> str:
    return str((await therapist.made("/clients", ROBIN))["id"])


@pytest.fixture
async def colleague(therapist: Api, stranger: Api, robin: str) -> Api:
    """A second therapist on Robin's care team."""
    joining = {"practitioner_id": stranger.id, "care_role": "co_therapist"}
    await therapist.made(f"/clients/{robin}/care-team", joining)
    return stranger


@pytest.fixture
def trainee(clinic: Clinic) -> Api:
    return clinic["trainee"]


@pytest.fixture
def supervisor(clinic: Clinic) -> Api:
    return clinic["supervisor"]


@pytest.fixture
async def sam(trainee: Api) -> str:
    """A client of the trainee, whose supervisor sees her too."""
    return str((await trainee.made("/clients", {"given_name": "Sam", "family_name": "Example"}))["id"])
