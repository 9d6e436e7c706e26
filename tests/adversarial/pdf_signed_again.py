"""Our PDFs, certified or signed once more by another program."""

from __future__ import annotations

import io
from functools import cache

import genuine
from asn1crypto import keys, pem, x509

from renderer import pdf as pdf_writer


@cache
def certified() -> bytes:
    """Our page certified (DocMDP, no changes) by another program with the authority's own key."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields
    from pyhanko.sign import signers as pyhanko
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    plain = pdf_writer.write(genuine.page(), genuine.document(), (genuine.data_set(),)).data
    signer = pyhanko.SimpleSigner(
        signing_cert=x509.Certificate.load(genuine.house().pdf_signer.certificate),
        signing_key=_private_key(genuine.USCC),
        cert_registry=SimpleCertificateStore(),
    )
    asked = pyhanko.PdfSignatureMetadata(
        field_name="Seal",
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
        subfilter=fields.SigSeedSubFilter.PADES,
    )
    out = pyhanko.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(plain)), asked, signer=signer)
    return out.getvalue()


def signed_twice() -> bytes:
    """Another authority signs the whole once more."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields
    from pyhanko.sign import signers as pyhanko
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    signer = pyhanko.SimpleSigner(
        signing_cert=x509.Certificate.load(genuine.house().other_pdf_signer.certificate),
        signing_key=_private_key(genuine.OTHER_USCC),
        cert_registry=SimpleCertificateStore(),
    )
    asked = pyhanko.PdfSignatureMetadata(
        field_name="Second", subfilter=fields.SigSeedSubFilter.PADES
    )
    source = IncrementalPdfFileWriter(io.BytesIO(genuine.genuine_pdf()))
    return pyhanko.sign_pdf(source, asked, signer=signer).getvalue()


def _private_key(uscc: str) -> keys.PrivateKeyInfo:
    content = (genuine.house().folder / "authorities" / uscc / "pdf.key").read_bytes()
    return keys.PrivateKeyInfo.load(pem.unarmor(content)[2])
