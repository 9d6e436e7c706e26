"""The ceremony of docs/keys.md, followed to the letter with openssl as the CA and SoftHSM."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from renderer import raster, seal_art
from service.installation import SEAL_DIAMETER_MM
from signing import certificates, development_chains
from signing.development_chains import Authority
from signing.libcrypto import Sm2PrivateKey

from .programs import need, need_file
from .soft_hsm import MODULE

sys.path.append(str(Path(__file__).parent.parent / "service"))

from documented_keys import blocks, follow, place, section

pytestmark = pytest.mark.interop

NAME, USCC = "南宁市住房和城乡建设局", "11450100MB0000001Q"


MAKER = """
sealpress keys create seal-maker --name 示例制章单位 \\
  --uri "file://$PWD/ca/maker.key" --csr ca/maker.csr
openssl x509 -req -in ca/maker.csr -vfyopt distid:1234567812345678 -CA ca/seal-root.pem \\
  -CAkey ca/seal-root.key -sm3 -sigopt distid:1234567812345678 -days 1095 \\
  -extfile ca/ca.cnf -extensions seal -out ca/maker.pem
"""


def deliver_seal(folder: Path, environment: dict[str, str]) -> None:
    """The seal maker's part: a seal for the certificate, the maker below the pinned root."""
    follow(MAKER, folder, environment)
    key = Sm2PrivateKey.from_pem((folder / "ca/maker.key").read_bytes())
    maker, signer = (
        certificates.from_pem((folder / name).read_bytes())[0]
        for name in ("ca/maker.pem", "seal.pem")
    )
    picture = raster.seal_png(seal_art.draw(NAME, SEAL_DIAMETER_MM))
    authority = Authority(NAME, USCC, picture, (SEAL_DIAMETER_MM, SEAL_DIAMETER_MM))
    now = datetime.now(UTC).replace(microsecond=0)
    seal = development_chains.seal(authority, signer, key, maker, now)
    (folder / "seal.esl").write_bytes(seal)


def test_the_ceremony_works_as_written(tmp_path: Path) -> None:
    need("openssl", "softhsm2-util", "pkcs11-tool")
    need_file(MODULE, "libsofthsm2")
    (tmp_path / "tokens").mkdir()
    configuration = tmp_path / "softhsm2.conf"
    configuration.write_text(
        f"directories.tokendir = {tmp_path / 'tokens'}\nobjectstore.backend = file\n"
    )
    environment = place(tmp_path) | {"SOFTHSM2_CONF": str(configuration)}
    said = []
    for block in blocks(section("Production: the ceremony")):
        if "seal.esl" in block:
            deliver_seal(tmp_path, environment)
        said.append(follow(block, tmp_path, environment))
    told = "\n".join(said)
    assert told.count("有效 VALID") == 3
    assert "待用 upcoming" in told
    listed = json.loads(follow("sealpress keys list --json", tmp_path, environment))
    states = {one["id"]: one["state"] for one in listed["keys"]}
    assert states[f"pdf-signer-{USCC}-1"] == "revoked"
    assert states["code-signer-2"] == "upcoming"
    after = follow("sealpress verify out/*.pdf || true", tmp_path, environment)
    assert "revoked since" in after
    assert (tmp_path / "home/keys/ring.json").read_bytes().count(b"27182818") == 0
