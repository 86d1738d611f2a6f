"""Notices to practitioners."""

revision = "notices"
down_revision = "audit_seals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
