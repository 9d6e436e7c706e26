"""What one time stamp proves, by whomever it is made, and that no bit of it can be turned."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest
import raised_pdfs as raised
from raised_pdfs import NOW, STAMPED, tsa_world

from verify import time_proof
from verify.check import CheckState
from verify.fault import Fault, Untold

MESSAGE = b"the value of a signature"


def judged(token: bytes, message: bytes = MESSAGE, proven_at=None, at=NOW, **pinned):
    return time_proof.judge(
        token, (message[:5], message[5:]), raised.anchors(at, **pinned), proven_at, at
    )


def token(**how) -> bytes:
    return tsa_world.token(MESSAGE, STAMPED, **how)


@pytest.mark.parametrize("by", [tsa_world.authority, tsa_world.rsa_authority])
@pytest.mark.parametrize("hash_name", ["sha256", "sha384", "sha512"])
def test_a_sound_stamp_proves_its_moment_and_the_second_it_may_be_slow(by, hash_name):
    proof = judged(token(by=by(), hash_name=hash_name))
    assert proof.proven_at == STAMPED + timedelta(seconds=1)
    assert proof.finding.state is CheckState.PASSED


def test_a_stamp_of_other_bytes_is_a_fault():
    with pytest.raises(Fault, match="something else"):
        judged(token(), MESSAGE + b"!")


def test_noise_is_a_fault():
    for noise in (b"", b"\x30\x00", b"noise" * 20, token()[:-1], token() + b"\0"):
        with pytest.raises(Fault):
            judged(noise)


@pytest.mark.parametrize("by", [tsa_world.authority, tsa_world.rsa_authority])
def test_no_bit_of_a_token_can_be_turned(by):
    """Also not of what frames the signed part: versions, digests, the signer's name."""
    whole = token(by=by())
    for bit in range(0, len(whole) * 8, 7):
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            proof = judged(bytes(changed))
        except (Fault, Untold):
            continue
        pytest.fail(f"bit {bit % 8} of byte {bit // 8}: {proof}")


def test_a_token_with_the_certificates_above_it_is_sound():
    carried = (tsa_world.authority().der, *tsa_world.roots())
    assert judged(token(certificates=carried)).proven_at is not None


def test_a_token_without_its_certificate_is_a_fault():
    with pytest.raises(Fault, match="does not carry"):
        judged(token(certificates=tsa_world.roots()))


def test_reading_a_plain_file_loads_nothing_of_time_stamps():
    """They cost time to import, and an ordinary certificate has none."""
    code = (
        "import sys; from verify import pdf, pdf_update, pdf_revisions, decide\n"
        "heavy = {'pyhanko.sign', 'signing.time_stamp_trust', 'asn1crypto.tsp', 'pkcs11'}\n"
        "sys.exit(len(heavy & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
