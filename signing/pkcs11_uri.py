"""URIs of keys in tokens (RFC 7512): read strictly, and shown without what may be a secret.

    pkcs11:token=seals;object=pdf?pin-source=file:/secrets/pin&module-name=softhsm2

`token`, `manufacturer`, `model`, `serial` and `slot-id` choose the token, `object` and `id` the
private key. `pin-value` is refused: a PIN stands in a file, not in a URI.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

from signing.errors import KeyUnavailable

SCHEME = "pkcs11"

MAX_SLOT_ID = 2**64 - 1
"""Largest slot number: CK_SLOT_ID is an unsigned long."""

_TEXTS = ("token", "manufacturer", "model", "serial", "object")
_PATH = (*_TEXTS, "slot-id", "id", "type")
_QUERY = ("pin-source", "module-name", "module-path")
_SHOWN = frozenset(_PATH + _QUERY)

# RFC 7512 section 2.3: unreserved, what each part allows beside it, and percent-encoded bytes.
_PATH_VALUE = re.compile(r"(?:[A-Za-z0-9\-._~:\[\]@!$'()*+,=&]|%[0-9A-Fa-f]{2})*")
_QUERY_VALUE = re.compile(r"(?:[A-Za-z0-9\-._~:\[\]@!$'()*+,=/?|]|%[0-9A-Fa-f]{2})*")


@dataclass(frozen=True)
class TokenName:
    """Which token is meant; None means any. `serial` is text without trailing blanks."""

    token: str | None = None
    manufacturer: str | None = None
    model: str | None = None
    serial: str | None = None
    slot_id: int | None = None


@dataclass(frozen=True)
class ObjectName:
    """Which private key of the token is meant: its CKA_LABEL, its CKA_ID, or both."""

    label: str | None
    id: bytes | None


@dataclass(frozen=True)
class Pkcs11Uri:
    """What such a URI says; `uri` is the URI itself, in which there is no secret."""

    uri: str
    token: TokenName
    object: ObjectName
    pin_source: Path | None
    module_name: str | None
    module_path: Path | None


@lru_cache(4096)
def parse(uri: str) -> Pkcs11Uri:
    """The parts of a URI that begins with `pkcs11:`.

    Raises KeyUnavailable, naming the URI as `shown` does.
    """
    path, _, query = uri.removeprefix(f"{SCHEME}:").partition("?")
    named = _attributes(uri, path, ";", _PATH, _PATH_VALUE)
    asked = _attributes(uri, query, "&", _QUERY, _QUERY_VALUE)
    texts = {name: _text(uri, name, named.get(name)) for name in _TEXTS}
    label, key_id = texts.pop("object"), named.get("id")
    if label is None and not key_id:
        raise _wrong(uri, "it names no key: object= or id= must be there")
    if named.get("type", b"private") != b"private":
        raise _wrong(uri, "it names something else than a private key (type=private)")
    if "module-name" in asked and "module-path" in asked:
        raise _wrong(uri, "it names both module-name and module-path")
    return Pkcs11Uri(
        uri,
        TokenName(**texts, slot_id=_slot(uri, named.get("slot-id"))),
        ObjectName(label, key_id),
        _pin_source(uri, asked.get("pin-source")),
        _text(uri, "module-name", asked.get("module-name")),
        _absolute(uri, "module-path", asked.get("module-path")),
    )


def shown(uri: str) -> str:
    """The URI with every value left out but those that are known to be no secret."""

    def one(found: re.Match[str]) -> str:
        name, separator, value = found[0].partition("=")
        if name not in _SHOWN:
            return "…"
        if name == "pin-source" and not value.startswith(("file:/", "/")):
            return f"{name}=…"  # the PIN itself, likely
        return f"{name}{separator}{value}"

    scheme, colon, rest = uri.partition(":")
    return f"{scheme}{colon}{re.sub(r'[^;?&]+', one, rest)}"


def _attributes(
    uri: str, part: str, separator: str, known: tuple[str, ...], allowed: re.Pattern[str]
) -> Mapping[str, bytes]:
    """Name to value, percent-decoded; each name at most once (RFC 7512 section 2.3)."""
    found: dict[str, bytes] = {}
    for attribute in part.split(separator) if part else ():
        name, equals, value = attribute.partition("=")
        if name == "pin-value":
            raise _wrong(uri, "a PIN must not stand in a URI; pin-source=file:/path names its file")
        if not equals or name not in known:
            raise _wrong(uri, f"it holds what is none of {', '.join(known)}")
        if name in found:
            raise _wrong(uri, f"it says {name} twice")
        if not allowed.fullmatch(value):
            raise _wrong(uri, f"the value of {name} is not percent-encoded as it must be")
        found[name] = unquote_to_bytes(value)
    return found


def _text(uri: str, name: str, value: bytes | None) -> str | None:
    if value is None:
        return None
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        raise _wrong(uri, f"the value of {name} is no UTF-8") from None
    if not text or "\0" in text:
        raise _wrong(uri, f"the value of {name} is empty, or holds a NUL")
    return text


def _slot(uri: str, value: bytes | None) -> int | None:
    if value is None:
        return None
    if not re.fullmatch(rb"[0-9]{1,20}", value) or int(value) > MAX_SLOT_ID:
        raise _wrong(uri, "slot-id is no slot's number")
    return int(value)


def _absolute(uri: str, name: str, value: bytes | None) -> Path | None:
    text = _text(uri, name, value)
    if text is not None and not text.startswith("/"):
        raise _wrong(uri, f"{name} must be an absolute path")
    return None if text is None else Path(text)


def _pin_source(uri: str, value: bytes | None) -> Path | None:
    """The file of a PIN: `/path` or a `file:` URI of this machine. Commands (`|…`) are not run."""
    text = _text(uri, "pin-source", value)
    if text is None:
        return None
    if text.startswith("/"):
        return Path(text)
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    local = parts.scheme == "file" and parts.netloc in ("", "localhost")
    if not local or not parts.path.startswith("/") or parts.query or parts.fragment:
        raise _wrong(uri, "pin-source must be file: and an absolute path")
    return Path(parts.path)


def _wrong(uri: str, reason: str) -> KeyUnavailable:
    return KeyUnavailable(shown(uri), reason)
