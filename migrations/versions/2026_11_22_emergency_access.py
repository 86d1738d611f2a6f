"""Emergency access."""

revision = "emergency_access"
down_revision = "notices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
