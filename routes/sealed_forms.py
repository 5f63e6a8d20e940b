"""The printed form under the school's seal: only of records whose signatures all hold, by its key wherever that lives.

Setting a form and signing it take the processor; certificates of remote keys, their holders and timestamps are waited
for. Who prints stands at a screen: a holder is waited for as long as `printing.holder_seconds` says, then the order ends at
the service, and nothing is kept.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from connectors.signers import Expired, Order, Refused, Signed, SignerFault, Waiting
from routes.fates import rhythm
from routes.keys import Keys
from routes.sign import ALGORITHMS
from routes.signers import Signers
from routes.signing_settings import SigningSettings
from routes.stamping import TimestampDown, stamp, stamper_of
from schemas.findings import Words
from schemas.record import Status
from signing.printed import Appearance, PreparedPdf, Unsignable, prepare_pdf
from signing.seal import AnyKey, CertificateWanted, ForeignValue, HomeDown, KeyMissing, RemoteKey
from transformers.printed.form import Printable
from transformers.printed.press import Press
from transformers.printed.seal import Seal
from transformers.printed.settings import PrintSettings
from transformers.printed.signatures import State, common_name

SEAL = "KY_PHAT_HANH"
"""the slot, and the role, of the institution's seal"""
LEADER = "CBQL"
"""the slot of who signs for it"""


class NotSealed(Exception):
    """The form is not signed; it says why to people, without a pupil's data."""

    def __init__(self, words: Words) -> None:
        self.words = words
        super().__init__(words.en)


_NOT_SOUND = Words(
    vi="Chỉ ký bản in khi mọi chữ ký trong học bạ đã được kiểm và hợp lệ, có chữ ký của lãnh đạo và của trường.",
    en="Only a record whose signatures were all verified and hold, the leader's and the school's among them, is signed as PDF.",
)
_RECALLED = Words(
    vi="Học bạ đã bị thu hồi nên không ký bản in.", en="The record was recalled: its printed form is not signed."
)
_NO_KEY = Words(
    vi="Hub không giữ khóa ký phát hành của trường này; in bản không ký, hoặc để trường tự ký tệp PDF.",
    en="The hub does not hold this school's key: print it unsigned, or let the school sign the PDF.",
)
_KEY_AWAY = Words(
    vi="Không dùng được khóa của trường lúc này (token, HSM hoặc tệp khóa); báo người quản trị, rồi in lại.",
    en="The school's key cannot be used now (token, HSM or key file): tell the administrator, then print again.",
)
_SERVICE_AWAY = Words(
    vi="Dịch vụ ký số từ xa chưa trả lời, hoặc không nhận yêu cầu; thử lại sau, nếu vẫn vậy báo người quản trị.",
    en="The remote signing service does not answer or takes no request: try again, then tell the administrator.",
)
_NOT_AGREED = Words(
    vi="Người giữ khóa của trường chưa bấm đồng ý kịp, yêu cầu ký đã hết hạn; mở sẵn ứng dụng ký số rồi in lại, hoặc cho chờ"
    " lâu hơn (cài đặt printing.holder_seconds).",
    en="The holder of the school's key has not agreed in time, and the order has ended: open the signing application, then"
    " print again, or wait longer (setting printing.holder_seconds).",
)
_REFUSED = Words(
    vi="Người giữ khóa của trường đã từ chối ký bản in này.",
    en="The holder of the school's key has refused to sign this form.",
)
_FOREIGN = Words(
    vi="Dịch vụ ký số trả về chữ ký không khớp với bản in; hub không dùng. Báo người quản trị.",
    en="The service returned a signature that does not belong to the form; it is not used. Tell the administrator.",
)
_NO_TIME = Words(
    vi="Chưa xin được dấu thời gian cho bản in; thử lại sau ít phút.",
    en="No timestamp could be had for the form; try again in some minutes.",
)

Run = Callable[[Callable[[], PreparedPdf]], Awaitable[PreparedPdf]]
"""runs what takes the processor"""


def holds_key(keys: Keys | None, unit: str) -> bool:
    """Whether the hub can have a school's seal put on a form: by a key at hand, or by asking a service."""
    if keys is None:
        return False
    try:
        keys.all.key(unit, SEAL)
    except CertificateWanted:
        return True
    except (KeyMissing, HomeDown):
        return False
    return True


async def sealed_form(
    press: Press,
    printables: Sequence[Printable],
    *,
    printing: PrintSettings,
    signing: SigningSettings,
    keys: Keys | None,
    run: Run,
) -> bytes:
    """The signed PDF, with a timestamp where the settings want one on every seal (`signing.timestamped`).

    Raises:
        NotSealed: a record does not hold, there is no key, its holder does not agree, or no timestamp could be had.
        NotOnePupilError, TooLongError: see `form.form_of`.
    """
    for each in printables:
        _be_sound(each)
    newest = max(printables, key=lambda each: (each.record.school_year, each.record.issued.isoformat()))
    signers = Signers(signing.services, certificate_seconds=signing.waiting.certificate_seconds)
    try:
        key = await _key(keys, signers, newest.record.school.code, patience=printing.holder_seconds)
        at = datetime.now(UTC)
        prepared = await run(lambda: _prepared(press, printables, newest, printing, key=key, at=at))
        value = await _value(
            prepared, key, signers, patience=printing.holder_seconds, rhythm_of=signing.waiting.poll_delays_seconds
        )
    finally:
        await signers.close()
    try:
        if signing.stamping(newest.profile.name) != "signature":
            return prepared.finish(value)
        return prepared.finish(value, token=await _token(prepared, value, signing))
    except ForeignValue as error:
        raise NotSealed(_FOREIGN) from error


async def _key(keys: Keys | None, signers: Signers, unit: str, *, patience: float) -> AnyKey:
    """The key, the certificate of a remote one asked for first."""
    if keys is None:
        raise NotSealed(_NO_KEY)
    try:
        # A file is read, or a token asked: in a thread, as the signing is.
        return await asyncio.to_thread(keys.all.key, unit, SEAL)
    except KeyMissing as error:
        raise NotSealed(_NO_KEY) from error
    except HomeDown as error:
        raise NotSealed(_KEY_AWAY) from error
    except CertificateWanted as lack:
        ((home, name, _),) = lack.wanted
    try:
        told = await signers.credential(home, name)
        keys.remotes[home].learn(name, chain=told.chain, algorithm=told.algorithm, seconds=patience)
        return keys.all.key(unit, SEAL)
    except SignerFault as error:
        raise NotSealed(_SERVICE_AWAY) from error
    except (KeyMissing, CertificateWanted) as error:
        raise NotSealed(_NO_KEY) from error


def _prepared(
    press: Press,
    printables: Sequence[Printable],
    newest: Printable,
    settings: PrintSettings,
    *,
    key: AnyKey,
    at: datetime,
) -> PreparedPdf:
    """The form, set, with everything of its signature but the value; `at` is what the signature and its picture say."""
    form = press.print_to_seal(printables, settings)
    shown = None
    if form.place is not None:
        picture = press.seal(_words(newest, key, at), form.place)
        shown = Appearance(form.place.page, form.place.box, picture)
    try:
        return prepare_pdf(form.pdf, key=key, at=at, appearance=shown)
    except Unsignable as error:
        raise NotSealed(_KEY_AWAY) from error


async def _value(
    prepared: PreparedPdf, key: AnyKey, signers: Signers, *, patience: float, rhythm_of: Sequence[float]
) -> bytes:
    if not isinstance(key, RemoteKey):
        try:
            return await asyncio.to_thread(key.sign, prepared.octets)
        except HomeDown as error:
            raise NotSealed(_KEY_AWAY) from error
    until = datetime.now(UTC) + timedelta(seconds=patience)
    order = Order(
        reference=str(uuid4()),
        credential=key.credential,
        digests=(prepared.digest,),
        algorithm=ALGORITHMS[key.method],
        note=f"Ký bản in học bạ số ({SEAL})",
        until=until,
    )
    try:
        answer: Waiting | Signed | Refused | Expired = await signers.services[key.home].begin(order)
        tries = 0
        while isinstance(answer, Waiting) and datetime.now(UTC) < until:
            await asyncio.sleep(rhythm(rhythm_of, tries, 0.0))
            answer = await signers.services[key.home].progress(order, answer.handle)
            tries += 1
    except SignerFault as error:
        raise NotSealed(_SERVICE_AWAY) from error
    match answer:
        case Signed(values=(value, *_)):
            return value
        case Refused():
            raise NotSealed(_REFUSED)
        case Waiting() | Expired():
            raise NotSealed(_NOT_AGREED)
        case _:
            raise NotSealed(_FOREIGN)


async def _token(prepared: PreparedPdf, value: bytes, settings: SigningSettings) -> bytes:
    digest = hashlib.sha256(prepared.to_be_stamped(value)).digest()
    stamper = stamper_of(settings)
    async with stamper.client:
        try:
            return await stamp(stamper, digest)
        except TimestampDown as error:
            raise NotSealed(_NO_TIME) from error


def _be_sound(printable: Printable) -> None:
    if printable.record.status is Status.RECALLED:
        raise NotSealed(_RECALLED)
    states = {each.state for each in printable.signatures}
    valid = {each.slot for each in printable.signatures if each.state is State.VALID}
    if not states <= {State.VALID, State.UNSIGNED} or not {LEADER, SEAL} <= valid:
        raise NotSealed(_NOT_SOUND)


def _words(printable: Printable, key: AnyKey, at: datetime) -> Seal:
    certificate = key.chain[0]
    return Seal.of(
        role=next(each.role for each in printable.signatures if each.slot == SEAL),
        name=printable.record.school.name,
        owner=common_name(certificate.subject),
        serial=certificate.serial,
        issuer=common_name(certificate.issuer),
        at=at,
    )
