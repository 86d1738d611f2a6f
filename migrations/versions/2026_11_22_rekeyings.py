"""What is frozen may be sealed anew under a newer key of its client, and nothing else about it may change."""

import sqlalchemy as sa
from alembic import op

from migrations import guards

revision = "rekeyings"
down_revision = "client_rights"
branch_labels = None
depends_on = None

NOTE_FROZEN = (
    "created_at", "session_id", "client_id", "treatment_id", "author_id", "template", "content", "felt_understood",
    "bond", "occurred_at", "saved_at",
)  # fmt: skip
SIGNATURE = ("signed_at", "signed_by", "content_hash", "is_late_entry", "late_entry_reason")
COSIGNATURE = ("cosigner_id", "cosigned_at", "cosigned_by")
RATING_FIXED = (
    "clinic_id", "id", "client_id", "goal_id", "value", "rated_on", "rated_by", "session_id", "comment", "created_at",
)  # fmt: skip
GRANTED = (
    "clinic_id", "id", "practitioner_id", "client_id", "reason_code", "justification", "expires_at", "review_due_at",
    "created_at",
)  # fmt: skip
ONCE = ("ended_at", "reviewed_at", "reviewed_by", "review_outcome", "review_comment")


def differs(columns: tuple[str, ...]) -> str:
    return "(" + " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in columns) + ")"


def note_is_frozen(row: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM notes WHERE notes.clinic_id = {row}.clinic_id AND notes.id = {row}.note_id "
        "AND notes.status <> 'draft')"
    )


CHANGED: dict[str, tuple[str | None, str]] = {
    "notes": (
        " OR ".join(
            (
                "OLD.status = 'entered_in_error'",
                "(OLD.status = 'signed' AND NEW.status NOT IN ('signed', 'entered_in_error'))",
                "NEW.cosigner_id = NEW.author_id",
                f"(OLD.status <> 'draft' AND {differs(NOTE_FROZEN)})",
                f"(OLD.status <> 'draft' AND NEW.status <> 'draft' AND {differs(SIGNATURE)})",
                f"(OLD.status = 'signed' AND {differs(COSIGNATURE)})",
            )
        ),
        "a signed note is frozen",
    ),
    "mentalizing_failures": (
        f"{note_is_frozen('OLD')} OR {note_is_frozen('NEW')}",
        "mentalizing failures are frozen with their note",
    ),
    "note_versions": (None, "note_versions is append-only"),
    "note_addenda": (None, "note_addenda is append-only"),
    "goal_ratings": (
        f"OLD.entered_in_error_at IS NOT NULL OR {differs(RATING_FIXED)}",
        "a goal rating is never edited",
    ),
    "emergency_accesses": (
        " OR ".join(
            (
                differs(GRANTED),
                *(f"(OLD.{name} IS NOT NULL AND OLD.{name} IS DISTINCT FROM NEW.{name})" for name in ONCE),
                "(OLD.reviewed_at IS NOT NULL AND OLD.review_comment IS DISTINCT FROM NEW.review_comment)",
            )
        ),
        "what emergency access was never changes",
    ),
}
"""When each trigger refused an update until now, and in which words."""

SEALED: dict[str, tuple[str, ...]] = {
    "notes": ("content", "return_comment", "late_entry_reason", "entered_in_error_reason"),
    "mentalizing_failures": ("excerpt",),
    "note_versions": ("content",),
    "note_addenda": ("text",),
    "goal_ratings": ("comment", "error_reason"),
    "emergency_accesses": ("justification", "review_comment"),
}
REST: dict[str, tuple[str, ...]] = {
    "notes": (
        "clinic_id", "id", "session_id", "client_id", "treatment_id", "author_id", "template", "status",
        "felt_understood", "bond", "occurred_at", "saved_at", "versioned_at", "content_hash", "signed_at", "signed_by",
        "cosigner_id", "cosigned_at", "cosigned_by", "is_late_entry", "entered_in_error_at", "entered_in_error_by",
        "addenda_count", "created_at", "version",
    ),
    "mentalizing_failures": (
        "clinic_id", "id", "note_id", "client_id", "treatment_id", "occurred_at", "position", "pattern", "signs",
        "where_code", "trigger", "affect", "arousal", "mode", "observed_in", "intervention", "response",
        "minutes_to_recovery",
    ),
    "note_versions": (
        "clinic_id", "id", "note_id", "client_id", "number", "occasion", "status", "content_hash", "previous_hash",
        "saved_at", "saved_by",
    ),
    "note_addenda": (
        "clinic_id", "id", "note_id", "client_id", "kind", "signed_at", "signed_by", "created_at", "version",
    ),
    "goal_ratings": (
        "clinic_id", "id", "client_id", "goal_id", "value", "rated_on", "rated_by", "session_id",
        "entered_in_error_at", "created_at", "version",
    ),
    "emergency_accesses": (
        "clinic_id", "id", "practitioner_id", "client_id", "reason_code", "expires_at", "review_due_at", "ended_at",
        "reviewed_at", "reviewed_by", "review_outcome", "created_at", "version",
    ),
}  # fmt: skip
APPEND_ONLY_TABLES = ("note_versions", "note_addenda")


def upgrade() -> None:
    op.create_table(
        "rekeyings",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("follows", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("key_number", sa.LargeBinary(length=4), nullable=False),
        sa.CheckConstraint("place = 1 AND follows = 0", name=op.f("ck_rekeyings_never_kept")),
        sa.ForeignKeyConstraint(
            ["clinic_id", "follows"],
            ["rekeyings.clinic_id", "rekeyings.place"],
            name=op.f("fk_rekeyings_clinic_id_follows"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("clinic_id", "place", name=op.f("pk_rekeyings")),
    )
    guards.open_to_app("rekeyings", privileges="SELECT, INSERT, DELETE")
    guards.keep_to_clinic("rekeyings")
    for table, (condition, message) in CHANGED.items():
        unless = f"NOT {guards.is_rekeyed(SEALED[table], REST[table])}"
        refused = unless if condition is None else f"({condition}) AND {unless}"
        guards.refuse_instead(table, "no_update", "UPDATE", refused, message)
    for table in APPEND_ONLY_TABLES:
        guards.open_to_app(table, privileges=f"UPDATE ({', '.join(SEALED[table])})")


def downgrade() -> None:
    for table in APPEND_ONLY_TABLES:
        if guards.is_postgresql():
            op.execute(f"REVOKE UPDATE ({', '.join(SEALED[table])}) ON {table} FROM {guards.APP_ROLE}")
    for table, (condition, message) in CHANGED.items():
        guards.refuse_instead(table, "no_update", "UPDATE", condition, message)
    op.drop_table("rekeyings")
