"""Key kinds for private notes and audit seals, tokens of emergency access, dates of supervision."""

import sqlalchemy as sa
from alembic import op

from migrations import guards

revision = "trust"
down_revision = "goal_ratings"
branch_labels = None
depends_on = None

WIDENED = {
    ("data_keys", "keykind"): (("clinic", "index", "client"), ("clinic", "index", "audit", "client", "private")),
    ("bearer_tokens", "tokenkind"): (("sign_in", "api_key"), ("sign_in", "api_key", "emergency")),
}
"""Closed code lists that get more codes: before and after."""


def upgrade() -> None:
    for (table, check), (_, codes) in WIDENED.items():
        guards.replace_codes(table, "kind", check, codes)
    op.add_column("practitioners", sa.Column("supervised_from", sa.Date(), nullable=True))
    op.add_column("practitioners", sa.Column("supervised_until", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("practitioners", "supervised_until")
    op.drop_column("practitioners", "supervised_from")
    for (table, check), (codes, _) in WIDENED.items():
        guards.replace_codes(table, "kind", check, codes)
