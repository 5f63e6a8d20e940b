"""The printed form under the school's seal: only of records whose signatures all hold, by a key that is at hand.

Two parts, for the first takes the processor and the second waits: `seal` sets and signs, `finish` adds the timestamp that
the settings want.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from routes.signing_settings import SigningSettings
from routes.stamping import TimestampDown, stamp, stamper_of
from schemas.findings import Words
from schemas.record import Status
from signing.printed import Appearance, PreparedPdf, Unsignable, prepare_pdf
from signing.seal import CertificateWanted, HomeDown, KeyMissing, Keyring, RemoteKey, SealingKey
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
_REMOTE = Words(
    vi="Khóa của trường nằm ở dịch vụ ký từ xa, phải có người đồng ý từng lần: chưa ký bản in bằng khóa này được.",
    en="The school's key is at a remote service, whose holder agrees each time: forms are not signed by it yet.",
)
_KEY_AWAY = Words(
    vi="Không dùng được khóa của trường lúc này (token, HSM hoặc tệp khóa); báo người quản trị, rồi in lại.",
    en="The school's key cannot be used now (token, HSM or key file): tell the administrator, then print again.",
)
_NO_TIME = Words(
    vi="Chưa xin được dấu thời gian cho bản in; thử lại sau ít phút.",
    en="No timestamp could be had for the form; try again in some minutes.",
)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A form with its seal, before a timestamp."""

    prepared: PreparedPdf
    """the form and what was signed"""
    value: bytes
    """the signature value"""
    profile: str
    """name of the newest record's profile: the settings say by it whether there is to be a timestamp"""


def key_at_hand(keys: Keyring | None, unit: str) -> SealingKey:
    """The school's own key, where the hub can sign with it here and now.

    Raises:
        NotSealed: it cannot.
    """
    if keys is None:
        raise NotSealed(_NO_KEY)
    try:
        key = keys.key(unit, SEAL)
    except KeyMissing as error:
        raise NotSealed(_NO_KEY) from error
    except HomeDown as error:
        raise NotSealed(_KEY_AWAY) from error
    except CertificateWanted as error:
        raise NotSealed(_REMOTE) from error
    if isinstance(key, RemoteKey):
        raise NotSealed(_REMOTE)
    return key


def seal(
    press: Press, printables: Sequence[Printable], settings: PrintSettings, *, keys: Keyring | None, at: datetime
) -> Sealed:
    """Set the form and sign it; `at` is the time that the signature and its picture say.

    Raises:
        NotSealed: a record does not hold, or there is no key.
        NotOnePupilError, TooLongError: see `form.form_of`.
    """
    for each in printables:
        _be_sound(each)
    newest = max(printables, key=lambda each: (each.record.school_year, each.record.issued.isoformat()))
    key = key_at_hand(keys, newest.record.school.code)
    form = press.print_to_seal(printables, settings)
    shown = None
    if form.place is not None:
        picture = press.seal(_words(newest, key, at), form.place)
        shown = Appearance(form.place.page, form.place.box, picture)
    try:
        prepared = prepare_pdf(form.pdf, key=key, at=at, appearance=shown)
        return Sealed(prepared, key.sign(prepared.octets), newest.profile.name)
    except (HomeDown, Unsignable) as error:
        raise NotSealed(_KEY_AWAY) from error


def _be_sound(printable: Printable) -> None:
    if printable.record.status is Status.RECALLED:
        raise NotSealed(_RECALLED)
    states = {each.state for each in printable.signatures}
    valid = {each.slot for each in printable.signatures if each.state is State.VALID}
    if not states <= {State.VALID, State.UNSIGNED} or not {LEADER, SEAL} <= valid:
        raise NotSealed(_NOT_SOUND)


def _words(printable: Printable, key: SealingKey, at: datetime) -> Seal:
    certificate = key.chain[0]
    return Seal.of(
        role=next(each.role for each in printable.signatures if each.slot == SEAL),
        name=printable.record.school.name,
        owner=common_name(certificate.subject),
        serial=certificate.serial,
        issuer=common_name(certificate.issuer),
        at=at,
    )


async def finish(sealed: Sealed, settings: SigningSettings) -> bytes:
    """The signed PDF, with a timestamp where the settings want one on every seal (`signing.timestamped`).

    Raises:
        NotSealed: no timestamp could be had.
    """
    if settings.stamping(sealed.profile) != "signature":
        return sealed.prepared.finish(sealed.value)
    digest = hashlib.sha256(sealed.prepared.to_be_stamped(sealed.value)).digest()
    stamper = stamper_of(settings)
    async with stamper.client:
        try:
            token = await stamp(stamper, digest)
        except TimestampDown as error:
            raise NotSealed(_NO_TIME) from error
    return sealed.prepared.finish(sealed.value, token=token)
