"""Registrations of certificates whose signature a remote service makes.

Processes of the version before go on with records and packages; a registration waits for a process of this one.
"""

from pathlib import Path

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Let a request belong to a registration."""
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Nothing to take back: the version before does not look at it."""
