"""Who takes part in sealing, for tests that play them falsely: signer, maker, root, their lists."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

import genuine
import pytest

from renderer import raster
from signing import ofd_seal, ses, ses_build, ses_sign, sm2_certificates, sm2_crl
from signing.libcrypto import Sm2PrivateKey
from signing.sm2_certificates import KeyUsage
from verify import ofd
from verify.check import CheckState, Examination
from verify.verdict import all_passed

DAY = timedelta(days=1)
YEARS = timedelta(days=3650)
ROOT_NAME = sm2_certificates.name("测试印章根", "测试")
SIGNING = KeyUsage.DIGITAL_SIGNATURE | KeyUsage.NON_REPUDIATION
ISSUING = KeyUsage.CERTIFICATE_SIGN | KeyUsage.CRL_SIGN
SIGNER_SERIAL, MAKER_SERIAL = 4711, 4712
FAILED, UNTOLD = CheckState.FAILED, CheckState.NOT_CHECKED


@cache
def key(role: str) -> Sm2PrivateKey:
    assert role
    return Sm2PrivateKey.generate()


def certificate(role: str, **changes) -> bytes:
    """A certificate that the root issues to a role, unless told otherwise."""
    values = {
        "subject": ROOT_NAME
        if role == "root"
        else sm2_certificates.name(f"测试 {role}", "测试", genuine.USCC),
        "issuer": ROOT_NAME,
        "point": key(role).public.point,
        "issuer_key": key("root"),
        "serial": {"signer": SIGNER_SERIAL, "maker": MAKER_SERIAL}.get(role, 99),
        "not_before": genuine.FOUNDED,
        "not_after": genuine.NOW + YEARS,
        "key_usage": SIGNING,
    }
    return sm2_certificates.issue(**{**values, **changes})


@cache
def root() -> bytes:
    return certificate("root", ca=True, key_usage=ISSUING)


def crl(
    *revoked: sm2_crl.Revoked,
    made: datetime = genuine.FOUNDED,
    lasts=30 * DAY,
    keeps_since: datetime | None = None,
) -> bytes:
    return sm2_crl.build_crl(
        issuer=ROOT_NAME,
        issuer_key=key("root"),
        number=1,
        this_update=made,
        next_update=made + lasts,
        revoked=revoked,
        keeps_since=keeps_since,
    )


@dataclass(frozen=True)
class Parts:
    """Certificates and roles of one sealing; keys go by the role's name."""

    signer: bytes
    maker: bytes
    listed: tuple[bytes, ...]
    signer_role: str = "signer"
    maker_role: str = "maker"
    valid_from: datetime = genuine.FOUNDED
    valid_to: datetime = genuine.NOW + YEARS


def parts(**changes) -> Parts:
    signer = changes.pop("signer", None) or certificate("signer")
    values = {"signer": signer, "maker": certificate("maker"), "listed": (signer,)}
    return Parts(**{**values, **changes})


@pytest.fixture(autouse=True)
def signs_anything(monkeypatch):
    sign_anything(monkeypatch)


def sign_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    """The honest signer refuses what it must; an attacker's program does not."""
    monkeypatch.setattr(ses_sign, "_require_valid", lambda *_: None)
    for module in (ses_build, ses_sign):
        monkeypatch.setattr(module, "require_own", lambda *_: None)


def seal_of(used: Parts) -> bytes:
    content = ses.SealContent(
        id="45010000000001",
        name=genuine.NAME,
        picture=raster.seal_png(genuine.house().art, 72),
        width=42,
        height=42,
        signers=used.listed,
        created=genuine.FOUNDED,
        valid_from=used.valid_from,
        valid_to=used.valid_to,
    )
    return ses.make_seal(content, key(used.maker_role), used.maker)


def sealed(
    used: Parts,
    seal: bytes | None = None,
    at: datetime = genuine.SIGNED,
    stamping: ses.Stamping | None = None,
) -> bytes:
    signer = ofd_seal.SealSigner(
        key(used.signer_role), used.signer, seal or seal_of(used), stamping
    )
    return genuine.seal_ofd(package(), signer, at=at)


@cache
def package() -> bytes:
    return genuine.plain_ofd()


def examined(
    data: bytes, roots=None, crls=None, at=genuine.NOW, recorded_at=None, **anchors
) -> Examination:
    pinned = replace(
        genuine.house().anchors,
        seal_roots=(root(),) if roots is None else tuple(roots),
        seal_crls=(crl(),) if crls is None else tuple(crls),
        **anchors,
    )
    return ofd.examine(data, pinned, at, recorded_at)


def states(data: bytes, *args, **options) -> dict[str, CheckState]:
    """The checks that are not passed, with their states."""
    checks = examined(data, *args, **options).checks
    missing = [check for check in checks if check.state is not CheckState.PASSED]
    assert all_passed(checks) == all(check.advisory for check in missing)
    return {check.id: check.state for check in missing}
