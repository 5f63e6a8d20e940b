"""The city and its 168 wards, communes and special zone since 2025-07-01 (`ledger/data/units_79.json` names the source).

What the city hands over later (`ledger.registry.import_world`) updates these rows and adds the schools.
"""

import json
from pathlib import Path

from alembic import op
from sqlalchemy import text

revision = "0002"
down_revision = "0001"

DATA = Path(__file__).parents[2] / "data" / "units_79.json"

_ENTER = text(
    "insert into units (code, kind, name, parent_id, valid_from) values (:code, :kind, :name,"
    " (select id from units where kind = 'city' and code = :parent), :valid_from)"
    " on conflict (kind, code, valid_from) do nothing"
)


def upgrade() -> None:
    known = json.loads(DATA.read_text(encoding="utf-8"))
    connection = op.get_bind()
    city = known["city"]
    connection.execute(_ENTER, {**city, "kind": "city", "parent": None})
    wards = [
        {"code": code, "kind": "ward", "name": name, "parent": city["code"], "valid_from": known["valid_from"]}
        for code, name in known["wards"]
    ]
    connection.execute(_ENTER, wards)


def downgrade() -> None:
    """Nothing to take back: units that exist are referred to."""
