"""Rates on the public routes: every request is counted by its kind, before anything else is done.

The answer's fields are those of the IETF's draft "RateLimit header fields for HTTP", as on the
approvals side.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Final, NamedTuple

from flask import Blueprint, Response, g, request
from limits import RateLimitItem, RateLimitItemPerSecond
from werkzeug.exceptions import TooManyRequests

from verify import client_address, rates
from verify.client_address import Proxies
from verify.rate_counter import RateCounter

_EVERYONE: Final = "all"
_NAMESPACE: Final = "sealpress"


class _Counted(NamedTuple):
    """What a request was counted as; `breached` where it is one too many."""

    kind: str
    item: RateLimitItem
    key: tuple[str, str]
    breached: bool


def add(routes: Blueprint, table: Mapping[str, rates.Rate], store: str, proxies: Proxies) -> None:
    """Limit every request to these routes by its kind.

    Raises:
        verify.rate_counter.RateStoreUnusable: the store's address cannot be used. A store that is
            only gone can.
    """
    counter = RateCounter(store)
    one = {name: _item(rate.one) for name, rate in table.items()}
    everyone = {name: _item(rate.all) for name, rate in table.items()}

    @routes.before_request
    def count() -> None:
        name = kind()
        address = client_address.of(request.environ, proxies)
        for item, whose in ((one[name], address), (everyone[name], _EVERYONE)):
            key = whose, name
            if not counter.hit(item, *key):
                g.counted = _Counted(name, item, key, breached=True)
                raise TooManyRequests
        g.counted = _Counted(name, one[name], (address, name), breached=False)

    @routes.after_request
    def tell(response: Response) -> Response:
        counted: _Counted | None = g.get("counted")
        return response if counted is None else _told(response, counted, counter)


def kind() -> str:
    """Of which kind the request is that is being answered."""
    if request.method == "POST":
        return rates.UPLOAD
    if "number" in request.args:
        return rates.NUMBER
    return rates.TRUST if request.path.startswith("/trust/") else rates.CODE


def _item(amount: int) -> RateLimitItem:
    return RateLimitItemPerSecond(amount, rates.WINDOW_SECONDS, _NAMESPACE)


def _told(response: Response, counted: _Counted, counter: RateCounter) -> Response:
    """The answer with what is left to this address, and where nothing is, with when to come."""
    reset_at, remaining = counter.window(counted.item, *counted.key)
    # Never more than a whole window: the two clocks were read one after the other.
    resets_in = min(rates.WINDOW_SECONDS, max(1, math.ceil(reset_at - time.time())))
    left = 0 if counted.breached else remaining
    name = counted.kind
    window = rates.WINDOW_SECONDS
    response.headers["RateLimit-Policy"] = f'"{name}";q={counted.item.amount};w={window}'
    response.headers["RateLimit"] = f'"{name}";r={left};t={resets_in}'
    if counted.breached:
        response.headers["Retry-After"] = str(resets_in)
    return response
