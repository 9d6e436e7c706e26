"""The ceremony of docs/keys.md, followed to the letter with openssl as the CA and SoftHSM."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from documented_keys import blocks, follow, place, section

from renderer import raster, seal_art
from service.installation import SEAL_DIAMETER_MM

from .programs import need, need_file
from .soft_hsm import MODULE

pytestmark = pytest.mark.interop

NAME, USCC = "南宁市住房和城乡建设局", "11450100MB0000001Q"


def test_the_ceremony_works_as_written(tmp_path: Path) -> None:
    need("openssl", "softhsm2-util", "pkcs11-tool")
    need_file(MODULE, "libsofthsm2")
    (tmp_path / "tokens").mkdir()
    configuration = tmp_path / "softhsm2.conf"
    configuration.write_text(
        f"directories.tokendir = {tmp_path / 'tokens'}\nobjectstore.backend = file\n"
    )
    picture = raster.seal_png(seal_art.draw(NAME, SEAL_DIAMETER_MM))
    (tmp_path / "nanning.png").write_bytes(picture)
    environment = place(tmp_path) | {"SOFTHSM2_CONF": str(configuration)}
    written = blocks(section("Production: the ceremony"))
    told = "\n".join(follow(block, tmp_path, environment) for block in written)
    assert told.count("有效 VALID") == 3
    assert "待用 upcoming" in told
    listed = json.loads(follow("sealpress keys list --json", tmp_path, environment))
    states = {one["id"]: one["state"] for one in listed["keys"]}
    assert states[f"pdf-signer-{USCC}-1"] == "revoked"
    assert states["code-signer-2"] == "upcoming"
    after = follow("sealpress verify out/*.pdf || true", tmp_path, environment)
    assert "revoked since" in after
    assert (tmp_path / "home/keys/ring.json").read_bytes().count(b"27182818") == 0
