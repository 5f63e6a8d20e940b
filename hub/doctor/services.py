"""Remote signing services: reachable, the hub's account taken, and their keys known to them."""

import json
from collections.abc import Iterator
from pathlib import Path

from connectors.signers import (
    AccountRefused,
    Adapter,
    Credential,
    CredentialLocked,
    CredentialUnknown,
    ServiceSettings,
    SignerFault,
    adapters,
)
from hub.doctor.findings import Finding, State
from routes.signing_settings import SigningSettings
from signing.seal.guarded import open_to_others


async def look_at_services(settings: SigningSettings) -> list[Finding]:
    """One credential of each service: no holder is asked for anything."""
    report: list[Finding] = []
    for name, service in settings.services.items():
        report += _secrets(service)
        adapter = adapters().get(service.adapter)
        credential = _first(service.credentials)
        if adapter is None:
            report.append(_unknown_adapter(name, service))
        elif credential is None:
            report.append(_no_credentials(name, service))
        else:
            report += await _ask(name, service, adapter=adapter, credential=credential)
    return report


def _secrets(service: ServiceSettings) -> Iterator[Finding]:
    for file in (service.client_secret_file, service.pin_file):
        if file is not None and file.exists() and open_to_others(file.stat().st_mode):
            yield Finding(
                State.BAD,
                f"Người khác trên máy đọc được bí mật {file}.",
                f"Others on this machine can read the secret {file}.",
                f"chmod 600 {file}",
            )


def _first(file: Path) -> str | None:
    try:
        return str(next(iter(json.loads(file.read_bytes()).values())))
    except (OSError, ValueError, AttributeError, StopIteration):
        return None


def _unknown_adapter(name: str, service: ServiceSettings) -> Finding:
    return Finding(
        State.BAD,
        f"Dịch vụ ký «{name}» khai loại «{service.adapter}», hub không có loại này.",
        f"The signing service «{name}» is of the kind «{service.adapter}», which the hub does not have.",
        f"Chọn trong: {', '.join(sorted(adapters()))}.",
        f"Choose among: {', '.join(sorted(adapters()))}.",
    )


def _no_credentials(name: str, service: ServiceSettings) -> Finding:
    return Finding(
        State.BAD,
        f"Dịch vụ ký «{name}»: tệp {service.credentials} chưa có tên khóa nào đọc được.",
        f"The signing service «{name}»: {service.credentials} names no key that could be read.",
        'Ghi JSON: {"mã đơn vị/vai": "tên khóa ở dịch vụ"}.',
        'Write JSON: {"unit/role": "the service\'s name of the key"}.',
    )


async def _ask(name: str, service: ServiceSettings, *, adapter: Adapter, credential: str) -> list[Finding]:
    report = []
    if not adapter.confirmed:
        report.append(
            Finding(
                State.WARN,
                f"Cách nói chuyện với {adapter.label} lấy từ nguồn gián tiếp, chưa được nhà cung cấp xác nhận.",
                f"How {adapter.label} is spoken to is known at second hand, not confirmed by the provider.",
                "Thử với khóa thử của nhà cung cấp trước khi ký thật.",
                "Try it with the provider's test key before anything real is signed.",
            )
        )
    client = adapter.open(name, service)
    try:
        report.append(_answered(name, await client.credential(credential)))
    except SignerFault as fault:
        report.append(_fault(name, service, fault))
    finally:
        await client.close()
    return report


def _answered(name: str, credential: Credential) -> Finding:
    count = len(credential.chain)
    return Finding(
        State.WELL,
        f"Dịch vụ ký «{name}» trả lời, cho chứng thư của khóa đầu tiên ({count} chứng thư trong chuỗi).",
        f"The signing service «{name}» answers with the first key's certificate ({count} in its chain).",
    )


def _fault(name: str, service: ServiceSettings, fault: SignerFault) -> Finding:
    match fault:
        case AccountRefused():
            words = (
                f"Dịch vụ ký «{name}» từ chối tài khoản của hub ({fault.why}).",
                f"The signing service «{name}» refuses the hub's account.",
                f"Sửa client_id và tệp {service.client_secret_file}; hỏi nhà cung cấp nếu tài khoản hết hạn.",
                f"Mend client_id and {service.client_secret_file}; ask the provider whether the account has ended.",
            )
        case CredentialUnknown():
            words = (
                f"Dịch vụ ký «{name}» không có khóa đầu tiên trong {service.credentials}, hoặc chứng thư đã hết hạn.",
                f"The signing service «{name}» does not know the first key of {service.credentials}.",
                "Sửa tên khóa theo dịch vụ.",
                "Mend the key's name as the service has it.",
            )
        case CredentialLocked():
            words = (
                f"Dịch vụ ký «{name}»: khóa đầu tiên đang bị khóa.",
                f"The signing service «{name}»: the first key is locked.",
                "Người giữ khóa mở khóa ở nhà cung cấp.",
                "Its holder has to unlock it at the provider.",
            )
        case _:
            words = (
                f"Dịch vụ ký «{name}» ({service.url}) không trả lời ({fault.why}).",
                f"The signing service «{name}» at {service.url} does not answer.",
                "Kiểm tra địa chỉ, mạng, tường lửa, chứng thư TLS; hồ sơ chờ ký tự đi tiếp khi dịch vụ hoạt động lại.",
                "Check address, network, firewall and TLS certificate; what waits goes on by itself.",
            )
    return Finding(State.BAD, *words)
