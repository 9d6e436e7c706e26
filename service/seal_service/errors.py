"""What a seal service refuses, beside what `service.errors` names already."""

from __future__ import annotations

import math

from service.errors import RETRY_SOON_S, ServiceError


class TooMany(ServiceError):
    """The caller asks for more signatures than it may have; again in `retry_after_s` seconds."""

    slug = "too-many-requests"
    title = "请求过多 (too many requests)"
    http_status = 429

    def __init__(self, wait_s: float) -> None:
        self.retry_after_s = math.ceil(wait_s)
        super().__init__("the caller has had as many signatures as it may in a minute")


class KeyOutOfOrder(ServiceError):
    """The key cannot be used now; why stands in the service's log, not in the answer."""

    slug = "key-out-of-order"
    title = "密钥暂不可用 (the key cannot be used now)"
    http_status = 503
    retry_after_s = RETRY_SOON_S
