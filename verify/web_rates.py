"""Rates on the public routes, kept by Flask-Limiter: in memory, or in a Redis that all share.

In memory each worker process counts for itself. Where the Redis cannot be reached, each goes on
counting in memory: the limits then hold for each process, and nobody is turned away for it.

The answer's fields are those of the IETF's draft "RateLimit header fields for HTTP", as on the
approvals side.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, Response, request
from flask_limiter import Limiter
from limits.errors import ConfigurationError

from verify import client_address, rate_memory, rates
from verify.client_address import Proxies
from verify.errors import VerifyError

MEMORY: Final = "memory://"

_STORE_SECONDS: Final = 0.25
"""How long a Redis may take to answer before it is held to be gone."""

_EVERYONE: Final = "all"


class RateStoreUnusable(VerifyError):
    """The address of the store is none, or what it needs is not installed."""


def add(routes: Blueprint, table: Mapping[str, rates.Rate], store: str, proxies: Proxies) -> None:
    """Limit every request to these routes by its kind.

    Raises:
        RateStoreUnusable: the store's address cannot be used. A store that is only gone can.
    """
    # Its level `info` would tell addresses.
    logging.getLogger("flask-limiter").setLevel(logging.WARNING)
    within = {"socket_timeout": _STORE_SECONDS, "socket_connect_timeout": _STORE_SECONDS}
    limiter = Limiter(
        key_func=lambda: client_address.of(request.environ, proxies),
        storage_uri=f"{rate_memory.SCHEME}://" if store == MEMORY else store,
        storage_options={} if store == MEMORY else within,  # type: ignore[arg-type]
        strategy="sliding-window-counter",
        in_memory_fallback_enabled=True,
        key_prefix="sealpress",
    )
    # One limit for each of the two, told by the request: one for each kind would be evaluated all.
    one = {name: _text(rate.one) for name, rate in table.items()}
    everyone = {name: _text(rate.all) for name, rate in table.items()}
    limiter.shared_limit(lambda: one[kind()], scope=lambda _: kind())(routes)
    limiter.shared_limit(
        lambda: everyone[kind()], scope=lambda _: f"{kind()}-all", key_func=lambda: _EVERYONE
    )(routes)

    @routes.record_once
    def begin(state: Any) -> None:
        try:
            limiter.init_app(state.app)
        except ConfigurationError as error:
            raise RateStoreUnusable(str(error)) from None

    @routes.after_request
    def tell(response: Response) -> Response:
        return _told(response, limiter)


def kind() -> str:
    """Of which kind the request is that is being answered."""
    if request.method == "POST":
        return rates.UPLOAD
    if "number" in request.args:
        return rates.NUMBER
    return rates.TRUST if request.path.startswith("/trust/") else rates.CODE


def _text(amount: int) -> str:
    return f"{amount} per {rates.WINDOW_SECONDS} second"


def _told(response: Response, limiter: Limiter) -> Response:
    """The answer with what is left to this address, and where nothing is, with when to come."""
    limits = limiter.current_limits
    if not limits:
        return response
    found = next((one for one in limits if one.breached), limits[0])
    name = kind()
    # Never more than a whole window: the two clocks were read one after the other.
    resets_in = min(rates.WINDOW_SECONDS, max(1, math.ceil(found.reset_at - time.time())))
    size = found.limit.amount
    left = 0 if found.breached else found.remaining
    response.headers["RateLimit-Policy"] = f'"{name}";q={size};w={rates.WINDOW_SECONDS}'
    response.headers["RateLimit"] = f'"{name}";r={left};t={resets_in}'
    if found.breached:
        response.headers["Retry-After"] = str(resets_in)
    return response
