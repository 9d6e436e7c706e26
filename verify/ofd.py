"""Examining a sealed OFD: its package, its files, its seal, its certificates.

Well-known validators accept an added part, a moved stamp, a seal whose maker never signed it and
a signer whom the seal does not list. Here each of these is a check of its own.

A file may bear several seals; a check then passes only if it does for each of them. One exception:
of those who sealed, one must be the authority that the data set names.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from verify import key_life, ofd_document, ofd_package, ofd_references, ofd_signature
from verify import ofd_checks as ids
from verify.check import Examination
from verify.checklist import CheckList
from verify.dataset import FILE_NAME
from verify.examining import Asked, Found, Kind, examined
from verify.fault import Fault, Untold

if TYPE_CHECKING:
    from signing.ses import SealSignature
    from signing.trust import TrustAnchors
    from verify.ofd_document import Document
    from verify.ofd_package import Package
    from verify.ofd_signature import Signature

OFD: Final = Kind("ofd", ids.CHECKS, ids.STRUCTURE, ids.SIGNER_CERTIFICATE)


def examine(
    data: bytes, anchors: TrustAnchors, at: datetime, recorded_at: datetime | None = None
) -> Examination:
    """Every check of an OFD, judged at the aware moment `at`; never raises.

    Certificates are judged at the time of signing, their revocation at `at`, which should be now:
    the lists at hand speak of no other time. A certificate that has expired or is revoked at `at`
    needs a proof that the signature is older: a time stamp in the file, or `recorded_at`, the
    moment at which the register recorded exactly this file.
    """
    asked = Asked(data, anchors, at, recorded_at)
    return examined(OFD, lambda checks, found: _examine(asked, checks, found))


def _examine(asked: Asked, checks: CheckList, found: Found) -> None:
    package: Package | None = None
    with checks.judging(ids.PACKAGE, "文件包结构严密", "a package without room for anything else"):
        package = ofd_package.read(asked.data)
        if package.oddities:
            raise Fault("文件包不是本系统所写", f"not written by Sealpress: {package.oddities[0]}")
    if package is None:
        return
    found.opened = package
    document: Document | None = None
    with checks.judging(ids.STRUCTURE, "文档结构完整", "document, pages and attachments found"):
        document = ofd_document.read(package)
    if document is None:
        return
    found.readable = True
    _take_dataset(package, document, checks, found)
    signatures = _signatures(package, document, checks)
    values: list[SealSignature] = []
    proven_at = asked.recorded_at
    for place in reversed(range(len(signatures))):  # a later one proves the age of those before it
        signature, later = signatures[place], signatures[place + 1 :]
        _check_parts(package, document, signature, later, checks)
        value = _check_value(package, signature, asked.at, checks, last=not later)
        if value is not None:
            proven_at = _prove(value, asked, proven_at, checks)
            _check_certificates(value, asked, proven_at, checks)
            values.append(value)
    if values:
        _check_authority(values, checks, found)


def _take_dataset(package: Package, document: Document, checks: CheckList, found: Found) -> None:
    with checks.judging(ids.DATASET, "带有唯一的数据集", "carries one data set"):
        found.claims = any(called == FILE_NAME for called, _ in document.attachments)
        found.dataset = ofd_document.dataset(package, document, FILE_NAME)
        if found.dataset is None:
            raise Fault("没有本系统的数据集", "carries no data set of ours")


def _signatures(package: Package, document: Document, checks: CheckList) -> list[Signature]:
    """Every signature that can be read, in their order; there should be seals alone."""
    read: list[Signature] = []
    with checks.judging(ids.SIGNATURES, "带有印章签章", "sealed, and signed in no other way"):
        if document.signatures is None:
            raise Fault("没有签章", "the file bears no seal")
        listed = ofd_signature.listed(package, document.signatures)
        read = [ofd_signature.read(package, kind, path) for kind, path in listed]
        ofd_signature.check_apart(read)
        if not read or any(one.kind != "Seal" for one in read):
            raise Fault(
                f"应只有印章签章，实有{len(read)}个签名，其中有其他种类",
                f"{len(read)} signatures, of which not all are seals",
            )
    return read


def _check_parts(
    package: Package,
    document: Document,
    signature: Signature,
    later: Sequence[Signature],
    checks: CheckList,
) -> None:
    """The parts that a signature covers, and where it is seen."""
    from verify import ofd_seal

    with checks.judging(ids.COVERAGE, "签名覆盖全部文件", "every part is covered"):
        ofd_references.check_coverage(package, document.signatures or "", signature, later)
    with checks.judging(ids.DIGESTS, "文件自签名后未被改动", "unchanged since it was sealed"):
        ofd_references.check_digests(package, signature)
    with checks.judging(ids.STAMP, "盖章位置在页面内", "the stamp is inside its page"):
        ofd_seal.check_stamp(document, signature)


def _check_value(
    package: Package, signature: Signature, at: datetime, checks: CheckList, *, last: bool
) -> SealSignature | None:
    """The seal signature against the files around it and against itself; None if unreadable."""
    from verify import ofd_seal

    value: SealSignature | None = None
    with checks.judging(ids.SIGNED_VALUE, "签章数据规范", "a plain seal signature"):
        value = ofd_seal.parse(signature)
        ofd_seal.check_value(signature, value)
    if value is None:
        return None
    with checks.judging(ids.PACKED_BYTES, "打包数据未被改动", "packed as it was sealed"):
        ofd_references.check_packed_bytes(package, signature, value, last=last)
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
    return value


def _prove(
    value: SealSignature, asked: Asked, proven_at: datetime | None, checks: CheckList
) -> datetime | None:
    """The earliest moment at which a signature is proven to have been there."""
    if value.time_stamp is None:
        checks.passed(
            ids.TIME_STAMP,
            "不带时间戳，签章时间由签章人自述",
            "it carries none: the time of sealing is the signer's own word",
        )
        return proven_at
    from verify import time_proof

    with checks.judging(ids.TIME_STAMP, "时间戳有效", "its time stamp is sound"):
        covered = (value.signature_found,)
        proof = time_proof.judge(value.time_stamp, covered, asked.anchors, proven_at, asked.at)
        checks.found(ids.TIME_STAMP, proof.finding, advisory=True)
        return key_life.earliest((proven_at, proof.proven_at), asked.at)
    return proven_at


def _check_certificates(
    value: SealSignature, asked: Asked, proven_at: datetime | None, checks: CheckList
) -> None:
    """Signer and maker up to the pinned root: at the time of signing, and what became of them."""
    from verify import ofd_certificates as certificates

    roots, crls = asked.anchors.seal_roots, asked.anchors.seal_crls
    moments = certificates.Moments(value.signed_at, proven_at, asked.at)
    signer, maker = value.certificate, value.seal.maker_certificate
    for name, one in ((ids.SIGNER_CERTIFICATE, signer), (ids.MAKER_CERTIFICATE, maker)):
        with checks.judging(name, "证书可信", "the certificate is trusted"):
            checks.found(name, certificates.judge_certificate(one, roots, moments))
        with checks.judging(ids.REVOCATION, "证书未被吊销", "not revoked"):
            found = certificates.judge_revocation(one, roots, crls, moments)
            checks.found(ids.REVOCATION, found)


def _check_authority(values: Sequence[SealSignature], checks: CheckList, found: Found) -> None:
    """One of those who sealed must be the authority named; it is the signer that is told."""
    from verify import authority

    reasons: list[Fault | Untold] = []
    with checks.judging(ids.AUTHORITY, "签章人是发证机关", "sealed by the authority named"):
        for value in values:
            found.signed_at, found.signer = value.signed_at, value.seal.property.name
            try:
                authority.check_signer(found.dataset, value.certificate)
            except (Fault, Untold) as reason:
                reasons.append(reason)
            else:
                return
        raise next((one for one in reasons if isinstance(one, Fault)), reasons[0])
