"""Leases say whether work has begun under them: a worker that is away for an hour must not look like poison."""

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column; processes of the version before leave it false, and then count no losses."""
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Nothing to take back: the version before does not look at it."""
