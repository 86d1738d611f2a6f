"""One clinic on a real server for everything that is run from `openapi/` alone."""

from collections.abc import Iterator

import pytest

from tests.support.databases import SqliteDatabases
from tests.support.live import LiveClinic, live_clinic


@pytest.fixture(scope="package")
def clinic_on_a_server(
    sqlite_databases: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveClinic]:
    for settings in sqlite_databases.fresh():
        with live_clinic(settings, tmp_path_factory.mktemp("server")) as clinic:
            yield clinic
