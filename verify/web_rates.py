"""Rates on the public routes: every request is counted by its kind, before anything else is done.

The answer's fields are those of the IETF's draft "RateLimit header fields for HTTP", as on the
approvals side.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from flask import Blueprint, Response, g, request
from limits import RateLimitItem, RateLimitItemPerSecond
from werkzeug.exceptions import TooManyRequests

from verify import client_address, rates
from verify.client_address import Proxies
from verify.rate_counter import RateCounter

_EVERYONE: Final = "all"
_NAMESPACE: Final = "sealpress"


class Counted(NamedTuple):
    """What a request was counted as; `breached` where it is one too many."""

    kind: str
    item: RateLimitItem
    key: tuple[str, str]
    breached: bool


class RateLimits:
    """The rates of a table, counted in a store, of senders as the proxies name them."""

    def __init__(self, table: Mapping[str, rates.Rate], store: str, proxies: Proxies) -> None:
        """Begin to count.

        Raises:
            verify.rate_counter.RateStoreUnusable: the store's address cannot be used. A store that
                is only gone can.
        """
        self._counter = RateCounter(store)
        self._proxies = proxies
        self._one = {name: _item(rate.one) for name, rate in table.items()}
        self._everyone = {name: _item(rate.all) for name, rate in table.items()}

    def count(self, name: str, environ: Mapping[str, Any]) -> Counted:
        """Count a WSGI request of that kind."""
        address = client_address.of(environ, self._proxies)
        one = self._one[name], (address, name)
        for item, key in (one, (self._everyone[name], (_EVERYONE, name))):
            if not self._counter.hit(item, *key):
                return Counted(name, item, key, breached=True)
        return Counted(name, *one, breached=False)

    def fields(self, counted: Counted) -> list[tuple[str, str]]:
        """What is left to this address, and where nothing is, when to come again."""
        name, item, key, breached = counted
        reset_at, remaining = self._counter.window(item, *key)
        # Never more than a whole window: the two clocks were read one after the other.
        resets_in = min(rates.WINDOW_SECONDS, max(1, math.ceil(reset_at - time.time())))
        found = [
            ("RateLimit-Policy", f'"{name}";q={item.amount};w={rates.WINDOW_SECONDS}'),
            ("RateLimit", f'"{name}";r={0 if breached else remaining};t={resets_in}'),
        ]
        return [*found, ("Retry-After", str(resets_in))] if breached else found


def add(routes: Blueprint, limits: RateLimits) -> None:
    """Limit every request to these routes by its kind."""

    @routes.before_request
    def count() -> None:
        g.counted = limits.count(kind(), request.environ)
        if g.counted.breached:
            raise TooManyRequests

    @routes.after_request
    def tell(response: Response) -> Response:
        if "counted" in g:
            response.headers.extend(limits.fields(g.counted))
        return response


def kind() -> str:
    """Of which kind the request is that is being answered."""
    if request.method == "POST":
        return rates.UPLOAD
    if "number" in request.args:
        return rates.NUMBER
    return rates.TRUST if request.path.startswith("/trust/") else rates.CODE


def _item(amount: int) -> RateLimitItem:
    return RateLimitItemPerSecond(amount, rates.WINDOW_SECONDS, _NAMESPACE)
