"""A PDF that is to the byte the one issued: known by its digest, in a millisecond.

Judged anew, by the functions that judge any file: that the signature covers every byte, is over
these bytes and by the certificate in the file; what that certificate is good for, up to the pinned
roots, when it ended, and whether it was revoked. So whoever can write into the register, but has no
key for signing, gains nothing by registering a digest of his own making.

Not looked at again are structure, page, active content and the number of signatures. They depend on
the bytes alone, and these are bytes that Sealpress wrote: no others does an authority's key sign,
and no others does the register record. The data set is read, and must be the registered one.

A quick examination is one that passed. Where anything does not hold, or is not written as expected,
the file is examined whole: so a quick one never says what is wrong, and never less than a whole one
would. That goes for files with evidence added behind the signature, too (B-LT, B-LTA): no signature
covers all of that, so only reading it tells what it is.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from verify import pdf, pdf_revisions, sniff, written_pdf
from verify import pdf_checks as ids
from verify.examining import Asked, Found
from verify.examining import examined as framed
from verify.shown import outcome
from verify.verdict import all_passed

if TYPE_CHECKING:
    from signing.trust import TrustAnchors
    from verify.check import Examination
    from verify.checklist import CheckList
    from verify.file_digests import Digests
    from verify.register import Entry
    from verify.written_pdf import Written

KNOWN: Final = (
    ids.STRUCTURE,
    ids.SINGLE_REVISION,
    ids.ONE_SIGNATURE,
    ids.ACTIVE_CONTENT,
    ids.PAGE,
)
"""The checks that pass by reason of the bytes being those that were issued; `shown` is another."""


def examined(
    data: bytes, digests: Digests, entry: Entry, anchors: TrustAnchors, now: datetime
) -> Examination | None:
    """The examination of a file that is to the byte the PDF issued with that entry; None otherwise.

    None also where it did not pass, or could not be made quickly: a whole one tells more. What
    expired or was revoked since is first judged without the register's word on the file's age and
    then with it (`verify.key_life`), as for a file that is examined whole.
    """
    if digests.sha256 != entry.pdf_sha256 or sniff.kind(data) != "pdf":
        return None
    written = _written(data, digests)
    if written is None or written.dataset != entry.dataset:
        return None
    for recorded_at in dict.fromkeys((None, entry.recorded_at)):
        found = _judged(Asked(data, anchors, now, recorded_at), digests, written)
        if all_passed(found.checks):
            return found
    return None


def _written(data: bytes, digests: Digests) -> Written | None:
    """What a file of one revision says where Sealpress writes it."""
    if digests.value is None or pdf_revisions.split(data).first is not data:
        return None
    return written_pdf.read(data, digests.value)


def _judged(asked: Asked, digests: Digests, written: Written) -> Examination:
    """Every check of a PDF: judged where it must be, passed where the bytes are known."""
    signed = pdf.Signed(asked.data, digests.value, written.signature, sha256=digests.covered)

    def look(checks: CheckList, found: Found) -> None:
        found.readable = found.claims = True
        found.dataset, found.signed_at = written.dataset, written.signature.signed_at
        for name in KNOWN:
            checks.passed(
                name,
                "文件与签发原件逐字节相同，无须重查",
                "to the byte the file that was issued, so not looked at again",
            )
        checks.passed(ids.DATASET, "带有登记的数据集", "carries the data set that is registered")
        pdf.check_signature(asked, signed, checks, found)

    examination = framed(pdf.PDF, look)
    return replace(examination, checks=(*examination.checks, outcome.as_issued().check))
