"""The words for a certificate's and a process's status, as the notices use them."""

from __future__ import annotations

from enum import StrEnum


class CertificateStatus(StrEnum):
    """证照状态."""

    VALID = "valid"  # 有效
    CANCELLED = "cancelled"  # 注销
    FAILED = "failed"  # 新办失败


class ProcessStatus(StrEnum):
    """流程状态.

    Without a national platform only two of the ends are met: `collected` then says that the
    certificate is complete in our own register, and the answer's `platform` says `none`.
    """

    COLLECTED = "collected"  # 归集成功
    STATUS_CHANGED = "status_changed"  # 证书状态变更成功
