"""Notes, their mentalizing failures, versions and addenda."""

import sqlalchemy as sa
from alembic import op

from migrations import guards

revision = "notes"
down_revision = "sessions"
branch_labels = None
depends_on = None

CLINIC_TABLES = ("notes", "mentalizing_failures")
APPEND_ONLY_TABLES = ("note_versions", "note_addenda")
FROZEN = (
    "created_at", "session_id", "client_id", "treatment_id", "author_id", "template", "content", "felt_understood",
    "bond", "occurred_at", "saved_at",
)  # fmt: skip
SIGNATURE = ("signed_at", "signed_by", "content_hash", "is_late_entry", "late_entry_reason")
COSIGNATURE = ("cosigner_id", "cosigned_at", "cosigned_by")
"""Until the second signature the co-signer may change, as supervisors do."""


def differs(columns: tuple[str, ...]) -> str:
    return "(" + " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in columns) + ")"


def note_is_frozen(row: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM notes WHERE notes.clinic_id = {row}.clinic_id AND notes.id = {row}.note_id "
        "AND notes.status <> 'draft')"
    )


def freeze_signed_notes() -> None:
    """Refuse what the service and the model refuse too: no way back from a signature, no change of what is signed."""
    moves_back = "OLD.status = 'signed' AND NEW.status NOT IN ('signed', 'entered_in_error')"
    changed = (
        "OLD.status = 'entered_in_error'",
        f"({moves_back})",
        "NEW.cosigner_id = NEW.author_id",
        f"(OLD.status <> 'draft' AND {differs(FROZEN)})",
        f"(OLD.status <> 'draft' AND NEW.status <> 'draft' AND {differs(SIGNATURE)})",
        f"(OLD.status = 'signed' AND {differs(COSIGNATURE)})",
    )
    guards.refuse("notes", "no_update", "UPDATE", " OR ".join(changed), "a signed note is frozen")
    guards.refuse("notes", "no_delete", "DELETE", "OLD.status <> 'draft'", "a signed note is never deleted")
    message = "mentalizing failures are frozen with their note"
    either = f"{note_is_frozen('OLD')} OR {note_is_frozen('NEW')}"
    guards.refuse("mentalizing_failures", "no_insert", "INSERT", note_is_frozen("NEW"), message)
    guards.refuse("mentalizing_failures", "no_update", "UPDATE", either, message)
    guards.refuse("mentalizing_failures", "no_delete", "DELETE", note_is_frozen("OLD"), message)
    for table in APPEND_ONLY_TABLES:
        guards.append_only(table)


def upgrade() -> None:
    op.create_table(
        "notes",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("treatment_id", sa.Uuid(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column(
            "template",
            sa.Enum(
                "mbt",
                "soap",
                "dap",
                "birp",
                "girp",
                "narrative",
                name="notetemplate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "pending_cosign",
                "signed",
                "entered_in_error",
                name="notestatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("felt_understood", sa.Integer(), nullable=True),
        sa.Column("bond", sa.Integer(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("versioned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signed_by", sa.Uuid(), nullable=True),
        sa.Column("cosigner_id", sa.Uuid(), nullable=True),
        sa.Column("cosigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cosigned_by", sa.Uuid(), nullable=True),
        sa.Column("return_comment", sa.LargeBinary(), nullable=True),
        sa.Column("is_late_entry", sa.Boolean(), nullable=False),
        sa.Column("late_entry_reason", sa.LargeBinary(), nullable=True),
        sa.Column("entered_in_error_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entered_in_error_by", sa.Uuid(), nullable=True),
        sa.Column("entered_in_error_reason", sa.LargeBinary(), nullable=True),
        sa.Column("addenda_count", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "author_id"],
            ["practitioners.clinic_id", "practitioners.id"],
            name=op.f("fk_notes_clinic_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "client_id"], ["clients.clinic_id", "clients.id"], name=op.f("fk_notes_clinic_id_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "cosigner_id"],
            ["practitioners.clinic_id", "practitioners.id"],
            name=op.f("fk_notes_clinic_id_cosigner_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "session_id"],
            ["sessions.clinic_id", "sessions.id"],
            name=op.f("fk_notes_clinic_id_session_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "treatment_id"],
            ["treatments.clinic_id", "treatments.id"],
            name=op.f("fk_notes_clinic_id_treatment_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_notes")),
    )
    op.create_index(
        op.f("ix_notes_clinic_id_author_id_occurred_at_id"),
        "notes",
        ["clinic_id", "author_id", "occurred_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_notes_clinic_id_client_id_occurred_at_id"),
        "notes",
        ["clinic_id", "client_id", "occurred_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_notes_clinic_id_cosigner_id_status"), "notes", ["clinic_id", "cosigner_id", "status"], unique=False
    )
    op.create_index(
        op.f("ix_notes_clinic_id_occurred_at_id"), "notes", ["clinic_id", "occurred_at", "id"], unique=False
    )
    op.create_index(op.f("ix_notes_clinic_id_session_id"), "notes", ["clinic_id", "session_id"], unique=False)
    op.create_index(
        op.f("ix_notes_clinic_id_treatment_id_occurred_at_id"),
        "notes",
        ["clinic_id", "treatment_id", "occurred_at", "id"],
        unique=False,
    )
    op.create_index(
        "uq_notes_live",
        "notes",
        ["clinic_id", "session_id", "client_id"],
        unique=True,
        sqlite_where=sa.text("status <> 'entered_in_error'"),
        postgresql_where=sa.text("status <> 'entered_in_error'"),
    )
    op.create_table(
        "mentalizing_failures",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("note_id", sa.Uuid(), nullable=False),
        sa.Column("treatment_id", sa.Uuid(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "pattern",
            sa.Enum(
                "hyperactivation",
                "deactivation",
                "mixed",
                name="failurepattern",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("signs", sa.String(), nullable=False),
        sa.Column("where_code", sa.String(length=64), nullable=True),
        sa.Column("trigger", sa.String(length=64), nullable=True),
        sa.Column("affect", sa.String(length=64), nullable=True),
        sa.Column("arousal", sa.Integer(), nullable=True),
        sa.Column(
            "mode",
            sa.Enum(
                "psychic_equivalence",
                "pretend",
                "teleological",
                name="nonmentalizingmode",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "observed_in",
            sa.Enum("relating", "describing", name="observedin", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("intervention", sa.String(length=64), nullable=True),
        sa.Column(
            "response",
            sa.Enum(
                "recovered",
                "partly",
                "no_change",
                "worse",
                "not_seen",
                name="failureresponse",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("minutes_to_recovery", sa.Integer(), nullable=True),
        sa.Column("excerpt", sa.LargeBinary(), nullable=True),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "client_id"],
            ["clients.clinic_id", "clients.id"],
            name=op.f("fk_mentalizing_failures_clinic_id_client_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "note_id"],
            ["notes.clinic_id", "notes.id"],
            name=op.f("fk_mentalizing_failures_clinic_id_note_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "treatment_id"],
            ["treatments.clinic_id", "treatments.id"],
            name=op.f("fk_mentalizing_failures_clinic_id_treatment_id"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_mentalizing_failures")),
        sa.UniqueConstraint(
            "clinic_id", "note_id", "position", name=op.f("uq_mentalizing_failures_clinic_id_note_id_position")
        ),
    )
    op.create_index(
        op.f("ix_mentalizing_failures_clinic_id_client_id_occurred_at_id"),
        "mentalizing_failures",
        ["clinic_id", "client_id", "occurred_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_mentalizing_failures_clinic_id_occurred_at_id"),
        "mentalizing_failures",
        ["clinic_id", "occurred_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_mentalizing_failures_clinic_id_treatment_id_occurred_at_id"),
        "mentalizing_failures",
        ["clinic_id", "treatment_id", "occurred_at", "id"],
        unique=False,
    )
    op.create_table(
        "note_addenda",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("note_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "addendum", "correction", name="addendumkind", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_by", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "client_id"],
            ["clients.clinic_id", "clients.id"],
            name=op.f("fk_note_addenda_clinic_id_client_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "note_id"], ["notes.clinic_id", "notes.id"], name=op.f("fk_note_addenda_clinic_id_note_id")
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "signed_by"],
            ["practitioners.clinic_id", "practitioners.id"],
            name=op.f("fk_note_addenda_clinic_id_signed_by"),
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_note_addenda")),
    )
    op.create_index(
        op.f("ix_note_addenda_clinic_id_note_id_id"), "note_addenda", ["clinic_id", "note_id", "id"], unique=False
    )
    op.create_table(
        "note_versions",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("note_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "occasion",
            sa.Enum(
                "created",
                "autosaved",
                "submitted",
                "signed",
                "cosigned",
                "returned",
                "entered_in_error",
                name="versionoccasion",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "draft",
                "pending_cosign",
                "signed",
                "entered_in_error",
                name="notestatus",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id", "client_id"],
            ["clients.clinic_id", "clients.id"],
            name=op.f("fk_note_versions_clinic_id_client_id"),
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id", "note_id"], ["notes.clinic_id", "notes.id"], name=op.f("fk_note_versions_clinic_id_note_id")
        ),
        sa.PrimaryKeyConstraint("clinic_id", "id", name=op.f("pk_note_versions")),
        sa.UniqueConstraint("clinic_id", "note_id", "number", name=op.f("uq_note_versions_clinic_id_note_id_number")),
    )
    guards.open_to_app(*CLINIC_TABLES)
    guards.open_to_app(*APPEND_ONLY_TABLES, privileges="SELECT, INSERT")
    guards.keep_to_clinic(*CLINIC_TABLES, *APPEND_ONLY_TABLES)
    freeze_signed_notes()


def downgrade() -> None:
    op.drop_table("note_versions")
    op.drop_index(op.f("ix_note_addenda_clinic_id_note_id_id"), table_name="note_addenda")
    op.drop_table("note_addenda")
    op.drop_index(
        op.f("ix_mentalizing_failures_clinic_id_treatment_id_occurred_at_id"), table_name="mentalizing_failures"
    )
    op.drop_index(op.f("ix_mentalizing_failures_clinic_id_occurred_at_id"), table_name="mentalizing_failures")
    op.drop_index(op.f("ix_mentalizing_failures_clinic_id_client_id_occurred_at_id"), table_name="mentalizing_failures")
    op.drop_table("mentalizing_failures")
    op.drop_index(
        "uq_notes_live",
        table_name="notes",
        sqlite_where=sa.text("status <> 'entered_in_error'"),
        postgresql_where=sa.text("status <> 'entered_in_error'"),
    )
    op.drop_index(op.f("ix_notes_clinic_id_treatment_id_occurred_at_id"), table_name="notes")
    op.drop_index(op.f("ix_notes_clinic_id_session_id"), table_name="notes")
    op.drop_index(op.f("ix_notes_clinic_id_occurred_at_id"), table_name="notes")
    op.drop_index(op.f("ix_notes_clinic_id_cosigner_id_status"), table_name="notes")
    op.drop_index(op.f("ix_notes_clinic_id_client_id_occurred_at_id"), table_name="notes")
    op.drop_index(op.f("ix_notes_clinic_id_author_id_occurred_at_id"), table_name="notes")
    op.drop_table("notes")
    guards.drop_functions(*CLINIC_TABLES, *APPEND_ONLY_TABLES)
