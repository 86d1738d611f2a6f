"""Clients, their identifiers and their care teams."""

import sqlalchemy as sa
from alembic import op

from migrations import guards

revision = "clients"
down_revision = "access"
branch_labels = None
depends_on = None

CLINIC_TABLES = (
    "clients",
    "client_identifiers",
    "care_team_members",
)


def upgrade() -> None:
    op.create_table(
        "clients",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "referred",
                "active",
                "discharged",
                name="clientstatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("delivery_preference", sa.String(length=32), nullable=True),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("discharged_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.clinic_id"], name=op.f("fk_clients_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_clients")),
    )
    op.create_index(op.f("ix_clients_clinic_id_status_id"), "clients", ["clinic_id", "status", "id"], unique=False)
    op.create_table(
        "care_team_members",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("care_role", sa.String(length=64), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "client_id"],
            ["clients.clinic_id", "clients.id"],
            name=op.f("fk_care_team_members_clinic_id_client_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "practitioner_id"],
            ["practitioners.clinic_id", "practitioners.id"],
            name=op.f("fk_care_team_members_clinic_id_practitioner_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_care_team_members")),
    )
    op.create_index(
        op.f("ix_care_team_members_clinic_id_client_id"), "care_team_members", ["clinic_id", "client_id"], unique=False
    )
    op.create_index(
        op.f("ix_care_team_members_clinic_id_practitioner_id_client_id"),
        "care_team_members",
        ["clinic_id", "practitioner_id", "client_id"],
        unique=False,
    )
    op.create_table(
        "client_identifiers",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("system", sa.String(length=200), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("value_index", sa.LargeBinary(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "client_id"],
            ["clients.clinic_id", "clients.id"],
            name=op.f("fk_client_identifiers_clinic_id_client_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_client_identifiers")),
        sa.UniqueConstraint("clinic_id", "value_index", name=op.f("uq_client_identifiers_clinic_id_value_index")),
    )
    op.create_index(
        op.f("ix_client_identifiers_clinic_id_client_id"),
        "client_identifiers",
        ["clinic_id", "client_id"],
        unique=False,
    )
    guards.open_to_app(*CLINIC_TABLES)
    guards.keep_to_clinic(*CLINIC_TABLES)


def downgrade() -> None:
    op.drop_index(op.f("ix_client_identifiers_clinic_id_client_id"), table_name="client_identifiers")
    op.drop_table("client_identifiers")
    op.drop_index(op.f("ix_care_team_members_clinic_id_practitioner_id_client_id"), table_name="care_team_members")
    op.drop_index(op.f("ix_care_team_members_clinic_id_client_id"), table_name="care_team_members")
    op.drop_table("care_team_members")
    op.drop_index(op.f("ix_clients_clinic_id_status_id"), table_name="clients")
    op.drop_table("clients")
