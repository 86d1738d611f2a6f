"""Idempotency keys: a POST sent twice with the same key acts once.

The key is stored in the same transaction as its effect, with the sealed answer. A repetition of the same request
gets that answer again; the same key with another request is refused. A twin that runs at the same moment loses the
race on the primary key, runs again, and finds the answer.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar, get_type_hints
from uuid import UUID

from pydantic import BaseModel, TypeAdapter
from sqlalchemy import LargeBinary, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.core.crypto import SealedColumn
from app.core.database import Base, Sealed, UtcDateTime
from app.core.entity import ClinicScoped
from app.core.problems import ValidationFailed
from app.core.work import UnitOfWork

T = TypeVar("T")
KEPT_FOR = timedelta(days=7)
_ANSWER = SealedColumn("idempotency_records", "answer")


class IdempotencyKeyReused(ValidationFailed):
    """The key was already used for a different request."""

    title = "This Idempotency-Key was used for another request"


class IdempotencyRecord(Base, ClinicScoped, kw_only=True, repr=False, eq=False):
    """One used key of one caller, and the answer it led to."""

    __tablename__ = "idempotency_records"

    caller_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    answer: Mapped[bytes] = mapped_column(Sealed)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


@dataclass(frozen=True)
class Once:
    """One idempotent request: its key, and a hash of method, path and body."""

    key: str
    request_hash: bytes

    @classmethod
    def of(cls, key: str, method: str, path: str, body: bytes) -> "Once":
        """Fingerprint a request; bodies that differ only in spacing or key order are the same."""
        try:
            canonical = json.dumps(json.loads(body), sort_keys=True, separators=(",", ":")).encode()
        except ValueError:
            canonical = body
        return cls(key, hashlib.sha256(b"\n".join((method.encode(), path.encode(), canonical))).digest())

    def run(self, work: UnitOfWork, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> tuple[T, bool]:
        """Run the function, or give the stored answer; says which (True for a replay)."""
        clinic_id, caller_id = work.caller.clinic_id, work.caller.id
        record = work.session.get(IdempotencyRecord, {"clinic_id": clinic_id, "caller_id": caller_id, "key": self.key})
        answer_type = TypeAdapter(get_type_hints(fn)["return"])
        if record is not None and record.expires_at > work.now:
            if record.request_hash != self.request_hash:
                raise IdempotencyKeyReused("Use a new key for a new request.")
            return answer_type.validate_json(work.vault.open(_ANSWER, clinic_id, caller_id, record.answer)), True
        if record is not None:
            work.session.delete(record)
            work.session.flush()
        result = fn(work, *args, **kwargs)
        assert isinstance(result, BaseModel)  # noqa: S101 - creating services return schemas
        sealed = work.vault.seal(_ANSWER, clinic_id, caller_id, result.model_dump_json())
        work.add(
            IdempotencyRecord(
                caller_id=caller_id,
                key=self.key,
                request_hash=self.request_hash,
                answer=sealed,
                expires_at=work.now + KEPT_FOR,
            )
        )
        return result, False
