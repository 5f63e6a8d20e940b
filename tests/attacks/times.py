"""Times: contradicting, unsigned, unreadable, out of order, or not yet come."""

from datetime import timedelta

from support.forge import stamp
from support.workshop import HOUR, NOW, SIGNED

from attacks.attack import Attack, Make, edited, template
from attacks.site import Site

_MISSING, _CONFLICT, _DATE = "CBQL:signing-time-missing", "CBQL:signing-time-conflict", "CBQL:signing-date-differs"
_TEN = "2026-05-25T10:00:00+07:00"


def written(time: str) -> Make:
    """Both times of the principal's signature written so."""
    return template(f"SigningTime>{_TEN}".replace("+", r"\+"), f"SigningTime>{time}")


def _at(**moments: timedelta) -> Make:
    return lambda site: site.record(**{slot: {"at": SIGNED + moment} for slot, moment in moments.items()})


def _unsigned(site: Site) -> bytes:
    def change(text: str) -> str:
        unsigned = f"<xades:UnsignedProperties><xades:SigningTime>{stamp(SIGNED)}</xades:SigningTime></xades:UnsignedProperties>"
        return text.replace("</xades:QualifyingProperties>", f"{unsigned}</xades:QualifyingProperties>")

    return site.styled(template=change)


ATTACKS = (
    Attack("time-changed-after-signing", "GVCN:digest-properties", edited("<SigningTime>2026", "<SigningTime>2027"), "The time is signed."),
    Attack("xades-time-changed-after-signing", "GVCN:digest-properties", edited("<xades:SigningTime>2026", "<xades:SigningTime>2027"),
           "The time is signed in its other form too."),
    Attack("times-contradict", _CONFLICT, template("<SigningTime>2026-05-25T10", "<SigningTime>2026-05-25T11"),
           "Two signed times: each reader could take the one it likes."),
    Attack("time-without-zone", _MISSING, written("2026-05-25T10:00:00"), "Seven hours decide which day it was."),
    Attack("time-of-no-day", _MISSING, written("2026-05-32T10:00:00+07:00"), "There is no such day."),
    Attack("time-at-twenty-four", _MISSING, written("2026-05-25T24:00:00+07:00"), "Readers differ in which day it is."),
    Attack("time-of-a-leap-second", _MISSING, written("2026-05-25T10:00:60+07:00"), "XML Schema knows no such second."),
    Attack("time-in-other-digits", _MISSING, written("２０２６-05-25T10:00:00+07:00"), "Digits of another script are digits to some libraries."),
    Attack("time-with-a-space", _MISSING, written("2026-05-25 10:00:00+07:00"), "Not a time of XML Schema."),
    Attack("time-as-a-number", _MISSING, written("1779678000"), "Seconds of what?"),
    Attack("time-empty", _MISSING, written(""), "An empty time is no time."),
    Attack("time-without-end", _MISSING, written("2" * 100_000), "A parser may be led on for long."),
    Attack("zone-of-a-week", _MISSING, written("2026-05-25T10:00:00+99:00"), "There is no such zone."),
    Attack("no-time-at-all", _MISSING, template(r"<(xades:)?SigningTime>[^<]*</(xades:)?SigningTime>", ""), "Then anything could have been valid."),
    Attack("time-outside-its-property", _CONFLICT, template(r"(<ds:SignatureProperty [^>]*>)(<SigningTime>.*?</SigningTime>)", r"\1<x>\2</x>"),
           "A time in a wrapper means what the wrapper says."),
    Attack("time-unsigned", _CONFLICT, _unsigned, "A time beside the signed one, put in by anybody."),
    Attack("date-changed", "GVCN:signing-date-differs", edited("<NGAY_KY>2026-05-25T09", "<NGAY_KY>2026-05-25T08"), "NGAY_KY is not signed: it must be the signed time."),
    Attack("date-of-another-day", _DATE, lambda site: site.styled(ngay_ky="2026-05-24"), "A plain date is the day in Vietnam."),
    Attack("date-of-another-day-in-utc", _DATE, lambda site: site.record(
        CBQL={"at": SIGNED.replace(hour=18), "ngay_ky": "2026-05-25"}, KY_PHAT_HANH={"at": SIGNED.replace(hour=19)}),
           "At one in the morning in Vietnam it is still the day before in Greenwich."),
    Attack("date-unreadable", _DATE, lambda site: site.styled(ngay_ky="hôm qua"), "What cannot be compared does not agree."),
    Attack("date-of-another-zone", _DATE, lambda site: site.styled(ngay_ky="2026-05-25T10:00:00+00:00"), "The same figures, seven hours away."),
    Attack("in-the-future", "KY_PHAT_HANH:time-in-future", lambda site: site.record(KY_PHAT_HANH={"at": NOW + HOUR}),
           "A certificate that ends tomorrow could sign for the day after."),
    Attack("in-the-year-9999", "CBQL:time-in-future", lambda site: site.record(CBQL={"at": NOW.replace(year=9999, month=12, day=30)}),
           "Arithmetic on it overflows in many libraries."),
    Attack("in-the-year-1", "CBQL:certificate-not-yet-valid", lambda site: site.record(CBQL={"at": NOW.replace(year=1, month=1, day=2)}),
           "Arithmetic on it overflows in many libraries."),
    Attack("principal-before-the-teacher", "order-wrong", _at(CBQL=-HOUR), "The principal approves what the teacher signed."),
    Attack("seal-before-the-principal", "order-wrong", _at(KY_PHAT_HANH=timedelta(0)), "The school issues what its principal signed."),
    Attack("seal-before-the-teacher", "order-wrong", _at(KY_PHAT_HANH=-HOUR), "The school issues what its teacher signed."),
    Attack("all-times-reversed", "order-wrong", _at(GVCN=2 * HOUR, CBQL=HOUR, KY_PHAT_HANH=timedelta(0)), "Each agrees with itself; together they are impossible."),
    Attack("principal-a-second-too-early", "order-wrong", _at(CBQL=timedelta(seconds=-1)), "The bound is a bound."),
)  # fmt: skip
