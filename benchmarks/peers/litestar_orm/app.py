"""The four answers; the plugin lends each request a session and commits when the answer is sent."""

import os
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from advanced_alchemy.extensions.litestar import (
    AsyncSessionConfig,
    SQLAlchemyAsyncConfig,
    SQLAlchemyDTO,
    SQLAlchemyDTOConfig,
    SQLAlchemyPlugin,
)
from litestar import Litestar, get, post
from litestar.exceptions import NotFoundException
from sqlalchemy import JSON, ForeignKey, event, extract, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, selectinload
from sqlalchemy.types import DateTime

ADDRESS = os.environ["BENCH_DATABASE"]
IS_SQLITE = ADDRESS.startswith("sqlite")


class Base(DeclarativeBase):
    """Every mapped class."""


class Note(Base):
    """The note of one session."""

    __tablename__ = "note"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    client_id: Mapped[uuid.UUID]
    treatment_id: Mapped[uuid.UUID]
    occurred_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    body: Mapped[str]
    felt_understood: Mapped[int | None]
    bond: Mapped[int | None]
    failures: Mapped[list["MentalizingFailure"]] = relationship(order_by="MentalizingFailure.position")


class MentalizingFailure(Base):
    """One failure tagged in a note."""

    __tablename__ = "mentalizing_failure"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    note_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("note.id"))
    treatment_id: Mapped[uuid.UUID]
    occurred_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    position: Mapped[int]
    pattern: Mapped[str]
    signs: Mapped[list[str]] = mapped_column(JSON().with_variant(JSONB(), "postgresql"))
    place: Mapped[str]
    trigger: Mapped[str]
    affect: Mapped[str]
    arousal: Mapped[int]
    mode: Mapped[str | None]
    observed_in: Mapped[str]
    intervention: Mapped[str]
    response: Mapped[str]
    minutes_to_recovery: Mapped[int]
    excerpt: Mapped[str | None]


class FailureCreate(msgspec.Struct):
    """A failure as it is written."""

    pattern: str
    signs: list[str]
    place: str
    trigger: str
    affect: str
    arousal: int
    mode: str | None
    observed_in: str
    intervention: str
    response: str
    minutes_to_recovery: int
    excerpt: str | None


class NoteCreate(msgspec.Struct):
    """A note as it is written."""

    client_id: uuid.UUID
    treatment_id: uuid.UUID
    occurred_at: datetime
    body: str
    felt_understood: int | None
    bond: int | None
    failures: list[FailureCreate]


class Month(msgspec.Struct):
    """How often one pattern was tagged in one month."""

    month: str
    pattern: str
    count: int


class NoteDTO(SQLAlchemyDTO[Note]):
    """A note as it is read."""

    config = SQLAlchemyDTOConfig(
        max_nested_depth=1,
        exclude={"failures.0.note_id", "failures.0.treatment_id", "failures.0.occurred_at", "failures.0.position"},
    )


@get("/notes/{note_id:uuid}", return_dto=NoteDTO)
async def get_note(note_id: uuid.UUID, db_session: AsyncSession) -> Note:
    """Read one note."""
    found = await db_session.scalars(select(Note).where(Note.id == note_id).options(selectinload(Note.failures)))
    note = found.one_or_none()
    if note is None:
        raise NotFoundException
    return note


@get("/notes", return_dto=NoteDTO)
async def list_notes(client_id: uuid.UUID, db_session: AsyncSession, limit: int = 50) -> Sequence[Note]:
    """List the notes of a client, the latest first."""
    latest_first = select(Note).where(Note.client_id == client_id).order_by(Note.occurred_at.desc(), Note.id.desc())
    found = await db_session.scalars(latest_first.limit(limit).options(selectinload(Note.failures)))
    return found.all()


@post("/notes", return_dto=NoteDTO)
async def create_note(data: NoteCreate, db_session: AsyncSession) -> Note:
    """Store a note with its failures."""
    copied = {"treatment_id": data.treatment_id, "occurred_at": data.occurred_at.astimezone(UTC)}
    note = Note(
        client_id=data.client_id,
        **copied,
        body=data.body,
        felt_understood=data.felt_understood,
        bond=data.bond,
        failures=[
            MentalizingFailure(position=position, **msgspec.structs.asdict(failure), **copied)
            for position, failure in enumerate(data.failures)
        ],
    )
    db_session.add(note)
    await db_session.flush()
    return note


@get("/treatments/{treatment_id:uuid}/failures-by-month")
async def months(treatment_id: uuid.UUID, db_session: AsyncSession) -> list[Month]:
    """Count the failures of a treatment by month and pattern."""
    at = MentalizingFailure.occurred_at if IS_SQLITE else func.timezone("UTC", MentalizingFailure.occurred_at)
    year, month = extract("year", at), extract("month", at)
    rows = await db_session.execute(
        select(year, month, MentalizingFailure.pattern, func.count())
        .where(MentalizingFailure.treatment_id == treatment_id)
        .group_by(year, month, MentalizingFailure.pattern)
        .order_by(year, month, MentalizingFailure.pattern)
    )
    return [Month(f"{int(y)}-{int(m):02d}", pattern, count) for y, m, pattern, count in rows]


def flush_every_commit(connection: Any, _record: object) -> None:
    """Be as durable as the others."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


config = SQLAlchemyAsyncConfig(
    connection_string=ADDRESS.replace("sqlite://", "sqlite+aiosqlite://").replace(
        "postgresql://", "postgresql+asyncpg://"
    ),
    session_config=AsyncSessionConfig(expire_on_commit=False),
    before_send_handler="autocommit",
)
if IS_SQLITE:
    event.listen(config.get_engine().sync_engine, "connect", flush_every_commit)
app = Litestar(
    route_handlers=[get_note, list_notes, create_note, months],
    plugins=[SQLAlchemyPlugin(config=config)],
    openapi_config=None,
)
