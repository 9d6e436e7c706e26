"""The fields that every public answer bears for its safety in a browser."""

from __future__ import annotations

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
    policy = "default-src 'none'; frame-ancestors 'none'"
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    if base_url.startswith("https:"):
        response.headers.setdefault("Strict-Transport-Security", _ALWAYS_TLS)


def secured(response: Response, base_url: str) -> Response:
    """Headers for every answer: nothing from elsewhere, in no frame, told to nobody, not kept."""
    policy = (
        f"default-src 'none'; style-src {web_pages.style_source()}; img-src data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Permissions-Policy"] = _NOTHING
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.vary.add("Accept")
    if base_url.startswith("https:"):
        response.headers["Strict-Transport-Security"] = _ALWAYS_TLS
    if not response.cache_control.public:
        response.headers["Cache-Control"] = "no-store"
    return response
