"""Identity providers of clinics, and who is who at them."""

import sqlalchemy as sa
from alembic import op

from migrations import guards

revision = "identity_providers"
down_revision = "programs"
branch_labels = None
depends_on = None

CLINIC_TABLES = ("identity_providers", "external_identities")
LOOK_UP_TABLES = ("registered_issuers",)
"""Read before a clinic is known: addresses and ids, no policy."""


def upgrade() -> None:
    op.create_table(
        "registered_issuers",
        sa.Column("identity_provider_id", sa.Uuid(), nullable=False),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("identity_provider_id", name=op.f("pk_registered_issuers")),
        sa.UniqueConstraint("issuer", name=op.f("uq_registered_issuers_issuer")),
    )
    op.create_table(
        "identity_providers",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("audience", sa.String(length=500), nullable=False),
        sa.Column("algorithms", sa.String(), nullable=False),
        sa.Column("subject_claim", sa.String(length=64), nullable=False),
        sa.Column("token_type", sa.String(length=64), nullable=False),
        sa.Column("required_acr", sa.String(), nullable=False),
        sa.Column("second_factor_acr", sa.String(), nullable=False),
        sa.Column("jwks_uri", sa.String(length=500), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.clinic_id"], name=op.f("fk_identity_providers_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_identity_providers")),
    )
    op.create_table(
        "external_identities",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("identity_provider_id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "identity_provider_id"],
            ["identity_providers.clinic_id", "identity_providers.id"],
            name=op.f("fk_external_identities_clinic_id_identity_provider_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "practitioner_id"],
            ["practitioners.clinic_id", "practitioners.id"],
            name=op.f("fk_external_identities_clinic_id_practitioner_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_external_identities")),
        sa.UniqueConstraint(
            "clinic_id", "identity_provider_id", "practitioner_id", name="uq_external_identities_practitioner"
        ),
        sa.UniqueConstraint("clinic_id", "identity_provider_id", "subject", name="uq_external_identities_subject"),
    )
    guards.open_to_app(*CLINIC_TABLES, *LOOK_UP_TABLES)
    guards.keep_to_clinic(*CLINIC_TABLES)


def downgrade() -> None:
    op.drop_table("external_identities")
    op.drop_table("identity_providers")
    op.drop_table("registered_issuers")
