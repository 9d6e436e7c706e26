"""What others need to check our files without us, one address each.

| route | answers |
|---|---|
| `GET /trust/pdf-root.pem`, `seal-root.pem`, `tsa-root.pem` | the roots, PEM |
| `GET /trust/pdf.crl`, `seal.crl`, `tsa.crl` | their revocation lists, DER |
| `GET /trust/code-keys.json` | the keys of codes and status lists, a JWK set with key ids |
| `GET /trust/log-key.txt`, `log-keys.json` | those of the log (C2SP `vkey`; a JWK set) |

They are the files of `sealpress trust export`, always as of now. Whoever pins a root from here
should compare its fingerprint on another way: an address proves no more than who runs it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from verify.limits import TRUST_CACHE_SECONDS

if TYPE_CHECKING:
    from signing.trust import TrustAnchors

MEDIA_TYPES: Final = {
    ".pem": "application/pem-certificate-chain",
    ".crl": "application/pkix-crl",
    ".json": "application/jwk-set+json",
    ".txt": "text/plain",
}
"""RFC 8555 9.1, RFC 2585 4.2 and RFC 7517 8.5.2."""


def add(routes: Blueprint, anchors: Callable[[], TrustAnchors]) -> None:
    """Add the routes; `anchors` is asked each time, since keys and lists change meanwhile."""

    @routes.get("/trust/<name>")
    def published(name: str) -> Response:
        from signing import trust

        media_type = MEDIA_TYPES.get(PurePosixPath(name).suffix)
        content = trust.files(anchors()).get(name) if media_type else None
        if not content:
            raise NotFound
        response = Response(content, mimetype=media_type)
        response.cache_control.public = True
        response.cache_control.max_age = TRUST_CACHE_SECONDS
        response.add_etag()
        response.make_conditional(request)
        return response
