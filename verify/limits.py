"""Every limit on what is examined, as data: a number, its unit and the reason for it.

A limit is an `int`, so it is compared like one; its reason goes into the documentation. Nothing
in this room has a bound that is not in this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_KIB: Final = 1024
_MIB: Final = 1024 * _KIB


class Limit(int):
    """A bound: its value, the unit it is counted in, and why it stands where it does."""

    unit: str
    reason: str

    def __new__(cls, value: int, unit: str, reason: str) -> Limit:
        """Make a limit of `value` `unit`s because of `reason`."""
        limit = super().__new__(cls, value)
        limit.unit = unit
        limit.reason = reason
        return limit


FILE_BYTES: Final = Limit(
    5 * _MIB,
    "bytes",
    "a one-page certificate with its fonts is 60 to 200 KB; a scan of one is below 5 MiB",
)

# --- OFD: the ZIP -------------------------------------------------------------------------------

OFD_ENTRIES: Final = Limit(
    256, "entries", "ours has about fifteen; an invoice with attachments has thirty"
)
OFD_NAME_BYTES: Final = Limit(
    200, "bytes", "the longest path of GM/T 0099 has forty; long names only serve attacks"
)
OFD_PART_BYTES: Final = Limit(
    16 * _MIB, "bytes", "a whole Chinese font, the largest part there is, has 15 MB inflated"
)
OFD_TOTAL_BYTES: Final = Limit(
    32 * _MIB, "bytes", "inflated size of all parts: what one check may hold in memory"
)
OFD_RATIO: Final = Limit(
    200,
    "times",
    "inflated over packed size of a part above OFD_RATIO_FLOOR; XML reaches twenty, deflate of "
    "zeros a thousand",
)
OFD_RATIO_FLOOR: Final = Limit(
    _MIB, "bytes", "below it a part is too small to do harm, whatever its ratio"
)

SHARED_PARTS_KEPT: Final = Limit(
    32, "parts", "backgrounds and seals of which a digest is kept: six layouts, some authorities"
)
SHARED_PART_BYTES: Final = Limit(
    256 * _KIB,
    "bytes",
    "of the largest kept: all of them, packed and inflated, take 24 MiB at most; ours 40 to 140",
)

# --- OFD: XML -----------------------------------------------------------------------------------

XML_BYTES: Final = Limit(
    2 * _MIB, "bytes", "a page full of text, each character with its place, has 100 KB"
)
XML_NODES: Final = Limit(20_000, "nodes", "a page of ours has below a thousand elements")
XML_DEPTH: Final = Limit(32, "levels", "GB/T 33190 needs about ten; page blocks may be nested")

# --- OFD: signatures ----------------------------------------------------------------------------

OFD_PAGES: Final = Limit(64, "pages", "ours has one; an invoice with lists has a few")
OFD_SIGNATURES: Final = Limit(
    8, "signatures", "a contract has two or three; each costs two SM2 verifications"
)
SIGNED_VALUE_BYTES: Final = Limit(
    _MIB, "bytes", "a seal with its picture and certificates has 5 to 60 KB"
)

# --- PDF ----------------------------------------------------------------------------------------

PDF_OBJECTS: Final = Limit(
    5_000, "objects", "ours has about thirty; each costs a twentieth of a millisecond to look at"
)
PDF_DEPTH: Final = Limit(32, "levels", "arrays and dictionaries in one another; ours has five")
PDF_VALUES: Final = Limit(
    200_000,
    "values",
    "all values of all objects, and escapes in them: bounds the look at a file of huge arrays",
)
PDF_STREAM_BYTES: Final = Limit(
    8 * _MIB, "bytes", "inflated size of one stream that is looked into; ours are below 100 KB"
)
PDF_TOTAL_STREAM_BYTES: Final = Limit(
    32 * _MIB, "bytes", "inflated size of all streams that are looked into"
)
PDF_FILTERS: Final = Limit(8, "filters", "of one stream, undone one after the other; two are usual")
PDF_PREDICTED_BYTES: Final = Limit(
    256 * _KIB,
    "bytes",
    "of these, behind a predictor, which is undone byte by byte; tables of PDF_OBJECTS have 40 KB",
)
PDF_READ_FACTOR: Final = Limit(
    4,
    "times",
    "bytes read over bytes in the file: ours is read once; objects that lie inside one another "
    "would be read again and again, each to the end of the file",
)
CMS_BYTES: Final = Limit(
    64 * _KIB, "bytes", "PAdES B-B with two certificates has 2 to 3 KB, B-T up to 12"
)

PDF_REVISIONS: Final = Limit(
    2, "revisions", "added to the signed one: evidence (B-LT), and a time stamp over it (B-LTA)"
)
PDF_EVIDENCE: Final = Limit(
    32, "items", "certificates and lists of B-LT: two chains of three or four have about ten"
)

# --- both ---------------------------------------------------------------------------------------

DATASET_BYTES: Final = Limit(
    64 * _KIB, "bytes", "sixteen fields of 200 four-byte characters have 13 KB"
)
DATA_SETS_KEPT: Final = Limit(
    8, "data sets", "read last: one examination asks three times what the same bytes say"
)
SHOWN_VALUES: Final = Limit(
    200_000, "values", "numbers and operators read of a page's drawing; ours has 40,000"
)
SHOWN_GLYPHS: Final = Limit(
    10_000, "glyphs", "drawn on one page that is looked at glyph by glyph; ours has 500"
)
CLOCK_SKEW_SECONDS: Final = Limit(
    300, "seconds", "how far a signer's clock may run ahead of ours before it is held against it"
)
RSA_BITS: Final = Limit(2048, "bits", "shorter keys are no longer held to be safe (GM/T, NIST)")


# --- codes, numbers and the web -----------------------------------------------------------------

SCANNED_CHARACTERS: Final = Limit(
    1_024, "characters", "our longest address has about 700; a QR code can hold 7,089 digits"
)
NUMBER_CHARACTERS: Final = Limit(
    200, "characters", "a number, or a developer's name in its place, as typed: firms' longest"
)
HOST_CHARACTERS: Final = Limit(
    80, "characters", "of a foreign host shown in an answer: longer ones only hide their end"
)
UPLOAD_OVERHEAD_BYTES: Final = Limit(
    16 * _KIB, "bytes", "what a form's boundaries and headers add to the file in it"
)
UPLOADS_AT_ONCE: Final = Limit(
    4,
    "uploads",
    "being received or examined in one worker process: half its threads, so that the other half "
    "answers codes and numbers whatever is sent",
)
UPLOADS_OF_ONE: Final = Limit(
    2, "uploads", "of these by one address: a slow line, or a slow attacker, leaves room for others"
)
UPLOAD_RETRY_SECONDS: Final = Limit(
    2, "seconds", "after which one who was turned away may come again: an examination takes less"
)
HEAD_SECONDS: Final = Limit(
    15, "seconds", "for a request's line and fields to be there: they fit into one packet"
)
BODY_SECONDS: Final = Limit(
    60, "seconds", "for a request's body to be there: 5 MiB at 0.7 Mbit/s, a bad telephone line"
)
ANSWER_SECONDS: Final = Limit(
    120, "seconds", "after that for the answer to be taken; then the connection is cut"
)
UPLOAD_PARTS: Final = Limit(4, "parts", "a form has a file, perhaps a time and a plate number")

# --- examining a file in a process of its own ---------------------------------------------------

HELPERS: Final = Limit(
    2, "processes", "that examine uploads for one worker process, one file at a time each"
)
HELPER_MEMORY_BYTES: Final = Limit(
    512 * _MIB,
    "bytes",
    "address space of such a process: its libraries have half of it, the largest file within the "
    "limits above needs a quarter",
)
HELPER_CPU_SECONDS: Final = Limit(
    5, "seconds", "of computing for one file: the dearest one within the limits above takes two"
)
HELPER_SECONDS: Final = Limit(
    10, "seconds", "from when a file is handed over until its report is there; then it is killed"
)
HELPER_ANSWER_BYTES: Final = Limit(
    _MIB, "bytes", "of a report: a data set of DATASET_BYTES and forty reasons fit ten times"
)
HELPER_FILES: Final = Limit(
    200, "files", "that one such process examines before it is replaced: no leak grows for long"
)

CHAINS_KEPT: Final = Limit(
    256,
    "chains",
    "of certificates up to a pinned root, and what else all signatures of a signer have in common, "
    "that one process remembers: a province has some 200 authorities; each has a few KB",
)
LISTS_KEPT: Final = Limit(
    16,
    "issuers",
    "whose revocation lists one process remembers as verified: a chain has one or two, and a list "
    "may have 4 MB",
)

# --- published for those who go offline ---------------------------------------------------------

TRUST_CACHE_SECONDS: Final = Limit(
    600,
    "seconds",
    "how long published roots, keys and revocation lists may be kept by those between",
)
STATUS_LIST_CACHE_SECONDS: Final = Limit(
    300, "seconds", "how long a published status list may be kept by those between: it is signed"
)
STATUS_LISTS: Final = Limit(
    1_000, "lists", "of authorities in a trust folder: a province has some 200 that issue"
)
RECEIPT_BYTES: Final = Limit(
    64 * _KIB, "bytes", "a receipt with forty checks and their reasons has 10 KB"
)
RECEIPT_CHARACTERS: Final = Limit(
    200, "characters", "of an inspector's name, and of the place where he checked"
)
LATEST_SECONDS: Final = Limit(
    253_370_764_800, "seconds", "since 1970: the beginning of the year 9999, the last that is read"
)
SEEN_LISTS_BYTES: Final = Limit(256 * _KIB, "bytes", "of the memory of sequences: 40 for each list")


def every() -> Mapping[str, Limit]:
    """All limits by name, in the order above: for the documentation and its test."""
    return MappingProxyType(
        {name: value for name, value in globals().items() if isinstance(value, Limit)}
    )
