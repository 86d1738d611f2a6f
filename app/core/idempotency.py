"""Idempotency keys: a POST sent twice with the same key acts once.

The key is stored in the same transaction as its effect, with the sealed answer. A repetition of the same request
gets that answer again, if the caller may still see the client it is about; the same key with another request is
refused. A twin that runs at the same moment loses the race on the primary key, runs again, and finds the answer.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar, get_type_hints
from uuid import UUID

from pydantic import BaseModel, TypeAdapter
from sqlalchemy import LargeBinary, String, Uuid, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from app.core.crypto import SealedColumn
from app.core.database import Base, Sealed, UtcDateTime
from app.core.entity import ClinicScoped
from app.core.events import AuditAction, DomainEvent
from app.core.problems import NotFound, ValidationFailed
from app.core.sealed_columns import BOUND_TO
from app.core.vault import DataKey, Vault
from app.core.work import UnitOfWork

T = TypeVar("T")
KEPT_FOR = timedelta(days=7)
_ANSWER = SealedColumn("idempotency_records", "answer")


class IdempotencyKeyReused(ValidationFailed):
    """The key was already used for a different request."""

    title = "This Idempotency-Key was used for another request"


@dataclass(frozen=True, kw_only=True)
class AnswerReplayed(DomainEvent):
    """A repeated request got the answer of the first again."""

    type: ClassVar[str] = "idempotency.replayed"
    action: ClassVar[AuditAction] = AuditAction.READ
    entity: ClassVar[str] = "idempotency_record"


def _place_of(vault: Vault, record: Any) -> UUID:
    """Return what an answer is bound to: its caller and its key."""
    return UUID(bytes=vault.blind_index("idempotent answer", str(record.caller_id), record.key))


class IdempotencyRecord(Base, ClinicScoped, kw_only=True, repr=False, eq=False):
    """One used key of one caller, and the answer it led to, sealed under the key of the client it is about."""

    __tablename__ = "idempotency_records"

    caller_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    client_id: Mapped[UUID | None] = mapped_column(Uuid)
    answer: Mapped[bytes] = mapped_column(Sealed, info={BOUND_TO: _place_of})
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


@dataclass(frozen=True)
class Once:
    """One idempotent request: its key, and the canonical text of method, path and body."""

    key: str
    request: str

    @classmethod
    def of(cls, key: str, method: str, path: str, body: bytes) -> "Once":
        """Describe a request; bodies that differ only in spacing or key order are the same."""
        try:
            canonical = json.dumps(json.loads(body), sort_keys=True, separators=(",", ":"))
        except (ValueError, RecursionError):  # no JSON, or nested deeper than can be written: refused later
            canonical = body.hex()
        return cls(key, f"{method} {path} {canonical}")

    def run(self, work: UnitOfWork, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> tuple[T, bool]:
        """Run the function, or give the stored answer; says which (True for a replay)."""
        self._forget_expired(work)
        record = work.session.get(
            IdempotencyRecord, {"clinic_id": work.caller.clinic_id, "caller_id": work.caller.id, "key": self.key}
        )
        if record is not None:
            answer_type = TypeAdapter(get_type_hints(fn)["return"])
            return answer_type.validate_json(self._answer_of(work, record)), True
        result = fn(work, *args, **kwargs)
        assert isinstance(result, BaseModel)  # noqa: S101 - creating services return schemas
        self._keep(work, result.model_dump_json())
        return result, False

    def _answer_of(self, work: UnitOfWork, record: IdempotencyRecord) -> str:
        if record.request_hash != self._hash(work):
            raise IdempotencyKeyReused("Use a new key for a new request.")
        if record.client_id is not None and not _is_visible(work, record.client_id):
            raise NotFound
        work.record(AnswerReplayed(client_id=record.client_id))
        owner_id = record.client_id or work.caller.clinic_id
        return work.vault.open(_ANSWER, owner_id, _place_of(work.vault, record), record.answer)

    def _keep(self, work: UnitOfWork, answer: str) -> None:
        client_id = next((client for event in work.events for client in event.subjects()), None)
        record = IdempotencyRecord(
            caller_id=work.caller.id,
            key=self.key,
            request_hash=self._hash(work),
            client_id=client_id,
            answer=b"",
            expires_at=work.now + KEPT_FOR,
        )
        owner_id = client_id or work.caller.clinic_id
        record.answer = work.vault.seal(_ANSWER, owner_id, _place_of(work.vault, record), answer)
        work.add(record)

    def _hash(self, work: UnitOfWork) -> bytes:
        """Return a keyed hash: a plain one of a short body would let its text be guessed from the database."""
        return work.vault.blind_index("idempotent request", self.request)

    @staticmethod
    def _forget_expired(work: UnitOfWork) -> None:
        work.session.execute(
            delete(IdempotencyRecord)
            .where(IdempotencyRecord.expires_at <= work.now)
            .execution_options(synchronize_session=False)
        )


def _is_visible(work: UnitOfWork, client_id: UUID) -> bool:
    circle = work.session.scope.circle
    if circle is None:
        return True
    seen = select(DataKey.owner_id).where(DataKey.owner_id == client_id, DataKey.owner_id.in_(circle.selected))
    return work.session.execute(seen).first() is not None
