"""What keeps the commands from their work, in words: no timestamp, no tables, no database."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psycopg
from psycopg_pool import PoolTimeout

from hub.failures import Failure, no_database
from routes.preserving import Built
from routes.stamping import TimestampDown


@contextmanager
def told_of(built: Sequence[Built]) -> Iterator[None]:
    """Whatever may go wrong on the way to the ledger and to an authority, as a failure; `built` is written already.

    Raises:
        Failure: it did.
    """
    try:
        yield
    except TimestampDown as error:
        raise _no_timestamp(error, built) from error
    except psycopg.errors.UndefinedTable as error:
        raise Failure(
            vi="Cơ sở dữ liệu chưa có bảng bằng chứng.",
            en="The database has no tables of evidence yet.",
            do_vi="Chạy «hocba db migrate».",
            do_en="Run «hocba db migrate».",
            code=69,
        ) from error
    except (psycopg.OperationalError, PoolTimeout) as error:
        raise no_database(error) from error


def _no_timestamp(error: TimestampDown, built: Sequence[Built]) -> Failure:
    if not error.reasons:
        return Failure(
            vi="Chưa khai tổ chức cấp dấu thời gian nào.",
            en="No timestamping authority is set.",
            do_vi="Đặt signing.timestamps.urls trong hocba.toml.",
            do_en="Set signing.timestamps.urls in hocba.toml.",
            code=78,
        )
    told = "; ".join(error.reasons)
    vi, en = "chưa ghi gì", "nothing was written"
    if built:
        last = built[-1].day
        vi, en = f"đã ghi đến ngày {last:%d/%m/%Y}, sau đó chưa", f"written up to {last.isoformat()}, no later day"
    return Failure(
        vi=f"Không xin được dấu thời gian ({told}); {vi}.",
        en=f"No timestamp could be had ({told}); {en}.",
        do_vi="Kiểm tra mạng và signing.timestamps.urls, rồi chạy lại; hub cũng tự thử lại.",
        do_en="Check the network and signing.timestamps.urls, then run it again; the hub tries again by itself, too.",
        code=75,
    )
