"""The throttle of signing in: keyed digests of logins and addresses, with how often they failed."""

import sqlalchemy as sa
from alembic import op

from migrations import guards

revision = "sign_in_attempts"
down_revision = "erasures"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sign_in_attempts",
        sa.Column("key_hash", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_sign_in_attempts")),
    )
    op.create_index(op.f("ix_sign_in_attempts_counted_at"), "sign_in_attempts", ["counted_at"], unique=False)
    guards.open_to_app("sign_in_attempts")


def downgrade() -> None:
    op.drop_index(op.f("ix_sign_in_attempts_counted_at"), table_name="sign_in_attempts")
    op.drop_table("sign_in_attempts")
