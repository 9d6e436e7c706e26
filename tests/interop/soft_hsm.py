"""Tokens of SoftHSM in a folder of their own, with keys put into them."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from .programs import need, need_file, run

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
"""Where Debian puts the library."""

PIN = "271828"
SO_PIN = "314159265"


@dataclass(frozen=True)
class SoftHsm:
    """One installation: `configuration` is what $SOFTHSM2_CONF names, `pin` the file of the PIN."""

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> "SoftHsm":
        """An installation without tokens; $SOFTHSM2_CONF must name it before it is used."""
        need("softhsm2-util", "pkcs11-tool")
        need_file(MODULE, "libsofthsm2")
        made = cls(folder)
        made.tokens.mkdir()
        made.configuration.write_text(
            f"directories.tokendir = {made.tokens}\nobjectstore.backend = file\nlog.level = ERROR\n"
        )
        made.pin.write_text(f"{PIN}\n")
        made.pin.chmod(0o600)
        return made

    @property
    def tokens(self) -> Path:
        return self.folder / "tokens"

    @property
    def configuration(self) -> Path:
        return self.folder / "softhsm2.conf"

    @property
    def pin(self) -> Path:
        return self.folder / "pin"

    def add_token(self, label: str) -> None:
        run("softhsm2-util", "--init-token", "--free", "--label", label,
            "--pin", PIN, "--so-pin", SO_PIN)  # fmt: skip

    def add_key(self, token: str, label: str, key_id: str, key: object) -> None:
        """Put a private key of `cryptography` into a token, with its public half."""
        path = self.folder / f"{label}.pem"
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(pem)
        run("softhsm2-util", "--import", path, "--token", token, "--label", label,
            "--id", key_id, "--pin", PIN)  # fmt: skip
        path.unlink()

    def tool(self, token: str, *arguments: str | Path) -> None:
        """OpenSC's tool, logged in to a token."""
        run("pkcs11-tool", "--module", MODULE, "--token-label", token, "--login",
            "--pin", PIN, *arguments)  # fmt: skip

    def uri(self, name: str, label: str = "seals") -> str:
        """A key's URI; `name` is for example `object=pdf`."""
        query = f"pin-source=file:{self.pin}&module-path={MODULE}"
        return f"pkcs11:token={label};{name}?{query}"

    def take_away(self) -> None:
        """As if the device were unplugged."""
        self.tokens.rename(self.folder / "away")
        self.tokens.mkdir()

    def bring_back(self) -> None:
        shutil.rmtree(self.tokens)
        (self.folder / "away").rename(self.tokens)
