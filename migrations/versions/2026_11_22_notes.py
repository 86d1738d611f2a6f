"""Placeholder of notes."""

revision = "notes"
down_revision = "sessions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
