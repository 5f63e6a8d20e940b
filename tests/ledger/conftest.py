"""One vendor with two schools, on a fresh database."""

import pytest
from support.arrivals import enter_vendor

from ledger.database import Pool
from ledger.registry import Sender


@pytest.fixture
async def vendor(pool: Pool) -> Sender:
    return await enter_vendor(pool, "HOASEN", ["79760401", "79760402"])
