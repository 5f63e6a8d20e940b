"""Certificates and trust: whose they are, who issued them, what became of them, and for whom they are approved."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from support.authority import Authority, Holder, ec_key, institution, person
from support.workshop import HOUR, PRINCIPAL, SIGNED, TEACHER

from attacks.attack import HOLD, RETRY, Attack, edited, headed, key_info, sealed, with_certificate
from attacks.site import Site

DAY = timedelta(days=1)
_COMPROMISE, _ON_HOLD = x509.ReasonFlags.key_compromise, x509.ReasonFlags.certificate_hold


def _substituted(site: Site) -> bytes:
    other = site.head(key=site.principal.key)
    return site.styled(key_info=lambda text: with_certificate(text, other))


def _beside(other: str) -> Any:
    """KeyInfo with a second certificate."""
    return lambda site: site.styled(key_info=lambda text: text + with_certificate(text, getattr(site, other)))


def _issuer_revoked(site: Site) -> Holder:
    site.root.revoke(site.stray.holder, SIGNED - 30 * DAY)
    return site.head(by=site.stray)


def _issuer_revoked_later(site: Site) -> Holder:
    site.root.revoke(site.late.holder, SIGNED + DAY)
    return site.head(by=site.late)


def _by(holder: Holder) -> Authority:
    """This holder issues, whether it may or not."""
    authority = Authority("x")
    authority.holder = holder
    return authority


def _between(**how: Any) -> Any:
    """Signed under an authority of its own, whose certificate comes along."""

    def make(site: Site) -> bytes:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Cấp dưới")])
        between = site.root.issue(name, key=ec_key(), ca=True, **how)
        head = site.head(by=_by(between))
        return site.record(CBQL={"by": head, "key_info": lambda text: text + with_certificate(text, between)})

    return make


def _self_signed(_: Site) -> Holder:
    return Authority("Tự ký").issue(person("Lê Văn Hiệu", PRINCIPAL), key=ec_key())


def _anew(site: Site) -> Holder:
    """Another certificate of the school, over its own key, that nobody approved."""
    return site.issuing.issue(institution("Trường Tiểu học Thử", site.unit), key=site.school.key)


def _two_numbers(site: Site) -> Holder:
    numbers = [x509.NameAttribute(NameOID.USER_ID, f"CCCD:{each}") for each in (PRINCIPAL, TEACHER)]
    return site.issuing.issue(x509.Name(numbers), key=ec_key())


def _in_name(site: Site) -> Holder:
    """The personal id stands in the common name, where anybody may write what he likes."""
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"CCCD:{PRINCIPAL}")])
    return site.issuing.issue(named, key=ec_key())


def _early(site: Site) -> bytes:
    """All of it before the school's certificate was approved."""
    start = SIGNED - 200 * DAY
    slots = ("GVCN", "CBQL", "KY_PHAT_HANH")
    return site.record(**{slot: {"at": start + turn * HOUR} for turn, slot in enumerate(slots)})


@dataclass(frozen=True, slots=True)
class _Each:
    """The same for each slot."""

    slot: str

    def holder(self, site: Site, **how: Any) -> Holder:
        """A certificate for its usual signer."""
        names = {
            "GVCN": person("Phạm Thị Chủ", TEACHER),
            "CBQL": person("Lê Văn Hiệu", PRINCIPAL),
            "KY_PHAT_HANH": institution("Trường Tiểu học Thử", site.unit),
        }
        return site.issuing.issue(names[self.slot], key=ec_key(), **how)

    def expired(self, site: Site) -> bytes:
        """Its certificate had expired."""
        return site.record(**{self.slot: {"by": self.holder(site, ends=SIGNED - DAY)}})

    def early(self, site: Site) -> bytes:
        """Its certificate was not yet valid."""
        return site.record(**{self.slot: {"by": self.holder(site, starts=SIGNED + DAY)}})

    def revoked(self, site: Site) -> bytes:
        """Its certificate had been revoked."""
        holder = self.holder(site)
        site.issuing.revoke(holder, SIGNED - DAY)
        return site.record(**{self.slot: {"by": holder}})

    def revoked_later(self, site: Site) -> bytes:
        """Its certificate was revoked after the claimed time."""
        holder = self.holder(site)
        site.issuing.revoke(holder, SIGNED + 2 * DAY)
        return site.record(**{self.slot: {"by": holder}})


def _of_each_slot() -> list[Attack]:
    found = []
    for slot in ("GVCN", "CBQL", "KY_PHAT_HANH"):
        each, low = _Each(slot), slot.lower().replace("_", "-")
        found += [
            Attack(f"expired-then-{low}", f"{slot}:certificate-expired", each.expired,
                   f"{slot}'s certificate had ended the day before: nobody vouched for it any more."),
            Attack(f"valid-now-but-not-then-{low}", f"{slot}:certificate-not-yet-valid", each.early,
                   f"{slot}'s certificate is valid today; the time of signing counts."),
            Attack(f"revoked-before-{low}", f"{slot}:certificate-revoked", each.revoked,
                   f"{slot}'s certificate had been revoked before it signed."),
        ]  # fmt: skip
        if slot != "KY_PHAT_HANH":
            found.append(Attack(f"revoked-after-{low}", f"{slot}:certificate-revoked-later", each.revoked_later,
                                f"{slot}'s claimed time can be false: without a timestamp a person must look.", HOLD))  # fmt: skip
    return found


ATTACKS = (
    *_of_each_slot(),
    Attack("key-info-empty", "CBQL:certificate-missing", key_info(""), "Nobody is named."),
    Attack("key-value-only", "CBQL:certificate-missing", key_info("<ds:KeyValue><ds:RSAKeyValue/></ds:KeyValue>"),
           "A bare key vouches for itself."),
    Attack("key-name-only", "CBQL:certificate-missing", key_info("<ds:KeyName>x</ds:KeyName>"), "A name is no certificate."),
    Attack("retrieval-method", "CBQL:certificate-missing", key_info('<ds:RetrievalMethod URI="http://127.0.0.1:9/c.cer"/>'),
           "The verifier would fetch what the sender likes."),
    Attack("subject-name-missing", "CBQL:subject-name-missing", lambda site: site.styled(subject_name=False),
           "CV 2088 wants it beside the certificate."),
    Attack("subject-name-empty", "CBQL:subject-name-missing", lambda site: site.styled(key_info=lambda text: text.replace("CN=x", " ")),
           "White space names nobody."),
    Attack("certificate-not-base64", "CBQL:certificate-unreadable", lambda site: site.styled(key_info=lambda text: text.replace("MII", "***")),
           "What cannot be read cannot be trusted."),
    Attack("certificate-cut", "CBQL:certificate-unreadable", lambda site: site.styled(key_info=lambda text: text.replace("MII", "MIIC", 1).replace("</ds:X509Certificate", "AAAA</ds:X509Certificate")),
           "What cannot be read cannot be trusted."),
    Attack("certificate-without-end", "CBQL:certificate-unreadable", key_info(
        "<ds:X509Data><ds:X509SubjectName>x</ds:X509SubjectName><ds:X509Certificate>" + "MIIB" * 9000
        + "</ds:X509Certificate></ds:X509Data>"), "A parser may be led on for long."),
    Attack("certificates-in-hundreds", "CBQL:certificate-missing", lambda site: site.styled(key_info=lambda text: text * 400),
           "Each is read, and each could be part of a path."),
    Attack("certificates-of-two-signers", "CBQL:certificate-missing", _beside("teacher"), "Whose signature is it?"),
    Attack("certificate-substituted", "CBQL:certificate-digest", _substituted,
           "Another certificate over the same key, with other rights: xmlsec accepts it."),
    Attack("certificate-compromised-later", "CBQL:certificate-revoked", headed(lambda site: site.revoked(SIGNED + DAY, _COMPROMISE)),
           "Whoever stole the key wrote the time as well."),
    Attack("certificate-on-hold", "CBQL:certificate-on-hold", headed(lambda site: site.revoked(SIGNED - HOUR, _ON_HOLD)),
           "Suspended: it may come back.", HOLD),
    Attack("issuer-revoked", "CBQL:issuer-revoked", headed(_issuer_revoked), "An authority that may not issue vouches for nobody."),
    Attack("issuer-revoked-later", "CBQL:issuer-revoked-later", headed(_issuer_revoked_later),
           "It was sound at the claimed time, which nothing proves.", HOLD),
    Attack("issuer-expired-then", "CBQL:path-invalid", _between(starts=SIGNED - 90 * DAY, ends=SIGNED - 30 * DAY),
           "Every certificate of the path must have been valid."),
    Attack("issuer-valid-only-later", "CBQL:path-invalid", _between(starts=SIGNED + 3 * DAY), "Every certificate of the path must have been valid."),
    Attack("issuer-without-revocation-list", "CBQL:revocation-unknown", _between(),
           "Whether it was revoked cannot be told: not passed, tried again.", RETRY),
    Attack("issuer-is-no-authority", "CBQL:path-not-found", headed(lambda site: site.head(by=_by(site.teacher))),
           "A teacher's certificate issues one to the principal."),
    Attack("issuer-is-no-authority-and-comes-along", "CBQL:path-invalid", lambda site: site.record(
        CBQL={"by": site.head(by=_by(site.teacher)), "key_info": lambda text: text + with_certificate(text, site.teacher)}),
           "The path is there in full, and basicConstraints forbids it."),
    Attack("untrusted-root-of-the-same-name", "CBQL:path-invalid", headed(lambda site: site.head(by=site.foreign)),
           "Names are free; keys are trusted."),
    Attack("untrusted-root-comes-along", "CBQL:path-invalid", lambda site: site.record(
        CBQL={"by": site.head(by=site.foreign), "key_info": lambda text: text + with_certificate(text, site.foreign.holder)}),
           "A root sent with the record is not an anchor."),
    Attack("self-signed", "CBQL:path-not-found", headed(_self_signed), "Everybody can vouch for himself."),
    Attack("no-anchor-at-all", "GVCN:path-not-found", lambda site: site.good, "A store without anchors trusts nobody.", door="no-trust"),
    Attack("revocation-lists-out-of-date", "GVCN:revocation-unknown", lambda site: site.good,
           "Stale lists know nothing of what was revoked since.", RETRY, "old-lists"),
    Attack("authority-as-signer", "CBQL:certificate-is-ca", headed(lambda site: site.head(ca=True)),
           "An authority's key signs certificates, not records; two well-known verifiers accept it."),
    Attack("issuing-authority-itself-as-signer", "CBQL:certificate-is-ca", headed(lambda site: site.issuing.holder),
           "The authority that issued all the others signs a record."),
    Attack("certificate-for-encryption", "CBQL:key-usage", headed(lambda site: site.head(signing=False)), "Its holder never agreed to sign with it."),
    Attack("certificate-for-servers", "CBQL:key-usage", headed(lambda site: site.head(purposes=[ExtendedKeyUsageOID.SERVER_AUTH])),
           "A web server's certificate names no signer."),
    Attack("certificate-for-timestamps", "CBQL:key-usage", headed(lambda site: site.head(purposes=[ExtendedKeyUsageOID.TIME_STAMPING])),
           "A timestamp authority signs whatever digest it is sent."),
    Attack("certificate-for-code", "CBQL:key-usage", headed(lambda site: site.head(purposes=[ExtendedKeyUsageOID.CODE_SIGNING])),
           "A developer's certificate names no signer of records."),
    Attack("seal-not-approved", "KY_PHAT_HANH:certificate-not-approved", sealed(_anew),
           "The same key under a certificate that nobody approved."),
    Attack("seal-of-another-school", "KY_PHAT_HANH:certificate-not-approved", sealed(lambda site: site.neighbour),
           "A sound seal, approved for its own school: every general verifier accepts it."),
    Attack("seal-by-a-person", "KY_PHAT_HANH:certificate-not-approved", sealed(lambda site: site.principal), "A person is not the school."),
    Attack("seal-before-its-approval", "KY_PHAT_HANH:certificate-not-approved", _early, "Approval has its first day."),
    Attack("registry-unknown", "KY_PHAT_HANH:registry-unknown", lambda site: site.good, "Without a registry nothing is approved.", HOLD, "no-registry"),
    Attack("signer-is-somebody-else", "CBQL:signer-differs", lambda site: site.styled(by=site.teacher),
           "The slot names the principal, the certificate the teacher."),
    Attack("signer-is-the-institution", "CBQL:signer-differs", lambda site: site.styled(by=site.school), "The school's seal is not its principal."),
    Attack("signer-with-two-numbers", "CBQL:signer-differs", headed(_two_numbers), "A certificate that names two people names nobody."),
    Attack("signer-numbered-in-the-name", "CBQL:signer-differs", headed(_in_name), "A number in the common name was checked by nobody."),
    Attack("signer-number-changed", "GVCN:signer-differs", edited(f"<SO_CCCD>{TEACHER}</SO_CCCD><ds", f"<SO_CCCD>{PRINCIPAL}</SO_CCCD><ds"),
           "The slot's name can be edited; the certificate's cannot."),
    Attack("signer-number-missing", "CBQL:signer-unnamed", lambda site: site.styled(cccd=""), "Nobody is named to compare with."),
    Attack("signer-number-with-a-tail", "GVCN:signer-differs", edited(f"<SO_CCCD>{TEACHER}</SO_CCCD><ds", f"<SO_CCCD>{TEACHER}0</SO_CCCD><ds"),
           "Compared whole, not by its start."),
    Attack("signer-number-split-by-an-element", "GVCN:signer-differs", edited(f"<SO_CCCD>{TEACHER}</SO_CCCD><ds", f"<SO_CCCD>{TEACHER}<x/>999</SO_CCCD><ds"),
           "Readers differ in what the text of such an element is."),
)  # fmt: skip
