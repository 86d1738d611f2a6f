"""How identity providers are kept, and who is who at them.

`registered_issuers` is read before a clinic is known, so it carries no row-level policy and holds an address and ids.
"""

from uuid import UUID

from sqlalchemy import Boolean, ForeignKeyConstraint, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from app.access.identity_providers import domain
from app.core.database import Base, CodeSet
from app.core.entity import Audited, ClinicScoped, Entity, refers_to


class RegisteredIssuer(Base, kw_only=True, repr=False, eq=False):
    """Which provider of which clinic an issuer is."""

    __tablename__ = "registered_issuers"
    __table_args__ = (UniqueConstraint("issuer", info={"problem": domain.IssuerTaken}),)

    identity_provider_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    issuer: Mapped[str] = mapped_column(String(500))
    clinic_id: Mapped[UUID] = mapped_column(Uuid)


class IdentityProvider(Base, ClinicScoped, Entity, Audited, kw_only=True, repr=False, eq=False):
    """An OpenID provider whose tokens the clinic accepts, and what they must be like."""

    __tablename__ = "identity_providers"
    __table_args__ = (ForeignKeyConstraint(["clinic_id"], ["clinics.clinic_id"]),)

    name: Mapped[str] = mapped_column(String(200))
    issuer: Mapped[str] = mapped_column(String(500))
    audience: Mapped[str] = mapped_column(String(500))
    algorithms: Mapped[tuple[str, ...]] = mapped_column(CodeSet)
    subject_claim: Mapped[str] = mapped_column(String(64))
    token_type: Mapped[str] = mapped_column(String(64))
    required_acr: Mapped[tuple[str, ...]] = mapped_column(CodeSet)
    second_factor_acr: Mapped[tuple[str, ...]] = mapped_column(CodeSet)
    jwks_uri: Mapped[str | None] = mapped_column(String(500), default=None)
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)


class ExternalIdentity(Base, ClinicScoped, Entity, Audited, kw_only=True, repr=False, eq=False):
    """Who a subject of a provider is here; only an admin says so."""

    __tablename__ = "external_identities"
    __table_args__ = (
        refers_to("identity_providers", "identity_provider_id"),
        refers_to("practitioners", "practitioner_id"),
        UniqueConstraint(
            "clinic_id",
            "identity_provider_id",
            "subject",
            name="uq_external_identities_subject",
            info={"problem": domain.IdentityTaken},
        ),
        UniqueConstraint(
            "clinic_id",
            "identity_provider_id",
            "practitioner_id",
            name="uq_external_identities_practitioner",
            info={"problem": domain.IdentityTaken},
        ),
    )

    identity_provider_id: Mapped[UUID] = mapped_column(Uuid)
    practitioner_id: Mapped[UUID] = mapped_column(Uuid)
    subject: Mapped[str] = mapped_column(String(255))
