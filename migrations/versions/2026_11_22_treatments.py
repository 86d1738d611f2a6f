"""Placeholder of treatments."""

revision = "treatments"
down_revision = "clients"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
