"""Programs with keys of their own: what they registered, which assertions were used, and the keys that sign tokens."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import guards

revision = "programs"
down_revision = "sign_in"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "client_key_sets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("service_account_id", sa.Uuid(), nullable=False),
        sa.Column("jwks", JSON, nullable=True),
        sa.Column("jwks_uri", sa.String(length=500), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_key_sets")),
        sa.UniqueConstraint("service_account_id", name=op.f("uq_client_key_sets_service_account_id")),
    )
    op.create_table(
        "used_assertions",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("clinic_id", "hash", name=op.f("pk_used_assertions")),
    )
    op.create_index(
        op.f("ix_used_assertions_clinic_id_expires_at"), "used_assertions", ["clinic_id", "expires_at"], unique=False
    )
    op.create_table(
        "signing_keys",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column("public", JSON, nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signs_from", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_signing_keys")),
        sa.UniqueConstraint("kid", name=op.f("uq_signing_keys_kid")),
    )
    # Key sets are read before a clinic is known, and signing keys are of no clinic: no policy.
    guards.open_to_app("client_key_sets", "used_assertions", "signing_keys")
    guards.keep_to_clinic("used_assertions")


def downgrade() -> None:
    op.drop_table("signing_keys")
    op.drop_index(op.f("ix_used_assertions_clinic_id_expires_at"), table_name="used_assertions")
    op.drop_table("used_assertions")
    op.drop_table("client_key_sets")
