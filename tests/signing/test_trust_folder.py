"""What verifiers are given: public, complete, and plainly wrong where it is broken."""

import dataclasses
import json
import stat
from datetime import UTC, datetime, timedelta

import p256_world as world
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from signing import certificates, cose, development, jwk, jws, status_list, trust

CODE, LIST = world.key("one").public_key, world.key("another").public_key

FILES = ("pdf-root.pem", "seal-root.pem", "pdf.crl", "seal.crl", "code-keys.json")


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trust") / "keys"
    development.create_authorities(folder, world.NOW)
    return folder


@pytest.fixture
def exported(keys, tmp_path):
    trust.export(keys, tmp_path / "trust")
    return tmp_path / "trust"


def token(keys):
    key = development.list_key(keys)
    uri = "https://example.gov.cn/trust/status-list.jwt"
    return status_list.encode([3], 8, uri=uri, sequence=1, issued_at=world.NOW, key=key)


def test_what_is_exported_is_what_the_keys_stand_for(keys, exported):
    loaded, own = trust.load(exported), trust.of_keys(keys)
    assert loaded.pdf_roots == own.pdf_roots
    assert loaded.seal_roots == own.seal_roots
    assert loaded.crls == own.crls == (*own.pdf_crls, *own.seal_crls)
    assert loaded.code_keys == own.code_keys
    assert loaded.list_keys == own.list_keys
    assert loaded.status_list is None


def test_codes_and_lists_verify_by_an_exported_folder(keys, tmp_path):
    signed = token(keys)
    trust.export(keys, tmp_path, signed)
    anchors = trust.load(tmp_path)
    code = cose.decode(cose.encode(world.CLAIMS, development.code_key(keys)))
    assert cose.verify(code, anchors.code_keys[code.kid])
    assert anchors.status_list == signed
    assert status_list.decode(anchors.status_list, anchors.list_keys).get(3)


def test_a_key_of_lists_signs_no_codes(keys, exported):
    anchors = trust.load(exported)
    assert development.list_key(keys).kid not in anchors.code_keys
    assert jws.base64url(development.code_key(keys).kid) not in anchors.list_keys


def test_everybody_may_read_it_and_nothing_in_it_is_secret(exported):
    assert {path.name for path in exported.iterdir()} == set(FILES)
    for path in exported.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o644
        assert b"PRIVATE" not in path.read_bytes()
    for key in json.loads((exported / "code-keys.json").read_bytes())["keys"]:
        assert set(key) == {"kty", "crv", "x", "y", "kid", "use", "alg", "purpose"}


def test_exporting_again_replaces_what_was_there(keys, exported):
    (exported / "code-keys.json").write_text("old")
    trust.export(keys, exported)
    assert trust.load(exported)


@pytest.mark.parametrize("file", FILES)
def test_a_missing_file_is_named(exported, file):
    (exported / file).unlink()
    with pytest.raises(trust.BrokenTrust, match="No such file") as caught:
        trust.load(exported)
    assert caught.value.path == exported / file


@pytest.mark.parametrize("content", [b"", b"noise", b"\xff" * 100])
@pytest.mark.parametrize("file", FILES)
def test_a_broken_file_is_named(exported, file, content):
    (exported / file).write_bytes(content)
    with pytest.raises(trust.BrokenTrust, match=file):
        trust.load(exported)


def test_a_file_too_large_is_not_looked_at(exported):
    (exported / "pdf.crl").write_bytes(b"0" * (trust.MAX_FILE_BYTES + 1))
    with pytest.raises(trust.BrokenTrust, match="larger than"):
        trust.load(exported)


def test_several_roots_may_stand_in_one_file(exported):
    both = [(exported / name).read_bytes() for name in ("pdf-root.pem", "seal-root.pem")]
    (exported / "pdf-root.pem").write_bytes(b"".join(both))
    assert trust.load(exported).pdf_roots == tuple(certificates.from_pem(pem)[0] for pem in both)


def test_a_status_list_that_is_no_text_is_named(exported):
    (exported / "status-list.jwt").write_bytes(b"\xff")
    with pytest.raises(trust.BrokenTrust, match=r"status-list\.jwt"):
        trust.load(exported)


# --- keys that follow one another, and keys in wrong hands ---------------------------------------

SINCE = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)


def published(*keys):
    """Anchors with these keys of codes and lists, and whatever else belongs there."""
    listed = jwk.PublishedKey(jwk.Purpose.STATUS_LIST, LIST)
    return trust.of_published(
        (*keys, listed), pdf_roots=(), seal_roots=(), pdf_crls=(), seal_crls=()
    )


def code(key, revoked_at=None):
    return jwk.PublishedKey(jwk.Purpose.CODE, key, revoked_at)


def test_retired_and_revoked_keys_of_codes_stay_in_the_set():
    third = world.key("third").public_key
    anchors = published(code(CODE), code(third, SINCE))
    assert set(anchors.code_keys) == {world.key("one").kid, world.key("third").kid}
    assert anchors.revoked_keys == {world.key("third").kid: SINCE}


@pytest.mark.parametrize("dates", [(SINCE, None), (None, SINCE), (SINCE, SINCE + world.YEAR)])
def test_a_key_that_is_named_twice_is_revoked_if_it_is_so_once(dates):
    for order in (dates, dates[::-1]):
        anchors = published(*(code(CODE, moment) for moment in order))
        assert anchors.revoked_keys == {world.key("one").kid: SINCE}


def test_a_revoked_key_of_lists_is_no_key_of_lists():
    """A list states itself when it was made, so no list by that key can be believed."""
    revoked = jwk.PublishedKey(jwk.Purpose.STATUS_LIST, CODE, SINCE)
    anchors = published(revoked)
    assert set(anchors.list_keys) == {jwk.name(LIST)}
    assert anchors.revoked_keys == {}


def test_a_key_that_is_revoked_for_codes_signs_no_lists_either():
    anchors = published(code(LIST, SINCE))
    assert anchors.list_keys == {}


def test_the_set_says_since_when_a_key_is_revoked(exported):
    anchors = dataclasses.replace(
        trust.load(exported),
        code_keys={world.key("one").kid: CODE},
        revoked_keys={world.key("one").kid: SINCE + timedelta(milliseconds=999)},
    )
    trust.write(anchors, exported)
    loaded = trust.load(exported)
    assert loaded.revoked_keys == {world.key("one").kid: SINCE}  # the second before, never after
    written = json.loads((exported / "code-keys.json").read_bytes())["keys"]
    assert [key.get("revoked_at") for key in written] == [int(SINCE.timestamp()), None, None]


@pytest.mark.parametrize("moment", [None, "2026-11-01", 1.5, -1, True, 10**15, [], {}])
def test_a_revocation_that_cannot_be_read_makes_the_whole_set_malformed(moment):
    """To pass over it would be to trust a key that somebody has called stolen."""
    written = json.loads(key_set())
    written["keys"][0]["revoked_at"] = moment
    with pytest.raises(jws.Malformed):
        jwk.read_set(json.dumps(written).encode())


def test_a_folder_whose_keys_of_lists_are_all_revoked_has_none(exported):
    keys = [code(CODE), jwk.PublishedKey(jwk.Purpose.STATUS_LIST, LIST, SINCE)]
    (exported / "code-keys.json").write_text(json.dumps(jwk.write_set(keys)))
    assert trust.load(exported).list_keys == {}


# --- time stamp authorities, and several lists -----------------------------------------------


def test_roots_and_lists_of_time_stamps_travel_along(keys, tmp_path):
    roots = (world.root().public_bytes(Encoding.DER),)
    lists = tuple(
        certificates.issue_crl(world.root(), world.private_key("root"), (), now, world.YEAR)
        for now in (world.NOW, world.NOW + world.YEAR)
    )
    trust.export(keys, tmp_path, tsa_roots=roots, tsa_crls=lists)
    loaded = trust.load(tmp_path)
    assert loaded.tsa_roots == roots
    assert loaded.tsa_crls == lists
    assert trust.time_stamp_authorities(tmp_path / "tsa-root.pem", tmp_path / "tsa.crl") == (
        roots,
        lists,
    )


def test_an_authority_that_is_believed_no_more_is_not_left_behind(keys, tmp_path):
    trust.export(keys, tmp_path, tsa_roots=(world.root().public_bytes(Encoding.DER),))
    trust.export(keys, tmp_path)
    assert trust.load(tmp_path).tsa_roots == ()
    assert {path.name for path in tmp_path.iterdir()} == set(FILES)


@pytest.mark.parametrize("file", ["tsa-root.pem", "tsa.crl"])
@pytest.mark.parametrize("content", [b"", b"noise", b"\x30\x00"])
def test_a_broken_file_of_time_stamps_is_named(exported, file, content):
    (exported / file).write_bytes(content)
    with pytest.raises(trust.BrokenTrust, match=file):
        trust.load(exported)


def test_several_lists_may_stand_in_one_file(exported):
    """One root follows another: each has its own list."""
    both = [(exported / name).read_bytes() for name in ("pdf.crl", "seal.crl")]
    (exported / "pdf.crl").write_bytes(b"".join(both))
    assert trust.load(exported).pdf_crls == tuple(both)
    (exported / "pdf.crl").write_bytes(both[0] + b"\0")
    with pytest.raises(trust.BrokenTrust, match=r"pdf\.crl"):
        trust.load(exported)


# --- the JWK set -----------------------------------------------------------------------------


def key_set(**changes):
    published = [(jwk.Purpose.CODE, CODE), (jwk.Purpose.STATUS_LIST, LIST)]
    written = jwk.write_set(jwk.PublishedKey(*one) for one in published)
    first = {name: value for name, value in {**written["keys"][0], **changes}.items() if value}
    return json.dumps({"keys": [first, written["keys"][1]]}).encode()


def test_a_key_set_reads_back():
    assert jwk.read_set(key_set()) == (
        jwk.PublishedKey(jwk.Purpose.CODE, CODE),
        jwk.PublishedKey(jwk.Purpose.STATUS_LIST, LIST),
    )


@pytest.mark.parametrize(
    "change", [{"kty": "RSA"}, {"crv": "P-384"}, {"purpose": "new"}, {"purpose": None}]
)
def test_keys_of_another_kind_or_purpose_are_passed_over(change):
    assert jwk.read_set(key_set(**change)) == (jwk.PublishedKey(jwk.Purpose.STATUS_LIST, LIST),)


@pytest.mark.parametrize(
    "change",
    [
        {"kid": "AAAAAAAAAAA"},
        {"kid": None},
        {"x": None},
        {"x": 7},
        {"x": "AA"},
        {"x": jws.base64url(bytes(32))},
        {"y": jws.base64url(b"\xff" * 32)},
        {"x": jws.base64url(bytes(1) + CODE.public_numbers().x.to_bytes(32, "big"))},
        {"d": "AAAA"},
    ],
    ids=lambda change: next(iter(change)),  # not the keys themselves: they differ each time
)
def test_a_key_that_is_not_what_it_says_is_malformed(change):
    with pytest.raises(jws.Malformed):
        jwk.read_set(key_set(**change))


@pytest.mark.parametrize(
    "content",
    [b"{}", b'{"keys":{}}', b'{"keys":[7]}', b'{"keys":[' + b"{}," * 300 + b"{}]}", b"[]"],
)
def test_what_is_no_key_set_is_malformed(content):
    with pytest.raises(jws.Malformed):
        jwk.read_set(content)


def test_a_folder_without_a_key_of_each_purpose_is_broken(exported):
    only = jwk.write_set([jwk.PublishedKey(jwk.Purpose.CODE, CODE)])
    (exported / "code-keys.json").write_text(json.dumps(only))
    with pytest.raises(trust.BrokenTrust, match="status-list"):
        trust.load(exported)


def test_the_coordinates_have_all_their_bytes():
    """RFC 7518 6.2.1.2: 32 bytes each, also where the number begins with zeros."""
    small = ec.derive_private_key(2**200 + 151, ec.SECP256R1()).public_key()
    (written,) = jwk.write_set([jwk.PublishedKey(jwk.Purpose.CODE, small)])["keys"]
    assert {len(jws.from_base64url(written[name])) for name in ("x", "y")} == {32}
