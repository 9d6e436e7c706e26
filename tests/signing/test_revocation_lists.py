"""Only an issuer's own and whole revocation lists speak of its certificates."""

from datetime import timedelta

import p256_world as world
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from signing import certificates, revocation_lists

MONTH = timedelta(days=30)


def own(key="root"):
    return certificates.issue_crl(world.root(), world.private_key(key), (), world.NOW, MONTH)


def partial():
    """A list of some reasons only, and critically so (RFC 5280 section 5.2.5)."""
    point = x509.IssuingDistributionPoint(
        full_name=None,
        relative_name=None,
        only_contains_user_certs=False,
        only_contains_ca_certs=True,
        only_some_reasons=None,
        indirect_crl=False,
        only_contains_attribute_certs=False,
    )
    return (
        x509.CertificateRevocationListBuilder()
        .issuer_name(world.root().subject)
        .last_update(world.NOW)
        .next_update(world.NOW + MONTH)
        .add_extension(point, critical=True)
        .sign(world.private_key("root"), SHA256())
        .public_bytes(Encoding.DER)
    )


def test_the_issuers_own_list_speaks():
    (found,) = revocation_lists.sound(world.root(), (own(), b"noise", own()[:-1]))
    assert found.issuer == world.root().subject


@pytest.mark.parametrize("wrong", [own("another"), partial(), b"", b"noise"])
def test_a_forged_or_partial_list_says_nothing(wrong):
    assert revocation_lists.sound(world.root(), (wrong,)) == []


def test_a_list_speaks_of_its_time():
    (found,) = revocation_lists.sound(world.root(), (own(),))
    assert revocation_lists.is_current(found, world.NOW)
    assert revocation_lists.is_current(found, world.NOW + MONTH - timedelta(seconds=1))
    assert not revocation_lists.is_current(found, world.NOW + MONTH)
    assert not revocation_lists.is_current(found, world.NOW - timedelta(days=1))
