"""A clinic and somebody who signs in to it."""

import pytest

from tests.access.sign_in.signing_in import Kim, hired
from tests.support.house import Clinic


@pytest.fixture
async def kim(clinic: Clinic) -> Kim:
    return await hired(clinic)
