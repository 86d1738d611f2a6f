"""Placeholder of sessions."""

revision = "sessions"
down_revision = "treatments"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
