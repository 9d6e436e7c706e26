"""What stands in a token: a private key by its name, and the public half that belongs to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, cast

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pkcs11.constants import Attribute, ObjectClass
from pkcs11.exceptions import PKCS11Error
from pkcs11.mechanisms import KeyType, Mechanism
from pkcs11.types import Object, PrivateKey, Session, SignMixin

from signing.document_key import DocumentPublicKey
from signing.p256 import COORDINATE_BYTES
from signing.pkcs11_uri import ObjectName

_P256 = bytes.fromhex("06082a8648ce3d030107")  # the named curve, DER (RFC 5480 section 2.1.1.1)
_POINT_BYTES = 1 + 2 * COORDINATE_BYTES
_POINT_HEAD = bytes([0x04, _POINT_BYTES])  # CKA_EC_POINT is a DER OCTET STRING


class KeyMissing(PKCS11Error):
    """The token holds no private key of that name, or several."""


class KeyUnfit(PKCS11Error):
    """The token holds the key, but it is of another kind, may not sign, or lacks a public half."""


class SigningKey(Protocol):
    """A private key that python-pkcs11 lets sign; its classes are put together at run time."""

    @property
    def id(self) -> bytes:
        """CKA_ID, which its public half and certificate have too."""
        ...

    @property
    def key_type(self) -> KeyType:
        """CKA_KEY_TYPE."""
        ...

    def __getitem__(self, key: Attribute) -> Any: ...

    def sign(self, data: bytes, *, mechanism: Mechanism, pin: str | None) -> bytes:
        """The signature as the mechanism gives it; `pin` is given once more where one is."""
        ...


def private_key(session: Session, name: ObjectName) -> SigningKey:
    """The private key of that name; raises KeyMissing and KeyUnfit."""
    template: dict[Attribute, Any] = {Attribute.CLASS: ObjectClass.PRIVATE_KEY}
    if name.label is not None:
        template[Attribute.LABEL] = name.label
    if name.id is not None:
        template[Attribute.ID] = name.id
    found = list(session.get_objects(template))
    if len(found) > 1:
        raise KeyMissing("the token holds several private keys of that name; id= tells them apart")
    if not found:
        raise KeyMissing("the token holds no private key of that name")
    key = found[0]
    if not isinstance(key, PrivateKey) or not isinstance(key, SignMixin):
        raise KeyUnfit("the token does not let the key sign (CKA_SIGN)")
    return cast("SigningKey", key)


def public_key(session: Session, key: SigningKey) -> DocumentPublicKey:
    """The public half, P-256 or RSA: of the key itself, its public object, or its certificate.

    Raises KeyUnfit where none of them is there, or the key is of another kind.
    """
    kind = key.key_type
    if kind not in (KeyType.EC, KeyType.RSA):
        raise KeyUnfit("the key is of another kind than P-256 or RSA")
    read = _p256 if kind is KeyType.EC else _rsa
    beside = {Attribute.ID: key.id, Attribute.CLASS: ObjectClass.PUBLIC_KEY}
    places: list[Object | SigningKey] = [key, *session.get_objects(beside)]
    for one in places:
        found = read(one)
        if found is not None:
            return found
    beside[Attribute.CLASS] = ObjectClass.CERTIFICATE
    return _certified(session.get_objects(beside))


def _p256(found: Object | SigningKey) -> ec.EllipticCurvePublicKey | None:
    values = _attributes(found, Attribute.EC_PARAMS, Attribute.EC_POINT)
    curve, point = values.get(Attribute.EC_PARAMS), values.get(Attribute.EC_POINT)
    if curve not in (None, _P256):
        raise KeyUnfit("the key is of another curve than P-256")
    if curve is None or not point:
        return None
    if len(point) == _POINT_BYTES + 2:
        point = point.removeprefix(_POINT_HEAD)  # some tokens leave the head out
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise KeyUnfit("its public half in the token is no point of P-256") from None


def _rsa(found: Object | SigningKey) -> rsa.RSAPublicKey | None:
    values = _attributes(found, Attribute.MODULUS, Attribute.PUBLIC_EXPONENT)
    modulus, exponent = (
        int.from_bytes(values.get(name) or b"", "big")
        for name in (Attribute.MODULUS, Attribute.PUBLIC_EXPONENT)
    )
    if not modulus or not exponent:
        return None
    try:
        return rsa.RSAPublicNumbers(exponent, modulus).public_key()
    except ValueError:
        raise KeyUnfit("its public half in the token is no RSA key") from None


def _certified(certificates: Iterable[Object]) -> DocumentPublicKey:
    for one in certificates:
        try:
            key = x509.load_der_x509_certificate(
                _attributes(one, Attribute.VALUE).get(Attribute.VALUE) or b""
            ).public_key()
        except (ValueError, UnsupportedAlgorithm):
            continue
        if isinstance(key, DocumentPublicKey):
            return key
    raise KeyUnfit("the token holds no public half beside the key, and no certificate (CKA_ID)")


def _attributes(found: Object | SigningKey, *names: Attribute) -> dict[Attribute, bytes]:
    """Those of the attributes that the object has: tokens differ in what they tell."""
    values = {}
    for name in names:
        try:
            values[name] = bytes(found[name])
        except (PKCS11Error, TypeError):
            continue
    return values
