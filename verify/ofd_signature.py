"""Signatures.xml and each Signature.xml, read into what they claim; nothing is checked here.

GB/T 33190 chapter 18, GM/T 0099 7.2.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from lxml import etree

from verify.fault import Fault
from verify.limits import OFD_ENTRIES, OFD_SIGNATURES, SIGNED_VALUE_BYTES
from verify.ofd_document import Box, read_box
from verify.ofd_names import locate
from verify.ofd_package import Package
from verify.ofd_xml import (
    attribute,
    children,
    expect_root,
    only_child,
    optional_child,
    parse,
    text,
)

SM3_NAMES: Final = frozenset({"1.2.156.10197.1.401", "SM3", "sm3"})
"""How SM3 is named: by its OID in all files of seal engines, by its name in those of libraries."""

SM2_WITH_SM3: Final = "1.2.156.10197.1.501"

_SIGNED_AT: Final = re.compile(
    r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})[ T]?([0-9]{2}):?([0-9]{2}):?([0-9]{2})"
    r"(?:\.[0-9]{1,9})?(Z?)"
)
_BEIJING: Final = timezone(timedelta(hours=8), "Asia/Shanghai")


@dataclass(frozen=True)
class Reference:
    """One covered part and the digest it was signed with."""

    part: str
    digest: bytes


@dataclass(frozen=True)
class Stamp:
    """Where a seal stands: the page's id and a box in millimetres of that page."""

    page: str
    box: Box


@dataclass(frozen=True)
class Signature:
    """One signature as its Signature.xml describes it; paths are part names."""

    path: str
    kind: str
    xml: bytes
    method: str
    check_method: str
    signed_at: datetime
    references: tuple[Reference, ...]
    stamps: tuple[Stamp, ...]
    seal: str | None
    value_path: str
    value: bytes


def listed(package: Package, path: str) -> tuple[tuple[str, str], ...]:
    """The signatures that Signatures.xml names: for each its type and its Signature.xml.

    Raises:
        Fault: the list is malformed, too long, or names one file twice.
    """
    root = package.root(path)
    expect_root(root, "Signatures", path)
    items = children(root, "Signature")
    if len(items) > OFD_SIGNATURES:
        raise Fault(f"签名超过{OFD_SIGNATURES}个", f"more than {OFD_SIGNATURES} signatures")
    found = tuple(
        (item.get("Type", "Seal"), locate(path, attribute(item, "BaseLoc"))) for item in items
    )
    if len({part for _, part in found}) != len(found):
        raise Fault("同一签名文件列出两次", "one signature file is listed twice")
    return found


def check_apart(signatures: Sequence[Signature]) -> None:
    """No two signatures share a file: each has its own Signature.xml, value and seal.

    Raises:
        Fault: they do, so that what one of them spares would be another's.
    """
    files = [
        part
        for one in signatures
        for part in {one.path, one.value_path, one.seal}
        if part is not None
    ]
    if len(set(files)) != len(files):
        raise Fault("几个签名共用一个文件", "several signatures share a file")


def read(package: Package, kind: str, path: str) -> Signature:
    """One signature.

    Raises:
        Fault: its Signature.xml is missing, malformed or ambiguous.
    """
    xml = package.part(path)
    root = parse(xml, path)
    expect_root(root, "Signature", path)
    info = only_child(root, "SignedInfo")
    references = only_child(info, "References")
    value_path = locate(path, text(only_child(root, "SignedValue")))
    value = package.part(value_path)
    if len(value) > SIGNED_VALUE_BYTES:
        raise Fault("签名值过长", f"a signed value above {SIGNED_VALUE_BYTES} bytes")
    seal = optional_child(info, "Seal")
    return Signature(
        path=path,
        kind=kind,
        xml=xml,
        method=text(only_child(info, "SignatureMethod")),
        # The standard's default is MD5, so a missing attribute is itself a finding.
        check_method=(references.get("CheckMethod") or "MD5").strip(),
        signed_at=_moment(text(only_child(info, "SignatureDateTime"))),
        references=_references(path, references),
        stamps=tuple(
            Stamp(attribute(item, "PageRef"), read_box(attribute(item, "Boundary")))
            for item in children(info, "StampAnnot")
        ),
        seal=None if seal is None else locate(path, text(only_child(seal, "BaseLoc"))),
        value_path=value_path,
        value=value,
    )


def _references(path: str, element: etree._Element) -> tuple[Reference, ...]:
    """The covered parts; each may be named once."""
    items = children(element, "Reference")
    if not 1 <= len(items) <= OFD_ENTRIES:
        raise Fault("引用列表为空或过长", "the list of references is empty or too long")
    found = tuple(_reference(path, item) for item in items)
    if len({reference.part for reference in found}) != len(found):
        raise Fault("同一文件被引用两次", "a part is referenced twice")
    return found


def _reference(path: str, item: etree._Element) -> Reference:
    part = locate(path, attribute(item, "FileRef"))
    try:
        digest = base64.b64decode(text(only_child(item, "CheckValue")), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Fault(f"{part}的摘要不是Base64", f"the digest of {part} is not base64") from error
    return Reference(part, digest)


def _moment(value: str) -> datetime:
    """SignatureDateTime in the forms seen in the field; without a Z it is Beijing time."""
    fault = Fault(f"签章时间{value[:40]!r}无法识别", f"signing time {value[:40]!r} unreadable")
    match = _SIGNED_AT.fullmatch(value)
    if match is None:
        raise fault
    year, month, day, hour, minute, second = (int(match[group]) for group in range(1, 7))
    zone = UTC if match[7] else _BEIJING
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError as error:
        raise fault from error
