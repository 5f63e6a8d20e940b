"""The destination: reachable, on time, and the collecting unit may log in."""

import time
from email.utils import parsedate_to_datetime

import httpx

from connectors.portal import (
    AccountMissing,
    LoginRefused,
    Portal,
    PortalDown,
    PortalFault,
    UnknownMessage,
)
from hub.doctor.findings import Finding, State
from hub.doctor.machine import look_at_clock
from hub.settings import Settings

PROBE = "HOCBA-DOCTOR"
"""a messageid that no package has: asking for it shows that the login works, and brings nobody's data"""


async def look_at_portal(settings: Settings) -> list[Finding]:
    """Reachable, on time, and the collecting unit may log in."""
    portal = settings.city
    findings = [] if (apart := await _portal_clock(portal.url)) is None else [look_at_clock(apart, "cổng / the portal")]
    unit = portal.collecting_unit
    try:
        async with Portal(portal) as asked:
            await asked.result(messageid=PROBE, ma_don_vi=unit)
    except UnknownMessage:
        return [
            *findings,
            Finding(State.WELL, f"Cổng {portal.url} nhận đăng nhập của đơn vị {unit}.", "The portal takes the login."),
        ]
    except PortalFault as fault:
        return [*findings, _portal_fault(fault, portal.url, unit)]
    return findings


async def _portal_clock(url: str) -> float | None:
    try:
        async with httpx.AsyncClient(timeout=5) as client:
            said = (await client.head(url)).headers.get("date", "")
        return abs(time.time() - parsedate_to_datetime(said).timestamp())
    except (httpx.HTTPError, ValueError, TypeError, OSError):
        return None


def _portal_fault(fault: PortalFault, url: str, unit: str) -> Finding:
    told: dict[type[PortalFault], tuple[str, str, str, str]] = {
        PortalDown: (
            f"Cổng {url} không trả lời.",
            f"The portal {url} does not answer.",
            "Kiểm tra HOCBA_CITY__URL, mạng, tường lửa, chứng thư TLS. Hub tự gửi tiếp khi cổng hoạt động lại.",
            "Check HOCBA_CITY__URL, network, firewall, TLS certificate. The hub goes on by itself when it is back.",
        ),
        AccountMissing: (
            f"Chưa khai tài khoản cổng của đơn vị {unit}.",
            f"No portal account of the unit {unit}.",
            "Thêm vào tệp HOCBA_CITY__ACCOUNTS.",
            "Add it to the file HOCBA_CITY__ACCOUNTS.",
        ),
        LoginRefused: (
            f"Cổng từ chối đăng nhập của đơn vị {unit}.",
            f"The portal refuses the login of the unit {unit}.",
            "Sửa mật khẩu trong tệp HOCBA_CITY__ACCOUNTS.",
            "Mend the password in the file HOCBA_CITY__ACCOUNTS.",
        ),
    }
    for kind, words in told.items():
        if isinstance(fault, kind):
            return Finding(State.BAD, *words)
    return Finding(State.WARN, f"Cổng trả lời {fault.code}.", f"The portal answered {fault.code}.")
