"""The registry of certificates: what each is, who asked for it, who approved it, what records were signed with.

Processes of the version before go on reading approvals; its import of units and certificates does not work any more.
"""

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the tables; the approvals in force stay where the version before looks for them."""
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Nothing to take back: the version before does not look at them."""
