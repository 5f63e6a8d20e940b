"""Who must sign a record, by whose word and from which day. Of a profile only those slots count that it has."""

from datetime import date

from schemas.profiles import Signers

SIGNERS = (
    Signers(
        "national",
        frozenset({"CBQL", "KY_PHAT_HANH"}),
        date(2024, 5, 8),
        "CV 2088/BGDĐT-GDTH, Phụ lục 1.1 và mục 4.2",
    ),
    Signers(
        "hcmc",
        frozenset({"GVBM", "GVCN", "CBQL", "KY_PHAT_HANH"}),
        date(2024, 6, 14),
        "QĐ 1789/QĐ-SGDĐT Điều 20 khoản 5",
    ),
)
"""what the texts say that were found; a profile may say otherwise"""
