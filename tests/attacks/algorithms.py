"""Algorithms and keys: what is too weak, what is not a signature at all, and values made without the key."""

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from support.authority import Holder, ec_key, rsa_key
from support.forge import DIGESTS

from attacks.attack import Attack, Make, edited, headed, substituted, template, with_certificate
from attacks.site import Site

_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_MORE_2007 = "http://www.w3.org/2007/05/xmldsig-more#"
FORBIDDEN = "CBQL:algorithm-forbidden"
SMALL = "CBQL:key-too-small"


@dataclass(frozen=True, slots=True)
class Signs:
    """What stands where a private key would."""

    how: Callable[[bytes], bytes]
    """Octets to a value."""

    def sign(self, octets: bytes, *_: Any) -> bytes:
        """Like a private key."""
        return self.how(octets)


@dataclass(frozen=True, slots=True)
class OnlyPublic:
    """A key to be certified of which there is no private half."""

    public: Any

    def public_key(self) -> Any:
        """Like a private key."""
        return self.public


def _method(algorithm: str) -> Make:
    return template(r'SignatureMethod Algorithm="[^"]*"', f'SignatureMethod Algorithm="{algorithm}"')


def _hmac(secret: Callable[[Site], bytes], algorithm: str = f"{_MORE}hmac-sha256") -> Make:
    """The public key, or nothing, as the secret of an HMAC under the principal's certificate."""

    def make(site: Site) -> bytes:
        by = Holder(Signs(lambda octets: hmac.digest(secret(site), octets, "sha256")), site.principal.certificate)
        return site.styled(by=by, template=_renamed(algorithm))

    return make


def _renamed(algorithm: str, inside: str = "") -> Callable[[str], str]:
    pattern = r'<ds:SignatureMethod Algorithm="[^"]*"/>'
    closed = f'<ds:SignatureMethod Algorithm="{algorithm}">{inside}</ds:SignatureMethod>'
    return lambda text: substituted(pattern, closed, text)


def _public(site: Site, encoding: Encoding) -> bytes:
    return site.principal.key.public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[no-any-return]


def _cube_root(site: Site) -> bytes:
    """Bleichenbacher's: with exponent 3, a value whose cube begins like a signature and ends in rubbish."""
    public = rsa.RSAPublicNumbers(3, _odd(2048)).public_key()
    holder = site.head(key=OnlyPublic(public))
    return site.styled(by=Holder(Signs(_rooted), holder.certificate))


def _rooted(octets: bytes) -> bytes:
    prefix = bytes.fromhex("3031300d060960864801650304020105000420")
    block = b"\x00\x01\xff\xff\xff\xff\xff\xff\xff\xff\x00" + prefix + hashlib.sha256(octets).digest()
    wanted = int.from_bytes(block.ljust(256, b"\x00"), "big")
    low, high = 0, 1 << 700
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if middle**3 < wanted else (low, middle)
    return low.to_bytes(256, "big")


def _odd(bits: int) -> int:
    return (1 << (bits - 1)) | int.from_bytes(hashlib.shake_256(b"hocba").digest(bits // 8 - 1), "big") | 1


def _wide(bits: int, exponent: int) -> Make:
    """A key of this size that nobody can sign with."""

    def make(site: Site) -> bytes:
        holder = site.head(key=OnlyPublic(rsa.RSAPublicNumbers(exponent, _odd(bits)).public_key()))
        return site.styled(by=Holder(Signs(lambda _: bytes(bits // 8)), holder.certificate))

    return make


def _ecdsa(value: Callable[[bytes], bytes]) -> Make:
    """A value that was not computed by the key: written by the forge, exchanged for this."""

    def make(site: Site) -> bytes:
        by = Holder(Signs(value), site.head().certificate)
        return site.styled(by=by, template=_renamed(f"{_MORE}ecdsa-sha256"))

    return make


def _der(site: Site) -> bytes:
    """An ECDSA value in DER, as Java's Signature writes it, where XML Signature wants r and s."""
    key, certificate = ec_key(), None
    holder = site.head(key=key)
    certificate = holder.certificate
    by = Holder(Signs(lambda octets: key.sign(octets, ec.ECDSA(_sha256()))), certificate)
    return site.styled(by=by, template=_renamed(f"{_MORE}ecdsa-sha256"))


def _sha256() -> Any:
    from cryptography.hazmat.primitives import hashes

    return hashes.SHA256()


def _ed25519(site: Site) -> bytes:
    other = site.head(key=ed25519.Ed25519PrivateKey.generate())
    return site.styled(key_info=lambda text: with_certificate(text, other))


def _pss(inside: str) -> Make:
    return lambda site: site.styled(template=_renamed(f"{_MORE_2007}rsa-pss", inside))


_PARAMETERS = f'<p:RSAPSSParams xmlns:p="{_MORE_2007}">{{}}</p:RSAPSSParams>'
_MASK = f'<p:MaskGenerationFunction Algorithm="{_MORE_2007}MGF1"><ds:DigestMethod Algorithm="{DIGESTS["sha1"]}"/></p:MaskGenerationFunction>'

ATTACKS = (
    Attack("sha-1", FORBIDDEN, lambda site: site.styled(digest="sha1"), "Two documents of one SHA-1 can be made by anybody with money."),
    Attack("sha-1-digest-only", FORBIDDEN, template(re.escape(DIGESTS["sha256"]) + '"/><ds:DigestValue>\\[', DIGESTS["sha1"] + '"/><ds:DigestValue>['),
           "A strong signature over a weak digest is weak."),
    Attack("md5-signature", FORBIDDEN, _method(f"{_MORE}rsa-md5"), "Broken since 2004."),
    Attack("md5-digest", FORBIDDEN, template(re.escape(DIGESTS["sha256"]) + '"/><ds:DigestValue>\\[', f'{_MORE}md5"/><ds:DigestValue>['), "Broken since 2004."),
    Attack("hmac", FORBIDDEN, _method(f"{_MORE}hmac-sha256"), "A secret that both sides have is no signature."),
    Attack("hmac-with-the-public-key", FORBIDDEN, _hmac(lambda site: _public(site, Encoding.PEM)),
           "The value fits if a verifier takes the certificate's key for the secret: anybody can make it."),
    Attack("hmac-with-the-public-key-in-der", FORBIDDEN, _hmac(lambda site: _public(site, Encoding.DER)),
           "The same for a verifier that keeps keys in DER."),
    Attack("hmac-with-nothing", FORBIDDEN, _hmac(lambda _: b""), "The same for a verifier without a secret."),
    Attack("hmac-of-one-bit", FORBIDDEN, lambda site: site.styled(template=_renamed(f"{_MORE}hmac-sha256", "<ds:HMACOutputLength>1</ds:HMACOutputLength>")),
           "Cut to a bit, every second value fits."),
    Attack("dsa", FORBIDDEN, _method("http://www.w3.org/2009/xmldsig11#dsa-sha256"), "Not among the algorithms allowed."),
    Attack("method-unknown", FORBIDDEN, _method("urn:x"), "Nobody knows what it proves."),
    Attack("method-missing", FORBIDDEN, template(r'<ds:SignatureMethod Algorithm="[^"]*"', "<ds:SignatureMethod"), "No algorithm, no signature."),
    Attack("method-none", FORBIDDEN, _method("none"), "The way of JSON tokens."),
    Attack("method-of-another-kind-of-key", FORBIDDEN, _method(f"{_MORE}ecdsa-sha256"), "The certificate has an RSA key."),
    Attack("method-exchanged-after-signing", "GVCN:value-wrong", edited("more#rsa-sha256", "more#rsa-sha512"), "The method is signed too."),
    Attack("pss-with-sha-1-mask", FORBIDDEN, _pss(_PARAMETERS.format(_MASK)), "A weak digest by the back door."),
    Attack("pss-with-unknown-parameter", FORBIDDEN, _pss(_PARAMETERS.format("<p:Khac/>")), "What it means is not known."),
    Attack("pss-salt-without-end", FORBIDDEN, _pss(_PARAMETERS.format("<p:SaltLength>999999999999</p:SaltLength>")), "A length that no memory has."),
    Attack("pss-of-a-pkcs1-value", "CBQL:value-wrong", _pss(""), "Paddings must not be taken for each other."),
    Attack("rsa-1024", SMALL, headed(lambda site: site.head(key=rsa_key(1024))), "It can be factored; two well-known verifiers accept it."),
    Attack("rsa-2040", SMALL, _wide(2040, 65537), "The bound is a bound."),
    Attack("rsa-16384", SMALL, _wide(16384, 65537), "Each verification would take as long as a thousand others."),
    Attack("rsa-exponent-of-the-modulus", "CBQL:value-wrong", _wide(4096, (1 << 4000) + 1), "An exponent as long as the modulus costs a thousand times more."),
    Attack("rsa-cube-root", "CBQL:value-wrong", _cube_root, "Padding read from the left alone lets anybody forge for exponent 3."),
    Attack("ec-p192", SMALL, headed(lambda site: site.head(key=ec_key(ec.SECP192R1()))), "Too small."),
    Attack("ec-of-another-curve", SMALL, headed(lambda site: site.head(key=ec_key(ec.SECP256K1()))), "Not among the curves allowed."),
    Attack("ec-value-of-zeros", "CBQL:value-wrong", _ecdsa(lambda _: bytes(64)), "r = s = 0 satisfied a whole version of Java."),
    Attack("ec-value-too-long", "CBQL:value-wrong", _ecdsa(lambda _: b"\x01" * 128), "Halves of another length are other numbers."),
    Attack("ec-value-in-der", "CBQL:value-wrong", _der, "XML Signature wants r and s; software that writes DER must mend it."),
    Attack("ed25519-certificate", SMALL, _ed25519, "Not among the keys allowed."),
    Attack("signed-by-another-key", "CBQL:value-wrong", headed(lambda site: Holder(rsa_key(), site.principal.certificate)),
           "The principal's certificate, anybody's key."),
    Attack("value-changed", "GVCN:value-wrong", edited("(SignatureValue>)....", r"\1AAAA"), "The plainest."),
    Attack("value-empty", "GVCN:value-wrong", edited("SignatureValue>[^<]+<", "SignatureValue><"), "Nothing is not a signature."),
    Attack("value-not-base64", "GVCN:signature-malformed", edited("(SignatureValue>)....", r"\1****"), "A lenient reader skips what it does not know."),
    Attack("value-with-letters-after-its-end", "GVCN:signature-malformed", edited("==</ds:SignatureValue>", "==AAAA</ds:SignatureValue>"),
           "A lenient reader stops at the padding."),
    Attack("value-of-another-signature", "GVCN:value-wrong", lambda site: _value_of(site), "A sound value, over another SignedInfo."),
)  # fmt: skip


def _value_of(site: Site) -> bytes:
    text = site.good.decode()
    first, second, *_ = re.findall(r"SignatureValue>([^<]*)</", text)
    return text.replace(first, second).encode()
