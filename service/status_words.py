"""The words for a certificate's and a process's status, as the notices use them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class CertificateStatus(StrEnum):
    """证照状态."""

    VALID = "valid"  # 有效
    CANCELLED = "cancelled"  # 注销
    FAILED = "failed"  # 新办失败


class ProcessStatus(StrEnum):
    """流程状态.

    Without a national platform no step of its own can fail, and only the two ends are met:
    `collected` then says that the certificate is complete in our own register, and the answer's
    `platform` says `none`.
    """

    CHECK_FAILED = "check_failed"  # 校验失败
    CODING_FAILED = "coding_failed"  # 赋码失败
    PERSONS_FAILED = "persons_failed"  # 新增证照人员信息接收失败
    COLLECTION_FAILED = "collection_failed"  # 归集失败
    COLLECTED = "collected"  # 归集成功
    PERSONS_CANCEL_FAILED = "persons_cancel_failed"  # 注销证照人员信息接收失败
    STATUS_CHANGE_FAILED = "status_change_failed"  # 证书状态变更失败
    STATUS_CHANGED = "status_changed"  # 证书状态变更成功


CHINESE: Final[Mapping[str, str]] = {
    CertificateStatus.VALID: "有效",
    CertificateStatus.CANCELLED: "注销",
    CertificateStatus.FAILED: "新办失败",
    ProcessStatus.CHECK_FAILED: "校验失败",
    ProcessStatus.CODING_FAILED: "赋码失败",
    ProcessStatus.PERSONS_FAILED: "新增证照人员信息接收失败",
    ProcessStatus.COLLECTION_FAILED: "归集失败",
    ProcessStatus.COLLECTED: "归集成功",
    ProcessStatus.PERSONS_CANCEL_FAILED: "注销证照人员信息接收失败",
    ProcessStatus.STATUS_CHANGE_FAILED: "证书状态变更失败",
    ProcessStatus.STATUS_CHANGED: "证书状态变更成功",
}
"""Each word as the notices print it."""
