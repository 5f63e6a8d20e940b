"""Evidence of what was verified: hash trees with their timestamps, and which tree holds a record's octets.

Processes of the version before go on and know nothing of it; what they verify is gathered by those of this one.
"""

from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the tables."""
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Nothing to take back: the version before does not look at them."""
