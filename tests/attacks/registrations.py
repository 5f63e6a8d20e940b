"""Registrations of certificates: each must speak for itself, for nobody else, and once."""

import re
from base64 import b64encode

from support.authority import Holder, institution
from support.forge import ENVELOPED, Style, blank_signature, fill_signature
from support.workshop import SIGNED

from attacks.attack import Attack, Make, replaced
from attacks.doors import SEALED
from attacks.site import Site
from attacks.transactions import seal_of

CLOSE = b"</DANG_KY_CHUNG_THU_SO>"


def registered(der: bytes, *, by: Holder, **style: object) -> bytes:
    """The content of transaction 3, signed by somebody."""
    how = Style(uri="#dataChungThuSo", transforms=(ENVELOPED,), **style)  # type: ignore[arg-type]
    blank = blank_signature("sig-dk", by, SEALED, how)
    text = f"<CHUNG_THU_SO>{b64encode(der).decode()}</CHUNG_THU_SO>{blank}"
    whole = f'<DANG_KY_CHUNG_THU_SO id="dataChungThuSo">{text}</DANG_KY_CHUNG_THU_SO>'
    return fill_signature(whole, "sig-dk", by, how).encode()


def _own(site: Site, **style: object) -> bytes:
    return registered(site.school.der, by=site.school, **style)


def _anew(site: Site) -> bytes:
    renewed = site.issuing.issue(institution("Trường Tiểu học Thử", site.unit), key=site.school.key)
    return registered(renewed.der, by=site.school)


def _revoked(site: Site) -> bytes:
    holder = site.issuing.issue(institution("Trường Tiểu học Thử", site.unit), key=site.school.key)
    site.issuing.revoke(holder, SIGNED)
    return registered(holder.der, by=holder)


def _untrusted(site: Site) -> bytes:
    holder = site.foreign.issue(institution("Trường Tiểu học Thử", site.unit), key=site.school.key)
    return registered(holder.der, by=holder)


def _exchanged(site: Site) -> bytes:
    """Another's certificate put in after signing."""
    other = b64encode(site.neighbour.der).decode()
    return re.sub("(<CHUNG_THU_SO>)[^<]*", lambda found: found[1] + other, _own(site).decode()).encode()


def _put(what: str) -> Make:
    return lambda site: replaced(_own(site).decode(), "<CHUNG_THU_SO>", f"{what}<CHUNG_THU_SO>")


ATTACKS = tuple(
    attack.through("registration")
    for attack in (
        Attack("registration-of-anothers-certificate", "registrant-differs", lambda site: registered(site.neighbour.der, by=site.school),
               "A school would approve records that another one seals."),
        Attack("registration-by-another-certificate-of-the-key", "registrant-differs", _anew, "The same key, another certificate."),
        Attack("registration-of-a-certificate-exchanged", "digest-data", _exchanged, "What is registered is what was signed."),
        Attack("registration-of-a-revoked-certificate", "certificate-revoked", _revoked, "It may not sign, so it may not register."),
        Attack("registration-of-an-untrusted-certificate", "path-invalid", _untrusted, "Nobody vouches for it."),
        Attack("registration-of-nothing", "data-missing", lambda site: re.sub(b"<CHUNG_THU_SO>.*</CHUNG_THU_SO>", b"<KHAC/>", _own(site)),
               "There is nothing to register."),
        Attack("registration-of-two-certificates", "data-missing", _put("<CHUNG_THU_SO/>"), "One could be verified and the other registered."),
        Attack("registration-of-no-certificate", "certificate-unreadable", lambda site: registered(b"khong", by=site.school), "It is none."),
        Attack("registration-cut-by-a-comment", "data-missing", lambda site: replaced(_own(site).decode(), "<CHUNG_THU_SO>MI", "<CHUNG_THU_SO>MI<!---->"),
               "A reader of the first text sees half a certificate."),
        Attack("registration-not-signed", "slot-missing", lambda site: _own(site).replace(seal_of(_own(site)).removesuffix(CLOSE), b""),
               "Nobody proves to have its key."),
        Attack("registration-of-sixty-kilobytes", "too-large", _put("<a>" + "x" * 70_000 + "</a>"), "One certificate is small."),
        Attack("registration-with-a-doctype", "doctype", lambda site: b"<!DOCTYPE DANG_KY_CHUNG_THU_SO>" + _own(site), "The DTD writes into it."),
    )
)  # fmt: skip
