"""The checks that exist for a PDF: the one table from which every list of them is made."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

STRUCTURE: Final = "pdf_structure"
SINGLE_REVISION: Final = "pdf_single_revision"
ONE_SIGNATURE: Final = "pdf_one_signature"
WHOLE_FILE: Final = "pdf_whole_file"
CONTENT: Final = "pdf_content"
ALGORITHMS: Final = "pdf_algorithms"
SIGNATURE: Final = "pdf_signature"
TIME_STAMP: Final = "pdf_time_stamp"
CERTIFICATE: Final = "pdf_certificate"
REVOCATION: Final = "pdf_revocation"
AUTHORITY: Final = "pdf_authority"
ACTIVE_CONTENT: Final = "pdf_active_content"
PAGE: Final = "pdf_page"
DATASET: Final = "pdf_dataset"

CHECKS: Final[Mapping[str, str]] = MappingProxyType(
    {
        STRUCTURE: "begins and ends as a PDF must, and can be read by a strict reader",
        SINGLE_REVISION: "nothing was added after signing but evidence and a time stamp over it",
        ONE_SIGNATURE: "bears exactly one signature, of the form that Sealpress writes",
        WHOLE_FILE: "the signature covers every byte but its own value",
        CONTENT: "the file's digest is the one that was signed",
        ALGORITHMS: "digest, signature and key are of accepted kinds and sizes",
        SIGNATURE: "the signature's value is that of the certificate it names",
        TIME_STAMP: "its time stamps, where it has any, are sound and by a pinned authority",
        CERTIFICATE: "the certificate leads to the pinned root, for document signing, in time",
        REVOCATION: "no certificate on the way is revoked, by a current list",
        AUTHORITY: "the signer is the authority that the data set names",
        ACTIVE_CONTENT: "holds no scripts, actions, layers or links to other files",
        PAGE: "is one page, with nothing laid over it but the seal",
        DATASET: "carries the data set, once, where it belongs",
    }
)
