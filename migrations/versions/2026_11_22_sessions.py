"""Sessions, their participants and their practitioners."""

import sqlalchemy as sa
from alembic import op

from migrations import guards

revision = "sessions"
down_revision = "treatments"
branch_labels = None
depends_on = None

CLINIC_TABLES = (
    "sessions",
    "session_participants",
    "session_practitioners",
)

HAS_SIGNED_NOTE = (
    "EXISTS (SELECT 1 FROM sessions s WHERE s.clinic_id = {row}.clinic_id AND s.id = {row}.session_id "
    "AND s.has_signed_note)"
)
FROZEN = "a signed note keeps the session as it is"


def upgrade() -> None:
    op.create_table(
        "sessions",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "format",
            sa.Enum(
                "individual",
                "group",
                "family",
                name="sessionformat",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "delivery",
            sa.Enum(
                "in_person",
                "video",
                "audio",
                "text",
                name="delivery",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "scheduled",
                "held",
                "cancelled",
                name="sessionstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "cancelled_reason",
            sa.Enum("client", "clinic", name="cancelledby", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("has_signed_note", sa.Boolean(), nullable=False),
        sa.Column("participant_count", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(status = 'cancelled') = (cancelled_reason IS NOT NULL)", name=op.f("ck_sessions_cancelled_reason")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.clinic_id"], name=op.f("fk_sessions_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_sessions")),
    )
    op.create_index(
        op.f("ix_sessions_clinic_id_starts_at_id"), "sessions", ["clinic_id", "starts_at", "id"], unique=False
    )
    op.create_table(
        "session_practitioners",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "practitioner_id"],
            ["practitioners.clinic_id", "practitioners.id"],
            name=op.f("fk_session_practitioners_clinic_id_practitioner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "session_id"],
            ["sessions.clinic_id", "sessions.id"],
            name=op.f("fk_session_practitioners_clinic_id_session_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "session_id", "practitioner_id", name=op.f("pk_session_practitioners")),
    )
    op.create_index(
        op.f("ix_session_practitioners_clinic_id_practitioner_id_session_id"),
        "session_practitioners",
        ["clinic_id", "practitioner_id", "session_id"],
        unique=False,
    )
    op.create_table(
        "session_participants",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("treatment_id", sa.Uuid(), nullable=True),
        sa.Column(
            "attendance",
            sa.Enum(
                "attended",
                "late",
                "left_early",
                "no_show",
                "cancelled_client",
                "cancelled_clinic",
                name="attendance",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "client_id"],
            ["clients.clinic_id", "clients.id"],
            name=op.f("fk_session_participants_clinic_id_client_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "session_id"],
            ["sessions.clinic_id", "sessions.id"],
            name=op.f("fk_session_participants_clinic_id_session_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "treatment_id"],
            ["treatments.clinic_id", "treatments.id"],
            name=op.f("fk_session_participants_clinic_id_treatment_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "session_id", "client_id", name=op.f("pk_session_participants")),
    )
    op.create_index(
        op.f("ix_session_participants_clinic_id_client_id_session_id"),
        "session_participants",
        ["clinic_id", "client_id", "session_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_session_participants_clinic_id_treatment_id_session_id"),
        "session_participants",
        ["clinic_id", "treatment_id", "session_id"],
        unique=False,
    )
    guards.open_to_app(*CLINIC_TABLES)
    guards.keep_to_clinic(*CLINIC_TABLES)
    guards.refuse(
        "sessions",
        "no_update",
        "UPDATE",
        "OLD.has_signed_note AND (NOT NEW.has_signed_note OR NEW.starts_at <> OLD.starts_at "
        "OR NEW.duration_minutes <> OLD.duration_minutes OR NEW.format <> OLD.format)",
        FROZEN,
    )
    guards.refuse("sessions", "no_delete", "DELETE", "OLD.has_signed_note", FROZEN)
    seat = "session_participants"
    guards.refuse(
        seat,
        "no_update",
        "UPDATE",
        "(NEW.clinic_id <> OLD.clinic_id OR NEW.session_id <> OLD.session_id OR NEW.client_id <> OLD.client_id "
        f"OR NEW.treatment_id IS DISTINCT FROM OLD.treatment_id) AND {HAS_SIGNED_NOTE.format(row='OLD')}",
        FROZEN,
    )
    guards.refuse(seat, "no_insert", "INSERT", HAS_SIGNED_NOTE.format(row="NEW"), FROZEN)
    guards.refuse(seat, "no_delete", "DELETE", HAS_SIGNED_NOTE.format(row="OLD"), FROZEN)


def downgrade() -> None:
    op.drop_index(op.f("ix_session_participants_clinic_id_treatment_id_session_id"), table_name="session_participants")
    op.drop_index(op.f("ix_session_participants_clinic_id_client_id_session_id"), table_name="session_participants")
    op.drop_table("session_participants")
    op.drop_index(
        op.f("ix_session_practitioners_clinic_id_practitioner_id_session_id"), table_name="session_practitioners"
    )
    op.drop_table("session_practitioners")
    op.drop_index(op.f("ix_sessions_clinic_id_starts_at_id"), table_name="sessions")
    op.drop_table("sessions")
    guards.drop_functions("sessions", "session_participants")
