"""Counts of tagged patterns begin with what the record holds when their table is made."""

import asyncio

import pytest
from alembic import command
from sqlalchemy import make_url

from app.settings import Settings
from tests.record.notes.practice import LATE, THERAPISTS, TRAINEES, Counts, Practice, agreed
from tests.support.databases import alembic_config
from tests.support.house import Clinic, House, open_house
from tests.support.owner import ask

BEFORE = "sign_in_attempts"
MOMENTS = ("2025-12-31T23:30:00Z", "2026-01-15T10:00:00Z", "2026-02-01T02:00:00Z", "2026-02-20T10:00:00Z")


async def written(house: House, zone: str) -> Clinic:
    """Let a practice have notes of every kind: signed, half signed, wrong, drafts, and of an erased client."""
    practice = await Practice.begun(house)
    await practice.relocate(zone)
    for whose in (THERAPISTS, TRAINEES):
        for moment in MOMENTS:
            await practice.write(whose, moment, ["mixed", "hyperactivation", "mixed"])
    for number in (0, 1, 2, 4, 5, 6):
        assert await practice.step(number, "sign", LATE) == 200
    for number in (4, 5):
        assert await practice.step(number, "cosign") == 200
    assert await practice.step(2, "entered-in-error", {"reason": "Wrong client."}) == 200
    await practice.write(TRAINEES, "2026-01-16T10:00:00Z", [])
    assert await practice.step(8, "sign", LATE) == 200
    assert await practice.step(8, "cosign") == 200
    await practice.erase(THERAPISTS)
    return practice.clinic


async def counts_of(settings: Settings, clinics: list[Clinic]) -> list[Counts]:
    async with open_house(settings) as house:
        return [await agreed(Clinic(house, clinic.operator)) for clinic in clinics]


async def made_anew(settings: Settings, *, owner: Settings | None = None) -> None:
    """Take the table away and make it again."""
    for move, to in ((command.downgrade, BEFORE), (command.upgrade, "head")):
        await asyncio.to_thread(move, alembic_config(owner or settings), to)


async def test_the_table_is_filled_from_the_notes_that_are_there(settings: Settings) -> None:
    async with open_house(settings) as house:
        clinics = [await written(house, zone) for zone in ("America/New_York", "Pacific/Kiritimati")]
    before = await counts_of(settings, clinics)
    assert [{month for _, _, month in counts} for counts in before] == [
        {"2025-12", "2026-01"},
        {"2026-01"},
    ]
    await made_anew(settings)
    assert await counts_of(settings, clinics) == before


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
async def test_an_owner_who_is_no_superuser_fills_it_too_and_the_walls_stand_again(settings: Settings) -> None:
    """Row-level security holds for the owner of the tables as well, who sees no clinic without naming one."""
    async with open_house(settings) as house:
        clinics = [await written(house, "America/New_York")]
    before = await counts_of(settings, clinics)
    owner = make_url(str(settings.migration_database_url)).set(username="stance_owner")
    address = owner.render_as_string(hide_password=False)
    await ask(settings, *OWNED)
    await made_anew(settings, owner=settings.model_copy(update={"migration_database_url": address}))
    assert await counts_of(settings, clinics) == before
    assert not await ask(settings, OPEN)
    await ask(settings, *OWNED_NO_MORE)


OWNED = (
    "CREATE ROLE stance_owner LOGIN NOSUPERUSER NOBYPASSRLS",
    "GRANT ALL ON SCHEMA public TO stance_owner",
    """
    DO $$ DECLARE one record; BEGIN
        FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
            EXECUTE format('ALTER TABLE %I OWNER TO stance_owner', one.tablename);
        END LOOP;
    END $$
    """,
)
OPEN = "SELECT relname FROM pg_class JOIN pg_policy ON polrelid = pg_class.oid WHERE NOT relforcerowsecurity"
OWNED_NO_MORE = (
    "REASSIGN OWNED BY stance_owner TO CURRENT_USER",
    "DROP OWNED BY stance_owner",
    "DROP ROLE stance_owner",
)
