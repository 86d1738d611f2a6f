"""Goal ratings: never edited, a wrong one is marked."""

import sqlalchemy as sa
from alembic import op

from migrations import guards

revision = "goal_ratings"
down_revision = "notes"
branch_labels = None
depends_on = None

CLINIC_TABLES = ("goal_ratings",)
FIXED = (
    "clinic_id",
    "id",
    "client_id",
    "goal_id",
    "value",
    "rated_on",
    "rated_by",
    "session_id",
    "comment",
    "created_at",
)
EDITED = " OR ".join(
    ("OLD.entered_in_error_at IS NOT NULL", *(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in FIXED))
)


def upgrade() -> None:
    op.create_table(
        "goal_ratings",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("goal_id", sa.Uuid(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("rated_on", sa.Date(), nullable=False),
        sa.Column(
            "rated_by",
            sa.Enum("therapist", "client", name="ratedby", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("comment", sa.LargeBinary(), nullable=True),
        sa.Column("entered_in_error_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error_reason", sa.LargeBinary(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(entered_in_error_at IS NULL) = (error_reason IS NULL)", name=op.f("ck_goal_ratings_error_reason")
        ),
        sa.CheckConstraint("value BETWEEN 0 AND 10", name=op.f("ck_goal_ratings_value")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "client_id"],
            ["clients.clinic_id", "clients.id"],
            name=op.f("fk_goal_ratings_clinic_id_client_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "goal_id"], ["goals.clinic_id", "goals.id"], name=op.f("fk_goal_ratings_clinic_id_goal_id")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "session_id"],
            ["sessions.clinic_id", "sessions.id"],
            name=op.f("fk_goal_ratings_clinic_id_session_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_goal_ratings")),
    )
    op.create_index(
        op.f("ix_goal_ratings_clinic_id_client_id"), "goal_ratings", ["clinic_id", "client_id"], unique=False
    )
    op.create_index(
        op.f("ix_goal_ratings_clinic_id_goal_id_rated_on_id"),
        "goal_ratings",
        ["clinic_id", "goal_id", "rated_on", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_goal_ratings_clinic_id_session_id"), "goal_ratings", ["clinic_id", "session_id"], unique=False
    )
    guards.open_to_app(*CLINIC_TABLES)
    guards.keep_to_clinic(*CLINIC_TABLES)
    guards.refuse("goal_ratings", "no_update", "UPDATE", EDITED, "a goal rating is never edited")
    guards.refuse("goal_ratings", "no_delete", "DELETE", None, "a goal rating is never removed")


def downgrade() -> None:
    op.drop_index(op.f("ix_goal_ratings_clinic_id_session_id"), table_name="goal_ratings")
    op.drop_index(op.f("ix_goal_ratings_clinic_id_goal_id_rated_on_id"), table_name="goal_ratings")
    op.drop_index(op.f("ix_goal_ratings_clinic_id_client_id"), table_name="goal_ratings")
    op.drop_table("goal_ratings")
    guards.drop_functions("goal_ratings")
