"""A root, a seal maker, a signer and their seal, for ourselves and, in a folder, for ofdrw."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from renderer import raster, seal_art
from signing import certificates, ses, sm2_certificates
from signing.libcrypto import Sm2PrivateKey
from signing.ofd_seal import SealSigner
from signing.sm2_certificates import KeyUsage
from signing.trust import TrustAnchors

NAME = "南宁市住房和城乡建设局"
SIDE_MM = 42
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Parties:
    """Everything that takes part in sealing, made yesterday and good for a year."""

    folder: Path

    def write(self) -> Path:
        """The folder of keys that ofdrw seals with."""
        for role in ("maker", "signer"):
            key, certificate = self._certified[role]
            (self.folder / f"{role}.key").write_bytes(key.to_pem())
            (self.folder / f"{role}.pem").write_bytes(certificates.to_pem(certificate))
        (self.folder / "seal.png").write_bytes(self.picture)
        return self.folder

    @cached_property
    def made_at(self) -> datetime:
        """When certificates, list and seal begin."""
        return datetime.now(UTC).replace(microsecond=0) - DAY

    @cached_property
    def picture(self) -> bytes:
        """The seal's picture, PNG."""
        return raster.seal_png(seal_art.draw(NAME, float(SIDE_MM)), 96)

    @cached_property
    def signer(self) -> SealSigner:
        """Who seals on our side, with a seal of ours."""
        key, certificate = self._certified["signer"]
        content = ses.SealContent(
            id="45010000000001",
            name=NAME,
            picture=self.picture,
            width=SIDE_MM,
            height=SIDE_MM,
            signers=[certificate],
            created=self.made_at,
            valid_from=self.made_at,
            valid_to=self.made_at + 360 * DAY,
        )
        return SealSigner(key, certificate, ses.make_seal(content, *self._certified["maker"]))

    @cached_property
    def anchors(self) -> TrustAnchors:
        """The root pinned, with its revocation list."""
        key, root = self._certified["root"]
        crl = sm2_certificates.build_crl(
            issuer=self._name("root"),
            issuer_key=key,
            number=1,
            this_update=self.made_at,
            next_update=self.made_at + 30 * DAY,
        )
        nothing: MappingProxyType = MappingProxyType({})
        return TrustAnchors((), (root,), (), (crl,), nothing, nothing)

    @cached_property
    def _certified(self) -> dict[str, tuple[Sm2PrivateKey, bytes]]:
        keys = {role: Sm2PrivateKey.generate() for role in ("root", "maker", "signer")}
        return {
            role: (key, self._certificate(role, key, keys["root"])) for role, key in keys.items()
        }

    def _certificate(self, role: str, key: Sm2PrivateKey, root: Sm2PrivateKey) -> bytes:
        issues = role == "root"
        usage = KeyUsage.CERTIFICATE_SIGN | KeyUsage.CRL_SIGN
        return sm2_certificates.issue(
            subject=self._name(role),
            issuer=self._name("root"),
            point=key.public.point,
            issuer_key=root,
            serial={"root": 1, "maker": 2, "signer": 3}[role],
            not_before=self.made_at,
            not_after=self.made_at + 365 * DAY,
            key_usage=usage if issues else KeyUsage.DIGITAL_SIGNATURE | KeyUsage.NON_REPUDIATION,
            ca=issues,
        )

    @staticmethod
    def _name(role: str) -> bytes:
        return sm2_certificates.name(f"测试 {role}", "测试")
