"""Examining a sealed OFD: its package, its files, its seal, its certificates.

Well-known validators accept an added part, a moved stamp, a seal whose maker never signed it and
a signer whom the seal does not list. Here each of these is a check of its own.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from verify import ofd_checks as ids
from verify import ofd_document, ofd_package, ofd_references, ofd_signature
from verify.check import Examination
from verify.checklist import CheckList
from verify.dataset import FILE_NAME
from verify.examining import Found, Kind, examined
from verify.fault import Fault

if TYPE_CHECKING:
    from signing.ses import SealSignature
    from signing.trust import TrustAnchors
    from verify.ofd_document import Document
    from verify.ofd_package import Package
    from verify.ofd_signature import Signature

OFD: Final = Kind("ofd", ids.CHECKS, ids.STRUCTURE, ids.SIGNER_CERTIFICATE)


def examine(data: bytes, anchors: TrustAnchors, at: datetime) -> Examination:
    """Every check of an OFD, judged at the aware moment `at`; never raises.

    Certificates are judged at the time of signing, their revocation at `at`, which should be now:
    the lists at hand speak of no other time. Where there are several signatures, a check passes
    only if it does for each of them.
    """
    return examined(OFD, lambda checks, found: _examine(data, anchors, at, checks, found))


def _examine(
    data: bytes, anchors: TrustAnchors, at: datetime, checks: CheckList, found: Found
) -> None:
    package: Package | None = None
    with checks.judging(ids.PACKAGE, "文件包结构严密", "a package without room for anything else"):
        package = ofd_package.read(data)
        if package.oddities:
            raise Fault("文件包不是本系统所写", f"not written by Sealpress: {package.oddities[0]}")
    if package is None:
        return
    document: Document | None = None
    with checks.judging(ids.STRUCTURE, "文档结构完整", "document, pages and attachments found"):
        document = ofd_document.read(package)
    if document is None:
        return
    found.readable = True
    _take_dataset(package, document, checks, found)
    for signature in _signatures(package, document, checks):
        _check_signature(package, document, signature, anchors, at, checks, found)


def _take_dataset(package: Package, document: Document, checks: CheckList, found: Found) -> None:
    with checks.judging(ids.DATASET, "带有唯一的数据集", "carries one data set"):
        found.dataset = ofd_document.dataset(package, document, FILE_NAME)
        if found.dataset is None:
            raise Fault("没有本系统的数据集", "carries no data set of ours")


def _signatures(package: Package, document: Document, checks: CheckList) -> list[Signature]:
    """Every signature that can be read; there should be one, and it should be a seal."""
    read: list[Signature] = []
    with checks.judging(ids.ONE_SIGNATURE, "有且仅有一个签章", "exactly one seal"):
        if document.signatures is None:
            raise Fault("没有签章", "the file bears no seal")
        listed = ofd_signature.listed(package, document.signatures)
        read = [ofd_signature.read(package, kind, path) for kind, path in listed]
        if len(read) != 1 or read[0].kind != "Seal":
            raise Fault(
                f"应有且仅有一个签章，实有{len(read)}个签名",
                f"{len(read)} signatures, not one seal",
            )
    return read


def _check_signature(
    package: Package,
    document: Document,
    signature: Signature,
    anchors: TrustAnchors,
    at: datetime,
    checks: CheckList,
    found: Found,
) -> None:
    """One signature, from the parts it covers to the seal in it."""
    from verify import authority, ofd_seal

    with checks.judging(ids.COVERAGE, "签名覆盖全部文件", "every part is covered"):
        ofd_references.check_coverage(package, signature)
    with checks.judging(ids.DIGESTS, "文件自签名后未被改动", "unchanged since it was sealed"):
        ofd_references.check_digests(package, signature)
    with checks.judging(ids.STAMP, "盖章位置在页面内", "the stamp is inside its page"):
        ofd_seal.check_stamp(document, signature)
    value: SealSignature | None = None
    with checks.judging(ids.SIGNED_VALUE, "签章数据规范", "a plain seal signature"):
        value = ofd_seal.parse(signature)
        ofd_seal.check_value(signature, value)
    if value is not None:
        found.signed_at = value.signed_at
        found.signer = value.seal.property.name
        _check_seal(package, signature, value, at, checks)
        _check_certificates(value, anchors, at, checks)
        with checks.judging(ids.AUTHORITY, "签章人是发证机关", "sealed by the authority named"):
            authority.check_signer(found.dataset, value.certificate)


def _check_seal(
    package: Package, signature: Signature, value: SealSignature, at: datetime, checks: CheckList
) -> None:
    """The seal signature against the files around it and against itself."""
    from verify import ofd_seal

    with checks.judging(ids.SIGNATURE_FILE, "签章与签名文件一致", "about this Signature.xml"):
        ofd_seal.check_signature_file(signature, value)
    with checks.judging(ids.SEAL_FILE, "印章文件与签章一致", "the seal's file is the seal used"):
        ofd_seal.check_seal_file(package, signature, value)
    with checks.judging(ids.SIGNER_SIGNATURE, "签章人签名有效", "the signer's signature holds"):
        ofd_seal.check_signer_signature(value)
    with checks.judging(ids.MAKER_SIGNATURE, "制章人签名有效", "the maker's signature holds"):
        ofd_seal.check_maker_signature(value)
    with checks.judging(ids.SIGNER_LISTED, "签章人有权使用印章", "the signer may use the seal"):
        ofd_seal.check_listed(value)
    with checks.judging(ids.SIGNING_TIME, "签章时间有效", "sealed within the seal's validity"):
        ofd_seal.check_time(signature, value, at)


def _check_certificates(
    value: SealSignature, anchors: TrustAnchors, at: datetime, checks: CheckList
) -> None:
    """Signer and maker up to the pinned root: trust at the time of signing, revocation at `at`."""
    from verify import ofd_seal

    roots, when = anchors.seal_roots, value.signed_at
    with checks.judging(ids.SIGNER_CERTIFICATE, "签章人证书可信", "the signer is trusted"):
        ofd_seal.check_certificate(value.certificate, roots, when)
    with checks.judging(ids.MAKER_CERTIFICATE, "制章人证书可信", "the seal maker is trusted"):
        ofd_seal.check_certificate(value.seal.maker_certificate, roots, when)
    with checks.judging(ids.REVOCATION, "证书未被吊销", "neither certificate is revoked"):
        ofd_seal.check_revocation(value.certificate, roots, anchors.seal_crls, at)
        ofd_seal.check_revocation(value.seal.maker_certificate, roots, anchors.seal_crls, at)
