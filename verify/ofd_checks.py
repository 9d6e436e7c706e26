"""The checks that exist for an OFD: the one table from which every list of them is made."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

PACKAGE: Final = "ofd_package"
STRUCTURE: Final = "ofd_structure"
ONE_SIGNATURE: Final = "ofd_one_signature"
COVERAGE: Final = "ofd_coverage"
DIGESTS: Final = "ofd_digests"
SIGNED_VALUE: Final = "ofd_signed_value"
SIGNATURE_FILE: Final = "ofd_signature_file"
SEAL_FILE: Final = "ofd_seal_file"
SIGNER_SIGNATURE: Final = "ofd_signer_signature"
MAKER_SIGNATURE: Final = "ofd_maker_signature"
SIGNER_LISTED: Final = "ofd_signer_listed"
SIGNING_TIME: Final = "ofd_signing_time"
SIGNER_CERTIFICATE: Final = "ofd_signer_certificate"
MAKER_CERTIFICATE: Final = "ofd_maker_certificate"
REVOCATION: Final = "ofd_revocation"
AUTHORITY: Final = "ofd_authority"
STAMP: Final = "ofd_stamp"
DATASET: Final = "ofd_dataset"

CHECKS: Final[Mapping[str, str]] = MappingProxyType(
    {
        PACKAGE: "a ZIP in which every byte has its place, written as Sealpress writes it",
        STRUCTURE: "the document, its pages and its attachments are found, in sound XML",
        ONE_SIGNATURE: "bears exactly one signature, a seal",
        COVERAGE: "every part but the signature's own two files is covered by it",
        DIGESTS: "every covered part has the SM3 digest that was signed",
        SIGNED_VALUE: "the seal signature is of GB/T 38540-2020 with nothing unsigned beside it",
        SIGNATURE_FILE: "the seal signature is about this Signature.xml, in this place",
        SEAL_FILE: "the seal in its own file is the one that signed",
        SIGNER_SIGNATURE: "the signer's SM2 signature holds",
        MAKER_SIGNATURE: "the seal maker's SM2 signature over the seal holds",
        SIGNER_LISTED: "the seal names the signer as one who may use it",
        SIGNING_TIME: "one time of signing, not in the future, within the seal's validity",
        SIGNER_CERTIFICATE: "the signer's certificate leads to the pinned root, in time",
        MAKER_CERTIFICATE: "the seal maker's certificate leads to the pinned root, in time",
        REVOCATION: "no certificate on either way is revoked, by a current list",
        AUTHORITY: "the signer is the authority that the data set names",
        STAMP: "one stamp, on a page that exists, wholly inside it",
        DATASET: "carries the data set, once, as an attachment",
    }
)
