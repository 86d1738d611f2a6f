"""Who was erased: the mark that takes a client out of every statement, for everyone and for good.

Her keys are destroyed and her rows are ciphertext from then on; this table is why nobody meets them. It holds ids only.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, select
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import AnySelect, Base, UtcDateTime
from app.core.entity import ClinicScoped


class ErasedClient(Base, ClinicScoped, kw_only=True, repr=False, eq=False):
    """One erased client; append-only. An id is never given twice, so the mark stands for good."""

    __tablename__ = "erased_clients"

    client_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    erasure_id: Mapped[UUID] = mapped_column(Uuid)
    erased_at: Mapped[datetime] = mapped_column(UtcDateTime)


_ERASED = ErasedClient.__table__.alias("erased")
"""A Core alias, so that the session's criteria do not apply to the very query they are made of."""


def erased_in(clinic_id: Any) -> AnySelect:
    """Select the ids of a clinic's erased clients; the clinic is an id or a parameter."""
    return select(_ERASED.c.client_id).where(_ERASED.c.clinic_id == clinic_id)
