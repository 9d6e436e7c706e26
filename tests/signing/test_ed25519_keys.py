"""The key of the log: Ed25519 in a file, brought in like others, and of no other use."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import p256_world as world
import pytest

from signing import development_files, key_folder, key_import, key_ring, keys, log_keys
from signing.errors import CannotSign, KeyUnavailable
from signing.key_entry import Role
from signing.key_import import Offer
from signing.signed_note import MalformedNote


def written(folder: Path, name: str, pem: bytes) -> str:
    path = folder / name
    path.write_bytes(pem)
    path.chmod(0o600)
    return path.as_uri()


def test_a_key_that_was_made_elsewhere_signs_checkpoints(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    uri = written(tmp_path, "log.key", development_files.new_ed25519())
    offer = Offer(Role.LOG_SIGNER, None, uri, None, None)
    key_import.bring_in(folder, offer, world.NOW, world.NOW, succeed=False)
    later = world.NOW + timedelta(days=1)
    key = key_folder.log_key(folder, later)
    key.public_key.verify(key.sign(b"checkpoint"), b"checkpoint")
    (published,) = log_keys.of_folder(folder, "sealpress.example/log")
    assert published.public == key.public_key.public_bytes_raw()
    assert log_keys.read(log_keys.text([published])) == (published,)
    with pytest.raises(CannotSign, match="in the ring already"):
        key_import.bring_in(folder, offer, later, later, succeed=True)
    assert "sign" not in repr(key)


def test_keys_of_other_kinds_and_places_are_refused(tmp_path: Path) -> None:
    p256 = written(tmp_path, "code.key", development_files.new_p256())
    ed25519 = written(tmp_path, "log.key", development_files.new_ed25519())
    for load, uri in (
        (keys.ed25519, p256),
        (keys.p256, ed25519),
        (keys.ed25519, "pkcs11:object=log"),
        (keys.ed25519, "https://localhost/v1/keys/log"),
    ):
        with pytest.raises(KeyUnavailable):
            load(uri)
    with pytest.raises(KeyUnavailable):
        key_import.bring_in(
            tmp_path / "keys",
            Offer(Role.LOG_SIGNER, None, p256, None, None),
            world.NOW,
            world.NOW,
            succeed=False,
        )
    assert key_ring.load(tmp_path / "keys").of(Role.LOG_SIGNER) == ()


@pytest.mark.parametrize("content", [b"", b"rubbish", b"a+b+c\n", b"\xff"])
def test_a_file_of_log_keys_that_is_none_is_refused(content: bytes) -> None:
    with pytest.raises((ValueError, MalformedNote)):
        log_keys.read(content)
