"""What `sealpress bench sign` signs with beside the keys in files: RSA, a token, a seal service.

Each stands for as long as a `with` block. The token and the service get copies of the development
authority's keys, so that its certificates and its seal belong to them, too.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from service import clock
from service.bench.sign import MESSAGE, Groups, bench_authority, bench_home, seal_ofd, sign_pdf
from service.installation import Installation
from service.seal_service import trial as seal_service_trial
from signing import atomic, certificates, key_names, keys, remote_access, remote_keys
from signing.document_key import rsa_from_private_key
from signing.key_entry import Role
from signing.pades import PdfSigner

RSA_BITS = (2048, 3072)
"""What tokens still hold, and what is made today."""

SOFTHSM = Path("/usr/lib/softhsm/libsofthsm2.so")
"""Where Debian puts the library of the token made of software."""

_TOKEN, _LABEL = "bench", "pdf"
_PIN = "0000"  # of a token that is gone with the bench and holds a key that signs nothing
_RSA_EXPONENT = 65537
_ONE_DAY = timedelta(days=1)


def rsa_signers() -> Groups:
    """PDFs signed with RSA keys of this process' memory."""
    return {
        "signatures": {f"PDF B-B, RSA-{bits}": sign_pdf(_rsa_signer(bits)) for bits in RSA_BITS}
    }


def _rsa_signer(bits: int) -> PdfSigner:
    root_key, now = certificates.new_key(), clock.now().replace(microsecond=0)
    name = certificates.name("Sealpress bench", "Sealpress bench")
    root = certificates.issue_root(root_key, name, now, _ONE_DAY)
    key = rsa.generate_private_key(_RSA_EXPONENT, bits)
    certificate = certificates.issue_signer(root, root_key, key.public_key(), name, now, _ONE_DAY)
    encoded = certificate.public_bytes(Encoding.DER)
    return PdfSigner(rsa_from_private_key("bench:rsa", key), encoded)


@contextmanager
def in_token(installation: Installation) -> Iterator[Groups]:
    """PDFs signed by SoftHSM, which does through PKCS#11 what a token of hardware would."""
    name = "PDF B-B, P-256 in SoftHSM"
    if shutil.which("softhsm2-util") is None or not SOFTHSM.is_file():
        yield {"signatures": {name: "not installed (softhsm2)"}}
        return
    try:
        import pkcs11  # noqa: F401 - whether it is there
    except ImportError:
        yield {"signatures": {name: "not installed (python-pkcs11)"}}
        return
    with tempfile.TemporaryDirectory() as folder:
        uri = _token(Path(folder), key_names.in_home(bench_home(installation), Role.PDF_SIGNER)[0])
        key = keys.document(uri)
        signer = replace(bench_authority(installation).pdf, key=key)
        yield {
            "signatures": {name: sign_pdf(signer)},
            "of which": {"one P-256 signature by SoftHSM": lambda _: key.sign(MESSAGE)},
        }


def _token(folder: Path, pem: Path) -> str:
    """The URI of a key in a new token."""
    configuration, tokens, pin = folder / "softhsm2.conf", folder / "tokens", folder / "pin"
    tokens.mkdir()
    configuration.write_text(f"directories.tokendir = {tokens}\nlog.level = ERROR\n", "utf-8")
    atomic.write(pin, _PIN.encode("ascii"))
    os.environ["SOFTHSM2_CONF"] = str(configuration)  # read when the library is loaded
    made = ("--init-token", "--free", "--label", _TOKEN, "--so-pin", _PIN)
    kept = ("--import", str(pem), "--token", _TOKEN, "--label", _LABEL, "--id", "01")
    for words in (made, kept):
        subprocess.run(  # noqa: S603 - Debian's program
            ["softhsm2-util", *words, "--pin", _PIN],  # noqa: S607
            check=True,
            capture_output=True,
        )
    return f"pkcs11:token={_TOKEN};object={_LABEL}?pin-source=file:{pin}&module-path={SOFTHSM}"


@contextmanager
def in_seal_service(installation: Installation) -> Iterator[Groups]:
    """Both files signed by `sealpress seal-service`, a process on this machine, by mutual TLS."""
    home, authority = bench_home(installation), bench_authority(installation)
    with tempfile.TemporaryDirectory() as folder:
        trial = seal_service_trial.make(Path(folder))
        for role, name in ((Role.PDF_SIGNER, "p256"), (Role.SEAL_SIGNER, "sm2")):
            shutil.copyfile(key_names.in_home(home, role)[0], trial.folder / f"{name}.key")
        before = remote_access.current()
        remote_access.configure(trial.access)
        try:
            with trial.running():
                pdf, seal = keys.document(trial.uri("p256")), keys.sm2(trial.uri("sm2"))
                yield {
                    "signatures": {
                        "PDF B-B, P-256 in a seal service": sign_pdf(
                            replace(authority.pdf, key=pdf)
                        ),
                        "OFD seal, SM2 in a seal service": seal_ofd(
                            replace(authority.seal, key=seal)
                        ),
                    },
                    "of which": {
                        "asking the service for a public key": lambda _: remote_keys.document(
                            trial.uri("p256")
                        ),
                        "one P-256 signature by the service": lambda _: pdf.sign(MESSAGE),
                        "one SM2 signature by the service": lambda _: seal.sign(MESSAGE),
                    },
                }
        finally:
            remote_access.configure(before)
