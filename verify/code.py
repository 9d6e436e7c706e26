"""The text scanned from a QR code: whose address it is, and what signed code is in it.

A code is `HTTPS://HOST/V/<digits>`. Whoever copies our pages under a name that looks like ours
prints codes that lead there, so the host is compared to the letter and a foreign one is named.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from signing import cose
from signing.errors import MalformedCode
from verify import limits
from verify.check import CheckState

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

_ADDRESS: Final = re.compile(r"(?P<scheme>https?)://(?P<place>[^/?#\\\s]*)(?P<path>.*)", re.I)
_PATH: Final = re.compile(r"/v/(?P<digits>[0-9]+)", re.I | re.A)
_STANDARD_PORTS: Final[Mapping[str, str]] = {"https": ":443", "http": ":80"}


class Origin(StrEnum):
    """Whose code a text is."""

    OURS = "ours"
    FOREIGN = "foreign"
    """An address on another host, or ours without the encryption it is printed with."""
    NONE = "none"
    """No code that is understood here."""


@dataclass(frozen=True)
class Scanned:
    """A text as scanned; `host` is safe to show, `digits` are there only where it is ours."""

    origin: Origin
    host: str = ""
    digits: str = ""


def is_address(text: str) -> bool:
    """Whether a text is meant as a scanned code rather than as a number or a file's name."""
    return _ADDRESS.match(text.strip()) is not None


def read(text: str, base_url: str) -> Scanned:
    """Whose code a text is, by the host that `base_url` names."""
    text = text.strip()
    address = _ADDRESS.fullmatch(text) if len(text) <= limits.SCANNED_CHARACTERS else None
    if address is None:
        return Scanned(Origin.NONE)
    home = urlsplit(base_url)
    scheme, place = address["scheme"].lower(), address["place"].lower()
    if scheme != home.scheme or _host(scheme, place) != _host(home.scheme, home.netloc.lower()):
        return Scanned(Origin.FOREIGN, host=_shown(f"{scheme}://{place}"))
    path = _PATH.fullmatch(address["path"])
    if path is None:
        return Scanned(Origin.NONE, host=_shown(place))
    return Scanned(Origin.OURS, host=_shown(place), digits=path["digits"])


def _host(scheme: str, place: str) -> str:
    """Host and port with the scheme's own port left out; a user name in it stays and differs."""
    return place.removesuffix(_STANDARD_PORTS[scheme])


def _shown(place: str) -> str:
    """A host for showing: letters of other scripts that look like ours are spelled out."""
    spelled = place.encode("ascii", "backslashreplace").decode("ascii")
    if len(spelled) <= limits.HOST_CHARACTERS:
        return spelled
    return "…" + spelled[-limits.HOST_CHARACTERS :]  # the end of a host says whose it is


def decode(digits: str) -> cose.SignedCode | None:
    """The signed code in the digits, or None where they hold none. Nothing is verified yet."""
    try:
        return cose.decode(cose.from_digits(digits))
    except MalformedCode:
        return None


def is_content(content: str | None, digits: str) -> bool:
    """Whether what was put into a QR code has these digits, wherever it leads."""
    address = _ADDRESS.fullmatch(content) if content is not None else None
    path = _PATH.fullmatch(address["path"]) if address is not None else None
    return path is not None and path["digits"] == digits


def signature(signed: cose.SignedCode, keys: Mapping[bytes, EllipticCurvePublicKey]) -> CheckState:
    """Whether the code's signature is by the key it names: not checked where that is unknown."""
    key = keys.get(signed.kid)
    if key is None:
        return CheckState.NOT_CHECKED
    return CheckState.PASSED if cose.verify(signed, key) else CheckState.FAILED
