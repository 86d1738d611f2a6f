"""Treatments with their phases, reviews and two goals."""

import sqlalchemy as sa
from alembic import op

from migrations import guards

revision = "treatments"
down_revision = "clients"
branch_labels = None
depends_on = None

CLINIC_TABLES = (
    "treatments",
    "phases",
    "reviews",
    "goals",
)


def upgrade() -> None:
    op.create_table(
        "treatments",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme", sa.String(length=64), nullable=False),
        sa.Column(
            "setting",
            sa.Enum(
                "outpatient",
                "intensive_outpatient",
                "partial_hospital",
                "inpatient",
                "online",
                name="setting",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("lead_practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("planned_months", sa.Integer(), nullable=False),
        sa.Column("planned_end_on", sa.Date(), nullable=False),
        sa.Column("duration_reason", sa.LargeBinary(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "planned",
                "active",
                "completed",
                "ended_early",
                name="treatmentstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("end_reason", sa.String(length=64), nullable=True),
        sa.Column("end_comment", sa.LargeBinary(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(status = 'ended_early') = (end_reason IS NOT NULL)", name=op.f("ck_treatments_end_reason")
        ),
        sa.CheckConstraint(
            "(status IN ('completed', 'ended_early')) = (ended_on IS NOT NULL)", name=op.f("ck_treatments_ended_on")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "client_id"],
            ["clients.clinic_id", "clients.id"],
            name=op.f("fk_treatments_clinic_id_client_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "lead_practitioner_id"],
            ["practitioners.clinic_id", "practitioners.id"],
            name=op.f("fk_treatments_clinic_id_lead_practitioner_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_treatments")),
    )
    op.create_index(
        op.f("ix_treatments_clinic_id_client_id"),
        "treatments",
        ["clinic_id", "client_id"],
        unique=True,
        sqlite_where=sa.text("status = 'active'"),
        postgresql_where=sa.text("status = 'active'"),
    )
    op.create_index(
        op.f("ix_treatments_clinic_id_client_id_id"), "treatments", ["clinic_id", "client_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_treatments_clinic_id_lead_practitioner_id"),
        "treatments",
        ["clinic_id", "lead_practitioner_id"],
        unique=False,
    )
    op.create_table(
        "goals",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("treatment_id", sa.Uuid(), nullable=False),
        sa.Column(
            "code",
            sa.Enum(
                "stabilise_emotional_expression",
                "reduce_impulsive_behaviours",
                name="goalcode",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "active",
                "achieved",
                "partly_achieved",
                "not_achieved",
                "set_aside",
                name="goalstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.Column("baseline_rating", sa.Integer(), nullable=True),
        sa.Column("target_rating", sa.Integer(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("baseline_rating BETWEEN 0 AND 10", name=op.f("ck_goals_baseline_rating")),
        sa.CheckConstraint("target_rating BETWEEN 0 AND 10", name=op.f("ck_goals_target_rating")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "client_id"], ["clients.clinic_id", "clients.id"], name=op.f("fk_goals_clinic_id_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "treatment_id"],
            ["treatments.clinic_id", "treatments.id"],
            name=op.f("fk_goals_clinic_id_treatment_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_goals")),
        sa.UniqueConstraint("clinic_id", "treatment_id", "code", name=op.f("uq_goals_clinic_id_treatment_id_code")),
    )
    op.create_index(op.f("ix_goals_clinic_id_client_id"), "goals", ["clinic_id", "client_id"], unique=False)
    op.create_table(
        "phases",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("treatment_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "assessment",
                "introductory",
                "initial",
                "middle",
                "final",
                "follow_up",
                name="phasekind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_phases_dates")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "client_id"], ["clients.clinic_id", "clients.id"], name=op.f("fk_phases_clinic_id_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "treatment_id"],
            ["treatments.clinic_id", "treatments.id"],
            name=op.f("fk_phases_clinic_id_treatment_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_phases")),
        sa.UniqueConstraint("clinic_id", "treatment_id", "kind", name=op.f("uq_phases_clinic_id_treatment_id_kind")),
    )
    op.create_index(op.f("ix_phases_clinic_id_client_id"), "phases", ["clinic_id", "client_id"], unique=False)
    op.create_table(
        "reviews",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("treatment_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "planned", "done", "skipped", name="reviewstatus", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("comment", sa.LargeBinary(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(status = 'done') = (held_on IS NOT NULL)", name=op.f("ck_reviews_held_on")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "client_id"], ["clients.clinic_id", "clients.id"], name=op.f("fk_reviews_clinic_id_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "treatment_id"],
            ["treatments.clinic_id", "treatments.id"],
            name=op.f("fk_reviews_clinic_id_treatment_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_reviews")),
    )
    op.create_index(op.f("ix_reviews_clinic_id_client_id"), "reviews", ["clinic_id", "client_id"], unique=False)
    op.create_index(
        op.f("ix_reviews_clinic_id_treatment_id_due_on"),
        "reviews",
        ["clinic_id", "treatment_id", "due_on"],
        unique=False,
    )
    guards.open_to_app(*CLINIC_TABLES)
    guards.keep_to_clinic(*CLINIC_TABLES)


def downgrade() -> None:
    op.drop_index(op.f("ix_reviews_clinic_id_treatment_id_due_on"), table_name="reviews")
    op.drop_index(op.f("ix_reviews_clinic_id_client_id"), table_name="reviews")
    op.drop_table("reviews")
    op.drop_index(op.f("ix_phases_clinic_id_client_id"), table_name="phases")
    op.drop_table("phases")
    op.drop_index(op.f("ix_goals_clinic_id_client_id"), table_name="goals")
    op.drop_table("goals")
    op.drop_index(op.f("ix_treatments_clinic_id_lead_practitioner_id"), table_name="treatments")
    op.drop_index(op.f("ix_treatments_clinic_id_client_id_id"), table_name="treatments")
    op.drop_index(
        op.f("ix_treatments_clinic_id_client_id"),
        table_name="treatments",
        sqlite_where=sa.text("status = 'active'"),
        postgresql_where=sa.text("status = 'active'"),
    )
    op.drop_table("treatments")
