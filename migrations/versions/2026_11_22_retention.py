"""How long records are kept: the clinic's policy, legal holds, and the mark of who was erased."""

import sqlalchemy as sa
from alembic import op

from migrations import guards

revision = "retention"
down_revision = "second_factors"
branch_labels = None
depends_on = None

PLACED = ("clinic_id", "id", "client_id", "placed_by", "created_at")
ONCE = ("lifted_at", "lifted_by")
EDITED = " OR ".join(
    (
        *(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in PLACED),
        *(f"(OLD.{name} IS NOT NULL AND OLD.{name} IS DISTINCT FROM NEW.{name})" for name in ONCE),
        guards.is_rewritten("reason"),
    )
)


def upgrade() -> None:
    op.add_column("clinics", sa.Column("retention_years", sa.Integer(), nullable=False, server_default="20"))
    op.add_column("clinics", sa.Column("retention_until_age", sa.Integer(), nullable=True, server_default="25"))
    op.create_table(
        "legal_holds",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("placed_by", sa.Uuid(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(lifted_at IS NULL) = (lifted_by IS NULL)", name=op.f("ck_legal_holds_lifted")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "client_id"],
            ["clients.clinic_id", "clients.id"],
            name=op.f("fk_legal_holds_clinic_id_client_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "lifted_by"],
            ["practitioners.clinic_id", "practitioners.id"],
            name=op.f("fk_legal_holds_clinic_id_lifted_by"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "placed_by"],
            ["practitioners.clinic_id", "practitioners.id"],
            name=op.f("fk_legal_holds_clinic_id_placed_by"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_legal_holds")),
    )
    op.create_index(
        op.f("ix_legal_holds_clinic_id_client_id_lifted_at"),
        "legal_holds",
        ["clinic_id", "client_id", "lifted_at"],
        unique=False,
    )
    op.create_table(
        "erased_clients",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("erasure_id", sa.Uuid(), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("clinic_id", "client_id", name=op.f("pk_erased_clients")),
    )
    guards.open_to_app("legal_holds", privileges="SELECT, INSERT, UPDATE")
    guards.open_to_app("erased_clients", privileges="SELECT, INSERT")
    guards.keep_to_clinic("legal_holds", "erased_clients")
    guards.refuse("legal_holds", "no_update", "UPDATE", EDITED, "a legal hold is only lifted, once")
    guards.refuse("legal_holds", "no_delete", "DELETE", None, "a legal hold is never removed")
    guards.append_only("erased_clients")


def downgrade() -> None:
    op.drop_table("erased_clients")
    op.drop_index(op.f("ix_legal_holds_clinic_id_client_id_lifted_at"), table_name="legal_holds")
    op.drop_table("legal_holds")
    guards.drop_functions("legal_holds", "erased_clients")
    op.drop_column("clinics", "retention_until_age")
    op.drop_column("clinics", "retention_years")
