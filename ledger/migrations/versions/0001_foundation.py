"""The foundation: tables in SQL beside this file, legal moves from `ledger.states`.

Expand, then contract: a later migration adds what new code needs and leaves what running code still uses; what nobody
uses any more goes in a migration of a later release.
"""

from pathlib import Path

from alembic import op
from sqlalchemy import text

from ledger.states import MOVES

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table, and write the legal moves into theirs."""
    connection = op.get_bind()
    connection.exec_driver_sql(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8").replace("%", "%%"))
    connection.execute(
        text("insert into moves values (:from_stage, :from_state, :to_stage, :to_state)"),
        [
            {"from_stage": a[0].value, "from_state": a[1].value, "to_stage": b[0].value, "to_state": b[1].value}
            for a, b in sorted(MOVES)
        ],
    )


def downgrade() -> None:
    """Refused: accepted records are not taken back by a migration."""
    raise NotImplementedError("the foundation goes with its database")
