"""Whether the process lives, and whether it can work."""

import asyncio

from alembic import command

from app.settings import Settings
from tests.support.databases import alembic_config
from tests.support.house import House, open_house


async def test_a_started_service_lives_and_is_ready(house: House) -> None:
    for path in ("/healthz", "/readyz"):
        answer = await house.client.get(path)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_a_database_at_another_migration_is_not_ready(settings: Settings) -> None:
    await asyncio.to_thread(command.downgrade, alembic_config(settings), "-1")
    async with open_house(settings) as house:
        answer = await house.client.get("/readyz")
        assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
        assert (await house.client.get("/healthz")).status_code == 200
