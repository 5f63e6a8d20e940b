"""The message of transaction 3: made of a registration and signed by the certificate that it registers.

The hub signs with a delegated key, asks the holder of one that lives at a remote service, or takes what a school has
signed itself; whatever comes is verified before it is kept.
"""

from datetime import UTC, datetime
from enum import Enum
from uuid import uuid4

from connectors.portal import Catalogue
from connectors.signers import AccountRefused, CredentialLocked, CredentialUnknown, SignerFault
from ledger import catalogues, certificate_messages, registration_signatures
from ledger.certificate_messages import Wish
from ledger.database import Connection
from ledger.registration_signatures import RegistrationSignature
from ledger.signatures import Ask
from routes.keys import keys_of
from routes.registration_keys import Told, key_of
from routes.settings import RouteSettings
from routes.sign import ALGORITHMS
from routes.signing_settings import SigningSettings
from routes.trust import trust_of
from schemas.findings import Finding, Words
from schemas.packing import pack
from signing.certificates import certificate_from_der
from signing.seal import (
    AnyKey,
    CannotSeal,
    CertificateWanted,
    ForeignValue,
    HomeDown,
    KeyMissing,
    Prepared,
    RemoteKey,
    SealingKey,
    finish_registration,
    prepare_registration,
    seal_registration,
)
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
    SERVICE_DOWN = Words(
        "Dịch vụ ký số giữ khóa của chứng thư này chưa trả lời; thử lại sau ít phút.",
        "The signing service that holds this certificate's key does not answer: try again in some minutes.",
    )
    ACCOUNT = Words(
        "Dịch vụ ký số từ chối tài khoản của hub; người vận hành kiểm tra tài khoản với nhà cung cấp.",
        "The signing service refuses the hub's account: operators check it with the provider.",
    )
    KEY_LOCKED = Words(
        "Khóa của chứng thư này bị khóa, hoặc dịch vụ ký số không có; người giữ khóa liên hệ nhà cung cấp.",
        "This certificate's key is locked, or its service does not know it: its holder turns to the provider.",
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
    signers: Told | None = None,
) -> str | None:
    """Keep the message of a waiting registration, ready to leave; returns its messageid.

    `signed` is the content as the school signed it; without it the hub signs with the unit's delegated key, and where that
    is at a remote service writes down that its holder is to be asked: then there is no message yet, and None comes back.
    A registration whose message is still under way keeps that one, one whose holder is asked already goes on waiting.

    Raises:
        CannotRegister: there is nothing to send, or what there is would be refused.
    """
    wish = await certificate_messages.wish(connection, registration_id)
    if wish is None or wish.state != "waiting":
        raise CannotRegister(Hindrance.NOT_WAITING)
    if wish.under_way is not None:
        return wish.under_way
    certificate = await _sendable(connection, destination, wish)
    messageid = f"HB-DK-{uuid4()}"
    if signed is None:
        asked = await registration_signatures.live(connection, registration_id)
        if asked is not None and asked.open:
            return None
        key = await _key(wish, certificate, settings.signing, signers)
        if isinstance(key, RemoteKey):
            ask = _ask(wish, certificate, messageid, key, destination, settings.signing)
            await registration_signatures.want(connection, registration_id, ask)
            return None
        signed = _sealed(certificate, messageid, key, settings.signing)
    _check(signed, certificate, settings.signing)
    await registration_signatures.end(connection, registration_id)
    await _keep(connection, registration_id, messageid, signed, destination=destination, settings=settings)
    return messageid


async def finish_message(
    connection: Connection, asked: RegistrationSignature, *, certificate: bytes, settings: RouteSettings
) -> str:
    """Keep the message of a registration whose signature has come, ready to leave; returns its messageid.

    Raises:
        CannotRegister: the value is not the signature that was prepared, or what it makes would be refused.
    """
    try:
        prepared = Prepared.from_bytes(asked.prepared)
        content = finish_registration(write_registration(certificate), prepared=prepared, value=asked.value or b"")
    except (CannotSeal, ForeignValue) as error:
        raise CannotRegister(Hindrance.SIGNATURE) from error
    _check(content, certificate, settings.signing)
    messageid = f"HB-DK-{uuid4()}"
    await registration_signatures.used(connection, asked.id)
    await _keep(connection, asked.registration, messageid, content, destination=asked.destination, settings=settings)
    return messageid


async def _sendable(connection: Connection, destination: str, wish: Wish) -> bytes:
    """The certificate of a registration that has all that the portal demands."""
    if wish.der is None:
        raise CannotRegister(Hindrance.CERTIFICATE_UNKNOWN)
    if not wish.kind or not wish.provider:
        raise CannotRegister(Hindrance.DETAILS_MISSING)
    if wish.not_after is None or wish.valid_from > wish.not_after:
        raise CannotRegister(Hindrance.SPAN_EMPTY)
    if not await _in_catalogues(connection, destination, wish):
        raise CannotRegister(Hindrance.CODE_UNKNOWN)
    return wish.der


async def _keep(
    connection: Connection,
    registration_id: int,
    messageid: str,
    content: bytes,
    *,
    destination: str,
    settings: RouteSettings,
) -> None:
    await certificate_messages.keep(
        connection,
        messageid=messageid,
        registration_id=registration_id,
        destination=destination,
        content=pack(content, escape=settings.packing.escape),
    )


async def _in_catalogues(connection: Connection, destination: str, wish: Wish) -> bool:
    """Both codes are in the portal's catalogues, as far as these were ever heard."""
    for catalogue, code in ((Catalogue.SIGNATURE_KINDS, wish.kind), (Catalogue.ISSUERS, wish.provider)):
        known = await catalogues.entries(connection, destination=destination, kind=catalogue)
        if known and code not in {entry.code for entry in known if entry.gone_at is None}:
            return False
    return True


async def _key(wish: Wish, certificate: bytes, signing: SigningSettings, signers: Told | None) -> AnyKey:
    try:
        keys = keys_of(signing)
        if keys is None:
            raise KeyMissing(wish.role)
        return await key_of(
            certificate_from_der(certificate),
            unit=wish.unit,
            role=wish.role,
            keys=keys,
            signers=signers,
            certificate_seconds=signing.waiting.certificate_seconds,
        )
    except (KeyMissing, CertificateWanted, HomeDown, OSError) as error:
        raise CannotRegister(Hindrance.KEY_MISSING) from error
    except SignerFault as fault:
        raise CannotRegister(_silence(fault)) from fault


def _silence(fault: SignerFault) -> Hindrance:
    """Why a service does not tell a key's certificate."""
    match fault:
        case AccountRefused():
            return Hindrance.ACCOUNT
        case CredentialLocked() | CredentialUnknown():
            return Hindrance.KEY_LOCKED
        case _:
            return Hindrance.SERVICE_DOWN


def _ask(
    wish: Wish, certificate: bytes, messageid: str, key: RemoteKey, destination: str, signing: SigningSettings
) -> Ask:
    prepared = prepare_registration(
        write_registration(certificate),
        key=key,
        signature_id=f"sig-{messageid.lower()}",
        at=datetime.now(UTC),
        form=Form(signing.form),
    )
    return Ask(
        place=destination,
        role=wish.role,
        home=key.home,
        credential=key.credential,
        algorithm=ALGORITHMS[key.method],
        digest=prepared.digest,
        prepared=prepared.to_bytes(),
    )


def _sealed(certificate: bytes, messageid: str, key: SealingKey, signing: SigningSettings) -> bytes:
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
