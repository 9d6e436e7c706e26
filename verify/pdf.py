"""Examining a signed PDF: its bytes, its objects, its signature, its certificate.

pyHanko's summary lets several things through (bytes after the end, junk behind the signature's
value, a certificate for another purpose); so nothing is summarised here. A certificate of ours has
one shape, and whatever deviates from it fails the check that is about it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from verify import pdf_checks as ids
from verify.check import Examination
from verify.checklist import CheckList
from verify.dataset import FILE_NAME
from verify.examining import Found, Kind, examined
from verify.fault import Fault
from verify.limits import CLOCK_SKEW_SECONDS
from verify.pdf_bytes import SignedRange, Span, check_ends, signed_range

if TYPE_CHECKING:
    from cryptography import x509

    from signing.trust import TrustAnchors
    from verify.pdf_cms import Cms
    from verify.pdf_file import PdfFile
    from verify.pdf_shape import Signature

PDF: Final = Kind("pdf", ids.CHECKS, ids.STRUCTURE, ids.CERTIFICATE)


def examine(data: bytes, anchors: TrustAnchors, at: datetime) -> Examination:
    """Every check of a PDF, judged at the aware moment `at`; never raises.

    Certificates are judged at the time of signing, their revocation at `at`, which should be now:
    the lists at hand speak of no other time.
    """
    return examined(PDF, lambda checks, found: _examine(data, anchors, at, checks, found))


def _examine(
    data: bytes, anchors: TrustAnchors, at: datetime, checks: CheckList, found: Found
) -> None:
    from verify import pdf_shape  # here: pyHanko's reader takes a fifth of a second to import
    from verify.pdf_file import open_file

    file: PdfFile | None = None
    with checks.judging(ids.STRUCTURE, "结构完整", "complete and strictly readable"):
        file = open_file(data)
        check_ends(data)
    if file is None:
        return
    found.readable = True
    _check_objects(file, checks)
    _take_dataset(file, checks, found)
    signature: Signature | None = None
    with checks.judging(ids.ONE_SIGNATURE, "有且仅有一个签名", "exactly one signature"):
        signature = pdf_shape.only_signature(file)
        found.signed_at = signature.signed_at
    if signature is not None:
        _check_signature(data, file.value, signature, anchors, at, checks, found)


def _check_objects(file: PdfFile, checks: CheckList) -> None:
    """Revisions, pages, annotations and active content."""
    from verify import pdf_shape

    with checks.judging(ids.SINGLE_REVISION, "没有增量更新", "no incremental update"):
        pdf_shape.check_single_revision(file)
    with checks.judging(
        ids.ACTIVE_CONTENT, "没有脚本、动作或图层", "no scripts, actions or layers"
    ):
        pdf_shape.check_passive(file)
    with checks.judging(ids.PAGE, "只有一页，页上只有印章", "one page, and only the seal on it"):
        pdf_shape.check_page(file)


def _take_dataset(file: PdfFile, checks: CheckList, found: Found) -> None:
    from verify import pdf_attachment

    with checks.judging(ids.DATASET, "带有唯一的数据集", "carries one data set"):
        found.dataset = pdf_attachment.read(file, FILE_NAME)
        if found.dataset is None:
            raise Fault("没有本系统的数据集", "carries no data set of ours")


def _check_signature(
    data: bytes,
    value: Span | None,
    signature: Signature,
    anchors: TrustAnchors,
    at: datetime,
    checks: CheckList,
    found: Found,
) -> None:
    """The signature from its place in the file up to the pinned root."""
    from cryptography.hazmat.primitives.serialization import Encoding

    from verify import authority, pdf_cms, pdf_signature

    covered: SignedRange | None = None
    with checks.judging(ids.WHOLE_FILE, "签名覆盖整个文件", "the signature covers the whole file"):
        covered = signed_range(data, signature.byte_range, value)
    if covered is None:
        return
    cms: Cms | None = None
    signer: x509.Certificate | None = None
    with checks.judging(ids.SIGNATURE, "签名值有效", "the signature's value is right"):
        cms = pdf_cms.parse(covered.der)
        signer = pdf_signature.signer_certificate(cms)
        pdf_signature.check_signature(cms, signer)
    if cms is None:
        return
    if signer is not None:
        found.signer = _common_name(signer)
    with checks.judging(ids.CONTENT, "文件自签名后未被改动", "unchanged since it was signed"):
        pdf_signature.check_content(cms, covered.before, covered.after)
    with checks.judging(ids.ALGORITHMS, "算法符合要求", "accepted algorithms"):
        pdf_signature.check_algorithms(cms)
        if signer is not None:
            pdf_signature.check_key(signer)
    if signer is not None:
        _check_certificate(cms, signer, anchors, signature.signed_at, at, checks)
        with checks.judging(ids.AUTHORITY, "签名人是发证机关", "signed by the authority named"):
            authority.check_signer(found.dataset, signer.public_bytes(Encoding.DER))


def _check_certificate(
    cms: Cms,
    signer: x509.Certificate,
    anchors: TrustAnchors,
    signed_at: datetime,
    at: datetime,
    checks: CheckList,
) -> None:
    """The chain at the time of signing, its revocation at `at`."""
    from verify import pdf_chain

    chain: pdf_chain.Chain | None = None
    with checks.judging(ids.CERTIFICATE, "签名人证书可信", "the signer's certificate is trusted"):
        if signed_at > at + timedelta(seconds=CLOCK_SKEW_SECONDS):
            raise Fault("签名时间晚于现在", "the signing time is in the future")
        chain = pdf_chain.build(signer, cms.certificates, anchors.pdf_roots, signed_at)
    if chain is not None:
        with checks.judging(ids.REVOCATION, "签名人证书未被吊销", "not revoked"):
            pdf_chain.check_revocation(chain, anchors.pdf_crls, at)


def _common_name(certificate: x509.Certificate) -> str | None:
    """The signer's name for the report; a certificate need not have one."""
    from cryptography.x509.oid import NameOID

    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else None
