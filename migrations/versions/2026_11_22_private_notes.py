"""Private notes."""

revision = "private_notes"
down_revision = "emergency_access"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
