"""The ten steps by number: what each looks at, in words for reports, and how it ended for one signature."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from schemas.findings import Words


class Ending(StrEnum):
    """How a step ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_REACHED = "not-reached"


@dataclass(frozen=True, slots=True)
class VerificationStep:
    """One step of `signing.verify`."""

    number: int
    """1 to 10"""
    title: Words
    """what it looks at"""
    basis: str
    """standard or article"""


STEPS = (
    VerificationStep(
        1, Words("Sàng lọc tệp trước khi đọc", "Pre-screen on raw octets"), "EN 319 102-1 5.2.2; XMLDSig 1.1 8.1"
    ),
    VerificationStep(2, Words("Đọc XML", "Parse"), "XML 1.0"),
    VerificationStep(
        3, Words("Mọi chữ ký ở đúng vị trí quy định", "Every signature in a declared slot"), "CV 2088 PL1 1.1"
    ),
    VerificationStep(
        4,
        Words("Cấu trúc, thuật toán và độ dài khóa", "Structure, algorithms, key sizes"),
        "XMLDSig 1.1 4, 6; EN 319 102-1 5.2.8; TT 15/2025/TT-BKHCN",
    ),
    VerificationStep(
        5, Words("Chữ ký bao trùm đúng vùng dữ liệu", "References: the whole region"), "XMLDSig 1.1 4.4.3; CV 2088 1.6"
    ),
    VerificationStep(
        6,
        Words("Dữ liệu không đổi sau khi ký", "Digests: unchanged since signing"),
        "XMLDSig 1.1 3.2.1; EN 319 102-1 5.2.7",
    ),
    VerificationStep(7, Words("Giá trị chữ ký số", "Signature value"), "XMLDSig 1.1 3.2.2; EN 319 102-1 5.2.7"),
    VerificationStep(
        8,
        Words("Thời điểm ký và chứng thư mà chữ ký nêu", "Signed properties"),
        "CV 2088 1.6; EN 319 132-1 5.2; EN 319 102-1 5.2.3",
    ),
    VerificationStep(
        9,
        Words("Chứng thư được tin cậy, còn hiệu lực, không bị thu hồi", "Trust, validity, revocation"),
        "EN 319 102-1 5.2.6, 5.5; RFC 5280 6",
    ),
    VerificationStep(
        10,
        Words("Đúng người, đúng trường, đúng thứ tự", "Identity, approval, order, required slots"),
        "QĐ 1789/QĐ-SGDĐT Đ12, Đ20; CV 2088 III.1",
    ),
)
"""all of them, in order"""


@dataclass(frozen=True, slots=True)
class StepResult:
    """How one step ended."""

    step: VerificationStep
    """which"""
    ending: Ending
    """how"""


def results(passed: Collection[int], failed: int | None) -> tuple[StepResult, ...]:
    """All ten steps of one signature: those that passed, the one that failed, and those never reached."""

    def ending(number: int) -> Ending:
        if number == failed:
            return Ending.FAILED
        return Ending.PASSED if number in passed else Ending.NOT_REACHED

    return tuple(StepResult(step, ending(step.number)) for step in STEPS)
