"""Placeholder of goal_ratings."""

revision = "goal_ratings"
down_revision = "notes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
