"""The walls around private notes, each tried from inside: the session, the triggers, and PostgreSQL's own policy."""

import ast
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import delete, func, make_url, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import aliased

from app.access.identity.domain import GRANTABLE, PERMISSIONS_OF, permissions_of
from app.access.practitioners.domain import Role
from app.core.caller import Caller, CallerKind, Permission
from app.core.crypto import SealBroken
from app.core.scope import Scope, ScopedSession, ScopeViolation
from app.core.vault import DataKey, KeyKind
from app.core.work import UnitOfWork
from app.record.private_notes.domain import PrivateNoteKind
from app.record.private_notes.models import CONTENT, PrivateNote
from app.settings import Settings
from tests.record.private_notes.writing import process_note, reflected, session_with, step
from tests.support.house import Api, Clinic

T = TypeVar("T")
ROOT = Path(__file__).parents[3]
PRIVATE = {Permission.PRIVATE_NOTES_READ, Permission.PRIVATE_NOTES_WRITE}


@dataclass
class Kept:
    """A trainee's process note, a reflection shown to her supervisor, and one shown to nobody."""

    clinic: Clinic
    process: UUID
    shown: UUID
    hidden: UUID

    @property
    def all(self) -> set[UUID]:
        return {self.process, self.shown, self.hidden}

    def caller(self, name: str) -> Caller:
        person = self.clinic[name]
        roles = (Role.SUPERVISOR,) if name == "supervisor" else (Role.THERAPIST,)
        return Caller(
            CallerKind.PRACTITIONER,
            UUID(person.id),
            self.clinic.operator.clinic_id,
            permissions_of(roles),
            frozenset(roles),
        )

    async def tried(self, caller: Caller, attempt: Callable[[UnitOfWork], T]) -> T:
        return await self.clinic.house.door.transactions.write(caller, attempt)


@pytest.fixture
async def kept(clinic: Clinic, trainee: Api, sam: str) -> Kept:
    process = await process_note(trainee, sam)
    shown = await step(trainee, await reflected(trainee, await session_with(trainee, sam)), "show-to-supervisor")
    hidden = await reflected(trainee, await session_with(trainee, sam))
    return Kept(clinic, UUID(process["id"]), UUID(shown["id"]), UUID(hidden["id"]))


def _ids(work: UnitOfWork) -> set[UUID]:
    entities = set(work.session.execute(select(PrivateNote)).scalars())
    alias = aliased(PrivateNote)
    found = {note.id for note in entities}
    assert found == set(work.session.execute(select(alias.id)).scalars())
    assert len(found) == work.session.execute(select(func.count()).select_from(PrivateNote)).scalar_one()
    return found


async def test_the_session_shows_the_author_and_the_one_it_is_shown_to_and_nobody_else(kept: Kept) -> None:
    assert await kept.tried(kept.caller("trainee"), _ids) == kept.all
    assert await kept.tried(kept.caller("supervisor"), _ids) == {kept.shown}
    for name in ("therapist", "stranger"):
        everywhere = replace(kept.caller(name), sees_all_clients=True)
        assert await kept.tried(everywhere, _ids) == set()
    for nobody in (
        kept.clinic.operator,
        replace(kept.caller("trainee"), kind=CallerKind.SERVICE_ACCOUNT, sees_all_clients=True),
        replace(kept.caller("trainee"), emergency_access_id=kept.process),
    ):
        assert await kept.tried(nobody, _ids) == set()
    assert await kept.tried(kept.caller("trainee"), _ids) == kept.all, "what is remembered is remembered by person"


async def test_who_is_shown_a_reflection_cannot_write_it(kept: Kept) -> None:
    def change(work: UnitOfWork) -> None:
        note = work.session.execute(select(PrivateNote)).scalar_one()
        note.content = b"mine"
        work.session.flush()

    def remove(work: UnitOfWork) -> None:
        work.session.delete(work.session.execute(select(PrivateNote)).scalar_one())
        work.session.flush()

    for attempt in (change, remove):
        with pytest.raises(ScopeViolation):
            await kept.tried(kept.caller("supervisor"), attempt)


async def test_nobody_writes_in_the_name_of_another(kept: Kept) -> None:
    def as_author(author: UUID) -> Callable[[UnitOfWork], None]:
        def attempt(work: UnitOfWork) -> None:
            work.add(
                PrivateNote(
                    created_at=work.now,
                    session_id=kept.process,
                    client_id=kept.process,
                    author_id=author,
                    kind=PrivateNoteKind.PROCESS,
                    content=b"",
                    saved_at=work.now,
                )
            )
            work.session.flush()

        return attempt

    trainee = kept.caller("trainee")
    for caller in (
        kept.caller("supervisor"),
        kept.clinic.operator,
        replace(trainee, emergency_access_id=kept.process),
    ):
        with pytest.raises(ScopeViolation):
            await kept.tried(caller, as_author(trainee.id))


@pytest.mark.parametrize("column", ["author_id", "client_id", "session_id", "kind"])
async def test_a_private_note_never_changes_hands(kept: Kept, column: str) -> None:
    value: Any = "process" if column == "kind" else UUID(kept.clinic["supervisor"].id)

    def change(work: UnitOfWork) -> None:
        work.session.execute(update(PrivateNote).where(PrivateNote.id == kept.hidden).values({column: value}))

    with pytest.raises(DBAPIError):
        await kept.tried(kept.caller("trainee"), change)


async def test_a_process_note_cannot_be_shown_behind_the_services_back(kept: Kept) -> None:
    def show(work: UnitOfWork) -> None:
        supervisor = UUID(kept.clinic["supervisor"].id)
        work.session.execute(update(PrivateNote).where(PrivateNote.id == kept.process).values(shown_to_id=supervisor))

    with pytest.raises(IntegrityError):
        await kept.tried(kept.caller("trainee"), show)


async def test_private_notes_are_sealed_under_keys_of_their_own(kept: Kept) -> None:
    def look(work: UnitOfWork) -> tuple[set[KeyKind], str]:
        note = work.session.get_one(PrivateNote, {"clinic_id": work.caller.clinic_id, "id": kept.process})
        keys = select(DataKey.kind).where(DataKey.owner_id == note.client_id)
        with pytest.raises(SealBroken):
            work.vault.open(replace(CONTENT, is_private=False), note.client_id, note.id, note.content)
        text = work.vault.open_json(CONTENT, note.client_id, note.id, note.content)["text"]
        return set(work.session.execute(keys).scalars()), text

    kinds, text = await kept.tried(kept.caller("trainee"), look)
    assert kinds == {KeyKind.CLIENT, KeyKind.PRIVATE}
    assert text == "What went on between us."


def test_no_program_no_admin_and_no_emergency_has_the_permissions() -> None:
    assert not PRIVATE & GRANTABLE
    holders = {role for role, permissions in PERMISSIONS_OF.items() if PRIVATE & permissions}
    assert holders == {Role.THERAPIST, Role.SUPERVISOR, Role.PSYCHIATRIST, Role.DOCTOR}


def test_no_other_module_reaches_into_private_notes() -> None:
    allowed = {"main.py", "tables.py"}
    for path in (ROOT / "app").rglob("*.py"):
        name = str(path.relative_to(ROOT / "app"))
        if name in allowed or name.startswith(("record/private_notes/", "demo/")):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            assert not any("private_notes" in one for one in [module, *names]), name


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """A connection as the role the service logs in as, past all of the app's own code."""
    connection = await asyncpg.connect(make_url(settings.database_url).render_as_string(hide_password=False))
    yield connection
    await connection.close()


async def _as_person(service: asyncpg.Connection, kept: Kept, person: str | None, statement: str) -> Any:
    """Run a statement for the clinic and a person, and undo it."""
    transaction = service.transaction()
    await transaction.start()
    try:
        await service.execute(f"SET LOCAL app.clinic_id = '{kept.clinic.id}'")
        if person is not None:
            await service.execute(f"SET LOCAL app.person_id = '{kept.clinic[person].id}'")
        if statement.startswith("SELECT"):
            return await service.fetchval(statement)
        return await service.execute(statement)
    finally:
        await transaction.rollback()


COUNT = "SELECT count(*) FROM private_notes"
ADD = (
    "INSERT INTO private_notes (clinic_id, id, session_id, kind, content, saved_at, client_id, author_id, created_at, "
    "version) SELECT '{clinic}', gen_random_uuid(), n.session_id, 'reflection', '', now(), n.client_id, '{author}', "
    "now(), 1 FROM notes n LIMIT 1"
)


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
async def test_raw_sql_as_another_person_or_as_none_sees_no_row(kept: Kept, service: asyncpg.Connection) -> None:
    assert await _as_person(service, kept, "trainee", COUNT) == 3
    assert await _as_person(service, kept, "supervisor", COUNT) == 1
    for person in ("therapist", "stranger", "admin", None):
        assert await _as_person(service, kept, person, COUNT) == 0, person
    assert await service.fetchval(COUNT) == 0, "the settings are gone with their transaction"


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
async def test_raw_sql_as_another_person_writes_no_row(kept: Kept, service: asyncpg.Connection) -> None:
    change, remove = "UPDATE private_notes SET version = 7", "DELETE FROM private_notes"
    hand_over = f"UPDATE private_notes SET shown_to_id = '{kept.clinic['therapist'].id}' WHERE kind = 'reflection'"
    assert await _as_person(service, kept, "trainee", change) == "UPDATE 3"
    assert await _as_person(service, kept, "trainee", remove) == "DELETE 3"
    for person in ("supervisor", "therapist", "admin", None):
        assert await _as_person(service, kept, person, change) == "UPDATE 0"
        assert await _as_person(service, kept, person, hand_over) == "UPDATE 0"
        assert await _as_person(service, kept, person, remove) == "DELETE 0"
        wanted = ADD.format(clinic=kept.clinic.id, author=kept.clinic["trainee"].id)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await _as_person(service, kept, person, wanted)
    assert await _as_person(service, kept, "trainee", COUNT) == 3


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
async def test_a_pooled_connection_forgets_the_person(kept: Kept) -> None:
    transactions = kept.clinic.house.door.transactions

    def count(session: ScopedSession) -> int:
        return int(session.connection().exec_driver_sql(COUNT).scalar_one())

    for _ in range(8):
        await kept.tried(kept.caller("trainee"), _ids)
        assert await transactions.look(Scope(kept.clinic.operator.clinic_id), count) == 0


async def test_bulk_changes_touch_only_what_is_in_sight(kept: Kept) -> None:
    def remove(work: UnitOfWork) -> int:
        result: Any = work.session.execute(delete(PrivateNote))
        return int(result.rowcount)

    for name in ("therapist", "stranger"):
        assert await kept.tried(replace(kept.caller(name), sees_all_clients=True), remove) == 0
    assert await kept.tried(kept.caller("trainee"), _ids) == kept.all
