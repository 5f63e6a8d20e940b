"""Keeping signatures provable for decades: XAdES baseline T, LT and LTA for single files (ETSI EN 319 132-1).

`extend` adds what is missing up to a level, `renew` a further archive timestamp; both only add, and both refuse what does
not hold. `validate` judges what a file carries, from the file itself and the anchors of the present; `verify_record` gives
the verdict of `signing.verify` with it.
"""

from signing.preserve.extending import extend, renew
from signing.preserve.means import AskForStamp
from signing.preserve.past import PastTrust
from signing.preserve.problems import CannotPreserve, Problem
from signing.preserve.results import DocumentPreservation, Level, Preservation, StampValidation
from signing.preserve.unsigned import StampKind
from signing.preserve.validate import validate
from signing.preserve.verdicts import Preserved, judge_record, judge_transaction, preserved_of, verify_record

__all__ = [
    "AskForStamp",
    "CannotPreserve",
    "DocumentPreservation",
    "Level",
    "PastTrust",
    "Preservation",
    "Preserved",
    "Problem",
    "StampKind",
    "StampValidation",
    "extend",
    "judge_record",
    "judge_transaction",
    "preserved_of",
    "renew",
    "validate",
    "verify_record",
]
