"""OFDs that are sealed anew by whom they should not be, or with what should not serve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import genuine
import sealing_parties as sealing

from signing import sm2_crl
from signing.trust import TrustAnchors


def sealed_by_another_authority() -> bytes:
    return genuine.seal_ofd(signer=genuine.house().other_seal_signer)


def changed_and_sealed_by_an_attacker() -> bytes:
    forged = {"issuer_key": sealing.key("attacker")}
    used = sealing.parts(
        signer=sealing.certificate("signer", **forged),
        maker=sealing.certificate("maker", **forged),
    )
    signer = sealing.ofd_seal.SealSigner(sealing.key("signer"), used.signer, sealing.seal_of(used))
    return genuine.seal_ofd(genuine.plain_ofd(model="QTZ125"), signer)


def by(**changes) -> Callable[[], bytes]:
    """Sealed below a pinned root, by parties of whom one should not serve."""
    return lambda: sealing.sealed(sealing.parts(**changes))


def signer_with(**changes) -> Callable[[], bytes]:
    return lambda: sealing.sealed(sealing.parts(signer=sealing.certificate("signer", **changes)))


def self_made() -> bytes:
    """The maker's certificate is signed by the maker."""
    name = sealing.sm2_certificates.name("测试 attacker", "测试", genuine.USCC)
    own = sealing.certificate("attacker", issuer=name, issuer_key=sealing.key("attacker"))
    return sealing.sealed(sealing.parts(maker=own, maker_role="attacker"))


def same_subject() -> bytes:
    """Names and serial numbers as those of the honest ones, by another root."""
    forged = {"issuer_key": sealing.key("attacker")}
    return sealing.sealed(
        sealing.parts(
            signer=sealing.certificate("signer", **forged),
            maker=sealing.certificate("maker", **forged),
        )
    )


def pinned(*revoked: sm2_crl.Revoked) -> Callable[[], TrustAnchors]:
    """The root of those parties, pinned, with its list."""
    return lambda: replace(
        genuine.house().anchors, seal_roots=(sealing.root(),), seal_crls=(sealing.crl(*revoked),)
    )


def invoice() -> bytes:
    """Sound in itself, below a root that nobody here pins, without our data set."""
    used = sealing.parts()
    signer = sealing.ofd_seal.SealSigner(sealing.key("signer"), used.signer, sealing.seal_of(used))
    return genuine.seal_ofd(genuine.plain_ofd(attachments=()), signer)
