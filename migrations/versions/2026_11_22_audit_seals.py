"""Seals of the audit log."""

revision = "audit_seals"
down_revision = "trust"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
