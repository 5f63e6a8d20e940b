"""Options that several commands about signatures take: the instant as of which is asked, and whom to trust."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from hub.failures import wrong_call
from hub.verifying.judging import TrustPlace
from schemas.findings import Words
from schemas.record import VIETNAM
from signing.trust import TrustStore


def instant(text: str | None, *, command: str) -> datetime:
    """An instant; without an offset, Vietnam's; now, where none was given.

    Raises:
        Failure: it is none.
    """
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise wrong_call(
            command,
            f"--at: «{text[:40]}» không phải thời điểm, ví dụ 2026-06-01T08:00:00+07:00.",
            f"--at: «{text[:40]}» is no instant such as 2026-06-01T08:00:00+07:00.",
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)


def trust_place(
    folder: Path | None, of_settings: Callable[[], TrustPlace], *, command: str, lacking: Words
) -> TrustPlace:
    """The folder that was given, else the settings' one.

    Raises:
        Failure: there is neither; `lacking` says what to do.
    """
    place = TrustPlace(folder) if folder else of_settings()
    if place.folder is None:
        raise wrong_call(command, lacking.vi, lacking.en)
    return place


def read_trust(place: TrustPlace, *, command: str) -> TrustStore:
    """What the folder holds.

    Raises:
        Failure: it cannot be read.
    """
    try:
        return place.store()
    except (OSError, ValueError) as error:
        raise wrong_call(
            command,
            f"--trust {place.folder}: có tệp không phải chứng thư, CRL hay trả lời OCSP.",
            f"--trust {place.folder}: some file is no certificate, revocation list or OCSP response.",
        ) from error


def trust_in_someone(place: TrustPlace, *, command: str) -> TrustStore:
    """What the folder holds, with at least one anchor.

    Raises:
        Failure: it cannot be read, or trusts nobody.
    """
    store = read_trust(place, command=command)
    if store.is_empty:
        raise wrong_call(
            command,
            f"--trust {place.folder}: không có chứng thư gốc nào trong roots/.",
            f"--trust {place.folder}: no certificate in roots/.",
        )
    return store
