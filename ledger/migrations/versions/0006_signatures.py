"""Signatures that remote services are asked for: prepared whole, asked once, used once.

Processes of the version before go on; records that wait for a signature wait until a process of this one takes them up.
"""

from pathlib import Path

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the table."""
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Nothing to take back: the version before does not look at it."""
