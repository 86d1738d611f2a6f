"""Sign-ins of people, with refresh tokens: read before a clinic is known, so hashes, ids and times, and no policy."""

import sqlalchemy as sa
from alembic import op

from migrations import guards

revision = "sign_in"
down_revision = "private_notes"
branch_labels = None
depends_on = None

CREDENTIAL_TABLES = ("sign_ins", "refresh_tokens")


def upgrade() -> None:
    op.create_table(
        "sign_ins",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("authenticated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("has_second_factor", sa.Boolean(), nullable=False),
        sa.Column("idle_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
    )
    op.create_index(
        op.f("ix_sign_ins_clinic_id_practitioner_id"), "sign_ins", ["clinic_id", "practitioner_id"], unique=False
    )
    op.create_table(
        "refresh_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("sign_in_id", sa.Uuid(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refresh_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_refresh_tokens_token_hash")),
    )
    op.create_index(
        op.f("ix_refresh_tokens_clinic_id_practitioner_id"),
        "refresh_tokens",
        ["clinic_id", "practitioner_id"],
        unique=False,
    )
    op.add_column("bearer_tokens", sa.Column("sign_in_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_bearer_tokens_sign_in_id"), "bearer_tokens", ["sign_in_id"], unique=False)
    # Tokens of before belong to no sign-in that could be refreshed or ended: people sign in once more.
    op.execute("UPDATE bearer_tokens SET revoked_at = created_at WHERE kind = 'sign_in' AND revoked_at IS NULL")
    guards.open_to_app(*CREDENTIAL_TABLES)


def downgrade() -> None:
    op.drop_index(op.f("ix_bearer_tokens_sign_in_id"), table_name="bearer_tokens")
    op.drop_column("bearer_tokens", "sign_in_id")
    op.drop_index(op.f("ix_refresh_tokens_clinic_id_practitioner_id"), table_name="refresh_tokens")
    op.drop_table("refresh_tokens")
    op.drop_index(op.f("ix_sign_ins_clinic_id_practitioner_id"), table_name="sign_ins")
    op.drop_table("sign_ins")
