"""A clinic on a real server for each generated client, and what a client is told of it: nothing but these variables."""

import os
from collections.abc import Iterator

import pytest

from tests.support.databases import SqliteDatabases
from tests.support.live import LiveClinic, live_clinic

TOLD = "STANCE_URL", "STANCE_LOGIN", "STANCE_PASSWORD", "STANCE_EHR_KEY"


@pytest.fixture(scope="module")
def clinic(sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveClinic]:
    for settings in sqlite_databases.fresh():
        with live_clinic(settings, tmp_path_factory.mktemp("clinic")) as clinic:
            yield clinic


@pytest.fixture
def environment(clinic: LiveClinic) -> dict[str, str]:
    """The environment in which a story runs as the therapist."""
    told = clinic.url, "therapist", clinic.password, clinic.ehr_key
    return {**os.environ, **dict(zip(TOLD, told, strict=True))}
