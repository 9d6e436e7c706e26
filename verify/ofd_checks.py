"""The checks that exist for an OFD: the one table from which every list of them is made."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

PACKAGE: Final = "ofd_package"
STRUCTURE: Final = "ofd_structure"
SIGNATURES: Final = "ofd_signatures"
COVERAGE: Final = "ofd_coverage"
DIGESTS: Final = "ofd_digests"
PACKED_BYTES: Final = "ofd_packed_bytes"
SIGNED_VALUE: Final = "ofd_signed_value"
SIGNATURE_FILE: Final = "ofd_signature_file"
SEAL_FILE: Final = "ofd_seal_file"
SIGNER_SIGNATURE: Final = "ofd_signer_signature"
MAKER_SIGNATURE: Final = "ofd_maker_signature"
SIGNER_LISTED: Final = "ofd_signer_listed"
SIGNING_TIME: Final = "ofd_signing_time"
TIME_STAMP: Final = "ofd_time_stamp"
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
        SIGNATURES: "bears a seal or several, and no signatures of another kind",
        COVERAGE: "a seal covers all that was there but its own two files, the last one the whole",
        DIGESTS: "every covered part has the SM3 digest that was signed",
        PACKED_BYTES: "every bit of the package is as it was sealed; other programs do not sign it",
        SIGNED_VALUE: "the seal signature is of GB/T 38540 or GM/T 0031, with nothing loose in it",
        SIGNATURE_FILE: "the seal signature is about this Signature.xml, in this place",
        SEAL_FILE: "the seal in its own file is the one that signed",
        SIGNER_SIGNATURE: "the signer's SM2 signature holds",
        MAKER_SIGNATURE: "the seal maker's SM2 signature over the seal holds",
        SIGNER_LISTED: "the seal names the signer as one who may use it",
        SIGNING_TIME: "one time of signing, not in the future, within the seal's validity",
        TIME_STAMP: "a time stamp, if there is one, is of this signature, by a trusted authority",
        SIGNER_CERTIFICATE: "the signer's certificate leads to the pinned root, in time",
        MAKER_CERTIFICATE: "the seal maker's certificate leads to the pinned root, in time",
        REVOCATION: "no certificate on either way is revoked, by a current list",
        AUTHORITY: "one of those who sealed is the authority that the data set names",
        STAMP: "one stamp for each seal, on a page that exists, wholly inside it",
        DATASET: "carries the data set, once, as an attachment",
    }
)
