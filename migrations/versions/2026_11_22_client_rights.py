"""What clients ask of their record, and to whom it was disclosed: what was asked and given stays as it was."""

import sqlalchemy as sa
from alembic import op

from migrations import guards

revision = "client_rights"
down_revision = "identity_providers"
branch_labels = None
depends_on = None

TABLES = ("client_requests", "disclosures")
DAYS = {"access_request_days": 30, "amendment_request_days": 60, "request_extension_days": 30}
"""Clinics that are there begin with the days of 45 CFR 164.524 and 164.526."""
ASKED = (
    "clinic_id",
    "id",
    "client_id",
    "kind",
    "received_on",
    "asked_by",
    "note_id",
    "recorded_by",
    "created_at",
)
ANSWERED = ("state", "due_on", "extended_on", "closed_on", "closed_by", "denial_reason", "determined_by", "addendum_id")
EDITED = " OR ".join(
    (
        *(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in ASKED),
        *(f"(OLD.closed_on IS NOT NULL AND OLD.{name} IS DISTINCT FROM NEW.{name})" for name in ANSWERED),
        *(
            f"(OLD.extended_on IS NOT NULL AND OLD.{name} IS DISTINCT FROM NEW.{name})"
            for name in ("extended_on", "due_on")
        ),
        "(OLD.state = 'extended' AND NEW.state = 'open')",
        "(OLD.statement_on IS NOT NULL AND OLD.statement_on IS DISTINCT FROM NEW.statement_on)",
    )
)
DISCLOSED = ("clinic_id", "id", "client_id", "disclosed_on", "purpose", "recorded_by", "created_at")
REWRITTEN = " OR ".join(
    (
        *(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in DISCLOSED),
        "(OLD.entered_in_error_at IS NOT NULL AND OLD.entered_in_error_at IS DISTINCT FROM NEW.entered_in_error_at)",
    )
)
"""Ciphertext is not compared: it changes with its key, and nobody without the key makes any."""


def upgrade() -> None:
    for name, days in DAYS.items():
        op.add_column("clinics", sa.Column(name, sa.Integer(), nullable=False, server_default=str(days)))
    _create_requests()
    _create_disclosures()
    guards.open_to_app(*TABLES, privileges="SELECT, INSERT, UPDATE")
    guards.keep_to_clinic(*TABLES)
    guards.refuse("client_requests", "no_update", "UPDATE", EDITED, "what was asked and answered never changes")
    guards.refuse("client_requests", "no_delete", "DELETE", None, "a request of a client is never removed")
    guards.refuse("disclosures", "no_update", "UPDATE", REWRITTEN, "what was disclosed never changes")
    guards.refuse("disclosures", "no_delete", "DELETE", None, "a disclosure is never removed")


def _create_requests() -> None:
    op.create_table(
        "client_requests",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", _codes("clientrequestkind", "access", "amendment"), nullable=False),
        sa.Column(
            "state",
            _codes("clientrequeststate", "open", "extended", "fulfilled", "denied", "withdrawn"),
            nullable=False,
        ),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("asked_by", _codes("askedby", "client", "representative"), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("note_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("extended_on", sa.Date(), nullable=True),
        sa.Column("extension_reason", sa.LargeBinary(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("denial_reason", sa.String(length=64), nullable=True),
        sa.Column("determined_by", sa.Uuid(), nullable=True),
        sa.Column("addendum_id", sa.Uuid(), nullable=True),
        sa.Column("statement", sa.LargeBinary(), nullable=True),
        sa.Column("statement_on", sa.Date(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("due_on > received_on", name=op.f("ck_client_requests_due_on")),
        sa.CheckConstraint("note_id IS NULL OR kind = 'amendment'", name=op.f("ck_client_requests_note_id")),
        sa.CheckConstraint(
            "(extended_on IS NULL) = (extension_reason IS NULL)", name=op.f("ck_client_requests_extension")
        ),
        sa.CheckConstraint(
            "(state IN ('open', 'extended')) = (closed_on IS NULL)", name=op.f("ck_client_requests_closed_on")
        ),
        sa.CheckConstraint("(closed_on IS NULL) = (closed_by IS NULL)", name=op.f("ck_client_requests_closed_by")),
        sa.CheckConstraint("(state = 'denied') = (denial_reason IS NOT NULL)", name=op.f("ck_client_requests_denial")),
        sa.CheckConstraint(
            "addendum_id IS NULL OR (note_id IS NOT NULL AND state = 'fulfilled')",
            name=op.f("ck_client_requests_addendum"),
        ),
        sa.CheckConstraint(
            "(statement IS NULL) = (statement_on IS NULL) AND "
            "(statement IS NULL OR (state = 'denied' AND kind = 'amendment'))",
            name=op.f("ck_client_requests_statement"),
        ),
        _refers_to("client_requests", "clients", "client_id"),
        _refers_to("client_requests", "notes", "note_id"),
        _refers_to("client_requests", "note_addenda", "addendum_id"),
        _refers_to("client_requests", "practitioners", "recorded_by"),
        _refers_to("client_requests", "practitioners", "closed_by"),
        _refers_to("client_requests", "practitioners", "determined_by"),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_client_requests")),
    )
    op.create_index(op.f("ix_client_requests_clinic_id_due_on_id"), "client_requests", ["clinic_id", "due_on", "id"])
    op.create_index(
        op.f("ix_client_requests_clinic_id_client_id_due_on_id"),
        "client_requests",
        ["clinic_id", "client_id", "due_on", "id"],
    )


def _create_disclosures() -> None:
    op.create_table(
        "disclosures",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("disclosed_on", sa.Date(), nullable=False),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("entered_in_error_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error_reason", sa.LargeBinary(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(entered_in_error_at IS NULL) = (error_reason IS NULL)", name=op.f("ck_disclosures_error_reason")
        ),
        _refers_to("disclosures", "clients", "client_id"),
        _refers_to("disclosures", "practitioners", "recorded_by"),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_disclosures")),
    )
    op.create_index(
        op.f("ix_disclosures_clinic_id_client_id_disclosed_on_id"),
        "disclosures",
        ["clinic_id", "client_id", "disclosed_on", "id"],
    )


def _codes(name: str, *codes: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=32)


def _refers_to(table: str, other: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["clinic_id", column],
        [f"{other}.clinic_id", f"{other}.id"],
        name=op.f(f"fk_{table}_clinic_id_{column}"),
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_disclosures_clinic_id_client_id_disclosed_on_id"), table_name="disclosures")
    op.drop_table("disclosures")
    op.drop_index(op.f("ix_client_requests_clinic_id_client_id_due_on_id"), table_name="client_requests")
    op.drop_index(op.f("ix_client_requests_clinic_id_due_on_id"), table_name="client_requests")
    op.drop_table("client_requests")
    guards.drop_functions(*TABLES)
    for name in DAYS:
        op.drop_column("clinics", name)
