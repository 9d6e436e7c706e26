"""Examining a signed PDF: its bytes, its objects, its signature, its certificate.

The summary of a library lets several things through (bytes after the end, junk behind the
signature's value, a certificate for another purpose); so nothing is summarised here. A certificate
of ours has one shape, and whatever deviates from it fails the check that is about it. What was
added after signing (evidence, a time stamp over the whole) is told apart first: page, data set and
signature are those of the signed revision, never those of a later one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from verify import key_life, pdf_revisions
from verify import pdf_checks as ids
from verify.check import CheckState, Examination
from verify.checklist import CheckList
from verify.dataset import FILE_NAME
from verify.examining import Asked, Found, Kind, examined
from verify.fault import Fault
from verify.pdf_bytes import SignedRange, Span, check_ends, signed_range

if TYPE_CHECKING:
    from cryptography import x509

    from signing.trust import TrustAnchors
    from verify.pdf_cms import Cms
    from verify.pdf_dictionary import Signature
    from verify.pdf_file import PdfFile
    from verify.pdf_revisions import Layers
    from verify.pdf_update import Update

PDF: Final = Kind("pdf", ids.CHECKS, ids.STRUCTURE, ids.CERTIFICATE)


def examine(
    data: bytes, anchors: TrustAnchors, at: datetime, recorded_at: datetime | None = None
) -> Examination:
    """Every check of a PDF, judged at the aware moment `at`; never raises.

    Certificates are judged at the time of signing, their revocation at `at`, which should be now:
    the lists at hand speak of no other time. A certificate that has expired or is revoked at `at`
    needs a proof that the signature is older: a time stamp in the file, or `recorded_at`, the
    moment at which the register recorded exactly this file.
    """
    asked = Asked(data, anchors, at, recorded_at)
    return examined(PDF, lambda checks, found: _examine(asked, checks, found))


def _examine(asked: Asked, checks: CheckList, found: Found) -> None:
    from verify import pdf_shape
    from verify.pdf_file import open_file

    layers = pdf_revisions.split(asked.data)
    file: PdfFile | None = None
    with checks.judging(ids.STRUCTURE, "结构完整", "complete and strictly readable"):
        file = open_file(layers.first)
        check_ends(layers.first)
    if file is None:
        return
    found.readable = True
    if len(layers.first) == len(asked.data):
        found.opened = file
    update = _later(asked, layers, file, checks)
    _check_objects(file, checks)
    _take_dataset(file, checks, found)
    signature: Signature | None = None
    with checks.judging(ids.ONE_SIGNATURE, "有且仅有一个签名", "exactly one signature"):
        signature = pdf_shape.only_signature(file)
        found.signed_at = signature.signed_at
    if signature is not None:
        # What was added and may not be there is held against the signature, which lacks it.
        covering = asked.data if update is None else layers.first
        archive = None if update is None else update.stamp
        signed = Signed(covering, file.value, signature, archive)
        check_signature(asked, signed, checks, found)


@dataclass(frozen=True)
class Signed:
    """What must be signed, its signature, and the time stamp over the whole file, if any.

    `value` is where the signature's value stands in `data`, `sha256` the digest of all around it,
    where that is known already.
    """

    data: bytes
    value: Span | None
    signature: Signature
    archive: SignedRange | None = None
    sha256: bytes | None = None


def _later(asked: Asked, layers: Layers, file: PdfFile, checks: CheckList) -> Update | None:
    """What was added after signing, None where it may not be there."""
    from verify import pdf_shape, pdf_update

    update: Update | None = None
    with checks.judging(
        ids.SINGLE_REVISION,
        "签名后只追加了验证资料" if layers.later else "没有增量更新",
        "nothing but its own proof was added" if layers.later else "no incremental update",
    ):
        pdf_shape.check_single_revision(file)
        if layers.fault is not None:
            raise layers.fault
        update = pdf_update.read(asked.data, layers, file)
        if layers.later:
            from verify import pdf_evidence

            pdf_update.check_read_alike(asked.data, layers, file, update)
            pdf_evidence.check(update, asked.anchors)
    return update


def _check_objects(file: PdfFile, checks: CheckList) -> None:
    """Pages, annotations and active content."""
    from verify import pdf_shape

    with checks.judging(
        ids.ACTIVE_CONTENT, "没有脚本、动作或图层", "no scripts, actions or layers"
    ):
        pdf_shape.check_passive(file)
    with checks.judging(ids.PAGE, "只有一页，页上只有印章", "one page, and only the seal on it"):
        pdf_shape.check_page(file)


def _take_dataset(file: PdfFile, checks: CheckList, found: Found) -> None:
    from verify import pdf_attachment

    with checks.judging(ids.DATASET, "带有唯一的数据集", "carries one data set"):
        found.claims = pdf_attachment.is_borne(file, FILE_NAME)
        found.dataset = pdf_attachment.read(file, FILE_NAME)
        if found.dataset is None:
            raise Fault("没有本系统的数据集", "carries no data set of ours")


def check_signature(asked: Asked, signed: Signed, checks: CheckList, found: Found) -> None:
    """Judge the signature from its place in the file up to the pinned root.

    `found.dataset` must be there already: it names the authority that should have signed.
    """
    from cryptography.hazmat.primitives.serialization import Encoding

    from verify import authority, pdf_cms, pdf_signature

    covered: SignedRange | None = None
    with checks.judging(ids.WHOLE_FILE, "签名覆盖整个文件", "the signature covers the whole file"):
        covered = signed_range(signed.data, signed.signature.byte_range, signed.value)
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
        pdf_signature.check_content(cms, covered.before, covered.after, signed.sha256)
    with checks.judging(ids.ALGORITHMS, "算法符合要求", "accepted algorithms"):
        pdf_signature.check_algorithms(cms)
        if signer is not None:
            pdf_signature.check_key(signer)
    if signer is not None:
        proven_at = _prove(asked, cms, signed.archive, checks)
        _check_certificate(asked, cms, signer, signed.signature.signed_at, proven_at, checks)
        with checks.judging(ids.AUTHORITY, "签名人是发证机关", "signed by the authority named"):
            authority.check_signer(found.dataset, signer.public_bytes(Encoding.DER))


def _prove(
    asked: Asked, cms: Cms, archive: SignedRange | None, checks: CheckList
) -> datetime | None:
    """The earliest moment at which the signature is proven to have been there."""
    stamps: list[tuple[bytes, tuple[bytes | memoryview, ...]]] = []
    if archive is not None:
        stamps.append((archive.der, (archive.before, archive.after)))
    if cms.time_stamp is not None:
        stamps.append((cms.time_stamp, (cms.signature,)))
    if not stamps:
        checks.passed(
            ids.TIME_STAMP,
            "不带时间戳，签名时间由签名人自述",
            "it carries none: the time of signing is the signer's own word",
        )
        return asked.recorded_at
    from verify import time_proof

    proven_at = asked.recorded_at
    with checks.judging(ids.TIME_STAMP, "时间戳有效", "its time stamps are sound"):
        for token, covered in stamps:  # the last one first: it proves the age of those before it
            proof = time_proof.judge(token, covered, asked.anchors, proven_at, asked.at)
            checks.found(ids.TIME_STAMP, proof.finding, advisory=True)
            proven_at = key_life.earliest((proven_at, proof.proven_at), asked.at)
    return proven_at


def _check_certificate(
    asked: Asked,
    cms: Cms,
    signer: x509.Certificate,
    signed_at: datetime,
    proven_at: datetime | None,
    checks: CheckList,
) -> None:
    """The chain at the time of signing; its end and its revocation, as of now."""
    from verify import kept_chains, pdf_chain, revocation

    chain: revocation.Chain | None = None
    with checks.judging(ids.CERTIFICATE, "签名人证书可信", "the signer's certificate is trusted"):
        chain = kept_chains.build(signer, cms.certificates, asked.anchors.pdf_roots, signed_at)
    if chain is None:
        checks.found(ids.CERTIFICATE, key_life.judge_time(signed_at, proven_at, asked.at))
        return
    period = pdf_chain.period(chain)
    finding = key_life.judge_period(period, signed_at, proven_at, asked.at)
    checks.found(ids.CERTIFICATE, finding)
    if finding.state is not CheckState.FAILED:
        crls = asked.anchors.pdf_crls
        checks.found(ids.REVOCATION, revocation.judge(chain, crls, proven_at, asked.at))


def _common_name(certificate: x509.Certificate) -> str | None:
    """The signer's name for the report; a certificate need not have one."""
    from cryptography.x509.oid import NameOID

    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else None
