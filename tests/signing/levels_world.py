"""Signers, lists and signed files that are raised from B-B to other levels."""

import io
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import minimal_pdf
import p256_world as world
import tsa_world
from asn1crypto import cms as asn1_cms
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader

from signing import certificates, pades, pades_levels
from signing.document_key import rsa_from_private_key
from signing.pades_levels import Stamping

NOW = datetime.now(UTC).replace(microsecond=0)

BEGIN = NOW - timedelta(days=30)

BLANK = minimal_pdf.unsigned(pades_levels.CONTENTS_BYTES)


@lru_cache
def root():
    """The root of the signers."""
    name = certificates.name("Levels", "Tests")
    return certificates.issue_root(world.private_key("levels"), name, BEGIN, 10 * world.YEAR)


@lru_cache
def rsa_key():
    """A signer's key of the other kind."""
    return rsa_from_private_key("test:rsa", rsa.generate_private_key(65537, 2048))


@lru_cache
def signer(kind="ec", begin=BEGIN, days=365):
    """A signer, certified by the root for so long."""
    key = world.key("signer") if kind == "ec" else rsa_key()
    issued = certificates.issue_signer(
        root(),
        world.private_key("levels"),
        key.public_key,
        certificates.name(kind, "Tests"),
        begin,
        timedelta(days=days),
    )
    return pades.PdfSigner(key, issued.public_bytes(Encoding.DER))


def pdf_crl(revocations=(), now=NOW):
    """The root's revocation list."""
    return certificates.issue_crl(
        root(), world.private_key("levels"), revocations, now, timedelta(days=30)
    )


def signed(by=None, blank=BLANK):
    """A file at B-B."""
    return pades.sign(blank.data, blank.hole, blank.byte_range, by or signer())


def message(data):
    """The first signature's CMS, without the padding."""
    start, end = BLANK.hole
    raw = bytes.fromhex(data[start + 1 : end - 1].decode("ascii"))
    return asn1_cms.ContentInfo.load(raw)["content"]


def reader(data):
    """A file as pyHanko reads it."""
    return PdfFileReader(io.BytesIO(data), strict=True)


def fresh_stamping(server):
    """What raises files by that time stamping server, which does as it should and was not asked."""
    server.how = tsa_world.Answering()
    server.asked.clear()
    server.replies.clear()
    return Stamping(
        tsa=server.tsa(),
        roots=(root().public_bytes(Encoding.DER),),
        crls=(pdf_crl(), tsa_world.crl()),
    )
