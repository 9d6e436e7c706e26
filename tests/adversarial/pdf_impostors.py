"""PDFs that are signed anew by whom they should not be, by what should not serve, or by nobody."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import certified_signers as signers
import genuine
import pypdf
import rsa_signers
from cryptography.hazmat.primitives.serialization import Encoding

from renderer import pdf as pdf_writer
from signing import certificates, p256, pades
from signing.trust import TrustAnchors


def by(**changes) -> Callable[[], bytes]:
    """Signed with a certificate of the pinned root that should not serve for this."""
    return lambda: signers.file_of(signers.certificate(**changes))


def pinned(*revoked: certificates.Revocation) -> Callable[[], TrustAnchors]:
    """The root of those certificates, pinned, with its list."""
    return lambda: replace(
        genuine.house().anchors,
        pdf_roots=(signers.root().public_bytes(Encoding.DER),),
        pdf_crls=(signers.crl(*revoked),),
    )


def same_subject_and_serial() -> bytes:
    attacker = certificates.new_key()
    fake = certificates.issue_root(attacker, signers.ROOT_NAME, genuine.FOUNDED, signers.YEARS)
    return signers.file_of(signers.certificate(issuer=fake, issuer_key=attacker))


def own_root_brought_along() -> bytes:
    attacker = certificates.new_key()
    fake = certificates.issue_root(attacker, signers.ROOT_NAME, genuine.FOUNDED, signers.YEARS)
    one = signers.certificate(issuer=fake, issuer_key=attacker)
    return signers.file_of(one, chain=(fake,))


def changed_and_signed_by_an_attacker() -> bytes:
    key = certificates.new_key()
    name = certificates.name(genuine.NAME, genuine.NAME, genuine.USCC)
    own = certificates.issue_root(key, name, genuine.FOUNDED, signers.YEARS)
    signer = pades.PdfSigner(
        p256.from_private_key("memory:attacker", key), own.public_bytes(Encoding.DER)
    )
    return genuine.sign_pdf(signer, model="QTZ125")


def changed_and_signed_by_another_authority() -> bytes:
    return genuine.sign_pdf(genuine.house().other_pdf_signer, model="QTZ125")


def picture_and_no_signature() -> bytes:
    file = pdf_writer.write(
        genuine.page(), genuine.document(), (genuine.data_set(),), genuine.slot()
    )
    return file.data


def nothing_but_the_page() -> bytes:
    return pdf_writer.write(genuine.page(), genuine.document(), (genuine.data_set(),)).data


def sha1() -> bytes:
    return rsa_signers.rsa_file(2048, rsa_signers.SHA1_OID, rsa_signers.RSA_SHA1_OID)


def foreign() -> bytes:
    writer = pypdf.PdfWriter()
    writer.add_blank_page(595, 842)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()
