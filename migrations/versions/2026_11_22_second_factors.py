"""Second factors of people, and the clinic's wish for one before anybody reads what was written."""

import sqlalchemy as sa
from alembic import op

from migrations import guards

revision = "second_factors"
down_revision = "rekeyings"
branch_labels = None
depends_on = None

CLINIC_TABLES = ("second_factors", "recovery_codes")


def upgrade() -> None:
    op.create_table(
        "second_factors",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("seed", sa.LargeBinary(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "practitioner_id"],
            ["practitioners.clinic_id", "practitioners.id"],
            name=op.f("fk_second_factors_clinic_id_practitioner_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_second_factors")),
        sa.UniqueConstraint("clinic_id", "practitioner_id", name=op.f("uq_second_factors_clinic_id_practitioner_id")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["clinic_id", "practitioner_id"],
            ["practitioners.clinic_id", "practitioners.id"],
            name=op.f("fk_recovery_codes_clinic_id_practitioner_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_recovery_codes")),
    )
    op.create_index(
        op.f("ix_recovery_codes_clinic_id_practitioner_id"),
        "recovery_codes",
        ["clinic_id", "practitioner_id"],
        unique=False,
    )
    op.add_column(
        "clinics", sa.Column("requires_second_factor", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    guards.open_to_app(*CLINIC_TABLES)
    guards.keep_to_clinic(*CLINIC_TABLES)


def downgrade() -> None:
    op.drop_column("clinics", "requires_second_factor")
    op.drop_index(op.f("ix_recovery_codes_clinic_id_practitioner_id"), table_name="recovery_codes")
    op.drop_table("recovery_codes")
    op.drop_table("second_factors")
