"""Which parts of a package its seals cover, and whether they are still what was signed.

A file may bear several seals. Each covers everything that was there when it was set: the document,
and the earlier seals with all their parts. It cannot cover its own two files. What grows with each
further seal is the list of them, so only the last seal covers Signatures.xml, and so closes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from verify import ofd_shared
from verify.fault import Fault, Untold
from verify.ofd_package import Package, Packed
from verify.ofd_signature import SM3_NAMES, Signature

if TYPE_CHECKING:
    from signing.ses import SealSignature

_NAMED: int = 5  # uncovered or changed parts that a reason lists before it only counts them


def check_coverage(
    package: Package, listing: str, signature: Signature, later: Sequence[Signature]
) -> None:
    """Every part is referenced but those that cannot be.

    These are the signature's own two files, and for an earlier seal the files of the `later` ones
    and the list of all, the part `listing`.

    Raises:
        Fault: parts that are not covered, or references to parts that are not there, are named.
    """
    covered = {reference.part for reference in signature.references}
    spared = {signature.path, signature.value_path}
    if later:
        spared.add(listing)
    for one in later:
        spared.update({one.path, one.value_path, one.seal or one.path})
    uncovered = sorted(set(package.parts) - covered - spared)
    if uncovered:
        raise Fault(
            f"未被签名覆盖的文件：{_names(uncovered)}",
            f"parts that the signature does not cover: {_names(uncovered)}",
        )
    missing = sorted(covered - set(package.parts))
    if missing:
        raise Fault(
            f"签名覆盖的文件已缺失：{_names(missing)}",
            f"signed parts are missing: {_names(missing)}",
        )


def check_digests(package: Package, signature: Signature) -> None:
    """Every covered part that is there has the digest it was signed with, by SM3.

    Raises:
        Fault: another digest algorithm, or the names of the parts that were changed.
    """
    if signature.check_method not in SM3_NAMES:
        raise Fault(
            f"摘要算法为{signature.check_method[:40]}，不是SM3",
            f"the digests are not by SM3 but by {signature.check_method[:40]}",
        )
    changed = [
        reference.part
        for reference in signature.references
        if reference.part in package.parts
        and ofd_shared.sm3(reference.part, package.parts[reference.part]) != reference.digest
    ]
    if changed:
        raise Fault(
            f"签名后被改动的文件：{_names(changed)}",
            f"parts changed after signing: {_names(changed)}",
        )


def check_packed_bytes(
    package: Package, signature: Signature, found: SealSignature, *, last: bool
) -> None:
    """The covered parts are packed as they were when they were sealed, bit by bit.

    For parts that are stored the digest that was signed is that of the packed bytes as well, and
    whether it is right `check_digests` says. What the digest cannot speak of, the headers of the
    signature's own two files and the directory, is as the sealing program writes it.

    Of several seals the `last` one should have such a digest; it speaks of the others as well.

    Raises:
        Fault: something is packed in another way.
        Untold: the last seal has no such digest: another program set it.
    """
    from signing.part_digests import PACKED_BYTES_OID, packed_digest

    signed = [one.value for one in found.extensions if one.oid == PACKED_BYTES_OID]
    if not signed and not last:
        return
    if not signed:
        raise Untold(
            "签章未含打包数据的摘要", "the seal has no digest of the packed bytes", advisory=True
        )
    digests = {reference.part: reference.digest for reference in signature.references}
    own = {signature.path, signature.value_path}
    entries = (
        (part.head, digests[part.name] if part.stored else _packed_sm3(part))
        for part in package.packed
        if part.name in digests
    )
    plain = all(_is_plain(part, whole=part.name in own) for part in package.packed)
    if not plain or signed != [packed_digest(entries)]:
        raise Fault("签章后文件包被重新打包或改动", "packed anew, or changed, since it was sealed")


def _packed_sm3(part: Packed) -> bytes:
    return ofd_shared.sm3(part.name, part.octets)


def _is_plain(part: Packed, *, whole: bool) -> bool:
    """Whether the directory says of a part what sealing writes; with `whole` its own header too."""
    from signing.zip_package import MADE_BY, head_start

    made = part.outside == (MADE_BY, 0, 0, 0)
    return made and (not whole or part.head.startswith(head_start(part.name)))


def _names(parts: list[str]) -> str:
    """The first few names, then how many more."""
    more = len(parts) - _NAMED
    return ", ".join(parts[:_NAMED]) + (f" … +{more}" if more > 0 else "")
