"""What comes back from a ceremony is checked before anything of it is kept."""

import keys_world as world
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from keys_world import DAY, NOW, USCC, bring

from signing import certificates, key_folder, key_policy, key_ring, keys, trust
from signing.errors import CannotSign, KeyUnavailable, SigningError
from signing.key_entry import Role, State
from signing.libcrypto import Sm2PrivateKey

OTHER = "91450100MA500011XT"


@pytest.fixture(scope="module")
def ceremony():
    return world.Ceremony()


@pytest.fixture
def folder(tmp_path):
    """A folder with nothing in it, as production begins."""
    return tmp_path / "keys"


@pytest.fixture
def pinned(folder, ceremony):
    ceremony.bring_roots(folder)
    return folder


def pdf(tmp_path, ceremony, key=None, **how):
    key = key or certificates.new_key()
    uri = world.key_file(tmp_path, how.pop("name", "pdf-of-hsm.key"), key)
    return {"uri": uri, "certificate": ceremony.pdf_certificate(key.public_key(), **how)}


def seal(tmp_path, ceremony, **how):
    key = Sm2PrivateKey.generate()
    certificate = ceremony.seal_certificate(key.public.point, **how)
    return {
        "uri": world.key_file(tmp_path, "seal-of-hsm.key", key),
        "certificate": certificate,
        "seal": ceremony.seal_of(certificate),
    }


def kept(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


def refused(folder, match, role, authority=None, **offer):
    """The import is refused for that reason and leaves nothing behind."""
    before = kept(folder)
    with pytest.raises(SigningError, match=match) as caught:
        bring(folder, role, authority, **offer)
    assert kept(folder) == before
    return caught.value


# --- what fits --------------------------------------------------------------------------------


def test_an_authority_signs_with_what_was_brought(pinned, ceremony, tmp_path):
    bring(pinned, "pdf-signer", USCC, **pdf(tmp_path, ceremony))
    offered = seal(tmp_path, ceremony)
    bring(pinned, "seal-signer", USCC, **offered)
    assert certificates.organisation_code(key_folder.load_pdf_signer(pinned, USCC).certificate)
    assert key_folder.load_seal_signer(pinned, USCC).seal == offered["seal"]
    assert trust.of_keys(pinned).pdf_roots == certificates.from_pem(ceremony.roots()[Role.PDF_ROOT])


@pytest.mark.parametrize(
    "make",
    [certificates.new_key, lambda: rsa.generate_private_key(public_exponent=65537, key_size=3072)],
)
def test_a_pdf_signer_may_be_p256_or_rsa(pinned, ceremony, tmp_path, make):
    offered = pdf(tmp_path, ceremony, make())
    entry = bring(pinned, "pdf-signer", USCC, **offered)
    signer = key_folder.load_pdf_signer(pinned, USCC)
    assert entry.uri == offered["uri"]
    assert signer.key.sign(b"m")


def test_a_key_of_codes_is_entered_without_a_certificate(folder, tmp_path):
    key = certificates.new_key()
    entry = bring(folder, "code-signer", uri=world.key_file(tmp_path, "code-of-hsm.key", key))
    assert key_folder.code_key(folder).kid == entry.kid
    (published,) = key_ring.verifying_keys(folder, Role.CODE_SIGNER)
    assert published.public_key == key.public_key()


def test_the_private_key_stays_where_it_is(pinned, ceremony, tmp_path):
    offered = pdf(tmp_path, ceremony)
    bring(pinned, "pdf-signer", USCC, **offered)
    assert not list(pinned.rglob("*.key"))
    assert all(b"PRIVATE" not in content for content in kept(pinned).values())


def test_a_brought_key_may_follow_another_at_a_moment(pinned, ceremony, tmp_path):
    first = bring(pinned, "pdf-signer", USCC, **pdf(tmp_path, ceremony))
    later = pdf(tmp_path, ceremony, name="next.key")
    second = bring(pinned, "pdf-signer", USCC, **later, since=NOW + DAY, succeed=True)
    ring = key_ring.load(pinned)
    assert ring.signing(Role.PDF_SIGNER, USCC, NOW).id == first.id
    assert ring.signing(Role.PDF_SIGNER, USCC, NOW + DAY).id == second.id
    assert ring.by_id(first.id).state_at(NOW + DAY) is State.RETIRED


def test_a_brought_key_that_does_not_follow_leaves_the_other_active(pinned, ceremony, tmp_path):
    first = bring(pinned, "pdf-signer", USCC, **pdf(tmp_path, ceremony))
    bring(pinned, "pdf-signer", USCC, **pdf(tmp_path, ceremony, name="next.key"))
    assert key_ring.load(pinned).by_id(first.id).state_at(NOW + DAY) is State.ACTIVE


def test_a_certificate_that_is_not_valid_yet_may_be_brought_for_when_it_is(
    pinned, ceremony, tmp_path
):
    offered = pdf(tmp_path, ceremony, at=NOW + 10 * DAY)
    refused(pinned, "not valid yet", "pdf-signer", USCC, **offered)
    assert bring(pinned, "pdf-signer", USCC, **offered, since=NOW + 11 * DAY)


# --- what does not ----------------------------------------------------------------------------


def test_a_certificate_of_another_key(pinned, ceremony, tmp_path):
    offered = pdf(tmp_path, ceremony) | {
        "certificate": ceremony.pdf_certificate(certificates.new_key().public_key())
    }
    error = refused(pinned, "another key", "pdf-signer", USCC, **offered)
    assert offered["uri"] in str(error)


def test_a_certificate_of_another_authority(pinned, ceremony, tmp_path):
    offered = pdf(tmp_path, ceremony, uscc=OTHER)
    refused(pinned, f"that of {OTHER}", "pdf-signer", USCC, **offered)
    offered = seal(tmp_path, ceremony, uscc=OTHER)
    refused(pinned, f"that of {OTHER}", "seal-signer", USCC, **offered)


def test_a_certificate_below_another_root(pinned, tmp_path):
    stranger = world.Ceremony()
    refused(pinned, "no pinned root", "pdf-signer", USCC, **pdf(tmp_path, stranger))
    refused(pinned, "not trusted", "seal-signer", USCC, **seal(tmp_path, stranger))


def test_without_a_root_nothing_is_below_one(folder, ceremony, tmp_path):
    folder.mkdir()
    for role, offered in (
        ("pdf-signer", pdf(tmp_path, ceremony)),
        ("seal-signer", seal(tmp_path, ceremony)),
    ):
        with pytest.raises(CannotSign, match="keys import"):
            bring(folder, role, USCC, **offered)


def test_an_expired_certificate(folder, tmp_path):
    old = world.Ceremony(at=NOW - 4000 * DAY)
    bring(folder, "pdf-root", certificate=old.roots()[Role.PDF_ROOT], since=old.at, now=old.at)
    refused(folder, "expired", "pdf-signer", USCC, **pdf(tmp_path, old))


def test_a_root_where_a_signer_belongs_and_the_other_way_round(pinned, ceremony, tmp_path):
    uri = world.key_file(tmp_path, "root.key", ceremony.pdf.key)
    roots = ceremony.roots()
    refused(pinned, "does not allow", "pdf-signer", USCC, uri=uri, certificate=roots[Role.PDF_ROOT])
    signer = pdf(tmp_path, ceremony)["certificate"]
    refused(pinned, "not that of an authority", "pdf-root", certificate=signer)
    refused(pinned, "not that of an authority", "pdf-root", certificate=roots[Role.SEAL_ROOT])
    refused(pinned, "not that of an authority", "seal-root", certificate=roots[Role.PDF_ROOT])


def test_a_key_of_the_wrong_kind(pinned, ceremony, tmp_path):
    sm2 = world.key_file(tmp_path, "sm2.key", Sm2PrivateKey.generate())
    certificate = pdf(tmp_path, ceremony)["certificate"]
    refused(pinned, "sm2.key", "pdf-signer", USCC, uri=sm2, certificate=certificate)
    refused(pinned, "sm2.key", "code-signer", uri=sm2)
    p384 = world.key_file(tmp_path, "p384.key", ec.generate_private_key(ec.SECP384R1()))
    refused(pinned, "p384.key", "code-signer", uri=p384)


def test_a_key_with_two_roles(pinned, ceremony, tmp_path):
    offered = pdf(tmp_path, ceremony)
    bring(pinned, "pdf-signer", USCC, **offered)
    refused(pinned, f"pdf-signer-{USCC}-1; no key has two roles", "code-signer", uri=offered["uri"])
    bring(pinned, "code-signer", uri=world.key_file(tmp_path, "c.key", certificates.new_key()))
    refused(pinned, "code-signer-1", "status-list-signer", uri=(tmp_path / "c.key").as_uri())


def test_a_seal_that_does_not_list_the_signer(pinned, ceremony, tmp_path):
    offered = seal(tmp_path, ceremony) | {"seal": seal(tmp_path, ceremony)["seal"]}
    offered["uri"] = (tmp_path / "seal-of-hsm.key").as_uri()
    key = Sm2PrivateKey.generate()
    offered["uri"] = world.key_file(tmp_path, "own.key", key)
    offered["certificate"] = ceremony.seal_certificate(key.public.point)
    refused(pinned, "does not list", "seal-signer", USCC, **offered)


def test_a_seal_of_a_maker_that_nobody_pinned(pinned, ceremony, tmp_path):
    offered, stranger = seal(tmp_path, ceremony), world.Ceremony()
    offered["seal"] = stranger.seal_of(offered["certificate"])
    refused(pinned, "not trusted", "seal-signer", USCC, **offered)


def test_a_seal_that_was_changed_or_is_none(pinned, ceremony, tmp_path):
    offered = seal(tmp_path, ceremony)
    name = world.AUTHORITY.name.encode()
    forged = offered["seal"].replace(name, "北".encode() + name[3:])
    assert forged != offered["seal"]
    refused(pinned, "maker's signature", "seal-signer", USCC, **(offered | {"seal": forged}))
    for noise in (b"", b"noise", offered["seal"][:-1], b"0" * 5_000_000):
        refused(pinned, "seal", "seal-signer", USCC, **(offered | {"seal": noise}))


def test_a_certificate_that_is_none(pinned, ceremony, tmp_path):
    offered = pdf(tmp_path, ceremony)
    for noise in (b"", b"noise", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        refused(pinned, "certificate", "pdf-signer", USCC, **(offered | {"certificate": noise}))
    refused(pinned, "larger", "pdf-signer", USCC, **(offered | {"certificate": b"x" * 70_000}))


def test_a_chain_whose_links_do_not_fit(pinned, ceremony, tmp_path):
    offered = pdf(tmp_path, ceremony)
    offered["certificate"] += world.Ceremony().roots()[Role.PDF_ROOT]
    refused(pinned, "not issued by", "pdf-signer", USCC, **offered)
    sealing = seal(tmp_path, ceremony)
    sealing["certificate"] += ceremony.roots()[Role.SEAL_ROOT]
    refused(pinned, "alone", "seal-signer", USCC, **sealing)


@pytest.mark.parametrize(
    ("role", "authority", "offer", "said"),
    [
        ("pdf-signer", None, {"uri": "file:///x", "certificate": b"x"}, "needs an authority"),
        ("pdf-signer", USCC, {"certificate": b"x"}, "needs a URI"),
        ("pdf-signer", USCC, {"uri": "file:///x"}, "needs a certificate"),
        ("seal-signer", USCC, {"uri": "file:///x", "certificate": b"x"}, "needs a seal"),
        ("code-signer", USCC, {"uri": "file:///x"}, "no use for an authority"),
        ("code-signer", None, {"uri": "file:///x", "certificate": b"x"}, "no use for a cert"),
        ("pdf-root", None, {"uri": "file:///x", "certificate": b"x"}, "no use for a URI"),
        ("pdf-signer", "../x", {"uri": "file:///x", "certificate": b"x"}, "USCC"),
    ],
)
def test_what_a_role_needs_is_named(tmp_path, role, authority, offer, said):
    with pytest.raises(CannotSign, match=said):
        bring(tmp_path, role, authority, **offer)
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_is_not_there_or_not_allowed(pinned, ceremony, tmp_path):
    offered = pdf(tmp_path, ceremony)
    refused(
        pinned,
        "gone.key",
        "pdf-signer",
        USCC,
        uri=(tmp_path / "gone.key").as_uri(),
        certificate=offered["certificate"],
    )
    before = key_policy.current()
    keys.configure(key_policy.KeyPolicy(allow_files=False))
    try:
        with pytest.raises(KeyUnavailable, match="files are refused"):
            bring(pinned, "pdf-signer", USCC, **offered)
    finally:
        keys.configure(before)


def test_a_certificate_that_names_nobody(pinned, ceremony, tmp_path):
    key = certificates.new_key()
    subject = certificates.name("Somebody", "Somewhere")
    made = certificates.issue_signer(
        ceremony.pdf.root, ceremony.pdf.key, key.public_key(), subject, NOW - DAY, 100 * DAY
    )
    pem = certificates.to_pem(made.public_bytes(Encoding.DER))
    uri = world.key_file(tmp_path, "nobody.key", key)
    refused(pinned, "without organizationIdentifier", "pdf-signer", USCC, uri=uri, certificate=pem)
