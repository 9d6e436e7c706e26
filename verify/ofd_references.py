"""Which parts of a package a signature covers, and whether they are still what was signed."""

from __future__ import annotations

from verify.fault import Fault
from verify.ofd_package import Package
from verify.ofd_signature import SM3, Signature

_NAMED: int = 5  # uncovered or changed parts that a reason lists before it only counts them


def check_coverage(package: Package, signature: Signature) -> None:
    """Every part is referenced but the two that cannot be: the signature's own two files.

    Raises:
        Fault: parts that are not covered, or references to parts that are not there, are named.
    """
    covered = {reference.part for reference in signature.references}
    own = {signature.path, signature.value_path}
    uncovered = sorted(set(package.parts) - covered - own)
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
    from signing.libcrypto import sm3

    if signature.check_method != SM3:
        raise Fault(
            f"摘要算法为{signature.check_method[:40]}，不是SM3",
            f"the digests are not by SM3 but by {signature.check_method[:40]}",
        )
    changed = [
        reference.part
        for reference in signature.references
        if reference.part in package.parts
        and sm3(package.parts[reference.part]) != reference.digest
    ]
    if changed:
        raise Fault(
            f"签名后被改动的文件：{_names(changed)}",
            f"parts changed after signing: {_names(changed)}",
        )


def _names(parts: list[str]) -> str:
    """The first few names, then how many more."""
    more = len(parts) - _NAMED
    return ", ".join(parts[:_NAMED]) + (f" … +{more}" if more > 0 else "")
