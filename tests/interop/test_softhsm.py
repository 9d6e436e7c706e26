"""Keys in a token are found, sign as those in files do, and are refused in clear words."""

import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from pkcs11 import _pkcs11
from pkcs11.constants import Attribute
from pkcs11.mechanisms import Mechanism

from signing import keys, p256, pades, pkcs11_module, pkcs11_objects, pkcs11_signer, pkcs11_token
from signing.errors import KeyUnavailable
from signing.keys import KeyPolicy
from signing.pkcs11_uri import ObjectName

from .programs import need, run
from .soft_hsm import MODULE, PIN
from .token_keys import MESSAGE, P256, RSA, hashed, refused, verify

pytestmark = pytest.mark.interop


def test_a_p256_key_signs(hsm):
    uri = hsm.uri("object=pdf")
    key = keys.p256(uri)
    assert key.uri == uri
    assert key.kid == p256.key_id(P256.public_key())
    verify(key, key.sign(MESSAGE))
    assert p256.verify_raw(key.public_key, key.sign_raw(MESSAGE), MESSAGE)
    document = keys.document(uri)
    assert document.algorithm == "ecdsa-sha256"
    verify(document, document.sign_digest(hashed(MESSAGE)))
    with pytest.raises(InvalidSignature):
        verify(document, document.sign(MESSAGE + b"!"))


def test_an_rsa_key_signs(hsm):
    key = keys.document(hsm.uri("object=rsa"))
    assert key.algorithm == "rsa-sha256"
    assert key.public_key == RSA.public_key()
    assert key.sign(MESSAGE) == RSA.sign(MESSAGE, padding.PKCS1v15(), SHA256())
    assert key.sign_digest(hashed(MESSAGE)) == key.sign(MESSAGE)
    refused("another kind than P-256", hsm.uri("object=rsa"), keys.p256)


def test_a_token_without_raw_rsa_hashes_itself(hsm, monkeypatch):
    lacking = lambda *_: Mechanism.SHA256_RSA_PKCS  # noqa: E731
    monkeypatch.setattr(pkcs11_signer, "_mechanism", lacking)
    key = keys.document(hsm.uri("object=rsa"))
    assert key.sign(MESSAGE) == RSA.sign(MESSAGE, padding.PKCS1v15(), SHA256())
    assert key.sign_digest is None


def test_a_digest_of_another_length_is_refused(hsm):
    for name in ("object=pdf", "object=rsa"):
        key = keys.document(hsm.uri(name))
        with pytest.raises(KeyUnavailable, match="no SHA-256"):
            key.sign_digest(MESSAGE)


@pytest.mark.parametrize("name", ["object=pdf;id=%01", "id=%01", "type=private;id=%01"])
def test_a_key_is_found_by_any_of_its_names(hsm, name):
    assert keys.document(hsm.uri(name)).public_key == P256.public_key()


def test_a_token_is_found_by_any_of_its_names(hsm):
    module = pkcs11_module.load(MODULE)
    with module.use():
        token = next(slot.get_token() for slot in module.slots())
    tail = f"object=pdf?pin-source={hsm.pin}&module-path={MODULE}"
    for name in (
        f"serial={token.serial.decode()}",
        f"slot-id={token.slot.slot_id}",
        "manufacturer=SoftHSM%20project;model=SoftHSM%20v2;token=seals",
    ):
        assert keys.document(f"pkcs11:{name};{tail}").public_key == P256.public_key()
    for name in ("serial=00", "slot-id=0", "manufacturer=Acme", "model=v3", "token=SEALS"):
        refused("no such token", f"pkcs11:{name};{tail}")


def test_a_module_is_named_by_the_configuration(hsm):
    uri = f"pkcs11:token=seals;object=pdf?pin-source={hsm.pin}"
    refused("not just one", uri)
    keys.configure(KeyPolicy(modules={"softhsm2": MODULE}))
    assert keys.document(uri).public_key == P256.public_key()
    assert keys.document(f"{uri}&module-name=softhsm2").public_key == P256.public_key()
    refused("module-name is not in config.toml", f"{uri}&module-name=other")
    keys.configure(KeyPolicy(modules={"softhsm2": MODULE, "other": MODULE}))
    refused("not just one", uri)


def test_what_is_no_module_is_refused(hsm, tmp_path):
    text = tmp_path / "module.so"
    text.write_text("no library")
    for path in (text, tmp_path / "missing.so", Path(_pkcs11.__file__)):
        refused("cannot be loaded", f"pkcs11:object=pdf?module-path={path}")


def test_a_key_is_loaded_once_and_its_handle_kept(hsm, monkeypatch):
    uri = hsm.uri("object=pdf")
    key = keys.document(uri)
    monkeypatch.setattr(pkcs11_signer, "private_key", None)
    monkeypatch.setattr(pkcs11_token.TokenSessions, "_open", None)
    assert keys.document(uri) is key
    for _ in range(3):
        verify(key, key.sign(MESSAGE))


def test_a_missing_key_and_one_of_two_are_refused(hsm):
    refused("no private key of that name", hsm.uri("object=none"))
    refused("no private key of that name", hsm.uri("object=pdf;id=%02"))
    hsm.add_key("seals", "pdf", "03", RSA)
    refused("several private keys", hsm.uri("object=pdf"))
    assert keys.document(hsm.uri("object=pdf;id=%03")).public_key == RSA.public_key()


def test_one_of_two_tokens_of_a_name_is_refused(hsm):
    hsm.add_token("seals")
    refused("several tokens fit", hsm.uri("object=pdf"))


def test_a_token_that_was_made_since_is_found(hsm):
    keys.document(hsm.uri("object=pdf"))
    hsm.add_token("more")
    hsm.add_key("more", "pdf", "01", RSA)
    assert keys.document(hsm.uri("object=pdf", "more")).public_key == RSA.public_key()


def test_keys_of_other_kinds_are_refused(hsm):
    hsm.add_key("seals", "p384", "04", ec.generate_private_key(ec.SECP384R1()))
    hsm.add_key("seals", "short", "05", rsa.generate_private_key(65537, 1024))  # noqa: S505
    refused("another curve than P-256", hsm.uri("object=p384"))
    refused("1024 bits; 2048", hsm.uri("object=short"))
    refused("no SM2", hsm.uri("object=pdf"), keys.sm2)


def test_a_key_without_a_public_half_is_refused(hsm):
    hsm.tool("seals", "--delete-object", "--type", "pubkey", "--label", "pdf")
    refused("no public half", hsm.uri("object=pdf"))
    # An RSA key carries its own.
    hsm.tool("seals", "--delete-object", "--type", "pubkey", "--label", "rsa")
    assert keys.document(hsm.uri("object=rsa")).public_key == RSA.public_key()


def certificate(key):
    """A certificate of that key, DER, that says no more than it must."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "pdf")])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(
        name, name, key.public_key(), 1, now, now + datetime.timedelta(days=1)
    )
    return builder.sign(key, SHA256()).public_bytes(Encoding.DER)


@pytest.mark.parametrize(("name", "key"), [("pdf", P256), ("rsa", RSA)], ids=["P-256", "RSA"])
def test_openssl_accepts_the_cms_of_a_key_in_a_token(hsm, tmp_path, name, key):
    need("openssl")
    signer = pades.PdfSigner(keys.document(hsm.uri(f"object={name}")), certificate(key))
    (tmp_path / "cms").write_bytes(pades.cms(hashed(MESSAGE), signer))
    (tmp_path / "content").write_bytes(MESSAGE)
    run("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", tmp_path / "cms",
        "-content", tmp_path / "content", "-noverify", "-out", tmp_path / "out")  # fmt: skip
    assert (tmp_path / "out").read_bytes() == MESSAGE


def test_the_certificate_beside_a_key_will_do(hsm, tmp_path):
    (tmp_path / "certificate").write_bytes(certificate(P256))
    hsm.tool("seals", "--delete-object", "--type", "pubkey", "--label", "pdf")
    hsm.tool("seals", "--write-object", tmp_path / "certificate", "--type", "cert", "--id", "01")
    assert keys.document(hsm.uri("object=pdf")).public_key == P256.public_key()


def test_the_public_half_of_another_key_is_found_out(hsm, monkeypatch):
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    monkeypatch.setattr(pkcs11_signer, "public_key", lambda *_: other)
    refused("is not its own", hsm.uri("object=pdf"))


def test_a_key_that_may_not_sign_is_refused(hsm):
    keys.document(hsm.uri("object=pdf"))
    module = pkcs11_module.load(MODULE)
    with module.use():
        session = module.slots()[0].get_token().open(rw=True)
        pkcs11_objects.private_key(session, ObjectName("pdf", None))[Attribute.SIGN] = False
    refused("does not let the key sign", hsm.uri("id=%01"))


def test_a_key_that_asks_for_the_pin_each_time_gets_it(hsm):
    hsm.tool("seals", "--keypairgen", "--key-type", "EC:prime256v1", "--label", "asks",
             "--id", "06", "--always-auth", "--usage-sign")  # fmt: skip
    key = keys.document(hsm.uri("object=asks"))
    for _ in range(2):
        verify(key, key.sign(MESSAGE))
    hsm.pin.write_text("0000")
    with pytest.raises(KeyUnavailable, match="PinIncorrect"):
        key.sign(MESSAGE)


def test_a_wrong_pin_is_given_once_and_no_more_until_it_changes(hsm, monkeypatch):
    hsm.pin.write_text("999999")
    refused("refuses the PIN", hsm.uri("object=pdf"))
    asked = []
    found = pkcs11_token.secret_file.line
    monkeypatch.setattr(
        pkcs11_token.secret_file, "line", lambda *args: asked.append(args) or found(*args)
    )
    for _ in range(3):
        refused("has refused the PIN .* unchanged", hsm.uri("object=pdf"))
    assert not asked
    hsm.pin.write_text(PIN)
    assert keys.document(hsm.uri("object=pdf")).public_key == P256.public_key()
    assert len(asked) == 1


def test_a_pin_that_others_may_read_is_not_used(hsm):
    hsm.pin.chmod(0o640)
    refused("others than its owner may use the pin-source", hsm.uri("object=pdf"))
    hsm.pin.unlink()
    refused("the pin-source: No such file", hsm.uri("object=pdf"))


def test_a_pin_of_no_text_is_refused(hsm):
    hsm.pin.write_bytes(b"\xff\xfe")
    refused("no UTF-8", hsm.uri("object=pdf"))


def test_without_a_pin_private_keys_are_not_seen(hsm):
    refused("no private key", f"pkcs11:token=seals;object=pdf?module-path={MODULE}")


def test_nothing_secret_is_in_what_a_key_shows(hsm):
    key = keys.document(hsm.uri("object=pdf"))
    for shown in (repr(key), repr(key.sign), repr(pkcs11_token._known)):
        assert PIN not in shown
