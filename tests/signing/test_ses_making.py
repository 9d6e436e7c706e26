"""What may not be made is not made: seals without sound content, signatures by nobody listed."""

import pytest
import sm2_world as world

from signing import ses
from signing.errors import CannotSign, SigningError
from signing.sm2_certificates import KeyUsage


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"picture": b"GIF89a"}, "PNG"),
        ({"picture": world.picture() + bytes(1 << 20)}, "allowed"),
        ({"width": 0}, "whole mm"),
        ({"height": 201}, "whole mm"),
        ({"name": ""}, "characters"),
        ({"id": "1" * 300}, "characters"),
        ({"signers": []}, "signers"),
        ({"valid_to": world.NOW - 2 * world.DAY}, "end before"),
    ],
)
def test_a_seal_without_sound_content_is_not_made(changes, words):
    with pytest.raises(CannotSign, match=words):
        ses.make_seal(world.seal_content(**changes), world.key("maker"), world.maker_certificate())


@pytest.mark.parametrize("changes", [{"signers": [b"no certificate"]}, {"id": "编号"}])
def test_a_seal_is_not_made_of_what_cannot_be_written(changes):
    with pytest.raises(SigningError):
        ses.make_seal(world.seal_content(**changes), world.key("maker"), world.maker_certificate())


def test_a_maker_needs_its_own_certificate_for_signing():
    with pytest.raises(CannotSign, match="not the one"):
        ses.make_seal(world.seal_content(), world.key("signer"), world.maker_certificate())
    with pytest.raises(CannotSign, match="does not allow signing"):
        ses.make_seal(world.seal_content(), world.key("root"), world.root())


def test_a_signer_needs_its_own_certificate_for_signing():
    with pytest.raises(CannotSign, match="not the one"):
        world.signature(key=world.key("maker"))
    other = world.certificate(key_usage=KeyUsage.KEY_ENCIPHERMENT)
    with pytest.raises(CannotSign, match="does not allow signing"):
        world.signature(certificate=other)


def test_only_a_listed_signer_signs():
    with pytest.raises(CannotSign, match="does not list"):
        world.signature(key=world.key("maker"), certificate=world.maker_certificate())


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (world.NOW - 2 * world.DAY, "the seal .* is valid from"),
        (world.NOW + 301 * world.DAY, "the seal .* is valid from"),
    ],
)
def test_nothing_is_sealed_outside_the_validity_of_the_seal(at, words):
    with pytest.raises(CannotSign, match=words):
        world.signature(at=at)


def test_nothing_is_sealed_outside_the_validity_of_the_certificate():
    short = world.certificate(not_after=world.NOW + world.DAY)
    content = world.seal_content(signers=[short])
    seal = ses.make_seal(content, world.key("maker"), world.maker_certificate())
    world.signature(certificate=short, seal=seal)
    with pytest.raises(CannotSign, match=r"certificate of .* is valid from"):
        world.signature(certificate=short, seal=seal, at=world.NOW + 2 * world.DAY)


def test_only_a_digest_of_sm3_is_signed():
    with pytest.raises(CannotSign, match="SM3 has 32"):
        world.signature(data_hash=bytes(20))


def test_a_path_outside_ascii_is_not_signed():
    with pytest.raises(SigningError):
        world.signature(property_info="/文档/Signature.xml")
