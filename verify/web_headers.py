"""The fields that every public answer bears for its safety in a browser."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

from flask import Response

from verify import web_pages

_ALWAYS_TLS: Final = "max-age=31536000"
"""A year of TLS and nothing else (RFC 6797)."""

_NOTHING: Final = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "microphone",
        "payment",
        "usb",
    )
)
"""What a page may use of the telephone that shows it (Permissions-Policy): none of it."""


def secured_data(response: Response, base_url: str) -> None:
    """Fields for what is no page: it may load nothing, and stand in no frame."""
    if "Content-Security-Policy" not in response.headers:
        response.headers.extend(_of_data(base_url))


def secured(response: Response, base_url: str) -> Response:
    """Headers for every answer: nothing from elsewhere, in no frame, told to nobody, not kept."""
    if "Content-Security-Policy" not in response.headers:
        response.headers.extend(_of_page(base_url))
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def of_json(base_url: str) -> Sequence[tuple[str, str]]:
    """The fields of an answer in JSON that `secured` would give it."""
    kind = ("Content-Type", "application/json")
    return (kind, *_of_page(base_url), ("Cache-Control", "no-store"))


@cache
def _of_data(base_url: str) -> Sequence[tuple[str, str]]:
    policy = "default-src 'none'; frame-ancestors 'none'"
    return _fields(policy, base_url)


@cache
def _of_page(base_url: str) -> Sequence[tuple[str, str]]:
    policy = (
        f"default-src 'none'; style-src {web_pages.style_source()}; img-src data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    return (
        *_fields(policy, base_url),
        ("Vary", "Accept"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Permissions-Policy", _NOTHING),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    )


def _fields(policy: str, base_url: str) -> Sequence[tuple[str, str]]:
    """What every answer bears, whatever it is."""
    fields = (
        ("Content-Security-Policy", policy),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "no-referrer"),
    )
    if base_url.startswith("https:"):
        return (*fields, ("Strict-Transport-Security", _ALWAYS_TLS))
    return fields
