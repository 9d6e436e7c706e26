"""A seal service whose keys are in a token of SoftHSM signs digests, and survives its loss."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.hashes import SHA256

from service.seal_service import trial as seal_service_trial
from service.seal_service.trial import Trial
from signing import keys, remote_access, remote_calls
from signing.errors import KeyUnavailable
from signing.p256 import P256Key
from signing.pkcs11_module import RENEWAL_PAUSE_S

from .soft_hsm import PIN, SoftHsm
from .token_keys import P256, RSA, fill

pytestmark = pytest.mark.interop


@pytest.fixture
def hsm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SoftHsm:
    """A token with a key of each kind."""
    folder = tmp_path / "hsm"
    folder.mkdir()
    made = SoftHsm.make(folder)
    monkeypatch.setenv("SOFTHSM2_CONF", str(made.configuration))
    fill(made)
    return made


@pytest.fixture
def trial(tmp_path: Path, hsm: SoftHsm) -> Iterator[Trial]:
    """A service, reached by this process, that has its keys in the token and none in files."""
    folder = tmp_path / "service"
    folder.mkdir()
    made = seal_service_trial.make(folder)
    text = made.config.read_text("utf-8").replace("allow_file_keys = true\n", "")
    for name, label in (("p256", "pdf"), ("rsa", "rsa")):
        file = (folder / f"{name}.key").as_uri()
        assert file in text
        text = text.replace(file, hsm.uri(f"object={label}"))
    made.config.write_text(text, "utf-8")
    remote_access.configure(made.access)
    yield made
    remote_calls.hang_up()
    remote_access.configure(None)
    keys.configure(keys.KeyPolicy())


def test_keys_in_a_token_sign_for_others(trial: Trial) -> None:
    with trial.running():
        signature = keys.p256(trial.uri("p256")).sign(b"message")
        P256.public_key().verify(signature, b"message", ec.ECDSA(SHA256()))
        signature = keys.document(trial.uri("rsa")).sign(b"message")
        RSA.public_key().verify(signature, b"message", padding.PKCS1v15(), SHA256())
        # Files are not allowed here, which nobody but the log is told.
        with pytest.raises(KeyUnavailable, match="answers 503: the key sm2 cannot be used now"):
            keys.sm2(trial.uri("sm2"))
    said = (trial.folder / "output.txt").read_text("utf-8")
    assert "keys in files are refused" in said
    assert PIN not in said


def test_a_token_that_was_away_is_used_again(trial: Trial, hsm: SoftHsm) -> None:
    hsm.take_away()
    with trial.running():
        with pytest.raises(KeyUnavailable, match="cannot be used now") as failed:
            keys.p256(trial.uri("p256"))
        assert failed.value.retryable
        hsm.bring_back()
        signature = _once_it_is_seen(trial.uri("p256")).sign(b"message")
    P256.public_key().verify(signature, b"message", ec.ECDSA(SHA256()))


def _once_it_is_seen(uri: str) -> P256Key:
    """The key, as soon as the service has looked for its tokens anew: it does not do so often."""
    end = time.monotonic() + 3 * RENEWAL_PAUSE_S
    while True:
        try:
            return keys.p256(uri)
        except KeyUnavailable:
            if time.monotonic() > end:
                raise
            time.sleep(0.5)
