"""The four answers; SQLAlchemy with its stock pool and settings. Children are loaded with their notes."""

import os
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict
from sqlalchemy import JSON, ForeignKey, create_engine, event, extract, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, selectinload, sessionmaker
from sqlalchemy.types import DateTime

ADDRESS = os.environ["BENCH_DATABASE"]
IS_SQLITE = ADDRESS.startswith("sqlite")
if IS_SQLITE:
    engine = create_engine(ADDRESS, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def flush_every_commit(connection: Any, _record: object) -> None:
        """As durable as the others."""
        connection.execute("PRAGMA synchronous=FULL")
else:
    engine = create_engine(ADDRESS.replace("postgresql://", "postgresql+psycopg://"))
SessionLocal = sessionmaker(autoflush=False, bind=engine)


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


class FailureCreate(BaseModel):
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


class FailureRead(FailureCreate):
    """A failure as it is read."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID


class NoteCreate(BaseModel):
    """A note as it is written."""

    client_id: uuid.UUID
    treatment_id: uuid.UUID
    occurred_at: datetime
    body: str
    felt_understood: int | None
    bond: int | None
    failures: list[FailureCreate]


class NoteRead(NoteCreate):
    """A note as it is read."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    failures: list[FailureRead]


class MonthRead(BaseModel):
    """How often one pattern was tagged in one month."""

    month: str
    pattern: str
    count: int


def get_db() -> Iterator[Session]:
    """Lend a session to one request."""
    db = SessionLocal()
    try:
        yield db
    finally:
        db.close()


Db = Annotated[Session, Depends(get_db)]
app = FastAPI()


@app.get("/notes/{note_id}", response_model=NoteRead)
def get_note(note_id: uuid.UUID, db: Db) -> Any:
    """Read one note."""
    note = db.scalars(select(Note).where(Note.id == note_id).options(selectinload(Note.failures))).first()
    if note is None:
        raise HTTPException(status_code=404, detail="Note not found")
    return note


@app.get("/notes", response_model=list[NoteRead])
def list_notes(client_id: uuid.UUID, db: Db, limit: int = 50) -> Any:
    """List the notes of a client, the latest first."""
    latest_first = select(Note).where(Note.client_id == client_id).order_by(Note.occurred_at.desc(), Note.id.desc())
    return db.scalars(latest_first.limit(limit).options(selectinload(Note.failures))).all()


@app.post("/notes", response_model=NoteRead, status_code=201)
def create_note(wanted: NoteCreate, db: Db) -> Any:
    """Store a note with its failures."""
    facts = wanted.model_dump()
    copied = {"treatment_id": wanted.treatment_id, "occurred_at": wanted.occurred_at.astimezone(UTC)}
    failures = [
        MentalizingFailure(position=position, **failure, **copied)
        for position, failure in enumerate(facts.pop("failures"))
    ]
    note = Note(**facts, failures=failures)
    db.add(note)
    db.commit()
    db.refresh(note)
    return note


@app.get("/treatments/{treatment_id}/failures-by-month", response_model=list[MonthRead])
def months(treatment_id: uuid.UUID, db: Db) -> Sequence[Any]:
    """Count the failures of a treatment by month and pattern."""
    at = MentalizingFailure.occurred_at if IS_SQLITE else func.timezone("UTC", MentalizingFailure.occurred_at)
    year, month = extract("year", at), extract("month", at)
    rows = db.execute(
        select(year, month, MentalizingFailure.pattern, func.count())
        .where(MentalizingFailure.treatment_id == treatment_id)
        .group_by(year, month, MentalizingFailure.pattern)
        .order_by(year, month, MentalizingFailure.pattern)
    )
    return [MonthRead(month=f"{int(y)}-{int(m):02d}", pattern=pattern, count=count) for y, m, pattern, count in rows]
