"""What an operator may set about the check: what the rules weigh here, and when records are frozen."""

from datetime import date

from pydantic import BaseModel, Field

from schemas.severities import Override, Severities, Weight


class SeveritySettings(BaseModel):
    """One rule that weighs otherwise than the catalogue says."""

    rule: str = Field(description="Mã quy tắc, ví dụ B10. / Id of the rule.")
    weight: Weight = Field(description="error, warning hoặc off. / error, warning or off.")
    profile: str = Field("*", description="Cấu trúc, có thể dùng *. / Profile or pattern, say hbs-2/*.")
    school: str = Field("*", description="MA_TRUONG, có thể dùng *. / School or pattern.")
    since: date | None = Field(None, description="Từ ngày phát hành. / First day of issue.")
    until: date | None = Field(None, description="Đến ngày phát hành. / Last day of issue.")
    why: str = Field("", description="Theo quyết định nào. / By whose decision.")

    def __str__(self) -> str:
        span = f"{self.since or '…'} – {self.until or '…'}" if self.since or self.until else ""
        parts = (f"{self.rule} = {self.weight}", self.profile.strip("*"), self.school.strip("*"), span, self.why)
        return " ".join(part for part in parts if part)


class CampaignSettings(BaseModel):
    """A school year's records of some grades, and when they are frozen (QĐ 1789/QĐ-SGDĐT Điều 21 khoản 1, 2)."""

    name: str = Field(description="Tên đợt. / Name of the campaign.")
    school_year: str = Field(pattern="^[0-9]{4}-[0-9]{4}$", description="Năm học, ví dụ 2025-2026. / School year.")
    grades: frozenset[int] = Field(frozenset(), description="Các khối; bỏ trống: mọi khối. / Grades; empty: all.")
    freeze: date | None = Field(None, description="Ngày chốt; bỏ trống: 30/6. / Last day; empty: 30 June.")
    summer_freeze: date | None = Field(
        None,
        description="Ngày chốt sau đánh giá bổ sung; bỏ trống: 15/8. / Last day after the summer; empty: 15 August.",
    )

    def __str__(self) -> str:
        grades = " ".join(map(str, sorted(self.grades)))
        days = f"{self.last_day(replaces=True)}, {self.last_day(replaces=False)}"
        return f"{self.name} ({self.school_year}{': ' + grades if grades else ''}; {days})"

    def holds_for(self, school_year: str, grade: int | None) -> bool:
        """The record belongs to this campaign."""
        return self.school_year == school_year and (not self.grades or grade in self.grades)

    def last_day(self, *, replaces: bool) -> date:
        """Last day on which the city's data may change without an approver.

        A record that takes the place of one that was in force is bound by the freeze; a first record may still come
        until the summer's freeze, for pupils who were judged again.
        """
        ends = int(self.school_year[5:])
        return (self.freeze or date(ends, 6, 30)) if replaces else (self.summer_freeze or date(ends, 8, 15))


class CheckSettings(BaseModel):
    """What the rules weigh here, and when records are frozen."""

    severities: tuple[SeveritySettings, ...] = Field(
        (),
        description=(
            "Quy tắc có mức khác danh mục: danh sách {rule, weight, profile, school, since, until, why}; dòng"
            " sau thắng dòng trước. / Rules that weigh otherwise; later entries win."
        ),
    )
    campaigns: tuple[CampaignSettings, ...] = Field(
        (),
        description=(
            "Các đợt và ngày chốt: danh sách {name, school_year, grades, freeze, summer_freeze}; sau ngày chốt"
            " hồ sơ được giữ chờ Sở duyệt. / Campaigns and their freezes; later records are held for an approver."
        ),
    )

    @property
    def weights(self) -> Severities:
        """As the checker takes them."""
        return Severities(tuple(Override(**each.model_dump()) for each in self.severities))
