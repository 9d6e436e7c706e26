"""Keys that tests put into a token, and what is asked of those that sign there."""

import ctypes
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from signing import keys, pkcs11_module
from signing.errors import KeyUnavailable

from .soft_hsm import MODULE, PIN

MESSAGE = b"what is signed"

P256 = ec.generate_private_key(ec.SECP256R1())

RSA = rsa.generate_private_key(65537, 2048)


def fill(hsm):
    """Make a token with both keys."""
    hsm.add_token("seals")
    hsm.add_key("seals", "pdf", "01", P256)
    hsm.add_key("seals", "rsa", "02", RSA)


def verify(key, signature, message=MESSAGE):
    """Check a signature; raises InvalidSignature."""
    if key.algorithm == "rsa-sha256":
        key.public_key.verify(signature, message, padding.PKCS1v15(), SHA256())
    else:
        key.public_key.verify(signature, message, ec.ECDSA(SHA256()))


def refused(reason, uri, load=keys.document):
    """See that a key is refused for that reason, named by its URI, and its PIN not told."""
    with pytest.raises(KeyUnavailable, match=reason) as caught:
        load(uri)
    assert PIN not in str(caught.value)
    assert caught.value.uri == uri


def calls_of_library():
    """The library as C sees it, in this very process."""
    return ctypes.CDLL(str(MODULE))


def slot_of(label):
    """Where the library has a token."""
    for slot in pkcs11_module.load(MODULE).slots():
        if slot.get_token().label == label:
            return slot.slot_id
    raise AssertionError(label)


def hashed(message):
    """The digest that is signed."""
    return hashlib.sha256(message).digest()
