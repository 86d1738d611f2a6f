"""Clinics, the people and programs that work for them, their keys, and the audit log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations import guards

revision = "access"
down_revision = None
branch_labels = None
depends_on = None

CLINIC_TABLES = ("clinics", "data_keys", "practitioners", "idempotency_records", "service_accounts")
APPEND_ONLY_TABLES = ("audit_events", "audit_subjects")
CREDENTIAL_TABLES = ("password_credentials", "bearer_tokens")
"""Read before a clinic is known: hashes and ids, no policy."""


def upgrade() -> None:
    op.create_table(
        "audit_events",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column(
            "action",
            sa.Enum(
                "create",
                "read",
                "update",
                "delete",
                "execute",
                name="auditaction",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("entity", sa.String(length=64), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=True),
        sa.Column(
            "actor_kind",
            sa.Enum(
                "practitioner",
                "service_account",
                "operator",
                name="callerkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_audit_events")),
    )
    op.create_index(
        op.f("ix_audit_events_clinic_id_recorded_at_id"),
        "audit_events",
        ["clinic_id", "recorded_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_audit_events_clinic_id_actor_id_id"), "audit_events", ["clinic_id", "actor_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_audit_events_clinic_id_entity_id_id"), "audit_events", ["clinic_id", "entity_id", "id"], unique=False
    )
    op.create_index(
        op.f("ix_audit_events_clinic_id_type_id"), "audit_events", ["clinic_id", "type", "id"], unique=False
    )
    op.create_table(
        "audit_subjects",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("clinic_id", "client_id", "event_id", name=op.f("pk_audit_subjects")),
    )
    op.create_table(
        "bearer_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("sign_in", "api_key", name="tokenkind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bearer_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_bearer_tokens_token_hash")),
    )
    op.create_index(
        op.f("ix_bearer_tokens_clinic_id_holder_id"), "bearer_tokens", ["clinic_id", "holder_id"], unique=False
    )
    op.create_table(
        "clinics",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("late_entry_hours", sa.Integer(), nullable=False),
        sa.Column("review_interval_months", sa.Integer(), nullable=False),
        sa.Column("note_sign_reminder_days", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("clinic_id", name=op.f("pk_clinics")),
    )
    op.create_table(
        "data_keys",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("clinic", "index", "client", name="keykind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("clinic_id", "owner_id", "kind", "number", name=op.f("pk_data_keys")),
    )
    op.create_table(
        "idempotency_records",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("caller_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("clinic_id", "caller_id", "key", name=op.f("pk_idempotency_records")),
    )
    op.create_index(op.f("ix_idempotency_records_expires_at"), "idempotency_records", ["expires_at"], unique=False)
    op.create_table(
        "password_credentials",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("login", sa.String(length=200), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("practitioner_id", sa.Uuid(), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_credentials")),
        sa.UniqueConstraint("login", name=op.f("uq_password_credentials_login")),
    )
    op.create_table(
        "practitioners",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("display_name", sa.String(length=200), nullable=False),
        sa.Column("roles", sa.String(), nullable=False),
        sa.Column("licences", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("specialities", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("supervisor_id", sa.Uuid(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "supervisor_id"],
            ["practitioners.clinic_id", "practitioners.id"],
            name=op.f("fk_practitioners_clinic_id_supervisor_id"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.clinic_id"], name=op.f("fk_practitioners_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_practitioners")),
    )
    op.create_index(
        op.f("ix_practitioners_clinic_id_supervisor_id"), "practitioners", ["clinic_id", "supervisor_id"], unique=False
    )
    op.create_table(
        "service_accounts",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("scopes", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinics.clinic_id"], name=op.f("fk_service_accounts_clinic_id")),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_service_accounts")),
    )
    guards.create_app_role()
    guards.open_to_app(*CLINIC_TABLES, *CREDENTIAL_TABLES)
    guards.open_to_app(*APPEND_ONLY_TABLES, "alembic_version", privileges="SELECT")
    guards.open_to_app(*APPEND_ONLY_TABLES, privileges="INSERT")
    guards.keep_to_clinic(*CLINIC_TABLES, *APPEND_ONLY_TABLES)
    for table in APPEND_ONLY_TABLES:
        guards.append_only(table)


def downgrade() -> None:
    op.drop_table("service_accounts")
    op.drop_index(op.f("ix_practitioners_clinic_id_supervisor_id"), table_name="practitioners")
    op.drop_table("practitioners")
    op.drop_table("password_credentials")
    op.drop_index(op.f("ix_idempotency_records_expires_at"), table_name="idempotency_records")
    op.drop_table("idempotency_records")
    op.drop_table("data_keys")
    op.drop_table("clinics")
    op.drop_index(op.f("ix_bearer_tokens_clinic_id_holder_id"), table_name="bearer_tokens")
    op.drop_table("bearer_tokens")
    op.drop_table("audit_subjects")
    op.drop_index(op.f("ix_audit_events_clinic_id_type_id"), table_name="audit_events")
    op.drop_index(op.f("ix_audit_events_clinic_id_entity_id_id"), table_name="audit_events")
    op.drop_index(op.f("ix_audit_events_clinic_id_recorded_at_id"), table_name="audit_events")
    op.drop_index(op.f("ix_audit_events_clinic_id_actor_id_id"), table_name="audit_events")
    op.drop_table("audit_events")
    guards.drop_functions(*APPEND_ONLY_TABLES)
