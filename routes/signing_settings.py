"""What an operator may set about signatures: keys and trust, people who are waited for, timestamps, lasting evidence."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from connectors.signers import ServiceSettings
from connectors.tsa import TimestampSettings
from ledger.evidence import Choice
from schemas.policies import SlotsPolicy
from schemas.profiles import profiles
from signing.evidence.records import Syntax
from signing.verify import Disposition
from signing.verify.policy import HELD_BY_DEFAULT, INDETERMINATE_CAUSES

MIB = 1024 * 1024
_SYNTAXES: Mapping[str, tuple[Syntax, ...]] = {
    "none": (),
    "er": (Syntax.ASN1,),
    "ers": (Syntax.XML,),
    "both": (Syntax.ASN1, Syntax.XML),
}


class RevocationSettings(BaseModel):
    """How revocation lists and OCSP responses are kept fresh, and how old they may be."""

    online: bool = Field(
        False,
        description=(
            "Tự tải CRL và hỏi OCSP; tắt thì người vận hành tự bỏ tệp vào crls/, ocsp/. / Fetch lists and OCSP responses; off:"
            " operators put the files into crls/ and ocsp/ themselves."
        ),
    )
    crl_urls: tuple[str, ...] = Field(
        (),
        description=(
            "Địa chỉ CRL, thêm vào những địa chỉ ghi trong chứng thư tin cậy. / Addresses of lists, besides those that trusted"
            " certificates name."
        ),
    )
    ocsp_url: str | None = Field(
        None,
        description=(
            "Địa chỉ OCSP thay cho địa chỉ ghi trong chứng thư. / Address of the responder in place of the one that a"
            " certificate names."
        ),
    )
    refresh_seconds: float = Field(3600.0, gt=0, description="Bao lâu hỏi lại. / How often each is asked for again.")
    look_seconds: float = Field(
        60.0,
        gt=0,
        description=(
            "Nhịp xem có gì đến hạn hỏi, và có tệp tin cậy nào đổi. / How often it is looked for what is due, and for changed"
            " files of trust."
        ),
    )
    most_age_seconds: float | None = Field(
        None,
        gt=0,
        description=(
            "CRL, OCSP cũ hơn bấy lâu không được dùng dù tự ghi là còn hạn; để trống: tin hạn ghi trong đó. / Data older than"
            " this settles nothing, whatever it says itself; empty: as it says itself."
        ),
    )
    reply_seconds: float = Field(
        20.0, gt=0, description="Thời gian tối đa của một lần hỏi. / Time for one answer, at most."
    )
    reply_octets: int = Field(
        32 * MIB, ge=1000, description="Dung lượng tối đa của một câu trả lời. / Size of an answer, at most."
    )
    tries: int = Field(3, ge=1, le=10, description="Số lần thử một lượt. / Tries in one go.")
    exchanges: int = Field(4, ge=1, le=64, description="Số câu hỏi cùng lúc. / Questions at once.")

    @property
    def most_age(self) -> timedelta | None:
        """As the trust store takes it."""
        return None if self.most_age_seconds is None else timedelta(seconds=self.most_age_seconds)


class KeyRule(BaseModel):
    """Where the keys of some units and roles live."""

    model_config = ConfigDict(extra="forbid")

    home: str = Field(
        description="file, hoặc tên trong signing.tokens, signing.services. / file, or a name from tokens or services."
    )
    unit: str = Field("*", description="Mã đơn vị, có thể dùng *. / Unit code or pattern.")
    role: str = Field("*", description="GVBM, GVCN, CBQL, KY_PHAT_HANH, GIAO_DICH hoặc *. / Role or pattern.")


class TokenSettings(BaseModel):
    """One PKCS#11 token or HSM."""

    model_config = ConfigDict(extra="forbid")

    module: Path = Field(description="Thư viện PKCS#11 của nhà sản xuất. / The maker's PKCS#11 library.")
    token: str = Field(description="Nhãn của token. / The token's label.")
    pin_file: Path = Field(description="Tệp mã PIN, chỉ hub đọc được. / File with the PIN, readable by the hub alone.")
    sessions: int = Field(2, ge=1, le=64, description="Số phiên mỗi tiến trình. / Sessions of each process.")


class WaitingSettings(BaseModel):
    """How long people are waited for who have to sign themselves."""

    look_seconds: float = Field(
        1.0, gt=0, description="Nhịp xem có yêu cầu ký nào đến lượt. / How often due requests are looked for."
    )
    gather_seconds: float = Field(
        2.0,
        ge=0,
        description=(
            "Đợi bấy lâu để gom hồ sơ của cùng một người ký vào một lần đồng ý (cả lớp một lần). / Requests of one holder"
            " gather for so long: one approval may cover a class."
        ),
    )
    poll_delays_seconds: tuple[float, ...] = Field(
        (2, 5, 10, 20, 30, 60),
        description="Nhịp hỏi kết quả ký; nhịp cuối lặp lại. / Rhythm of asking; the last repeats.",
    )
    approval_seconds: float = Field(
        300.0,
        gt=0,
        description="Một lần hỏi chờ người ký bấm đồng ý bấy lâu. / One request waits for its holder this long.",
    )
    remind_delays_seconds: tuple[float, ...] = Field(
        (3600, 14400, 43200, 86400),
        description="Hỏi lại sau khi hết giờ; nhịp cuối lặp lại. / When a holder is asked again; the last repeats.",
    )
    give_up_seconds: float = Field(
        7 * 86400.0,
        gt=0,
        description="Không ai ký sau bấy lâu thì hồ sơ được giữ, báo người xem. / After this the record is held.",
    )
    fresh_seconds: float = Field(
        86400.0,
        gt=0,
        description=(
            "Giờ ký đã ghi cũ hơn bấy lâu thì chuẩn bị lại trước khi hỏi lại. / A signing time older than this is written"
            " anew before the holder is asked again."
        ),
    )
    certificate_seconds: float = Field(
        600.0, gt=0, description="Bao lâu hỏi lại chứng thư của khóa từ xa. / How long a remote certificate is kept."
    )


class SigningSettings(BaseModel):
    """Keys, trust, and who must sign."""

    trust_folder: Path | None = Field(
        None,
        description=(
            "Thư mục chứng thư gốc, trung gian, CRL, OCSP: roots/, intermediates/, crls/, ocsp/. / Roots, intermediates,"
            " CRLs, OCSP responses."
        ),
    )
    revocation: RevocationSettings = RevocationSettings()
    keys_folder: Path | None = Field(
        None, description="Thư mục khóa ký được ủy quyền. / Keys that senders have delegated."
    )
    homes: tuple[KeyRule, ...] = Field(
        (),
        description=(
            "Khóa của ai ở đâu: danh sách {home, unit, role}; dòng đầu khớp thắng, không dòng nào khớp thì là file. / Where"
            " keys live; the first match wins, without one it is file."
        ),
    )
    tokens: dict[str, TokenSettings] = Field(
        default_factory=dict,
        description="Token, HSM theo PKCS#11: tên = {module, token, pin_file, sessions}. / PKCS#11 tokens by name.",
    )
    services: dict[str, ServiceSettings] = Field(
        default_factory=dict,
        description="Dịch vụ ký số từ xa: tên = {adapter, url, credentials, …}. / Remote signing services by name.",
    )
    waiting: WaitingSettings = WaitingSettings()
    policy: str = Field(
        "hcmc",
        pattern="^[a-z0-9-]+$",
        description=(
            "Quy định nào nói ai phải ký: hcmc (QĐ 1789 Điều 20) hoặc national (CV 2088); xét theo ngày phát hành và các ô"
            " ký mà cấu trúc có. / Whose word it is who must sign: hcmc or national; by the day of issue, as far as the"
            " structure has the slots."
        ),
    )
    required_slots: frozenset[str] | None = Field(
        None,
        description=(
            "Ghi rõ các chữ ký phải có, thay cho quy định trên, ví dụ GVCN, CBQL, KY_PHAT_HANH; bỏ trống thì theo quy định."
            " / Slots that must be signed, in place of the policy; empty: the policy decides."
        ),
    )
    approved_slots: frozenset[str] = Field(
        frozenset({"KY_PHAT_HANH"}),
        description=(
            "Ô ký mà chứng thư số phải được phê duyệt cho trường; chữ ký của đơn vị thì luôn phải. / Slots whose"
            " certificate must have been approved for the school; an institution's always must."
        ),
    )
    indeterminate: dict[str, Literal["retry", "hold", "refuse"]] = Field(
        default_factory=dict,
        description=(
            "Xử lý từng nguyên nhân INDETERMINATE khác mặc định: retry, hold hoặc refuse; không bao giờ được bỏ qua. Ví dụ"
            " certificate-on-hold = retry. / What becomes of an INDETERMINATE cause where it is not the default's word:"
            " it never passes."
        ),
    )
    observed_profiles: frozenset[str] = Field(
        frozenset(),
        description=(
            "Cấu trúc mới chỉ thấy qua phần mềm khác, chưa có văn bản, mà hub vẫn nhận (ví dụ hbs-2/primary). /"
            " Structures known from public artefacts only that the hub takes nonetheless."
        ),
    )
    verify_transactions: bool = Field(
        True,
        description="Kiểm chữ ký giao dịch của lô gửi nguyên trạng. / Verify the batch signature of pass-through batches.",
    )
    intermediary_unit: str = Field(
        "79", description="Đơn vị ký giao dịch thay (Sở). / Unit that signs transactions as intermediary."
    )
    form: Literal["property", "xades", "both"] = Field(
        "both", description="Dạng chữ ký hub viết. / Form of the hub's own seals."
    )
    forms: dict[str, Literal["property", "xades", "both"]] = Field(
        default_factory=dict,
        description=(
            "Dạng chữ ký khác cho từng cấu trúc, ví dụ hbs-1.0 = property. / Form of the hub's seals on records of a profile,"
            " where it is another."
        ),
    )
    timestamps: TimestampSettings = TimestampSettings()
    timestamped: dict[str, Literal["none", "signature", "batch"]] = Field(
        default_factory=dict,
        description=(
            "Dấu thời gian cho chữ ký của hub, theo tên cấu trúc hoặc *: none (không), signature (mọi chữ ký, mức B-T), batch"
            " (chỉ chữ ký giao dịch của gói). / Timestamps on the hub's seals, by profile or *: none, signature (each one,"
            " level B-T), batch (only the package's transaction signature)."
        ),
    )

    @field_validator("indeterminate")
    @classmethod
    def _known_causes(cls, value: dict[str, str]) -> dict[str, str]:
        if unknown := sorted(set(value) - INDETERMINATE_CAUSES):
            raise ValueError(
                f"không có nguyên nhân {', '.join(unknown)}; chọn trong {', '.join(sorted(INDETERMINATE_CAUSES))}"
                f" / no such cause: {', '.join(unknown)}"
            )
        return value

    @model_validator(mode="after")
    def _timestamps_can_be_had(self) -> Self:
        wanted = {word for word in self.timestamped.values() if word != "none"}
        if wanted and not self.timestamps.urls:
            raise ValueError(
                "timestamped cần ít nhất một địa chỉ trong timestamps.urls / timestamped wants an address in timestamps.urls"
            )
        plain = "property" in {
            self.form_of(name) for name in (*self.timestamped, *self.forms) if self.stamping(name) != "none"
        }
        if plain:
            raise ValueError(
                "dạng chữ ký property không có chỗ cho dấu thời gian; chọn form = both hoặc xades, hoặc timestamped = none"
                " / form property has no place for a timestamp: choose both or xades, or timestamped = none"
            )
        return self

    def form_of(self, profile: str) -> Literal["property", "xades", "both"]:
        """Form of the hub's seals on records of a profile."""
        return self.forms.get(profile, self.form)

    def stamping(self, profile: str) -> Literal["none", "signature", "batch"]:
        """Which of the hub's seals on records of a profile get a timestamp."""
        return self.timestamped.get(profile, self.timestamped.get("*", "none"))

    @property
    def open_causes(self) -> Mapping[str, Disposition]:
        """What becomes of each INDETERMINATE cause that is not simply refused."""
        return {**HELD_BY_DEFAULT, **{cause: Disposition(word) for cause, word in self.indeterminate.items()}}

    @property
    def slots(self) -> SlotsPolicy:
        """Who must sign, as the checker and the verifier ask."""
        return SlotsPolicy(self.policy, self.required_slots)


class EvidenceSettings(BaseModel):
    """Evidence of what was verified: a hash tree a day under one timestamp, renewed for decades (RFC 4998, RFC 6283)."""

    model_config = ConfigDict(extra="forbid")

    enabled: bool | None = Field(
        None,
        description=(
            "Hằng đêm lập bằng chứng cho học bạ đã kiểm chữ ký; để trống: có, khi signing.timestamps.urls có địa chỉ. /"
            " Every night evidence of what was verified; empty: as soon as there is an authority to ask."
        ),
    )
    hour: int = Field(
        1,
        ge=0,
        le=23,
        description="Từ mấy giờ sáng (giờ Việt Nam) lập cho ngày hôm trước. / From which hour in Vietnam.",
    )
    algorithm: Literal["sha256", "sha384", "sha512"] = Field(
        "sha256",
        description=(
            "Thuật toán băm của cây mới; đổi khi thuật toán cũ sắp hết được phép dùng. / Hash algorithm of new trees."
        ),
    )
    xml: bool = Field(
        True,
        description=(
            "Cấu trúc không nêu trong profiles: lập cả dạng XML (RFC 6283), phải đọc lại từng học bạ; tắt: chỉ dạng RFC 4998."
            " / Of profiles that are not named: also for the XML form, which covers canonical XML, so that every record is"
            " read; off: RFC 4998 alone."
        ),
    )
    profiles: dict[str, Literal["none", "er", "ers", "both"]] = Field(
        default_factory=dict,
        description=(
            "Lập bằng chứng cho cấu trúc nào, theo tên cấu trúc hoặc *: none (không), er (RFC 4998), ers (RFC 6283, XML), both"
            " (cả hai); không nêu thì theo xml. Ví dụ hbs-1.0 = both, * = none. / Whether and in which syntax evidence is"
            " kept, by profile or *: none, er (RFC 4998), ers (RFC 6283), both; what is not named goes by xml."
        ),
    )
    renew_days: int = Field(
        90,
        ge=1,
        le=3650,
        description=(
            "Gia hạn trước bấy nhiêu ngày khi chứng thư của tổ chức cấp dấu thời gian hoặc thuật toán hết hạn. / Renew so many"
            " days before an authority's certificate or an algorithm ends."
        ),
    )
    look_seconds: float = Field(60.0, gt=0, description="Nhịp xem có việc đến hạn. / How often due work is looked for.")
    retry_delays_seconds: tuple[float, ...] = Field(
        (60, 300, 900, 3600),
        description="Chờ bao lâu khi chưa xin được dấu thời gian; nhịp cuối lặp lại. / Waits without a timestamp.",
    )
    alarm_seconds: float = Field(
        6 * 3600.0, gt=0, description="Chưa lập được sau bấy lâu thì báo người xem. / Staff are told after this."
    )

    @field_validator("profiles")
    @classmethod
    def _known_profiles(cls, value: dict[str, str]) -> dict[str, str]:
        # A name with a slip in it would leave records without evidence, and nobody would know for years.
        if unknown := sorted(set(value) - {"*", *profiles()}):
            raise ValueError(
                f"không có cấu trúc {', '.join(unknown)}; chọn trong *, {', '.join(sorted(profiles()))}"
                f" / no such profile: {', '.join(unknown)}"
            )
        return value

    def syntaxes(self, profile: str) -> tuple[Syntax, ...]:
        """In which syntaxes evidence of a profile's records is kept; in none: it is not."""
        return _SYNTAXES[self.profiles.get(profile, self._of_others)]

    @property
    def keeps_any(self) -> bool:
        """Evidence is kept of some profile at least."""
        return {self._of_others, *self.profiles.values()} != {"none"}

    @property
    def choice(self) -> Choice:
        """Of which profiles evidence is kept, as the ledger asks."""
        others = self._of_others != "none"
        named = {name for name, word in self.profiles.items() if name != "*" and (word != "none") is not others}
        return Choice(frozenset(named), others=others)

    @property
    def _of_others(self) -> str:
        return self.profiles.get("*", "both" if self.xml else "er")
