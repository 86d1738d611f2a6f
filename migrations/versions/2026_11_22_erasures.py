"""Erasures: who asked and who decided, and that nobody who was erased gets a key or a care team again."""

import sqlalchemy as sa
from alembic import op

from migrations import guards

revision = "erasures"
down_revision = "retention"
branch_labels = None
depends_on = None

ASKED = ("clinic_id", "id", "whose_id", "reason_code", "requested_by", "created_at")
EDITED = " OR ".join(
    (
        *(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in ASKED),
        "(OLD.status = 'erased' AND NEW.status <> 'erased')",
        guards.is_rewritten("statement"),
    )
)
CLOSED = {"data_keys": "owner_id", "care_team_members": "client_id"}
"""Where nothing more may come about who was erased, and the column that names her."""
GONE = (
    "EXISTS (SELECT 1 FROM erased_clients AS gone "
    "WHERE gone.clinic_id = NEW.clinic_id AND gone.client_id = NEW.{owner})"
)


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("whose_id", sa.Uuid(), nullable=False),
        sa.Column(
            "reason_code",
            sa.Enum(
                "retention_over",
                "client_request",
                "court_order",
                "unlawful",
                name="erasurereason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("statement", sa.LargeBinary(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "pending",
                "withdrawn",
                "refused",
                "approved",
                "erased",
                name="erasurestatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_comment", sa.LargeBinary(), nullable=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ledger_number", sa.Integer(), nullable=True),
        sa.Column("ledger_hash", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status = 'withdrawn' OR decided_by IS NULL OR decided_by <> requested_by",
            name=op.f("ck_erasures_two_people"),
        ),
        sa.CheckConstraint("(decided_at IS NULL) = (decided_by IS NULL)", name=op.f("ck_erasures_decided")),
        sa.CheckConstraint("(status = 'pending') = (decided_at IS NULL)", name=op.f("ck_erasures_pending")),
        sa.CheckConstraint("(status = 'erased') = (erased_at IS NOT NULL)", name=op.f("ck_erasures_erased")),
        sa.CheckConstraint("(erased_at IS NULL) = (ledger_hash IS NULL)", name=op.f("ck_erasures_ledger")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "whose_id"],
            ["clients.clinic_id", "clients.id"],
            name=op.f("fk_erasures_clinic_id_whose_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_erasures")),
    )
    op.create_index(
        "uq_erasures_open",
        "erasures",
        ["clinic_id", "whose_id"],
        unique=True,
        sqlite_where=sa.text("status IN ('pending', 'approved')"),
        postgresql_where=sa.text("status IN ('pending', 'approved')"),
    )
    op.create_index(op.f("ix_erasures_clinic_id_status_id"), "erasures", ["clinic_id", "status", "id"], unique=False)
    guards.open_to_app("erasures", privileges="SELECT, INSERT, UPDATE")
    guards.keep_to_clinic("erasures")
    guards.refuse(
        "erasures", "no_update", "UPDATE", EDITED, "what was asked for never changes, and what is erased stays so"
    )
    guards.refuse("erasures", "no_delete", "DELETE", None, "an erasure is never removed")
    for table, owner in CLOSED.items():
        guards.refuse(table, "no_insert", "INSERT", GONE.format(owner=owner), "this client was erased")


def downgrade() -> None:
    for table in CLOSED:
        guards.allow(table, "no_insert")
    op.drop_index(op.f("ix_erasures_clinic_id_status_id"), table_name="erasures")
    op.drop_index("uq_erasures_open", table_name="erasures")
    op.drop_table("erasures")
    guards.drop_functions("erasures")
