"""The city portal (Sở Giáo dục và Đào tạo): a destination that speaks the portal contract as it is."""

from dataclasses import dataclass

from schemas.findings import Words


@dataclass(frozen=True, slots=True)
class Destination:
    """Where transfers go."""

    name: str
    """in lanes, topics, tables and metrics"""
    title: Words
    """for people"""


DESTINATION = Destination(
    name="city",
    title=Words(
        vi="Cổng học bạ số của Sở Giáo dục và Đào tạo Thành phố Hồ Chí Minh",
        en="School record portal of the Ho Chi Minh City Department of Education and Training",
    ),
)
