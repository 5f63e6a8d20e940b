"""An official record's octets made ready for printing, or one refusal in words."""

from collections.abc import Mapping

from pydantic import ValidationError

from schemas.findings import FindingError, Words
from schemas.identity import identify
from schemas.octets import parse_record
from schemas.profiles import profile_of
from transformers.canonical import UnreadableError
from transformers.official import read_record
from transformers.printed.form import Printable
from transformers.printed.signatures import Judgement, State, signatures_of


class NotPrintableError(ValueError):
    """The octets are no record that the form can show; it says why to people, without a pupil's data."""

    def __init__(self, words: Words) -> None:
        self.words = words
        super().__init__(words.en)


def printable_of(octets: bytes, *, states: Mapping[Judgement, State] | State = State.UNCHECKED) -> Printable:
    """One record as the form takes it, its signatures in the state that somebody has found them in.

    Raises:
        NotPrintableError: it cannot be read, its version is unknown, or it lacks what every record has.
    """
    try:
        root = parse_record(octets)
    except FindingError as error:
        raise NotPrintableError(error.findings[0].message) from error
    told = identify(root)
    profile = profile_of(told.version, told.level)
    if profile is None or profile.layout is None:
        raise NotPrintableError(
            Words(
                vi=f"Không in được hồ sơ phiên bản «{told.version[:20]}»: hub không biết cấu trúc này.",
                en=f"Records of version «{told.version[:20]}» cannot be printed: the hub does not know them.",
            )
        )
    try:
        record = read_record(root, profile)
    except (UnreadableError, ValidationError) as error:
        raise NotPrintableError(
            Words(
                vi="Hồ sơ thiếu hoặc sai dữ liệu nên không in được; «hocba check» nói sai ở đâu.",
                en="Data of the record are missing or wrong, so that it cannot be printed; «hocba check» says where.",
            )
        ) from error
    return Printable(record, profile, signatures_of(root, profile, record, states=states), octets)
