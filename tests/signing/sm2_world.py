"""Keys, certificates and a seal for tests: a root, a seal maker, a signer."""

import io
from datetime import UTC, datetime, timedelta
from functools import cache

from PIL import Image

from signing import ses, sm2_certificates
from signing.libcrypto import Sm2PrivateKey
from signing.ofd_seal import SealSigner
from signing.sm2_certificates import KeyUsage

NOW = datetime(2026, 11, 21, 8, 30, 15, tzinfo=UTC)
DAY = timedelta(days=1)
ROOT_NAME = sm2_certificates.name("开发 Development seal root", "Sealpress")
SIGNING = KeyUsage.DIGITAL_SIGNATURE | KeyUsage.NON_REPUDIATION
ISSUING = KeyUsage.CERTIFICATE_SIGN | KeyUsage.CRL_SIGN


@cache
def key(role: str) -> Sm2PrivateKey:
    """One key for each role, for the whole run."""
    assert role
    return Sm2PrivateKey.generate()


def certificate(role: str = "signer", above: str = "root", /, **changes: object) -> bytes:
    """A signer's certificate issued by the root, unless told otherwise."""
    values: dict[str, object] = {
        "subject": ROOT_NAME if role == "root" else sm2_certificates.name(f"测试 {role}"),
        "issuer": ROOT_NAME if above == "root" else sm2_certificates.name(f"测试 {above}"),
        "point": key(role).public.point,
        "issuer_key": key(above),
        "serial": int.from_bytes(role.encode()[:8], "big"),
        "not_before": NOW - DAY,
        "not_after": NOW + 365 * DAY,
        "key_usage": SIGNING,
    }
    return sm2_certificates.issue(**{**values, **changes})  # type: ignore[arg-type]


def authority(role: str = "root", above: str = "root", /, **changes: object) -> bytes:
    """An authority's certificate; the root's own by default."""
    return certificate(role, above, **{"ca": True, "key_usage": ISSUING, **changes})


@cache
def root() -> bytes:
    return authority()


@cache
def signer_certificate() -> bytes:
    return certificate()


@cache
def maker_certificate() -> bytes:
    return certificate("maker")


def crl(*revoked: sm2_certificates.Revoked, **changes: object) -> bytes:
    """The root's list of what is revoked, made a day ago and good for 30 days."""
    values: dict[str, object] = {
        "issuer": ROOT_NAME,
        "issuer_key": key("root"),
        "number": 1,
        "this_update": NOW - DAY,
        "next_update": NOW + 30 * DAY,
        "revoked": revoked,
    }
    return sm2_certificates.build_crl(**{**values, **changes})  # type: ignore[arg-type]


@cache
def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGBA", (8, 8), (200, 0, 0, 255)).save(out, "PNG")
    return out.getvalue()


def seal_content(**changes: object) -> ses.SealContent:
    values: dict[str, object] = {
        "id": "45010000000001",
        "name": "南宁市住房和城乡建设局",
        "picture": picture(),
        "width": 42,
        "height": 42,
        "signers": [signer_certificate()],
        "created": NOW - DAY,
        "valid_from": NOW - DAY,
        "valid_to": NOW + 300 * DAY,
    }
    return ses.SealContent(**{**values, **changes})  # type: ignore[arg-type]


@cache
def seal() -> bytes:
    return ses.make_seal(seal_content(), key("maker"), maker_certificate())


def signature(**changes: object) -> bytes:
    values: dict[str, object] = {
        "key": key("signer"),
        "certificate": signer_certificate(),
        "seal": seal(),
        "data_hash": bytes(range(32)),
        "property_info": "/Doc_0/Signs/Sign_0/Signature.xml",
        "at": NOW,
    }
    return ses.sign(**{**values, **changes})  # type: ignore[arg-type]


def seal_signer() -> SealSigner:
    return SealSigner(key("signer"), signer_certificate(), seal())
