"""The message of transaction 3: made of a registration and signed by the certificate that it registers.

The hub signs with a delegated key, or takes what a school has signed itself; either is verified before it is kept.
"""

from datetime import UTC, datetime
from enum import Enum
from uuid import uuid4

from connectors.portal import Catalogue
from ledger import catalogues, certificate_messages
from ledger.certificate_messages import Wish
from ledger.database import Connection
from routes.keys import keyring_of
from routes.settings import RouteSettings
from routes.signing_settings import SigningSettings
from routes.trust import trust_of
from schemas.findings import Finding, Words
from schemas.packing import pack
from signing.certificates import certificate_from_der
from signing.seal import CertificateWanted, HomeDown, KeyMissing, RemoteKey, seal_registration
from signing.verify import Form, SlotPolicy, verify_registration
from transformers.transactions import write_registration


class Hindrance(Enum):
    """Why no message can be made of a registration, in words for people."""

    NOT_WAITING = Words(
        "Không có đăng ký này, hoặc đăng ký không còn chờ duyệt.",
        "There is no such registration, or it does not wait for a decision any more.",
    )
    CERTIFICATE_UNKNOWN = Words(
        "Hub mới chỉ biết mã băm của chứng thư số; hãy nhập tệp chứng thư rồi làm lại.",
        "Only the certificate's fingerprint is known: enter the certificate itself, then try again.",
    )
    DETAILS_MISSING = Words(
        "Đăng ký thiếu kiểu chữ ký số hoặc nhà phát hành; cổng bắt buộc có cả hai.",
        "The registration lacks the kind of signature or the issuer: the portal demands both.",
    )
    CODE_UNKNOWN = Words(
        "Danh mục của cổng không có kiểu chữ ký số hoặc nhà phát hành này; dùng đúng mã trong danh mục.",
        "The portal's catalogues lack this kind of signature or this issuer: use a code of theirs.",
    )
    SPAN_EMPTY = Words(
        "Ngày hiệu lực muốn đăng ký nằm sau ngày chứng thư số hết hạn.",
        "The certificate ends before the day from which it is to count.",
    )
    KEY_MISSING = Words(
        "Hub không giữ khóa của chính chứng thư số này; trường tự ký đăng ký rồi nộp tệp đã ký.",
        "The hub does not hold the key of this very certificate: the school signs the registration and hands it in.",
    )
    SIGNATURE = Words(
        "Chữ ký trên đăng ký không hợp lệ; ký lại bằng chính chứng thư số được đăng ký.",
        "The signature on the registration does not hold: sign it again with the certificate that is registered.",
    )
    ANOTHER_CERTIFICATE = Words(
        "Tệp đã ký đăng ký một chứng thư số khác.",
        "What was signed registers another certificate.",
    )


class CannotRegister(Exception):
    """No message can be made of a registration."""

    def __init__(self, hindrance: Hindrance, findings: tuple[Finding, ...] = ()) -> None:
        self.hindrance = hindrance
        """why, with words for people"""
        self.findings = findings
        """what is wrong with the signature"""
        super().__init__(hindrance.name)


async def prepare_message(
    connection: Connection,
    registration_id: int,
    *,
    destination: str,
    settings: RouteSettings,
    signed: bytes | None = None,
) -> str:
    """Keep the message of a waiting registration, ready to leave; returns its messageid.

    `signed` is the content as the school signed it; without it the hub signs with the unit's delegated key. A
    registration whose message is still under way keeps that one.

    Raises:
        CannotRegister: there is nothing to send, or what there is would be refused.
    """
    wish = await certificate_messages.wish(connection, registration_id)
    if wish is None or wish.state != "waiting":
        raise CannotRegister(Hindrance.NOT_WAITING)
    if wish.under_way is not None:
        return wish.under_way
    if wish.der is None:
        raise CannotRegister(Hindrance.CERTIFICATE_UNKNOWN)
    if not wish.kind or not wish.provider:
        raise CannotRegister(Hindrance.DETAILS_MISSING)
    if wish.not_after is None or wish.valid_from > wish.not_after:
        raise CannotRegister(Hindrance.SPAN_EMPTY)
    if not await _in_catalogues(connection, destination, wish):
        raise CannotRegister(Hindrance.CODE_UNKNOWN)
    messageid = f"HB-DK-{uuid4()}"
    content = signed or _sealed(wish, wish.der, messageid, settings.signing)
    _check(content, wish.der, settings.signing)
    await certificate_messages.keep(
        connection,
        messageid=messageid,
        registration_id=registration_id,
        destination=destination,
        content=pack(content, escape=settings.packing.escape),
    )
    return messageid


async def _in_catalogues(connection: Connection, destination: str, wish: Wish) -> bool:
    """Both codes are in the portal's catalogues, as far as these were ever heard."""
    for catalogue, code in ((Catalogue.SIGNATURE_KINDS, wish.kind), (Catalogue.ISSUERS, wish.provider)):
        known = await catalogues.entries(connection, destination=destination, kind=catalogue)
        if known and code not in {entry.code for entry in known if entry.gone_at is None}:
            return False
    return True


def _sealed(wish: Wish, certificate: bytes, messageid: str, signing: SigningSettings) -> bytes:
    try:
        keys = keyring_of(signing)
        if keys is None:
            raise KeyMissing(wish.role)
        key = keys.key(wish.unit, wish.role)
    except (KeyMissing, CertificateWanted, HomeDown, OSError) as error:
        raise CannotRegister(Hindrance.KEY_MISSING) from error
    # A key at a service cannot sign on the spot: its holder registers the certificate with the portal.
    if isinstance(key, RemoteKey) or key.chain[0].der != certificate:
        raise CannotRegister(Hindrance.KEY_MISSING)
    return seal_registration(
        write_registration(certificate),
        key=key,
        signature_id=f"sig-{messageid.lower()}",
        at=datetime.now(UTC),
        form=Form(signing.form),
    )


def _check(content: bytes, certificate: bytes, signing: SigningSettings) -> None:
    """Nothing leaves that verification would refuse, or that is about another certificate."""
    trust = trust_of(signing)
    policy = SlotPolicy(signing.policy, frozenset(), open_causes=signing.open_causes)
    verdict = verify_registration(content, trust=trust, policy=policy, at=datetime.now(UTC))
    if not verdict.passed:
        raise CannotRegister(Hindrance.SIGNATURE, verdict.findings)
    if verdict.signer is None or verdict.signer.sha256 != certificate_from_der(certificate).sha256:
        raise CannotRegister(Hindrance.ANOTHER_CERTIFICATE)
