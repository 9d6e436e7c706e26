"""A key in a seal service that tests ask, and what a service in order and out of order does."""

from __future__ import annotations

import json
import time

import misbehaving_service as misbehaving
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from signing import p256

PRIVATE = ec.generate_private_key(ec.SECP256R1())

SPKI = PRIVATE.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

TIMEOUT_S = 0.5
"""For an answer, seconds."""


def sign_digest(digest):
    """The signature of the key."""
    return p256.from_private_key("test:", PRIVATE).sign_digest(digest)


def well(method, path, body):
    """What a service that is in order answers."""
    if method == "GET":
        return misbehaving.key_answer(SPKI)
    return misbehaving.signature_answer(body, sign_digest)


def hang(*_):
    """Answer nothing for long."""
    time.sleep(3 * TIMEOUT_S)


def die(*_):
    """Hang up."""
    return


def posted(service):
    """The requests for signatures that came."""
    return [json.loads(body) for method, _, body in service.requests if method == "POST"]


def verify(signature, message):
    """Check a signature; raises InvalidSignature."""
    PRIVATE.public_key().verify(signature, message, ec.ECDSA(SHA256()))


def spki(public):
    """A public key in DER."""
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
