"""How the keys of programs and our own signing keys are kept, and which assertions were used already.

`client_key_sets` is read before a clinic is known, like other credentials, so it carries no row-level policy; it holds
public keys alone. `signing_keys` belong to the service as a whole; their private halves are under the master key.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, Integer, LargeBinary, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base, Json, UtcDateTime
from app.core.entity import Audited, ClinicScoped, Entity


class ClientKeySet(Base, Entity, Audited, kw_only=True, repr=False, eq=False):
    """The public keys of a service account, as given."""

    __tablename__ = "client_key_sets"
    __table_args__ = (UniqueConstraint("service_account_id"),)

    clinic_id: Mapped[UUID] = mapped_column(Uuid)
    service_account_id: Mapped[UUID] = mapped_column(Uuid)
    jwks: Mapped[list[Any] | None] = mapped_column(Json)
    jwks_uri: Mapped[str | None] = mapped_column(String(500))

    def replace(self, jwks: list[Any] | None, jwks_uri: str | None) -> None:
        """Take other keys in the place of all there were."""
        self.jwks, self.jwks_uri = jwks, jwks_uri

    @property
    def is_empty(self) -> bool:
        """Whether nothing is registered any more, so that no token can be had and none counts."""
        return not self.jwks and self.jwks_uri is None


class UsedAssertion(Base, ClinicScoped, kw_only=True, repr=False, eq=False):
    """An assertion that was exchanged for a token, remembered until it has expired: it counts once."""

    __tablename__ = "used_assertions"
    __table_args__ = (Index(None, "clinic_id", "expires_at"),)

    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SigningKey(Base, kw_only=True, repr=False, eq=False):
    """A key that signs access tokens: published first, signing from `signs_from` until its successor does."""

    __tablename__ = "signing_keys"
    __table_args__ = (UniqueConstraint("kid"),)

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    kid: Mapped[str] = mapped_column(String(64))
    public: Mapped[dict[str, str]] = mapped_column(Json)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    signs_from: Mapped[datetime] = mapped_column(UtcDateTime)
