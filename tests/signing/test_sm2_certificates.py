"""SM2 certificates and revocation lists: read as issued, refused when touched."""

import shutil
import subprocess

import pytest
import sm2_world as world
from hypothesis import given
from hypothesis import strategies as st

from signing import der, sm2_certificates, sm2_crl
from signing.errors import MalformedCertificate, SigningError
from signing.sm2_certificates import KeyUsage, Revoked
from signing.sm2_x509 import extension

OPENSSL = shutil.which("openssl")
needs_openssl = pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed")


LIST = world.crl(Revoked(5, world.NOW, 1))


def openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=False)
    return done.returncode, (done.stdout + done.stderr).decode()


def reissued(find: bytes, replace: bytes, algorithm: str = "1.2.156.10197.1.501") -> bytes:
    """The signer's certificate with another content, properly signed by the root."""
    tbs = sm2_certificates.parse(world.signer_certificate()).tbs
    assert find in tbs
    header = 4 if tbs[1] == 0x82 else 3
    changed = der.sequence(tbs[header:].replace(find, replace))
    return der.sequence(
        changed,
        der.sequence(der.oid(algorithm)),
        der.bit_string(world.key("root").sign(changed)),
    )


def test_a_certificate_is_read_as_it_was_issued():
    found = sm2_certificates.parse(world.signer_certificate())
    assert found.common_name == "测试 signer"
    assert found.issuer_common_name == "开发 Development seal root"
    assert (found.not_before, found.not_after) == (
        world.NOW - world.DAY,
        world.NOW + 365 * world.DAY,
    )
    assert found.public == world.key("signer").public
    assert found.key_usage == KeyUsage.DIGITAL_SIGNATURE | KeyUsage.NON_REPUDIATION
    assert (found.ca, found.path_length, found.unknown_critical) == (False, None, ())
    root = sm2_certificates.parse(world.root())
    assert found.authority_key_identifier == root.subject_key_identifier
    assert found.signed_by(root.public)
    assert not found.signed_by(found.public)
    assert root.ca


@pytest.mark.parametrize("usage", [1, 2, 3, 0x60, 128, 256, 511])
def test_every_key_usage_comes_back(usage):
    issued = world.certificate(key_usage=KeyUsage(usage))
    assert sm2_certificates.parse(issued).key_usage == KeyUsage(usage)


def test_a_path_length_comes_back():
    assert sm2_certificates.parse(world.authority(path_length=0)).path_length == 0


@pytest.mark.parametrize("serial", [0, -1, 1 << 160])
def test_serial_numbers_out_of_range_are_not_issued(serial):
    with pytest.raises(MalformedCertificate, match="serial"):
        world.certificate(serial=serial)


def test_an_empty_period_is_not_issued():
    with pytest.raises(MalformedCertificate, match="period"):
        world.certificate(not_after=world.NOW - world.DAY)


def test_no_bit_of_a_certificate_can_be_changed():
    issued, root = world.signer_certificate(), world.key("root").public
    for at in range(len(issued)):
        changed = bytearray(issued)
        changed[at] ^= 1 << at % 8
        try:
            found = sm2_certificates.parse(bytes(changed))
        except MalformedCertificate:
            continue
        assert not found.signed_by(root), f"bit {at % 8} of byte {at}"


@given(st.data())
def test_changed_bytes_raise_nothing_but_errors_of_this_room(data):
    parse, issued = data.draw(
        st.sampled_from(
            [
                (sm2_certificates.parse, world.signer_certificate()),
                (sm2_crl.parse_crl, LIST),
            ]
        )
    )
    changed = bytearray(issued)
    for _ in range(data.draw(st.integers(1, 4))):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    try:
        parse(bytes(changed))
    except SigningError:
        return


@pytest.mark.parametrize(
    ("find", "replace"),
    [
        (der.explicit(0, der.integer(2)), der.explicit(0, der.integer(1))),  # version 2
        (der.oid("1.2.156.10197.1.501"), der.oid("1.2.840.10045.4.3.2")),  # signed with ECDSA
        (der.oid("1.2.156.10197.1.301"), der.oid("1.2.840.10045.3.1.7")),  # a P-256 key
        (b"\x03\x42\x00\x04", b"\x03\x42\x00\x06"),  # no uncompressed point
        (der.oid("2.5.29.14"), der.oid("2.5.29.35")),  # an extension twice
        (der.oid("2.5.4.3"), der.oid("2.5.4.3")[:1]),  # a name cut off
    ],
)
def test_a_certificate_of_another_kind_is_refused_even_if_signed(find, replace):
    with pytest.raises(MalformedCertificate):
        sm2_certificates.parse(reissued(find, replace))


def test_a_certificate_names_one_algorithm_and_it_is_sm2():
    ours, other = "1.2.156.10197.1.501", "1.2.840.10045.4.3.2"
    with pytest.raises(MalformedCertificate, match="not with SM2"):
        sm2_certificates.parse(reissued(der.oid(ours), der.oid(other), other))
    written = der.sequence(der.oid(ours))
    with pytest.raises(MalformedCertificate, match="differ"):
        sm2_certificates.parse(reissued(written, der.sequence(der.oid(ours), der.null())))


def test_an_unknown_critical_extension_is_named():
    held = sm2_certificates.parse(world.signer_certificate()).subject_key_identifier
    assert held is not None
    known = extension("2.5.29.14", der.octet_string(held))
    strange = extension("1.2.3.4", bytes(19), critical=True)
    assert len(strange) == len(known)
    assert sm2_certificates.parse(reissued(known, strange)).unknown_critical == ("1.2.3.4",)


def test_a_root_with_a_point_off_the_curve_signs_nothing():
    point = world.key("signer").public.point
    issued = reissued(point, point[:-1] + bytes([point[-1] ^ 1]))
    with pytest.raises(SigningError):
        sm2_certificates.parse(issued).public  # noqa: B018


def test_a_certificate_too_large_is_refused():
    with pytest.raises(MalformedCertificate, match="more than"):
        sm2_certificates.parse(world.signer_certificate() + bytes(20_000))


def test_a_revocation_list_is_read_as_it_was_made():
    found = sm2_crl.parse_crl(world.crl(Revoked(5, world.NOW, 1), Revoked(6, world.NOW)))
    assert found.issuer == world.ROOT_NAME
    assert found.number == 1
    assert dict(found.revoked) == {
        5: Revoked(5, world.NOW.replace(microsecond=0), 1),
        6: Revoked(6, world.NOW.replace(microsecond=0)),
    }
    assert found.signed_by(world.key("root").public)
    assert not found.signed_by(world.key("signer").public)


def test_an_empty_revocation_list_is_read():
    assert not sm2_crl.parse_crl(world.crl()).revoked


def test_a_serial_number_is_listed_once():
    with pytest.raises(MalformedCertificate, match="twice"):
        sm2_crl.parse_crl(world.crl(Revoked(5, world.NOW), Revoked(5, world.NOW)))


def test_no_bit_of_a_revocation_list_can_be_changed():
    made, root = world.crl(Revoked(5, world.NOW, 1)), world.key("root").public
    for at in range(len(made)):
        changed = bytearray(made)
        changed[at] ^= 1 << at % 8
        try:
            found = sm2_crl.parse_crl(bytes(changed))
        except MalformedCertificate:
            continue
        assert not found.signed_by(root), f"bit {at % 8} of byte {at}"


@pytest.mark.interop
@needs_openssl
def test_openssl_accepts_the_chain_with_the_identity_and_only_with_it(tmp_path):
    for name, issued in (("root", world.root()), ("leaf", world.signer_certificate())):
        (tmp_path / f"{name}.der").write_bytes(issued)
        code, told = openssl(
            "x509", "-inform", "der", "-in", tmp_path / f"{name}.der", "-out", tmp_path / name
        )
        assert code == 0, told
    chain = ("-x509_strict", "-attime", int(world.NOW.timestamp()), "-CAfile", tmp_path / "root")
    identity = ("-vfyopt", "distid:1234567812345678")
    assert openssl("verify", *identity, *chain, tmp_path / "leaf")[0] == 0
    assert openssl("verify", *chain, tmp_path / "leaf")[0] != 0


@pytest.mark.interop
@needs_openssl
def test_openssl_and_we_verify_each_other(tmp_path):
    key, message = world.key("signer"), tmp_path / "message"
    message.write_bytes(b"message digest" * 100)
    (tmp_path / "key").write_bytes(key.to_pem())
    (tmp_path / "public").write_bytes(key.public.spki)
    (tmp_path / "ours").write_bytes(key.sign(message.read_bytes()))
    identity = ("-sigopt", "distid:1234567812345678")
    code, told = openssl(
        *("dgst", "-sm3", *identity, "-keyform", "der", "-verify", tmp_path / "public"),
        *("-signature", tmp_path / "ours", message),
    )
    assert code == 0, told
    code, told = openssl(
        *("dgst", "-sm3", *identity, "-sign", tmp_path / "key", "-out", tmp_path / "theirs"),
        message,
    )
    assert code == 0, told
    assert key.public.verify(message.read_bytes(), (tmp_path / "theirs").read_bytes())


@pytest.mark.interop
@needs_openssl
def test_openssl_reads_the_revocation_list(tmp_path):
    made = world.crl(Revoked(77, world.NOW, 1))
    (tmp_path / "crl").write_bytes(made)
    code, told = openssl("crl", "-inform", "der", "-in", tmp_path / "crl", "-noout", "-text")
    assert code == 0, told
    assert "Serial Number: 4D" in told
    assert "Key Compromise" in told


@pytest.mark.interop
@needs_openssl
def test_certificates_made_by_openssl_are_read(tmp_path):
    (tmp_path / "key").write_bytes(world.key("foreign").to_pem())
    code, told = openssl(
        *("req", "-new", "-x509", "-key", tmp_path / "key", "-sm3", "-subj", "/C=CN/CN=foreign"),
        *("-sigopt", "distid:1234567812345678", "-outform", "der", "-out", tmp_path / "cert"),
        *("-addext", "keyUsage=critical,keyCertSign,cRLSign"),
    )
    assert code == 0, told
    found = sm2_certificates.parse((tmp_path / "cert").read_bytes())
    assert found.common_name == "foreign"
    assert found.ca
    assert found.signed_by(world.key("foreign").public)
